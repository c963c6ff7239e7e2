// `assay trust`: the hosts that may get this user's keys, tokens and data.

import ArgumentParser
import AzureOpenAI
import Basics
import Foundation
import Specification

struct Trust: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trust", abstract: "List the hosts that you trust with keys and data, or add some.",
        discussion: """
            OpenAI's and Azure's own hosts and this machine need no entry for keys. A token of a sign-in, such as that of \
            the Azure CLI, goes to Azure's hosts alone unless you trust another. The list is yours, not the project's. \
            ASSAY_TRUST=HOST,HOST trusts hosts for one call.
            """)

    @Argument(help: "HOST or HOST:PORT; without any, the list is shown.")
    var hosts: [String] = []
    @Flag(help: "Take the hosts out of the list.")
    var remove = false

    func run() async throws {
        try await Reporter.explaining {
            let trusted = try TrustedHosts()
            // All of them are checked before one is added.
            let named = try hosts.map { text in
                do throws(BadServerAddress) { return try TrustedHost(text) } catch {
                    throw Refusal("'\(text)' is not HOST or HOST:PORT: \(error.explanation)", code: .invalid)
                }
            }
            if named.isEmpty {
                let list = try trusted.list()
                if list.isEmpty { Terminal.writeLine("no hosts are trusted beyond OpenAI's, Azure's and this machine") }
                for host in list { Terminal.writeLine("\(host)") }
            }
            for host in named {
                if remove {
                    guard try trusted.remove(host) else {
                        throw Refusal("\(host) is not in \(trusted.path)", code: .invalid)
                    }
                    Terminal.writeLine("\(host) is no longer trusted")
                } else {
                    try trusted.add(host)
                    Terminal.writeLine("\(host) is trusted (\(trusted.path))")
                }
            }
        }
    }
}

/// Asks about hosts that a run would send keys, tokens or data to for the first time.
enum TrustQuestion {
    /// Returns when all hosts are trusted.
    /// - Parameters:
    ///   - providers: the providers that the run may need, with their names.
    ///   - asks: whether a person can answer.
    /// - Throws: `DiagnosticsError` when one is not; nothing has been sent then.
    static func settle(
        _ providers: [(name: String, spec: ProviderSpec)], _ base: LoadedSpec, in environment: Specification.Environment,
        asks: Bool
    ) throws {
        let trusted = try TrustedHosts()
        var diagnostics: [Diagnostic] = []
        for (name, spec) in providers {
            for destination in try ProviderDestination.all(of: spec, named: name, in: environment) {
                guard let obstacle = destination.obstacle(try trusted.trust()) else { continue }
                if asks, case .untrusted(_, let host, let shown, _) = obstacle {
                    Terminal.write("\(obstacle.message).\nTrust \(shown) from now on? [y/N] ")
                    if ["y", "yes"].contains((readLine() ?? "").lowercased()) {
                        try trusted.add(host)
                        continue
                    }
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
    static func settleDownloads(_ loaded: LoadedSpec, asks: Bool) throws {
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
            if asks {
                Terminal.write("\(message).\nTrust \(shown) from now on? [y/N] ")
                if ["y", "yes"].contains((readLine() ?? "").lowercased()) {
                    try trusted.add(host)
                    continue
                }
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
