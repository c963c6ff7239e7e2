// A request as an emulated service receives it.

package import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// A request whose caller has been checked.
package struct ReceivedRequest: Sendable {
    /// The HTTP method in upper case.
    package var method: String
    /// The path without the query, with its percent escapes.
    package var path: String
    /// The query without its question mark; empty if there is none.
    package var queryText: String
    /// The query's decoded values by name.
    package var query: [String: String]
    /// Header values by name in lower case.
    package var headers: [String: String]
    /// Read by the service, so that large uploads are streamed to disk.
    package var body: ReceivedBody
    /// `http://host:port` as the client addressed it, used for URLs in replies.
    package var origin: String

    init(_ request: Request) {
        method = request.method.rawValue
        path = request.uri.path
        queryText = request.uri.query ?? ""
        query = Self.parameters(queryText)
        headers = Dictionary(
            request.headers.map { ($0.name.canonicalName, $0.value) }, uniquingKeysWith: { first, _ in first })
        body = ReceivedBody(request.body)
        origin = "http://" + (request.head.authority ?? "127.0.0.1")
    }

    /// Decodes `a=b&c=d`, as in queries and URL-encoded forms.
    package static func parameters(_ text: String) -> [String: String] {
        var parameters: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count == 2 ? String(parts[1]).replacing("+", with: " ") : ""
            parameters[String(parts[0]).removingPercentEncoding ?? ""] = value.removingPercentEncoding ?? value
        }
        return parameters
    }
}

/// The body of a request, which can be read once.
package struct ReceivedBody: Sendable, AsyncSequence {
    /// One piece, as it arrived.
    package typealias Element = [UInt8]

    private let base: RequestBody

    init(_ base: RequestBody) { self.base = base }

    init(_ bytes: Data) { base = RequestBody(buffer: ByteBuffer(bytes: bytes)) }

    /// The pieces of a body.
    package struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var base: RequestBody.AsyncIterator

        /// The next piece; `nil` at the end. Throws if the connection breaks.
        package mutating func next() async throws -> [UInt8]? {
            try await base.next().map { Array($0.readableBytesView) }
        }
    }

    /// Begins to read; a body cannot be read twice.
    package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: base.makeAsyncIterator()) }

    /// All bytes. Throws `RequestRefusal` with status 413 if there are more than `limit`.
    package func bytes(limit: Int) async throws -> Data {
        do {
            return Data(try await base.collect(upTo: limit).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw RequestRefusal(413, "RequestEntityTooLarge", "The request is longer than \(limit) bytes.")
        }
    }
}

/// A rejection that every emulated service words in its own format.
package struct RequestRefusal: Error, Hashable, Sendable {
    /// The HTTP status.
    package var status: Int
    /// A short name of the error, such as `MisdirectedRequest`.
    package var code: String
    /// A sentence for the client's user.
    package var message: String
    /// The rejected parameter.
    package var parameter: String?

    /// - Parameter code: a short name of the error, such as `MisdirectedRequest`.
    package init(_ status: Int, _ code: String, _ message: String, parameter: String? = nil) {
        self.status = status
        self.code = code
        self.message = message
        self.parameter = parameter
    }
}
