// How two runs differ: their steps by name, and the parts of the keys that are not the same.

import Artifacts
import Basics
import Foundation
import Ledger
import Planning

struct RunKeyComparison {
    private enum Difference {
        case onlyFirst, onlySecond
        case changed([KeyChange])
        /// Only what it read was another: the names of the inputs.
        case inputs([String])
        /// At least one of the two runs never came to its key, or its result is gone.
        case unknown
    }

    private let runs: (RunID, RunID)
    private var differences: [(step: StepID, difference: Difference)] = []
    private var same = 0

    init(_ first: RunID, _ second: RunID, _ workspace: Workspace) throws {
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

    var text: String {
        var lines = ["\(runs.0) → \(runs.1)"]
        for (step, difference) in differences {
            switch difference {
            case .onlyFirst: lines.append("only in \(runs.0): \(step)")
            case .onlySecond: lines.append("only in \(runs.1): \(step)")
            case .changed(let changes):
                lines += changes.map { "changed: \(step): \(ExplanationText.line($0))" }
            case .inputs(let names): lines.append("after: \(step) read other results: \(names.joined(separator: ", "))")
            case .unknown: lines.append("not known: \(step) has no result in one of the two")
            }
        }
        lines.append("\(same) \(same == 1 ? "step" : "steps") with the same key")
        return lines.joined(separator: "\n") + "\n"
    }

    var json: JSONValue {
        [
            "runs": [.string(runs.0.text), .string(runs.1.text)], "same": .int(Int64(same)),
            "steps": .array(differences.map { step, difference in
                var members: [String: JSONValue] = ["id": .string(step.text)]
                switch difference {
                case .onlyFirst: members["only"] = .string(runs.0.text)
                case .onlySecond: members["only"] = .string(runs.1.text)
                case .changed(let changes):
                    members["changes"] = .array(changes.map { .object(ExplanationText.members(of: $0)) })
                case .inputs(let names): members["inputs"] = .array(names.map { .string($0) })
                case .unknown: break
                }
                return .object(members)
            }),
        ]
    }
}

/// Whether a step is made only for a run that sends it: one that found the answers has none, and differs in nothing.
private func isMadeOnDemand(_ step: StepID) -> Bool { step.text.hasPrefix(StepKind.writeRequests.rawValue + ":") }
