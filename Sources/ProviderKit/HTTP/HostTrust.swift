// Decides which hosts may receive keys and tokens.

package import Basics

/// The kind of content that requests to a host carry.
package enum RequestContent: Sendable, Hashable {
    /// Images, prompts and any key of the provider. Each of them may contain values of the environment.
    case userData
    /// In addition, a token of a machine-wide or user-wide sign-in, which grants access to everything that the user
    /// or machine can access.
    case ambientToken
}

/// A host that the user trusts with keys and tokens.
package struct TrustedHost: Hashable, Sendable, CustomStringConvertible {
    /// In lower case, without a port.
    package let host: String
    /// `nil` means the ports 80 and 443 and, for a loopback host, every port.
    package let port: Int?

    /// Parses `HOST` or `HOST:PORT`.
    /// - Throws: `BadServerAddress` for anything else, including an address with a path.
    package init(_ text: String) throws(BadServerAddress) {
        guard !text.utf8.contains(where: { "/?#".utf8.contains($0) }) else { throw .host }
        let address = try ServerAddress("https://" + text)
        host = address.host
        port = text.lowercased() == address.host ? nil : address.port
    }

    /// The narrowest entry that covers an address.
    init(_ address: ServerAddress) {
        host = address.host
        port = address.hasDefaultPort ? nil : address.port
    }

    /// Whether this entry permits requests to an address.
    func covers(_ address: ServerAddress) -> Bool {
        guard host == address.host else { return false }
        if let port { return port == address.port }
        return address.isLoopback || address.hasDefaultPort
    }

    /// `HOST` or `HOST:PORT`, as `init(_:)` parses it.
    package var description: String { port.map { "\(host):\($0)" } ?? host }
}

/// Decides which hosts may receive keys, tokens and data, from the hosts that the user trusts.
package struct HostTrust: Sendable {
    /// The decision for one address and one kind of content.
    package enum Verdict: Hashable, Sendable {
        case allowed
        /// Allowed only once the user trusts this entry.
        case needsTrust(TrustedHost)
        /// Never allowed: a token would be sent unencrypted.
        case refused
    }

    private let trusted: Set<TrustedHost>

    /// - Parameter trusted: the entries of the user's configuration.
    package init(_ trusted: Set<TrustedHost>) { self.trusted = trusted }

    /// Decides whether a host may receive the content of a request.
    /// - Parameter isProvidersOwn: whether the host belongs to the provider for which such content is meant. It only
    ///   counts for `https` on the default port.
    package func verdict(
        _ address: ServerAddress, carrying content: RequestContent, isProvidersOwn: Bool
    ) -> Verdict {
        let isTrusted = trusted.contains { $0.covers(address) }
        let isProper = address.isSecure && address.hasDefaultPort
        switch content {
        case .userData:
            let isFine = isTrusted || address.isLoopback || isProper && isProvidersOwn
            return isFine ? .allowed : .needsTrust(TrustedHost(address))
        case .ambientToken:
            if isProper, isProvidersOwn { return .allowed }
            guard address.isSecure || address.isLoopback else { return .refused }
            return isTrusted ? .allowed : .needsTrust(TrustedHost(address))
        }
    }
}
