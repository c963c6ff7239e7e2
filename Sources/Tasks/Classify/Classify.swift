// Classification: one label for an image.

package import Basics
package import Statistics
package import TaskKit

/// One label per image, the task of a spec without `task:`. Labels come from folders or a table's column; matching of
/// answers with labels is declared by an evaluation's `match:`.
package struct Classify: TaskDefinition {
    package static let name = TaskChoice.classification
    package static let summary = "One label for each image. It is the task of a spec without the key."
    package static let columns = [
        TaskColumn("label", "label", alsoNamed: ["class", "category", "target", "labels", "class_name", "label_name"])
    ]
    package static let features = Set(TaskFeature.allCases)

    package init(options: TaskOptions) throws(TaskOptionError) {}

    package init() {}

    package func reference(of row: TaskRow) throws(TaskRowError) -> JSONValue { .string(try row.text("label")) }

    package func vocabulary(of references: some Sequence<JSONValue>) -> [String] {
        Set(references.compactMap(\.string)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    package func answer(for reference: JSONValue, _ context: TaskContext) -> JSONValue { reference }

    package func read(_ reply: String, about item: TaskItem, _ context: TaskContext) -> Prediction {
        ReplyText(reply).text(context.form)
    }

    package func score(_ prediction: JSONValue?, of item: TaskItem, _ context: TaskContext) -> ItemScore {
        let label = item.reference.string ?? ""
        let matched = prediction?.string.flatMap { context.vocabulary.contains($0) ? $0 : nil }
        return ClassificationCounts.score(label: label, matched: matched, isCorrect: matched == label)
    }

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
    /// The score that follows from summed counts: support, correct and predicted of each label in turn.
    fileprivate init(_ names: [String], sums: [Double]) {
        self.init([], labels: names)
        for at in labels.indices where 3 * at + 2 < sums.count {
            labels[at].support = Int(sums[3 * at])
            labels[at].correct = Int(sums[3 * at + 1])
            labels[at].predicted = Int(sums[3 * at + 2])
        }
        n = labels.reduce(0) { $0 + $1.support }
        correct = labels.reduce(0) { $0 + $1.correct }
    }
}
