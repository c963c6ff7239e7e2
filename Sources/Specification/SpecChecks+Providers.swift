// Checks providers: their variables, addresses and credentials.

import Basics
import TaskKit

extension SpecChecks {
    func check(_ provider: ProviderSpec, _ name: String) {
        switch provider {
        case .azureOpenAI(let azure):
            check(azure.endpoint, of: name, azure.allowInsecure, at: ["providers", name, "endpoint"])
            if let plane = azure.controlPlane {
                check(plane.endpoint, of: name, azure.allowInsecure, at: ["providers", name, "control_plane", "endpoint"])
                for (key, text) in [
                    ("subscription", plane.subscription), ("resource_group", plane.resourceGroup), ("account", plane.account),
                ] {
                    checkSegment(text, at: ["providers", name, "control_plane", key])
                }
            }
        case .openAI(let openAI):
            check(openAI.endpoint, of: name, openAI.allowInsecure, at: ["providers", name, "endpoint"])
        case .other(let other):
            if let endpoint = other.endpoint {
                check(endpoint, of: name, other.allowInsecure, at: ["providers", name, "endpoint"])
            }
        case .emulator: break
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
