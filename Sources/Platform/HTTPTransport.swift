// The interface between the clients and the network.

/// Sends requests. A response of any status is returned; an error is thrown only if there is no response.
package protocol HTTPTransport: Sendable {
    /// Sends a request and waits for the whole response.
    /// - Throws: `HTTPTransportError`; `CancellationError` if the task is cancelled.
    func send(_ request: HTTPRequestValue) async throws -> HTTPResponseValue
}

/// Whether a failed call may have had an effect on the server.
package enum CallOutcome: String, Sendable, Hashable, Codable {
    /// The server cannot have acted: it did not receive the whole request, or it refused it.
    case surelyNotDone = "surely-not-done"
    /// The server may have acted.
    case unknown
}

/// The error of a request without a response.
package struct HTTPTransportError: Error, Hashable, Sendable {
    /// The kind of error, with the values for its message.
    package enum Reason: Hashable, Sendable {
        case invalidURL
        /// A header field whose name is not a token, or whose value contains a control character.
        case invalidField(name: String)
        /// Connection refused, unknown host, no route, or no secure connection.
        case couldNotConnect
        case timedOut(seconds: Double?)
        /// The connection ended before the response was complete.
        case connectionLost
        /// The response exceeds the limit in bytes.
        case tooLong(limit: Int)
        case tooManyRedirects
        /// A file could not be read or written.
        case file(FileError)
    }

    /// The kind of error.
    package var reason: Reason
    /// Whether the server may have acted; unknown outcomes must not be repeated blindly.
    package var outcome: CallOutcome
    /// The method and address, without query and header fields.
    package var request: String
    /// The message of the HTTP library; may be empty.
    package var detail: String

    /// - Parameter request: the method and address without secrets; `detail` must contain none either.
    package init(_ reason: Reason, outcome: CallOutcome, request: String, detail: String = "") {
        self.reason = reason
        self.outcome = outcome
        self.request = request
        self.detail = detail
    }
}
