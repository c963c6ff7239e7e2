// The seam between the clients and the network.

/// Sends requests. An answer of any status is a result; only what kept an answer away is thrown.
package protocol HTTPTransport: Sendable {
    /// Throws `HTTPTransportError`, or `CancellationError` when the task is cancelled.
    func send(_ request: HTTPRequestValue) async throws -> HTTPResponseValue
}

/// Whether a call that failed can have had an effect at the other end.
package enum CallOutcome: String, Sendable, Hashable, Codable {
    /// The server cannot have acted: it never had the whole request, or it refused it.
    case surelyNotDone = "surely-not-done"
    /// The server may have acted.
    case unknown
}

/// Why there is no answer.
package struct HTTPTransportError: Error, Hashable, Sendable {
    package enum Reason: Hashable, Sendable {
        case invalidURL
        /// A header field has a name that is no token, or a control character in its value.
        case invalidField(name: String)
        /// Refused, no such host, no route, no secure connection.
        case couldNotConnect
        case timedOut(seconds: Double?)
        /// The connection ended before the answer did.
        case connectionLost
        /// The answer is longer than was allowed.
        case tooLong(limit: Int)
        case tooManyRedirects
        /// A file could not be read or written.
        case file(FileError)
    }

    package var reason: Reason
    package var outcome: CallOutcome
    /// What was asked, without query and fields.
    package var request: String
    /// The library's own words.
    package var detail: String

    package init(_ reason: Reason, outcome: CallOutcome, request: String, detail: String = "") {
        self.reason = reason
        self.outcome = outcome
        self.request = request
        self.detail = detail
    }
}
