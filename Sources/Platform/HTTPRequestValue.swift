// A request as a value: its body may be bytes, stretches of files, or both one after the other.

package import Foundation

package enum HTTPMethod: String, Sendable, Hashable {
    case get = "GET"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
    case head = "HEAD"
}

/// One stretch of a body.
package enum HTTPBodySegment: Sendable, Hashable {
    case bytes(Data)
    /// `count` bytes of a file from `offset`; read while they are sent.
    case file(path: String, offset: Int64, count: Int64)

    package var count: Int64 {
        switch self {
        case .bytes(let bytes): Int64(bytes.count)
        case .file(_, _, let count): count
        }
    }
}

/// Where the body of an answer goes.
package enum HTTPDestination: Sendable, Hashable {
    /// Into memory; longer than `limit` bytes is an error.
    case memory(limit: Int)
    /// Into a file, which is made when missing. An answer with status 200 replaces all of it; one with 206 (asked for
    /// by a `Range` field) what stands from `offset` on. Longer than `limit` bytes is an error. Answers with another
    /// status go into memory.
    case file(path: String, offset: Int64, limit: Int64 = FileSizeLimit.archive)
}

/// How far a transfer has come, in bytes.
package struct HTTPProgress: Sendable, Hashable {
    package var sent: Int64
    package var toSend: Int64
    package var received: Int64
    /// Missing until the answer's head is there, and where the server does not say.
    package var toReceive: Int64?

    package init(sent: Int64, toSend: Int64, received: Int64 = 0, toReceive: Int64? = nil) {
        self.sent = sent
        self.toSend = toSend
        self.received = received
        self.toReceive = toReceive
    }
}

/// A request. It can be sent any number of times.
package struct HTTPRequestValue: Sendable {
    package var method: HTTPMethod
    /// The whole address, `http` or `https`.
    package var url: String
    package var fields: HTTPFields
    package var body: [HTTPBodySegment]
    package var destination: HTTPDestination
    /// Seconds from the first byte sent to the last received; `nil` leaves only the transport's limits on silence and
    /// on transfers that hardly move.
    package var timeout: Double?
    package var redirects: HTTPRedirects
    /// Called now and then while bodies move, and once at the end.
    package var onProgress: (@Sendable (HTTPProgress) -> Void)?

    package init(
        _ method: HTTPMethod, _ url: String, fields: HTTPFields = [:], body: [HTTPBodySegment] = [],
        destination: HTTPDestination = .memory(limit: 64 << 20), timeout: Double? = 60,
        redirects: HTTPRedirects = .none, onProgress: (@Sendable (HTTPProgress) -> Void)? = nil
    ) {
        self.method = method
        self.url = url
        self.fields = fields
        self.body = body
        self.destination = destination
        self.timeout = timeout
        self.redirects = redirects
        self.onProgress = onProgress
    }

    package var bodyCount: Int64 { body.reduce(0) { $0 + $1.count } }
}

extension HTTPRequestValue: CustomStringConvertible {
    /// Method and address without secrets.
    package var description: String { "\(method.rawValue) \(HTTPRequestValue.withoutSecrets(url))" }

    /// An address without its query and fragment, which may hold a signature, and without a name and password.
    package static func withoutSecrets(_ url: String) -> String {
        let address = url.prefix { $0 != "?" && $0 != "#" }
        guard let scheme = address.range(of: "://") else { return String(address) }
        let rest = address[scheme.upperBound...]
        let host = rest.prefix { $0 != "/" }
        guard let at = host.lastIndex(of: "@") else { return String(address) }
        return String(address[..<scheme.upperBound] + rest[rest.index(after: at)...])
    }
}

/// An answer; its body is empty when it went into a file.
package struct HTTPResponseValue: Sendable {
    package var status: Int
    package var fields: HTTPFields
    package var body: Data
    /// How many bytes the body had, wherever it went.
    package var received: Int64
    /// Seconds from sending the request to the last byte of the answer.
    package var seconds: Double

    package init(status: Int, fields: HTTPFields = [:], body: Data = Data(), received: Int64? = nil, seconds: Double = 0)
    {
        self.status = status
        self.fields = fields
        self.body = body
        self.received = received ?? Int64(body.count)
        self.seconds = seconds
    }

    package var isSuccess: Bool { (200..<300).contains(status) }
}
