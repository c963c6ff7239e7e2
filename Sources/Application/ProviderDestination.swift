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
                let address = try ServerAddress(text)
                return ProviderServer(
                    provider: name, address: address, destination: destination,
                    isProvidersOwn: plugin.owns(address.host, for: destination.content))
            } catch {
                throw ProviderHubError.badAddress(provider: name, error)
            }
        }
    }

    /// What keeps requests from this server; `nil` when they may go.
    func obstacle(_ trust: HostTrust) -> ProviderHubError? {
        guard address.isSecure || address.isLoopback || destination.allowsInsecure else {
            return .insecure(provider: provider, host: "\(address)")
        }
        let cargo = destination.cargo
        switch trust.verdict(address, carrying: destination.content, isProvidersOwn: isProvidersOwn) {
        case .allowed: return nil
        case .refused: return .unencryptedToken(provider: provider, host: "\(address)", cargo: cargo)
        case .needsTrust(let host): return .untrusted(provider: provider, host: host, cargo: cargo)
        }
    }
}
