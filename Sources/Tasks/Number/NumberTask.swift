// The common part of counting and measuring: one number per item.

import Basics
import Foundation
import Statistics
import TaskKit
import TaskMetrics

/// References, replies and metrics of `count` and `measure`.
struct NumberTask: Hashable, Sendable {
    var tolerance: NumberTolerance
    var unit: String?
    var isWhole: Bool

    /// The option `within: 5%` or `within: 0.5`.
    static let within = TaskOption(
        "within", expected: "a number, or a percentage such as 5%",
        schema: ["anyOf": [["type": "number", "minimum": 0], ["type": "string", "pattern": #"^[0-9]+(\.[0-9]+)?%$"#]]],
        "The error up to which an answer counts as `within`: a number, or a percentage of the reference.")

    static func tolerance(_ options: TaskOptions) throws(TaskOptionError) -> NumberTolerance? {
        guard let value = options["within"] else { return nil }
        if let number = value.double, number >= 0, number.isFinite { return .absolute(number) }
        if let text = value.string, text.hasSuffix("%"), let share = pythonFloat(String(text.dropLast())), share >= 0,
            share.isFinite
        {
            return .share(share / 100)
        }
        throw TaskOptionError(
            ["within"], "'\(value.string ?? value.canonical)' is not a tolerance",
            hint: "write a number of at least 0, or a percentage such as 5%")
    }

    func reference(of row: TaskRow) throws(TaskRowError) -> JSONValue {
        let text = try row.text("number")
        guard let number = pythonFloat(text), number.isFinite else { throw TaskRowError("'\(text)' is not a number") }
        guard abs(number) <= NumberReader.maxMagnitude else {
            throw TaskRowError("'\(text)' is beyond 1e100: no answer is read as such a number")
        }
        guard !isWhole || (number == number.rounded() && number >= 0 && number < 1e15) else {
            throw TaskRowError("'\(text)' is not a count: a whole number of at least 0 is expected")
        }
        return NumberTask.json(number)
    }

    func answer(for reference: JSONValue, _ context: TaskContext) -> JSONValue {
        context.form.property == nil ? .string(reference.canonical) : reference
    }

    func read(_ reply: String, _ context: TaskContext) -> Prediction {
        let reply = ReplyText(reply)
        // The last digits of a number may be missing.
        guard !reply.endsInJSON else { return .unreadable("JSON that is cut off") }
        if context.form.property != nil {
            let read = reply.json(context.form) { $0.double != nil || $0.string != nil }
            guard let value = read.value else {
                // A plain number is accepted although JSON was requested, as another form.
                return text(reply.unfenced.text, .unwrapped) ?? read
            }
            if let number = value.double, abs(number) <= NumberReader.maxMagnitude {
                return Prediction(NumberTask.json(number), read.reading)
            }
            return value.string.flatMap { text($0, .unwrapped) } ?? .unreadable("no number")
        }
        let inner = reply.unfenced.text
        if case .failure(let error) = NumberReader.read(inner) { return .unreadable(error.problem.rawValue) }
        return text(inner, pythonFloat(inner) == nil ? .unwrapped : .clean) ?? .unreadable("no number")
    }

    private func text(_ text: String, _ reading: Prediction.Reading) -> Prediction? {
        guard case .success(let number) = NumberReader.read(text) else { return nil }
        return Prediction(NumberTask.json(number), reading)
    }

    private static func json(_ number: Double) -> JSONValue { Int64(exactly: number).map(JSONValue.int) ?? .double(number) }

    func score(_ prediction: JSONValue?, of item: TaskItem) -> ItemScore {
        guard let truth = item.reference.double else { return ItemScore([:]) }
        guard let answer = prediction?.double else { return ItemScore(["right": 0, "within": 0]) }
        let error = answer - truth
        return ItemScore([
            "right": error == 0 ? 1 : 0, "within": tolerance.isWithin(answer, reference: truth) ? 1 : 0,
            "error": abs(error), "signed": error, "square": error * error, "answered": 1, "truth": truth,
            "truth_square": truth * truth,
        ])
    }

    func metrics() -> MetricTable {
        let unit: TaskMetric.Unit = unit.map { .of($0) } ?? .plain
        let rare = "The interval does not cover large errors that are absent from this sample."
        return MetricTable(
            primary: TaskMetric(
                "mae", "mean absolute error", .mean(of: "error"), unit: unit, better: .down, interval: .bootstrap,
                test: .signFlip, note: "Over answered items."),
            [
                TaskMetric(
                    "median_error", "median absolute error", .items(NumberTask.median), unit: unit, better: .down,
                    interval: .bootstrap, test: .none, note: "Over answered items.", includes: { $0["error"] != nil }),
                TaskMetric(
                    "rmse", "root mean square error",
                    .sums(of: ["square", "answered"]) { $0[1] > 0 ? ($0[0] / $0[1]).squareRoot() : nil }, unit: unit,
                    better: .down, interval: .bootstrap, test: .swap, note: rare),
                TaskMetric(
                    "bias", "bias", .mean(of: "signed"), unit: unit, better: .zero, interval: .bootstrap, test: .signFlip,
                    note: "Answer minus reference, over answered items."),
                TaskMetric(
                    "within", "within tolerance", .mean(of: "within"), interval: .wilson, test: .mcnemar, range: 0...1),
                TaskMetric("exact", "exact", .mean(of: "right"), interval: .wilson, test: .mcnemar, range: 0...1),
                TaskMetric(
                    "r2", "R²", .sums(of: ["square", "truth", "truth_square", "answered"]) { NumberErrors.r2($0) }, unit: .plain,
                    interval: .bootstrap, test: .none, note: rare),
            ])
    }

    /// The weighted median of the errors of answered items.
    private static let median: @Sendable ([ItemScore]) -> @Sendable ([Double]) -> Double? = { scores in
        let sorted = scores.enumerated().compactMap { at, score in score["error"].map { (error: $0, place: at) } }
            .sorted { ($0.error, $0.place) < ($1.error, $1.place) }
        return { weights in
            let whole = sorted.reduce(0.0) { $0 + weights[$1.place] }
            guard whole > 0 else { return nil }
            // The median of the repeated list: for an even number of entries, the mean of the two middle ones.
            var before = 0.0, lower: Double?
            for (error, place) in sorted where weights[place] > 0 {
                before += weights[place]
                if let lower { return (lower + error) / 2 }
                if 2 * before > whole { return error }
                if 2 * before == whole { lower = error }
            }
            return lower
        }
    }
}
