// Checks providers: their variables, addresses and credentials.

import Basics
import TaskKit

extension SpecChecks {
    func check(_ provider: ProviderSpec, _ name: String) {
        guard let service = provider.service, let keys = reading.vocabulary.keys(of: provider) else { return }
        func path(_ key: String) -> [String] { ["providers", name] + key.split(separator: ".").map(String.init) }
        for key in keys.keys(where: { if case .address = $0 { true } else { false } }) {
            if let address = service.values[key] { check(address, of: name, service.allowInsecure, at: path(key)) }
        }
        for key in keys.keys(where: { if case .pathSegment = $0 { true } else { false } }) {
            if let text = service.values[key] { checkSegment(text, at: path(key)) }
        }
    }

    /// Checks an address whose variables are all set; any other is checked when it is used.
    func check(_ endpoint: EnvironmentText, of provider: String, _ allowsInsecure: Bool, at path: [String]) {
        guard let address = try? endpoint.resolved(in: reading.environment), !address.isEmpty else { return }
        do throws(BadServerAddress) {
            let server = try ServerAddress(base: address)
            guard server.isSecure || server.isLoopback || allowsInsecure else {
                return reading.report(.insecureAddress(provider: provider), at: place(path))
            }
        } catch {
            reading.report(.badAddress(reason: error.explanation), at: place(path))
        }
    }

    /// Checks a text that becomes one path segment of an address, if its variables are set: `..` would lead to
    /// another account.
    func checkSegment(_ text: EnvironmentText, at path: [String]) {
        guard let resolved = try? text.resolved(in: reading.environment), !resolved.isEmpty else { return }
        let slashes = [UInt8(ascii: "/"), UInt8(ascii: "\\")]
        let parts = resolved.utf8.split(omittingEmptySubsequences: false, whereSeparator: slashes.contains)
        guard parts.allSatisfy({ !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8) }) else {
            return reading.report(
                .badFormat(text.template, expected: "a name, which becomes one part of an address"), at: place(path))
        }
    }
}
