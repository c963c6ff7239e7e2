// Which host may get a key or a token.

package import Basics

/// What requests to a host carry.
package enum RequestContent: Sendable, Hashable {
    /// Images and prompts, and a key where the provider has one. All of them may hold values of the environment.
    case userData
    /// Besides, a token that a sign-in gives to whoever asks: it opens everything that the user or the machine may open.
    case ambientToken
}

/// A host that the user trusts with keys and tokens.
package struct TrustedHost: Hashable, Sendable, CustomStringConvertible {
    package let host: String
    /// `nil` stands for the ports 80 and 443 and, at a loopback host, for all.
    package let port: Int?

    /// Reads `HOST` or `HOST:PORT`.
    /// - Throws: `BadServerAddress` for anything else, an address with a path included.
    package init(_ text: String) throws(BadServerAddress) {
        guard !text.utf8.contains(where: { "/?#".utf8.contains($0) }) else { throw .host }
        let address = try ServerAddress("https://" + text)
        host = address.host
        port = text.lowercased() == address.host ? nil : address.port
    }

    /// The smallest entry that covers an address.
    init(_ address: ServerAddress) {
        host = address.host
        port = address.hasDefaultPort ? nil : address.port
    }

    func covers(_ address: ServerAddress) -> Bool {
        guard host == address.host else { return false }
        if let port { return port == address.port }
        return address.isLoopback || address.hasDefaultPort
    }

    package var description: String { port.map { "\(host):\($0)" } ?? host }
}

/// The hosts that this user trusts.
package struct HostTrust: Sendable {
    package enum Verdict: Hashable, Sendable {
        case allowed
        /// Only after the user has trusted this.
        case needsTrust(TrustedHost)
        /// Never: a token would travel unencrypted.
        case refused
    }

    private let trusted: Set<TrustedHost>

    package init(_ trusted: Set<TrustedHost>) { self.trusted = trusted }

    /// Whether a host may get what a request carries.
    /// - Parameter isProvidersOwn: whether the host belongs to the provider that such content is meant for. It counts
    ///   for `https` on its default port only.
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
