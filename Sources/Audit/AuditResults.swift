// Audit results: metrics of each model, comparisons of each pair, and the limits of the sample.

package import Basics
import Foundation
import Statistics
package import TaskKit

/// The results for one table of recorded answers: metrics, comparisons and the limits of the sample.
package struct AuditResults: Sendable {
    /// The results of one model.
    package struct Model: Sendable {
        /// The name of the model's column.
        package var name: String
        /// One result for each row of the metric table, in its order.
        package var results: [MetricResult]
        /// Number of items that are right; `nil` unless the primary metric is right or wrong for each item.
        package var right: Int?
        /// Number of non-empty answers.
        package var answered: Int
        /// Number of empty answers, which count as wrong.
        package var empty: Int
        /// Number of items without an answer, which are excluded.
        package var missing: Int
        /// Number of answers by how they were parsed.
        package var readings: [Prediction.Reading: Int]
        /// The ids of the items with half of all edits, for tasks that count edits; empty if they are more than 10%
        /// of the items.
        package var heaviestItems: [String]
        /// Whether labels were expected and no answer is one: the column may not contain answers at all.
        package var namesNoLabel = false
    }

    /// The comparison of two models in one metric.
    package struct Pair: Sendable {
        /// The model from which the second is subtracted.
        package var first: String
        /// The model that is subtracted.
        package var second: String
        /// The metric's row in the table.
        package var metric: TaskMetric
        /// The difference, first - second, with its interval and test.
        package var comparison: MetricComparison
        /// The p-value adjusted for all pairs of the metric (Holm).
        package var adjustedP: Double?
        /// Whether both models gave the same answer to every item.
        package var isIdentical: Bool
        /// Number of items needed to detect the observed difference with 80% power; `nil` unless the metric is right
        /// or wrong per item.
        package var neededItems: Int?
    }

    /// The task's name.
    package private(set) var task: String
    /// The metrics that were computed for each model.
    package private(set) var table: MetricTable
    /// Number of items, including those without an answer.
    package private(set) var items: Int
    /// Number of groups that the items belong to.
    package private(set) var groups: Int
    /// The models in the order of their columns.
    package private(set) var models: [Model]
    /// Every pair of models for each metric with a test, the later model first.
    package private(set) var pairs: [Pair]
    /// The screening of the training images; `nil` if not stated.
    package private(set) var screening: Screening?
    /// The scored table.
    package private(set) var input: AuditInput

    /// Scores the answers of a table and compares every pair of models.
    package init(_ input: AuditInput, task: any TaskDefinition, screening: Screening? = nil) {
        self.task = type(of: task).name
        self.input = input
        self.screening = screening
        let context = TaskContext(vocabulary: task.vocabulary(of: input.items.map(\.reference)))
        let table = task.metrics(context)
        let labels = Set(context.vocabulary.map(AuditResults.plain))
        self.table = table
        items = input.items.count
        groups = Set(input.items.map(\.group)).count
        var models: [Model] = [], scored: [[ScoredItem]] = []
        for model in input.models {
            var result = Model(name: model.name, results: [], answered: 0, empty: 0, missing: 0, readings: [:], heaviestItems: [])
            var rows: [ScoredItem] = []
            rows.reserveCapacity(input.items.count)
            for (item, answer) in zip(input.items, model.answers) {
                var score: ItemScore?
                switch answer {
                case .missing: result.missing += 1
                case .empty:
                    if let empty = task.emptyAnswer(to: item, context) {
                        result.answered += 1
                        result.readings[empty.prediction.reading, default: 0] += 1
                        score = empty.score
                    } else {
                        result.empty += 1
                        score = task.score(nil, of: item, context)
                    }
                case .text(let text):
                    result.answered += 1
                    let prediction = task.read(text, about: item, context)
                    result.readings[prediction.reading, default: 0] += 1
                    score = task.score(prediction.value, of: item, context)
                }
                rows.append(ScoredItem(id: item.id, group: item.group, score: score))
            }
            result.results = table.all.map { metric in
                var result = TaskStatistics.result(metric, rows)
                // Every draw of the bootstrap had the same value: that says nothing about other items.
                if let interval = result.interval, interval.low == interval.high { result.interval = nil }
                return result
            }
            if table.primary.test == .mcnemar, table.primary.unit == .share {
                let values = rows.compactMap { row in row.score.flatMap { table.primary.value(of: [$0]) } }
                if !values.isEmpty, values.allSatisfy({ $0 == 0 || $0 == 1 }) { result.right = values.count { $0 == 1 } }
            }
            let edits = rows.map { Int($0.score?["edits"] ?? 0) }
            let heavy = AuditResults.itemsWithHalf(edits)
            if heavy.count * 10 <= rows.count { result.heaviestItems = heavy.map { rows[$0].id } }
            result.namesNoLabel =
                task is LabelTask && result.answered > 0
                && !zip(model.answers, rows).contains { answer, row in
                    guard case .text(let text) = answer else { return false }
                    return labels.contains(AuditResults.plain(text)) || (row.score?["named"] ?? 0) > 0
                }
            models.append(result)
            scored.append(rows)
        }
        self.models = models
        var pairs: [Pair] = []
        for metric in table.all where metric.test != .none {
            let compared = models.indices.flatMap { second in models.indices.dropFirst(second + 1).map { ($0, second) } }
            let (names, scores) = (models.map(\.name), scored)
            var found = threadedMap(count: compared.count, atLeast: 4) { at -> Pair? in
                let (first, second) = compared[at]
                guard let comparison = TaskStatistics.comparison(metric, scores[first], scores[second]) else { return nil }
                return Pair(
                    first: names[first], second: names[second], metric: metric, comparison: comparison,
                    isIdentical: input.models[first].answers == input.models[second].answers,
                    neededItems: compared.count <= AuditResults.maxSearches ? AuditResults.neededItems(comparison) : nil)
            }.compactMap { $0 }
            for (at, p) in holm(found.map { $0.comparison.pValue ?? 1 }).enumerated() { found[at].adjustedP = p }
            pairs += found
        }
        self.pairs = pairs
    }

    private static func plain(_ text: String) -> String {
        text.trimmingCharacters(in: .whitespacesAndNewlines).lowercased()
    }

    /// Maximum number of pairs for which the number of items needed is computed, at a tenth of a second each.
    private static let maxSearches = 45

    private static func neededItems(_ comparison: MetricComparison) -> Int? {
        guard comparison.isPaired, let one = comparison.onlyFirst, let two = comparison.onlySecond, comparison.items > 0 else {
            return nil
        }
        return Detectable.itemsNeeded(
            difference: abs(comparison.difference), disagreement: Double(one + two) / Double(comparison.items))
    }

    /// The smallest set of items with at least half of all edits.
    private static func itemsWithHalf(_ edits: [Int]) -> [Int] {
        let total = edits.reduce(0, +)
        guard total > 0 else { return [] }
        var sum = 0, items: [Int] = []
        for at in edits.indices.sorted(by: { (edits[$1], $0) < (edits[$0], $1) }) {
            if 2 * sum >= total { break }
            sum += edits[at]
            items.append(at)
        }
        return items
    }
}

/// The outcome of a provider's screening of training images.
package struct Screening: Hashable, Sendable {
    /// Number of images sent.
    package var submitted: Int
    /// Number of images used for training.
    package var accepted: Int

    /// `nil` unless 0 <= accepted <= submitted and submitted > 0.
    package init?(submitted: Int, accepted: Int) {
        guard submitted > 0, (0...submitted).contains(accepted) else { return nil }
        self.submitted = submitted
        self.accepted = accepted
    }

    /// Number of images that the provider screened out.
    package var rejected: Int { submitted - accepted }
}
