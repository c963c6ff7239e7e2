// Classification in audits: exact comparison of recorded labels, with the metrics of classification.

import Basics
import Foundation
import Statistics
import TaskKit

/// The task `classify` over recorded labels.
struct LabelTask: TaskDefinition {
    static let name = "classify"
    static let summary = "One label of several."
    static let columns = [TaskColumn("label", "label")]

    init(options: TaskOptions) throws(TaskOptionError) {}

    func reference(of row: TaskRow) throws(TaskRowError) -> JSONValue { .string(try row.text("label")) }

    func vocabulary(of references: some Sequence<JSONValue>) -> [String] { Set(references.compactMap(\.string)).sorted() }

    func answer(for reference: JSONValue, _ context: TaskContext) -> JSONValue { reference }

    func read(_ reply: String, about item: TaskItem, _ context: TaskContext) -> Prediction {
        Prediction(.string(reply.trimmingCharacters(in: .whitespacesAndNewlines)))
    }

    func score(_ prediction: JSONValue?, of item: TaskItem, _ context: TaskContext) -> ItemScore {
        let label = item.reference.string ?? "", answer = prediction?.string
        var score = ItemScore(["right": answer == label ? 1 : 0, "items": 1])
        score.counts["reference." + label] = 1
        if let answer { score.counts["answer." + answer] = 1 }
        if answer == label { score.counts["hits." + label] = 1 }
        return score
    }

    func metrics(_ context: TaskContext) -> MetricTable {
        let names = ["items"] + context.vocabulary.flatMap { ["hits." + $0, "reference." + $0, "answer." + $0] }
        @Sendable func mean(_ sums: [Double], _ each: (_ hits: Double, _ expected: Double, _ given: Double) -> Double?) -> Double?
        {
            stride(from: 1, to: sums.count - 2, by: 3).compactMap { each(sums[$0], sums[$0 + 1], sums[$0 + 2]) }.mean
        }
        return MetricTable(
            primary: TaskMetric("accuracy", "accuracy", .mean(of: "right"), interval: .wilson, test: .mcnemar, range: 0...1),
            [
                TaskMetric(
                    "balanced_accuracy", "balanced accuracy",
                    .sums(of: names) { mean($0) { hits, expected, _ in expected > 0 ? hits / expected : nil } },
                    interval: .bootstrap, test: .none, range: 0...1),
                TaskMetric(
                    "macro_f1", "macro F1",
                    .sums(of: names) {
                        mean($0) { hits, expected, given in expected + given > 0 ? 2 * hits / (expected + given) : nil }
                    },
                    interval: .bootstrap, test: .none, range: 0...1),
            ]
                + context.vocabulary.map { label in
                    TaskMetric(
                        "labels.\(label).recall", "recall of \(label)", .ratio(of: "hits." + label, over: "reference." + label),
                        interval: .none, test: .none, range: 0...1, isDetail: true)
                })
    }
}
