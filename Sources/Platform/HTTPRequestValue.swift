// A request as a value: its body may be bytes, ranges of files, or both in sequence.

package import Foundation

/// The HTTP methods in use; the raw value is sent.
package enum HTTPMethod: String, Sendable, Hashable {
    case get = "GET"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
    case head = "HEAD"
}

/// One part of a request's body. Files are streamed, so a body of any size needs constant memory.
package enum HTTPBodySegment: Sendable, Hashable {
    case bytes(Data)
    /// `count` bytes of a file from `offset`, read while they are sent.
    case file(path: String, offset: Int64, count: Int64)

    /// The length of the segment in bytes.
    package var count: Int64 {
        switch self {
        case .bytes(let bytes): Int64(bytes.count)
        case .file(_, _, let count): count
        }
    }
}

/// The destination of a response's body.
package enum HTTPDestination: Sendable, Hashable {
    /// Memory; a body longer than `limit` bytes is an error.
    case memory(limit: Int)
    /// A file, which is created if missing. A response with status 200 replaces its content; one with 206 (requested
    /// by a `Range` field) replaces the bytes from `offset`. A body longer than `limit` bytes is an error. Responses
    /// with another status go into memory.
    case file(path: String, offset: Int64, limit: Int64 = FileSizeLimit.archive)
}

/// The bytes transferred so far by one attempt of a request.
package struct HTTPProgress: Sendable, Hashable {
    /// Bytes of the request's body sent so far.
    package var sent: Int64
    /// The size of the request's body.
    package var toSend: Int64
    /// Bytes of the response's body received so far.
    package var received: Int64
    /// The size of the response's body; `nil` until the response's head has arrived, and if the server does not state
    /// it.
    package var toReceive: Int64?

    /// - Parameter toReceive: the size of the response's body; `nil` if unknown.
    package init(sent: Int64, toSend: Int64, received: Int64 = 0, toReceive: Int64? = nil) {
        self.sent = sent
        self.toSend = toSend
        self.received = received
        self.toReceive = toReceive
    }
}

/// A request, which can be sent any number of times.
package struct HTTPRequestValue: Sendable {
    /// The HTTP method; a redirect never changes it.
    package var method: HTTPMethod
    /// The complete address, `http` or `https`.
    package var url: String
    /// The header fields; the transport adds those that frame the body.
    package var fields: HTTPFields
    /// The body as segments sent in order; empty for no body.
    package var body: [HTTPBodySegment]
    /// The destination of the response's body: memory or a file.
    package var destination: HTTPDestination
    /// The limit in seconds from the first byte sent to the last received; with `nil` only the transport's limits on
    /// silence and on very slow transfers apply.
    package var timeout: Double?
    /// The redirects that are followed instead of returned.
    package var redirects: HTTPRedirects
    /// Called occasionally while bodies are transferred, and once at the end.
    package var onProgress: (@Sendable (HTTPProgress) -> Void)?

    /// By default the response's body goes into memory (at most 64 MiB), the timeout is 60 s, and redirects are not
    /// followed.
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

    /// The total length of the body in bytes.
    package var bodyCount: Int64 { body.reduce(0) { $0 + $1.count } }
}

extension HTTPRequestValue: CustomStringConvertible {
    /// The method and the address without secrets.
    package var description: String { "\(method.rawValue) \(HTTPRequestValue.withoutSecrets(url))" }

    /// An address without user, password, query and fragment; the latter two may contain a signature.
    package static func withoutSecrets(_ url: String) -> String {
        let address = url.prefix { $0 != "?" && $0 != "#" }
        guard let scheme = address.range(of: "://") else { return String(address) }
        let rest = address[scheme.upperBound...]
        let host = rest.prefix { $0 != "/" }
        guard let at = host.lastIndex(of: "@") else { return String(address) }
        return String(address[..<scheme.upperBound] + rest[rest.index(after: at)...])
    }
}

/// A response; its body is empty if it was written to a file.
package struct HTTPResponseValue: Sendable {
    /// The HTTP status code.
    package var status: Int
    /// The header fields of the final response, without trailers.
    package var fields: HTTPFields
    /// The body; empty if it was written to a file.
    package var body: Data
    /// The length of the body in bytes, in memory or in a file.
    package var received: Int64
    /// Seconds from sending the request to the last byte of the response.
    package var seconds: Double

    /// - Parameter received: the length of the body; by default that of `body`.
    package init(status: Int, fields: HTTPFields = [:], body: Data = Data(), received: Int64? = nil, seconds: Double = 0) {
        self.status = status
        self.fields = fields
        self.body = body
        self.received = received ?? Int64(body.count)
        self.seconds = seconds
    }

    /// Whether the status is 2xx.
    package var isSuccess: Bool { (200..<300).contains(status) }
}
