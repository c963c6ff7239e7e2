// Compares two runs step by step: which parts of their keys differ.

import Artifacts
package import Basics
import Foundation
import Ledger
package import Planning

/// Compares the steps of two runs by name.
package struct RunKeyComparison {
    /// The difference of a step between the runs.
    package enum Difference: Sendable {
        /// Only one of the runs has the step.
        case onlyFirst, onlySecond
        /// These parts of the step's key differ.
        case changed([KeyChange])
        /// Only the results it read differ: the names of the inputs.
        case inputs([String])
        /// At least one run did not determine the step's key, or the result no longer exists.
        case unknown
    }

    /// The runs' ids, in the order given.
    package let runs: (RunID, RunID)
    /// The differing steps, those of the second run first.
    package private(set) var differences: [(step: StepID, difference: Difference)] = []
    /// The number of steps with the same key in both runs.
    package private(set) var same = 0

    /// - Throws: errors of the ledger and the store.
    package init(_ first: RunID, _ second: RunID, _ workspace: Workspace) throws {
        runs = (first, second)
        let before = try workspace.ledger.steps(of: first), after = try workspace.ledger.steps(of: second)
        let old = Dictionary(before.map { ($0.step, $0) }, uniquingKeysWith: { first, _ in first })
        let known = Set(after.map(\.step))
        for step in after {
            guard let earlier = old[step.step] else {
                if !isMadeOnDemand(step.step) { differences.append((step.step, .onlySecond)) }
                continue
            }
            if let key = earlier.key, key == step.key {
                same += 1
                continue
            }
            guard let a = try earlier.key.flatMap({ try workspace.store.result(for: $0) }),
                let b = try step.key.flatMap({ try workspace.store.result(for: $0) })
            else {
                differences.append((step.step, .unknown))
                continue
            }
            var changes = KeyChange.between(a.parts, b.parts)
            let prefix = "input."
            let inputs = changes.filter { $0.part.hasPrefix(prefix) }.map { String($0.part.dropFirst(prefix.count)) }
            changes.removeAll { $0.part.hasPrefix(prefix) }
            if changes.isEmpty, inputs.isEmpty, a.tool != b.tool {
                changes = [KeyChange(part: "assay", was: .string(a.tool), now: .string(b.tool), place: nil)]
            }
            differences.append((step.step, changes.isEmpty ? .inputs(inputs) : .changed(changes)))
        }
        for step in before where !known.contains(step.step) && !isMadeOnDemand(step.step) {
            differences.append((step.step, .onlyFirst))
        }
    }
}

/// Whether a step exists only in runs that send its requests: a run with existing answers does not have it, which is
/// not a difference.
private func isMadeOnDemand(_ step: StepID) -> Bool { step.text.hasPrefix(StepKind.writeRequests.rawValue + ":") }
