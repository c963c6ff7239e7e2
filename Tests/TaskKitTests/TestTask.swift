// A task that exists only in tests and uses only the public contract.

import Basics
import Statistics
import TaskKit

/// Reading the hour of a clock: the smallest useful task. Its reference is a whole number from 0 to 11, and an answer is
/// worth the shorter way round the dial.
struct ReadClock: TaskDefinition {
    static let name = "read-clock"
    static let summary = "The hour that a clock shows."
    static let options: [TaskOption] = [
        .choice("score", ["exact", "distance"], "Which number heads the report.")
    ]
    static let columns = [TaskColumn("hour", "hour"), TaskColumn.question(isRequired: false)]

    let headsDistance: Bool

    init(options: TaskOptions) throws(TaskOptionError) {
        headsDistance = try options.choice("score", of: ["exact", "distance"]) == "distance"
    }

    func reference(of row: TaskRow) throws(TaskRowError) -> JSONValue {
        guard let hour = Int(try row.text("hour")), (0...11).contains(hour) else {
            throw TaskRowError("'\(row["hour"] ?? "")' is not an hour from 0 to 11")
        }
        return .int(Int64(hour))
    }

    func schema(_ context: TaskContext) -> JSONValue { ["type": "integer", "minimum": 0, "maximum": 11] }

    func answer(for reference: JSONValue, _ context: TaskContext) -> JSONValue {
        context.form.property == nil ? .string(reference.canonical) : reference
    }

    func read(_ reply: String, about item: TaskItem, _ context: TaskContext) -> Prediction {
        if context.form.property != nil { return ReplyText(reply).json(context.form) { $0.int != nil } }
        let digits = reply.split { !$0.isNumber }
        guard digits.count == 1, let hour = Int(digits[0]) else {
            return .unreadable(digits.isEmpty ? "no number" : "\(digits.count) numbers")
        }
        return Prediction(.int(Int64(hour)), String(hour) == reply ? .clean : .unwrapped)
    }

    func score(_ prediction: JSONValue?, of item: TaskItem, _ context: TaskContext) -> ItemScore {
        guard let truth = item.reference.int, let answer = prediction?.int else {
            return ItemScore(["right": 0, "distance": 6])
        }
        let apart = abs(truth - answer) % 12
        return ItemScore(["right": apart == 0 ? 1 : 0, "distance": Double(min(apart, 12 - apart))])
    }

    func metrics(_ context: TaskContext) -> MetricTable {
        let exact = TaskMetric("exact", "exact hours", .mean(of: "right"), interval: .wilson, test: .mcnemar, range: 0...1)
        let distance = TaskMetric(
            "distance", "mean distance", .mean(of: "distance"), unit: .of("hours"), better: .down, interval: .bootstrap,
            test: .signFlip, range: 0...6)
        return headsDistance ? MetricTable(primary: distance, [exact]) : MetricTable(primary: exact, [distance])
    }
}
