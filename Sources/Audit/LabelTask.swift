// Classification in audits: comparison of recorded labels, exact and normalized, with the metrics of classification.

import Basics
import Foundation
import Statistics
import TaskKit

/// The task `classify` over recorded labels.
struct LabelTask: TaskDefinition {
    static let name = "classify"
    static let summary = "One label of several."
    static let columns = [
        TaskColumn(
            "label", "label",
            alsoNamed: [
                "class", "category", "target", "labels", "class_name", "label_name", "reference", "truth", "ground_truth",
                "true_label",
                "y_true", "expected",
            ])
    ]

    /// The task of a spec, which provides the metrics besides the normalized accuracy; `nil` for the metrics below.
    private var base: (any TaskDefinition)?

    init(options: TaskOptions) throws(TaskOptionError) {}

    /// - Parameter base: the task of a spec, with its own metrics.
    init(base: any TaskDefinition) { self.base = base }

    func reference(of row: TaskRow) throws(TaskRowError) -> JSONValue { .string(try row.text("label")) }

    func vocabulary(of references: some Sequence<JSONValue>) -> [String] { Set(references.compactMap(\.string)).sorted() }

    func answer(for reference: JSONValue, _ context: TaskContext) -> JSONValue { reference }

    func read(_ reply: String, about item: TaskItem, _ context: TaskContext) -> Prediction {
        Prediction(.string(reply.trimmingCharacters(in: .whitespacesAndNewlines)))
    }

    func score(_ prediction: JSONValue?, of item: TaskItem, _ context: TaskContext) -> ItemScore {
        let label = item.reference.string ?? "", answer = prediction?.string
        let isNamed = answer == label || answer.map { LabelTask.names($0, label, among: context.vocabulary) } ?? false
        if let base {
            var score = base.score(prediction, of: item, context)
            score.counts["named"] = isNamed ? 1 : 0
            return score
        }
        var score = ItemScore(["right": answer == label ? 1 : 0, "named": isNamed ? 1 : 0, "items": 1])
        score.counts["reference." + label] = 1
        if let answer { score.counts["answer." + answer] = 1 }
        if answer == label { score.counts["hits." + label] = 1 }
        return score
    }

    /// Whether an answer names a label, and no other one, if all known differences of spelling are ignored.
    private static func names(_ answer: String, _ label: String, among labels: [String]) -> Bool {
        let normalized = TextNormalization.all
        let key = normalized(label)
        guard !key.isEmpty else { return false }
        func isLabel(_ text: String) -> Bool { labels.contains { normalized($0) == normalized(text) } }
        var isEqual = normalized(answer) == key
        // `red: green` names two labels, hence none.
        if !isEqual, let (introduction, rest) = normalized.split(answer), !isLabel(introduction) {
            isEqual = normalized(rest) == key
        }
        return isEqual && labels.count { normalized($0) == key } == 1
    }

    private static let normalized = TaskMetric(
        "accuracy_normalized", "normalized accuracy", .mean(of: "named"), interval: .wilson, test: .none, range: 0...1,
        note: "Case, spaces, punctuation, quotes, markdown and Unicode forms are ignored.")

    func metrics(_ context: TaskContext) -> MetricTable {
        if let base {
            let table = base.metrics(context)
            return MetricTable(primary: table.primary, [LabelTask.normalized] + table.others)
        }
        let names = ["items"] + context.vocabulary.flatMap { ["hits." + $0, "reference." + $0, "answer." + $0] }
        @Sendable func mean(_ sums: [Double], _ each: (_ hits: Double, _ expected: Double, _ given: Double) -> Double?) -> Double?
        {
            stride(from: 1, to: sums.count - 2, by: 3).compactMap { each(sums[$0], sums[$0 + 1], sums[$0 + 2]) }.mean
        }
        return MetricTable(
            primary: TaskMetric("accuracy", "accuracy", .mean(of: "right"), interval: .wilson, test: .mcnemar, range: 0...1),
            [
                LabelTask.normalized,
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
