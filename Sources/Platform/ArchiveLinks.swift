// Resolves links between the entries of an archive.

import Basics

/// The links of an archive by path. Paths and targets are relative to the archive, as `Archive` returns them.
package struct ArchiveLinks: Sendable {
    private var targets: [ExactText: String] = [:]
    /// The maximum number of links followed in one resolution, as in Linux.
    private static let maxSteps = 40

    /// Starts without links; they are added in the archive's order.
    package init() {}

    /// Adds a link, replacing one at the same path.
    package mutating func add(_ path: String, target: String) { targets[ExactText(path)] = target }

    /// Removes the link at a path where another entry has replaced it.
    package mutating func remove(_ path: String) { targets[ExactText(path)] = nil }

    /// The path after following every link in it, including those in its folders; `nil` for a cycle.
    package func resolved(_ path: String) -> String? {
        var open = path.pathParts[...]
        var done: [String] = []
        var steps = 0
        while let next = open.popFirst() {
            done.append(next)
            guard let target = targets[ExactText(done.joined(separator: "/"))] else { continue }
            steps += 1
            guard steps <= ArchiveLinks.maxSteps else { return nil }
            open = (target.pathParts + open)[...]
            done = []
        }
        return done.joined(separator: "/")
    }
}
