// The answer of a judge: whether another model's answer is right.

package import Basics
import Foundation
package import Statistics
package import TaskKit

/// A judge's verdict. Plans use it for the requests to judges; a spec cannot name it as its task.
package struct Verdict: TaskDefinition {
    /// The name in plans.
    package static let name = TaskChoice.verdict
    /// Not part of the documentation.
    package static let summary = "A judge's verdict on whether an answer is right."
    /// Verdicts are not read from tables.
    package static let columns: [TaskColumn] = []

    /// The task has no options.
    package init(options: TaskOptions) throws(TaskOptionError) {}

    /// Verdicts have no reference.
    package func reference(of row: TaskRow) throws(TaskRowError) -> JSONValue { .null }

    /// A reason, then the verdict.
    package func schema(_ context: TaskContext) -> JSONValue {
        [
            "type": "object", "additionalProperties": false, "required": ["reason", "verdict"],
            "properties": ["reason": ["type": "string"], "verdict": ["type": "boolean"]],
        ]
    }

    /// Not used: verdicts are not taught.
    package func answer(for reference: JSONValue, _ context: TaskContext) -> JSONValue { reference }

    /// Reads true or false, or a word for either, alone or in an object.
    package func read(_ reply: String, about item: TaskItem, _ context: TaskContext) -> Prediction {
        let text = ReplyText(reply)
        let read = text.json(context.form) { Verdict.value($0) != nil }
        if let value = read.value.flatMap(Verdict.value) { return Prediction(.bool(value), read.reading) }
        return Verdict.value(.string(text.unfenced.text)).map { Prediction(.bool($0), .unwrapped) } ?? .unreadable("no verdict")
    }

    private static func value(_ value: JSONValue) -> Bool? {
        switch value {
        case .bool(let flag): return flag
        case .string(let text):
            switch text.lowercased().trimmingCharacters(in: CharacterSet(charactersIn: " .!*`\"'\n\r\t")) {
            case "true", "yes", "right", "correct": return true
            case "false", "no", "wrong", "incorrect": return false
            default: return nil
            }
        case .object:
            return ["verdict", "right", "correct", "is_correct"].lazy.compactMap { value.member(like: $0).flatMap(Verdict.value) }
                .first
        default: return nil
        }
    }

    /// Not used: verdicts become counts of the judged item.
    package func score(_ prediction: JSONValue?, of item: TaskItem, _ context: TaskContext) -> ItemScore {
        ItemScore(["right": prediction?.bool == true ? 1 : 0])
    }

    /// Not used: the metrics of the judged task apply.
    package func metrics(_ context: TaskContext) -> MetricTable {
        MetricTable(primary: TaskMetric("right", "right", .mean(of: "right"), interval: .wilson, test: .none))
    }
}
