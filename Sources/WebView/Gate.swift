// Decides which requests are answered.

import Basics

/// The properties of a request that identify its caller.
struct Caller: Sendable {
    var method: String
    /// The `Host` header.
    var host: String?
    var origin: String?
    /// The `Sec-Fetch-Site` header of browsers.
    var site: String?
    /// The values of the `Cookie` headers.
    var cookies: [String] = []
    /// The token of forms, in the `X-Assay-Token` header or in the form.
    var token: String?

    var isWrite: Bool { method != "GET" && method != "HEAD" }
}

/// The secrets of one server, and the checks of its callers.
struct Gate: Sendable {
    enum Denial: Error, Equatable {
        /// The `Host` is not this machine: a page may have reached the server through its own host name (DNS
        /// rebinding).
        case host
        /// A page of another server made the request.
        case origin
        /// The request lacks the cookie.
        case cookie
        /// A write lacks the token.
        case token
    }

    /// The token in the address that is printed, and the value of the cookie.
    let token: String
    /// The token of forms, which differs from the cookie, because pages must not contain the cookie's value.
    let formToken: String
    /// The segment that all paths begin with.
    let place: String

    static let cookieName = "assay-view"

    /// Draws the secrets.
    init(using random: inout some RandomNumberGenerator) {
        func hex(_ digits: Int) -> String {
            (0..<digits).map { _ in String(UInt8.random(in: 0..<16, using: &random), radix: 16) }.joined()
        }
        token = hex(64)
        formToken = hex(64)
        place = hex(16)
    }

    /// Checks `Host` and, where a browser states it, the page that makes the request.
    /// - Parameter isEntry: whether the request opens the printed address, to which any page may link.
    func checkOrigin(_ caller: Caller, isEntry: Bool = false) throws(Denial) {
        guard let host = caller.host, let address = try? ServerAddress("http://" + host), address.isLoopback else {
            throw .host
        }
        if let origin = caller.origin {
            // The whole origin must match: another port is another server.
            guard let page = try? ServerAddress(origin), page == address, origin.lowercased() == "http://" + host.lowercased()
            else { throw .origin }
        }
        if !isEntry, let site = caller.site, site != "same-origin", site != "none" { throw .origin }
        if caller.isWrite, caller.origin == nil { throw .origin }
    }

    /// Checks the cookie, and the token of a write.
    func authorize(_ caller: Caller) throws(Denial) {
        let values = caller.cookies.flatMap { $0.split(separator: ";") }.compactMap { pair -> Substring? in
            let pair = pair.drop { $0 == " " }
            return pair.hasPrefix(Gate.cookieName + "=") ? pair.dropFirst(Gate.cookieName.count + 1) : nil
        }
        guard values.contains(where: { Gate.equal(String($0), token) }) else { throw .cookie }
        guard !caller.isWrite || accepts(write: caller.token) else { throw .token }
    }

    /// Whether the token in the printed address is right.
    func accepts(entry: String?) -> Bool { entry.map { Gate.equal($0, token) } ?? false }

    /// Only the token of forms: the cookie's value alone must not suffice for a write.
    private func accepts(write: String?) -> Bool { write.map { Gate.equal($0, formToken) } ?? false }

    /// Compares digests, so that the timing reveals nothing about the secret.
    private static func equal(_ given: String, _ secret: String) -> Bool { Digest(of: given) == Digest(of: secret) }

    /// The `Set-Cookie` header.
    var cookie: String { "\(Gate.cookieName)=\(token); Path=/\(place)/; HttpOnly; SameSite=Strict" }
}
