// The messages of failed transfers.

import Basics

extension HTTPTransportError: CustomStringConvertible {
    /// The request, the reason and the detail of the HTTP library.
    package var description: String {
        let what =
            switch reason {
            case .invalidURL: "the address is not valid"
            case .invalidField(let name):
                "the header field '\(TerminalText.singleLine(name))' contains a character that HTTP does not allow"
            case .couldNotConnect: "could not connect"
            case .timedOut(let seconds): seconds.map { "no response within \($0) s" } ?? "no response in time"
            case .connectionLost: "the connection was lost"
            case .tooLong(let limit): "the response is longer than \(limit) bytes"
            case .tooManyRedirects: "too many redirects"
            case .file(let error): "\(error)"
            }
        let isRefused = reason == .couldNotConnect && detail.contains("Connection refused")
        let tail = isRefused ? ": connection refused" : detail.isEmpty ? "" : " (\(detail))"
        return "\(request): \(what)\(tail)"
    }
}
