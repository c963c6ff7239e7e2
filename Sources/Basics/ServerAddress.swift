// Strict parsing of the server in an http or https address.

/// The scheme, host and port of an address. Addresses that programs parse differently are rejected, so that the
/// checked host is the host that is connected to.
package struct ServerAddress: Hashable, Sendable {
    /// Whether the scheme is `https`.
    package let isSecure: Bool
    /// The host in lower case; an IPv6 address keeps its brackets. Not normalized otherwise: `127.1` and `localhost.`
    /// do not count as loopback.
    package let host: String
    /// The port of the address, or the default of the scheme: 443 for `https`, 80 for `http`.
    package let port: Int

    /// Parses an address up to its path.
    /// - Throws: `BadServerAddress` with the reason. The error omits the address, which may contain a secret.
    package init(_ address: String) throws(BadServerAddress) {
        let bytes = Array(address.utf8)
        guard bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\\") }) else { throw .characters }
        let lowered = bytes.map { (0x41...0x5a).contains($0) ? $0 + 0x20 : $0 }
        let start: Int
        if lowered.starts(with: "https://".utf8) {
            (isSecure, start) = (true, 8)
        } else if lowered.starts(with: "http://".utf8) {
            (isSecure, start) = (false, 7)
        } else {
            throw .scheme
        }
        let ends = "/?#".utf8
        let authority = lowered[start...].prefix { !ends.contains($0) }
        guard !authority.contains(UInt8(ascii: "@")) else { throw .credentials }
        let colon = UInt8(ascii: ":")
        let host: ArraySlice<UInt8>
        if authority.first == UInt8(ascii: "[") {
            guard let close = authority.firstIndex(of: UInt8(ascii: "]")) else { throw .host }
            host = authority[...close]
            let inside = host.dropFirst().dropLast()
            guard inside.contains(colon), inside.allSatisfy(ServerAddress.isIPv6Byte) else { throw .host }
        } else {
            host = authority.prefix { $0 != colon }
            guard let first = host.first, first != UInt8(ascii: "."), host.allSatisfy(ServerAddress.isNameByte) else {
                throw .host
            }
        }
        self.host = String(decoding: host, as: UTF8.self)
        let rest = authority[host.endIndex...]
        if rest.isEmpty {
            port = isSecure ? 443 : 80
        } else {
            let digits = rest.dropFirst()
            guard rest.first == colon, (1...5).contains(digits.count),
                digits.allSatisfy({ (0x30...0x39).contains($0) }),
                let number = Int(String(decoding: digits, as: UTF8.self)), (1...65_535).contains(number)
            else { throw .port }
            port = number
        }
    }

    /// Parses the base address of a provider, to which paths are appended.
    /// - Throws: `BadServerAddress`, including `.query` for a query or fragment: a path cannot follow it, and a key
    /// in it would be displayed.
    package init(base address: String) throws(BadServerAddress) {
        guard !address.utf8.contains(where: { "?#".utf8.contains($0) }) else { throw .query }
        try self.init(address)
    }

    /// Whether the host is this machine: `localhost`, `127.…` in four decimal parts, or `[::1]`.
    package var isLoopback: Bool {
        if host == "localhost" || host == "[::1]" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127"
            && parts.allSatisfy { part in UInt8(part).map { String($0) == part } ?? false }
    }

    /// Whether the port is the scheme's default, which `description` omits.
    package var hasDefaultPort: Bool { port == (isSecure ? 443 : 80) }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
            UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func isIPv6Byte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: ":"),
            UInt8(ascii: "."):
            true
        default: false
        }
    }
}

/// The host, and the port unless it is the default: `gateway.example:8443`.
extension ServerAddress: CustomStringConvertible {
    /// The host, with the port unless it is the default; never a path or credentials.
    package var description: String { hasDefaultPort ? host : "\(host):\(port)" }
}

/// Why a text is not a server address.
package enum BadServerAddress: Error, Hashable, Sendable, CaseIterable {
    /// Contains a space, a control character, a backslash, or a non-ASCII letter.
    case characters
    case scheme
    /// Contains `user:password@`.
    case credentials
    case host
    case port
    /// Contains `?` or `#` in the base address of a provider.
    case query

    /// The reason without the address, which may contain a secret.
    package var explanation: String {
        switch self {
        case .characters: "it contains a space, a backslash, a control character or a character beyond ASCII"
        case .scheme: "it does not begin with http:// or https://"
        case .credentials: "it contains a user name or a password"
        case .host: "its host is not a name or an IP address"
        case .query: "it contains '?' or '#'; keys go into 'api_key'"
        case .port: "its port is not a number from 1 to 65535"
        }
    }
}
