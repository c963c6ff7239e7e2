// Puts what went wrong with many requests into a few lines: reasons with the images that they concern.

package import Execution
import Foundation

/// A request without an answer: which image it asks about, and why there is none.
package struct RequestProblem: Hashable, Sendable, Codable {
    package var path: String
    package var reason: String

    package init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    /// The reason without the id of the request, which differs where the reason does not.
    fileprivate var kind: String { reason.replacing(#/ \(request [^)]*\)/#, with: "") }
}

extension [RequestProblem] {
    private static var mostReasons: Int { 5 }
    private static var mostPaths: Int { 5 }

    /// One text for each reason, the most frequent first: `HTTP 400 invalid_image: Invalid image (2 of 9: a.png, b.png)`.
    /// - Parameter total: how many requests there were.
    package func summary(of total: Int) -> [String] {
        let groups = Dictionary(grouping: self, by: \.kind).sorted {
            ($1.value.count, $0.key) < ($0.value.count, $1.key)
        }
        var lines = groups.prefix(Self.mostReasons).map { _, problems in
            let shown = problems.prefix(Self.mostPaths).map(\.path).joined(separator: ", ")
            let more = problems.count > Self.mostPaths ? " and \(problems.count - Self.mostPaths) more" : ""
            return "\(problems.first?.reason ?? "") (\(problems.count) of \(total): \(shown)\(more))"
        }
        if groups.count > Self.mostReasons {
            let rest = groups.dropFirst(Self.mostReasons)
            lines.append("\(rest.count) other reasons for \(rest.reduce(0) { $0 + $1.value.count }) requests")
        }
        return lines
    }
}

