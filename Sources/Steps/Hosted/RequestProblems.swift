// Summarizes the errors of many requests: each reason with the images that it concerns.

package import Execution
import Foundation

/// A request without an answer: its image and the reason.
package struct RequestProblem: Hashable, Sendable, Codable {
    /// The path of the image that the request is about.
    package var path: String
    /// The reason, with the provider's message and possibly the request's id.
    package var reason: String

    /// - Parameter reason: may contain the request's id, which the summary ignores.
    package init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    /// The reason without the request's id, so that equal reasons compare equal.
    fileprivate var kind: String { reason.replacing(#/ \(request [^)]*\)/#, with: "") }
}

extension [RequestProblem] {
    private static var maxReasons: Int { 5 }
    private static var maxPaths: Int { 5 }

    /// One line per reason, the most frequent first: `HTTP 400 invalid_image: Invalid image (2 of 9: a.png, b.png)`.
    /// - Parameter total: the number of all requests.
    package func summary(of total: Int) -> [String] {
        let groups = Dictionary(grouping: self, by: \.kind).sorted {
            ($1.value.count, $0.key) < ($0.value.count, $1.key)
        }
        var lines = groups.prefix(Self.maxReasons).map { _, problems in
            let shown = problems.prefix(Self.maxPaths).map(\.path).joined(separator: ", ")
            let more = problems.count > Self.maxPaths ? " and \(problems.count - Self.maxPaths) more" : ""
            return "\(problems.first?.reason ?? "") (\(problems.count) of \(total): \(shown)\(more))"
        }
        if groups.count > Self.maxReasons {
            let rest = groups.dropFirst(Self.maxReasons)
            lines.append("\(rest.count) other reasons for \(rest.reduce(0) { $0 + $1.value.count }) requests")
        }
        return lines
    }
}
