// Classification: one label per image.

package import Basics
package import Statistics
package import TaskKit

/// One label per image; the default task of a spec without `task:`. Labels come from folders or a table column. An
/// evaluation's `match:` declares how answers match labels.
package struct Classify: TaskDefinition {
    /// The name in a spec.
    package static let name = TaskChoice.classification
    /// The description in the generated documentation.
    package static let summary = "One label per image. The default."
    /// The label column, found by any of the usual names.
    package static let columns = [
        TaskColumn("label", "label", alsoNamed: ["class", "category", "target", "labels", "class_name", "label_name"])
    ]
    /// The only task that supports every feature of a spec.
    package static let features = Set(TaskFeature.allCases)

    /// The task has no options, so this cannot fail.
    package init(options: TaskOptions) throws(TaskOptionError) {}

    /// Creates the task without parsing options.
    package init() {}

    /// The label as text; an empty cell is an error.
    package func reference(of row: TaskRow) throws(TaskRowError) -> JSONValue { .string(try row.text("label")) }

    /// All labels, sorted by UTF-8 bytes.
    package func vocabulary(of references: some Sequence<JSONValue>) -> [String] {
        Set(references.compactMap(\.string)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// The label itself.
    package func answer(for reference: JSONValue, _ context: TaskContext) -> JSONValue { reference }

    /// Takes the text of the reply as the answer.
    package func read(_ reply: String, about item: TaskItem, _ context: TaskContext) -> Prediction {
        ReplyText(reply).text(context.form)
    }

    /// Counts for the item's label and the answered label. A text that is not a label counts as wrong.
    package func score(_ prediction: JSONValue?, of item: TaskItem, _ context: TaskContext) -> ItemScore {
        let label = item.reference.string ?? ""
        let matched = prediction?.string.flatMap { context.vocabulary.contains($0) ? $0 : nil }
        return ClassificationCounts.score(label: label, matched: matched, isCorrect: matched == label)
    }

    /// Accuracy, and means over labels computed from the labels' counts.
    package func metrics(_ context: TaskContext) -> MetricTable {
        let labels = context.vocabulary
        let counts = labels.flatMap {
            [ClassificationCounts.support($0), ClassificationCounts.correct($0), ClassificationCounts.predicted($0)]
        }
        func overLabels(
            _ name: String, _ title: String, _ value: @escaping @Sendable (ClassificationScore) -> Double?
        ) -> TaskMetric {
            TaskMetric(
                name, title, .sums(of: counts) { sums in value(ClassificationScore(labels, sums: sums)) },
                interval: .percentile, test: .none, range: 0...1)
        }
        return MetricTable(
            primary: TaskMetric(
                "accuracy", "accuracy", .mean(of: ClassificationCounts.right), interval: .wilson, test: .mcnemar, range: 0...1),
            [
                overLabels("balanced_accuracy", "balanced accuracy") { $0.balancedAccuracy },
                overLabels("macro_f1", "macro F1") { $0.macro?.f1 },
                overLabels("macro_precision", "macro precision") { $0.macro?.precision },
                overLabels("macro_recall", "macro recall") { $0.macro?.recall },
                overLabels("weighted_f1", "weighted F1") { $0.weighted?.f1 },
                overLabels("weighted_precision", "weighted precision") { $0.weighted?.precision },
                overLabels("weighted_recall", "weighted recall") { $0.weighted?.recall },
            ])
    }
}

extension ClassificationScore {
    /// Reconstructs a score from summed counts: support, correct and predicted for each label in turn.
    fileprivate init(_ names: [String], sums: [Double]) {
        self.init([], labels: names)
        for at in labels.indices where 3 * at + 2 < sums.count {
            labels[at].support = Int(counting: sums[3 * at])
            labels[at].correct = Int(counting: sums[3 * at + 1])
            labels[at].predicted = Int(counting: sums[3 * at + 2])
        }
        n = labels.reduce(0) { $0 + $1.support }
        correct = labels.reduce(0) { $0 + $1.correct }
    }
}
