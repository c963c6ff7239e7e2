// Formats the differences of two runs as text and as JSON.

import Application
import Basics
import Planning

extension RunKeyComparison {
    var text: String {
        var lines = ["\(runs.0) → \(runs.1)"]
        for (step, difference) in differences {
            switch difference {
            case .onlyFirst: lines.append("only in \(runs.0): \(step)")
            case .onlySecond: lines.append("only in \(runs.1): \(step)")
            case .changed(let changes):
                lines += changes.map { "changed: \(step): \(ExplanationText.line($0))" }
            case .inputs(let names): lines.append("after: \(step) read other results: \(names.joined(separator: ", "))")
            case .unknown: lines.append("unknown: \(step) has no result in one of the two")
            }
        }
        lines.append("\(same) \(same == 1 ? "step" : "steps") with the same key")
        return lines.joined(separator: "\n") + "\n"
    }

    var json: JSONValue {
        [
            "runs": [.string(runs.0.text), .string(runs.1.text)], "same": .int(Int64(same)),
            "steps": .array(
                differences.map { step, difference in
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
