// A server that a provider's requests go to, and whether the user trusts it.

import Basics
import Foundation
import ProviderKit
import Providers
import Specification

/// One server that a provider sends requests to, with its address resolved.
struct ProviderServer {
    let provider: String
    let address: ServerAddress
    /// The host as shown in messages.
    let shown: String
    let destination: ProviderDestination
    let isProvidersOwn: Bool

    /// The servers of a provider; empty for an emulator. All of its variables must be set.
    /// - Throws: `ProviderHubError.badAddress`; `UnknownProviderKind`.
    static func all(
        of spec: ProviderSpec, named name: String, in environment: Specification.Environment
    ) throws
        -> [ProviderServer]
    {
        guard let service = spec.service else { return [] }
        let plugin = try builtInProviders.plugin(for: spec)
        return try plugin.destinations(of: service).map { destination in
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

    /// The error that blocks requests to this server; `nil` if they are allowed.
    func obstacle(_ trust: HostTrust) -> ProviderHubError? {
        guard address.isSecure || address.isLoopback || destination.allowsInsecure else {
            return .insecure(provider: provider, host: shown)
        }
        let dataDescription = destination.dataDescription
        switch trust.verdict(address, carrying: destination.content, isProvidersOwn: isProvidersOwn) {
        case .allowed: return nil
        case .refused: return .unencryptedToken(provider: provider, host: shown, dataDescription: dataDescription)
        case .needsTrust(let host):
            return .untrusted(provider: provider, host: host, shown: shown, dataDescription: dataDescription)
        }
    }
}

extension EnvironmentText {
    /// The host of an address for messages. Variables inside it are shown by name, because a spec could insert any
    /// secret. An address that consists of one variable is shown by value, which is an address itself.
    func shownHost(_ address: ServerAddress) -> String {
        if names.isEmpty || isOneVariable { return "\(address)" }
        let rest = template.range(of: "://").map { template[$0.upperBound...] } ?? template[...]
        var depth = 0
        // A default inside braces may contain a slash.
        let host = rest.unicodeScalars.prefix { scalar in
            if scalar == "{" { depth += 1 }
            if scalar == "}" { depth -= 1 }
            return depth > 0 || !"/?#".unicodeScalars.contains(scalar)
        }
        return host.contains("$") ? String(host) : "\(address)"
    }
}
