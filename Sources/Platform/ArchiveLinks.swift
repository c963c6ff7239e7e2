// Follows the links of an archive within it.

import Basics

/// The links of an archive by their paths. Targets are paths in the archive, as `Archive` hands them out.
package struct ArchiveLinks: Sendable {
    private var targets: [ExactText: String] = [:]
    /// Links that may be followed one after the other, as Linux limits them.
    private static let mostSteps = 40

    package init() {}

    /// Adds a link, in place of one that has the same path.
    package mutating func add(_ path: String, target: String) { targets[ExactText(path)] = target }

    /// Forgets a link that something else has replaced.
    package mutating func remove(_ path: String) { targets[ExactText(path)] = nil }

    /// The path that is reached when every link in a path is followed, folders included; `nil` for a circle.
    package func resolved(_ path: String) -> String? {
        var open = path.pathParts[...]
        var done: [String] = []
        var steps = 0
        while let next = open.popFirst() {
            done.append(next)
            guard let target = targets[ExactText(done.joined(separator: "/"))] else { continue }
            steps += 1
            guard steps <= ArchiveLinks.mostSteps else { return nil }
            open = (target.pathParts + open)[...]
            done = []
        }
        return done.joined(separator: "/")
    }
}
