// Asks whether hosts may get keys, tokens and data that a run would send there for the first time.

import AzureOpenAI
import Basics
import Foundation
import Specification

/// Asks about hosts that a run would send keys, tokens or data to for the first time.
enum TrustQuestion {
    /// Returns when all hosts are trusted.
    /// - Parameters:
    ///   - providers: the providers that the run may need, with their names.
    ///   - ask: asks a person; `nil` where nobody can answer.
    /// - Throws: `DiagnosticsError` when one is not; nothing has been sent then.
    static func settle(
        _ providers: [(name: String, spec: ProviderSpec)], _ base: LoadedSpec, in environment: Specification.Environment,
        ask: (@Sendable (String) async -> Bool)?
    ) async throws {
        let trusted = try TrustedHosts()
        var diagnostics: [Diagnostic] = []
        for (name, spec) in providers {
            for destination in try ProviderDestination.all(of: spec, named: name, in: environment) {
                guard let obstacle = destination.obstacle(try trusted.trust()) else { continue }
                if let ask, case .untrusted(_, let host, let shown, _) = obstacle,
                    await ask("\(obstacle.message).\nTrust \(shown) from now on?")
                {
                    try trusted.add(host)
                    continue
                }
                let diagnostic = Diagnostic(
                    code: "untrusted-host", obstacle.message, at: base.place(of: "providers.\(name.prefix { $0 != "@" })"),
                    hint: obstacle.hint)
                // Both planes of an account may be at one host.
                if !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
            }
        }
        guard diagnostics.isEmpty else { throw DiagnosticsError(diagnostics) }
    }

    /// The same for archives and weights with a variable in their address, which takes its value along.
    static func settleDownloads(_ loaded: LoadedSpec, ask: (@Sendable (String) async -> Bool)?) async throws {
        let trusted = try TrustedHosts()
        for (path, reference) in loaded.spec.downloads where !reference.text.names.isEmpty {
            guard case .url(let url)? = try? reference.location(in: loaded.environment) else { continue }
            let names = reference.text.names.joined(separator: " and ")
            let address: ServerAddress
            do throws(BadServerAddress) { address = try ServerAddress(url.absoluteString) } catch {
                throw DiagnosticsError([
                    Diagnostic(
                        code: "bad-address", "the address is not that of a server: \(error.explanation)",
                        at: loaded.place(of: path))
                ])
            }
            guard case .needsTrust(let host) = try trusted.trust().verdict(address, carrying: .userData) else { continue }
            let shown = reference.text.shownHost(address)
            let message = "the download would send the value of \(names) to \(shown), a host that you have not trusted"
            if let ask, await ask("\(message).\nTrust \(shown) from now on?") {
                try trusted.add(host)
                continue
            }
            throw DiagnosticsError([
                Diagnostic(
                    code: "untrusted-host", message, at: loaded.place(of: path), hint: ProviderHubError.trustHint(shown))
            ])
        }
    }
}

extension ExperimentSpec {
    /// What may be fetched from the network, by its place in the spec.
    fileprivate var downloads: [(path: String, reference: FileReference)] {
        var found: [(String, FileReference)] = []
        if case .archive(let reference)? = dataset?.source { found.append(("dataset.archive", reference)) }
        for (name, model) in models {
            if case .trained(let train) = model, case .file(let reference, _, _) = train.weights {
                found.append(("models.\(name).train.weights", reference))
            }
        }
        return found
    }
}
