// Asks for trust in hosts that a run would send keys, tokens or data to for the first time.

import Basics
import Foundation
import ProviderKit
import Providers
import Specification

/// Asks about hosts that a run would send keys, tokens or data to for the first time.
enum TrustQuestion {
    /// Returns once all hosts are trusted.
    /// - Parameters:
    ///   - providers: the providers that the run may need, with their names.
    ///   - ask: asks the user; `nil` if the command is not interactive.
    /// - Throws: `DiagnosticsError` if a host is not trusted; nothing has been sent then.
    static func settle(
        _ providers: [(name: String, spec: ProviderSpec)], _ base: LoadedSpec, in environment: Specification.Environment,
        ask: (@Sendable (String) async -> Bool)?
    ) async throws {
        let trusted = try TrustedHosts()
        var diagnostics: [Diagnostic] = []
        for (name, spec) in providers {
            for destination in try ProviderServer.all(of: spec, named: name, in: environment) {
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
                // The data plane and control plane of an account may be on one host.
                if !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
            }
        }
        guard diagnostics.isEmpty else { throw DiagnosticsError(diagnostics) }
    }

    /// The same for archives and weights with a variable in their address, because the request would reveal its
    /// value.
    static func settleDownloads(_ loaded: LoadedSpec, ask: (@Sendable (String) async -> Bool)?) async throws {
        let trusted = try TrustedHosts()
        for (path, reference) in loaded.spec.downloads where !reference.text.names.isEmpty {
            guard case .url(let url)? = try? reference.location(in: loaded.environment) else { continue }
            let names = reference.text.names.joined(separator: " and ")
            let address: ServerAddress
            do throws(BadServerAddress) { address = try ServerAddress(url.absoluteString) } catch {
                throw DiagnosticsError([
                    Diagnostic(
                        code: "bad-address", "this is not a server address: \(error.explanation)",
                        at: loaded.place(of: path))
                ])
            }
            let isKnown = builtInProviders.owns(address.host, for: .userData)
            guard
                case .needsTrust(let host) = try trusted.trust().verdict(
                    address, carrying: .userData, isProvidersOwn: isKnown)
            else { continue }
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
    /// Files that may be downloaded, by their position in the spec.
    fileprivate var downloads: [(path: String, reference: FileReference)] {
        var found: [(String, FileReference)] = []
        if case .archive(let reference)? = dataset?.source { found.append(("dataset.archive", reference)) }
        for (name, model) in models {
            if case .trained(let train) = model, case .file(let reference, _, _) = train.weights {
                found.append(("models.\(name).train.weights", reference))
            }
            if case .probe(let probe) = model, case .network(let network) = probe.backbone,
                case .file(let reference, _, _) = network.weights
            {
                found.append(("models.\(name).probe.backbone.weights", reference))
            }
        }
        return found
    }
}
