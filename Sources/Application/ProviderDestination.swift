// A server that a provider's requests go to, and whether the user lets them.

import Basics
import Foundation
import ProviderKit
import Providers
import Specification

/// One server that a provider sends requests to, its address read.
struct ProviderServer {
    let provider: String
    let address: ServerAddress
    /// The host for messages.
    let shown: String
    let destination: ProviderDestination
    let isProvidersOwn: Bool

    /// The servers of a provider; none for an emulator. All its variables must be set.
    /// - Throws: `ProviderHubError.badAddress`; `UnknownProviderKind`.
    static func all(of spec: ProviderSpec, named name: String, in environment: Specification.Environment) throws
        -> [ProviderServer]
    {
        guard !spec.isEmulated else { return [] }
        let plugin = try builtInProviders.plugin(for: spec)
        return try plugin.destinations(of: spec).map { destination in
            let text = try destination.endpoint.resolved(in: environment)
            do throws(BadServerAddress) {
                let address = try ServerAddress(base: text)
                return ProviderServer(
                    provider: name, address: address, shown: destination.endpoint.shownHost(address), destination: destination,
                    isProvidersOwn: plugin.owns(address.host, for: destination.content))
            } catch {
                throw ProviderHubError.badAddress(provider: name, error)
            }
        }
    }

    /// What keeps requests from this server; `nil` when they may go.
    func obstacle(_ trust: HostTrust) -> ProviderHubError? {
        guard address.isSecure || address.isLoopback || destination.allowsInsecure else {
            return .insecure(provider: provider, host: shown)
        }
        let cargo = destination.cargo
        switch trust.verdict(address, carrying: destination.content, isProvidersOwn: isProvidersOwn) {
        case .allowed: return nil
        case .refused: return .unencryptedToken(provider: provider, host: shown, cargo: cargo)
        case .needsTrust(let host): return .untrusted(provider: provider, host: host, shown: shown, cargo: cargo)
        }
    }
}

extension EnvironmentText {
    /// The host of an address for messages. A variable within it is named, not shown: a spec may have put any there. An
    /// address that is one variable and nothing else is shown, as its value is an address.
    func shownHost(_ address: ServerAddress) -> String {
        if names.isEmpty || isOneVariable { return "\(address)" }
        let rest = template.range(of: "://").map { template[$0.upperBound...] } ?? template[...]
        var depth = 0
        // A default within braces may hold a slash.
        let host = rest.unicodeScalars.prefix { scalar in
            if scalar == "{" { depth += 1 }
            if scalar == "}" { depth -= 1 }
            return depth > 0 || !"/?#".unicodeScalars.contains(scalar)
        }
        return host.contains("$") ? String(host) : "\(address)"
    }
}
