// Selects the proxy of a request by the environment variables that curl and Python's requests read.

package import Basics
import Foundation
import Glibc

/// The address of a proxy and how to connect to it.
package struct ProxyAddress: Hashable, Sendable {
    /// The protocol spoken with the proxy; with `socks5` the proxy also resolves host names.
    package enum Kind: Hashable, Sendable { case http, socks5 }

    /// The protocol spoken with the proxy.
    package var kind: Kind
    /// A name or an IP address.
    package var host: String
    /// The port, from the address or the default of the kind.
    package var port: Int
    /// The credentials for `Proxy-Authorization: Basic`, without that word; `nil` if the address names no user.
    package var credentials: String?

    /// Parses `[http://][user:password@]host[:port]`, or the same with `socks5://`.
    /// - Throws: `ProxyError`, without the address, which may contain a password.
    package init(_ text: String, variable: String) throws(ProxyError) {
        var rest = text.trimmingCharacters(in: .whitespaces)
        kind = .http
        if let scheme = rest.firstRange(of: "://") {
            switch rest[..<scheme.lowerBound].lowercased() {
            case "http": kind = .http
            case "socks5", "socks5h": kind = .socks5
            default: throw ProxyError(variable: variable, reason: "only http:// and socks5:// proxies are supported")
            }
            rest = String(rest[scheme.upperBound...])
        }
        rest = String(rest.prefix { $0 != "/" })
        if let at = rest.lastIndex(of: "@") {
            let user = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let plain = user.map { $0.removingPercentEncoding ?? $0 }
            credentials = Data("\(plain[0]):\(plain.count > 1 ? plain[1] : "")".utf8).base64EncodedString()
            rest = String(rest[rest.index(after: at)...])
        }
        let address: ServerAddress
        do throws(BadServerAddress) { address = try ServerAddress("http://" + rest) } catch {
            throw ProxyError(variable: variable, reason: error.explanation)
        }
        host = address.host.hasPrefix("[") ? String(address.host.dropFirst().dropLast()) : address.host
        port = kind == .socks5 && address.hasDefaultPort ? 1080 : address.port
    }

    /// Whether the proxy runs on this machine.
    var isLoopback: Bool {
        (try? ServerAddress("http://" + (host.contains(":") ? "[\(host)]" : host)))?.isLoopback ?? false
    }
}

/// A proxy variable with an unusable value.
package struct ProxyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The name of the environment variable.
    package var variable: String
    /// The reason, without the value, which may contain a password.
    package var reason: String

    /// The message; it names the variable but not its value.
    package var description: String { "\(variable) is not the address of a proxy: \(reason)" }
}

/// The proxies of an environment: `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`. Lowercase names take
/// precedence.
package struct ProxySettings: Sendable {
    private let environment: [String: String]

    /// Errors in the variables are thrown when a proxy is looked up.
    package init(_ environment: [String: String]) { self.environment = environment }

    /// The proxy for an address; `nil` for a direct connection. A server on this machine is reached only through a
    /// proxy on this machine: another proxy could not reach it, and would receive its API keys.
    /// - Throws: `ProxyError`.
    package func proxy(for address: ServerAddress) throws(ProxyError) -> ProxyAddress? {
        let names = address.isSecure ? ["https_proxy", "all_proxy"] : ["http_proxy", "all_proxy"]
        guard let (name, text) = names.lazy.compactMap(value).first, !isExcluded(address) else { return nil }
        let proxy = try ProxyAddress(text, variable: name)
        return address.isLoopback && !proxy.isLoopback ? nil : proxy
    }

    /// The value of a variable by its lowercase or uppercase name.
    private func value(_ name: String) -> (name: String, value: String)? {
        for name in [name, name.uppercased()] {
            if let value = environment[name], !value.isEmpty { return (name, value) }
        }
        return nil
    }

    // MARK: NO_PROXY

    /// Whether `NO_PROXY` covers an address: `*`, a host including its subdomains (with or without a leading dot), an
    /// IP address, or a network such as `10.0.0.0/8`, each optionally with a port.
    private func isExcluded(_ address: ServerAddress) -> Bool {
        guard let list = value("no_proxy")?.value else { return false }
        var host = address.host
        if host.hasPrefix("[") { host = String(host.dropFirst().dropLast()) }
        if host.hasSuffix(".") { host.removeLast() }
        return list.lowercased().split { $0 == "," || $0 == " " || $0 == "\t" }.contains { entry in
            ProxySettings.matches(String(entry), host, port: address.port)
        }
    }

    private static func matches(_ entry: String, _ host: String, port: Int) -> Bool {
        if entry == "*" { return true }
        var entry = entry
        if entry.hasPrefix("["), let close = entry.firstIndex(of: "]") {
            let rest = entry[entry.index(after: close)...]
            if !rest.isEmpty, rest != ":\(port)" { return false }
            entry = String(entry[entry.index(after: entry.startIndex)..<close])
        } else if entry.utf8.count(where: { $0 == UInt8(ascii: ":") }) == 1, let colon = entry.firstIndex(of: ":") {
            guard entry[entry.index(after: colon)...] == "\(port)" else { return false }
            entry = String(entry[..<colon])
        }
        if let slash = entry.firstIndex(of: "/") {
            guard let bits = Int(entry[entry.index(after: slash)...]), let network = IPBytes(String(entry[..<slash])),
                let given = IPBytes(host)
            else { return false }
            return network.contains(given, bits: bits)
        }
        if let wanted = IPBytes(entry) { return IPBytes(host) == wanted }
        while entry.hasPrefix(".") || entry.hasPrefix("*") { entry.removeFirst() }
        if entry.hasSuffix(".") { entry.removeLast() }
        return !entry.isEmpty && (host == entry || host.hasSuffix("." + entry))
    }
}

/// The bytes of an IP address: 4 or 16.
private struct IPBytes: Equatable {
    let bytes: [UInt8]

    init?(_ text: String) {
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &bytes) == 1 {
            self.bytes = Array(bytes.prefix(4))
        } else if inet_pton(AF_INET6, text, &bytes) == 1 {
            self.bytes = bytes
        } else {
            return nil
        }
    }

    func contains(_ other: IPBytes, bits: Int) -> Bool {
        guard bytes.count == other.bytes.count, (0...bytes.count * 8).contains(bits) else { return false }
        return (0..<bits).allSatisfy { bit in
            let mask = UInt8(0x80) >> UInt8(bit % 8)
            return bytes[bit / 8] & mask == other.bytes[bit / 8] & mask
        }
    }
}
