// Derives scores, summaries and comparisons from the results; all outputs render this analysis.

import Basics
package import Statistics
package import TaskKit

/// All values derived from one run's results.
package struct Analysis: Sendable {
    /// A quantity that two models can be compared in.
    package enum Metric: Hashable, Sendable {
        /// A row of the task's metric table, by name.
        case task(String)
        /// The mean latency in milliseconds.
        case meanLatency

        /// The metric's name in claim paths and `metrics.json`.
        package var name: String {
            switch self {
            case .task(let name): name
            case .meanLatency: "latency_ms_mean"
            }
        }
    }

    /// One model's scores in one evaluation.
    package struct Model: Sendable {
        /// The answers that the scores were computed from.
        package var result: ModelResult
        /// Classification scores; without counts for other tasks.
        package var score: ClassificationScore
        /// The task's primary metric.
        package var primary: MetricValue
        /// The other rows of the metric table. Empty for classification, whose further rows are computed on request.
        package var others: [MetricValue]
        /// The number of replies by parsing outcome; `nil` for classification.
        package var readings: ReadingCounts?
        /// The number of answers by outcome.
        package var counts: AnswerCounts
        /// Latency statistics in milliseconds; `nil` if latency was not measured.
        package var latency: LatencySummary?
        /// The 95% bootstrap interval of the mean latency, in milliseconds.
        package var meanLatencyInterval: Interval?
        /// Statistics of the primary metric over the repeats; `nil` without repeats.
        package var repeats: Repeats?
        /// Statistics of the mean latency over the repeats; `nil` without repeats.
        package var latencyRepeats: Repeats?
        /// The share of examples with different matched labels in different repeats; `nil` without repeats.
        package var disagreementShare: Double?

        /// The model's name in the spec.
        package var name: String { result.model }
        /// The number of answers received.
        package var answered: Int { result.answers.count(where: \.counts) }
        /// The value of a row of the metric table; `nil` if unknown.
        package func value(of metric: String) -> Double? {
            ([primary] + others).first { $0.metric.name == metric }?.value
        }
        /// A row of the metric table. Rows that were not computed yet are computed here, without a bootstrap interval.
        func value(of metric: TaskMetric) -> MetricValue {
            ([primary] + others).first { $0.metric.name == metric.name }
                ?? MetricEngine.value(metric, result.answers, drawsInterval: false)
        }
        /// Dollars per 1,000 answers; `nil` without a price.
        package var costPerThousand: Double? {
            guard let cost = result.resultCost, !result.answers.isEmpty else { return nil }
            return cost.dollars / Double(result.answers.count) * 1000
        }
    }

    /// A comparison of two models in one evaluation; differences are first − second.
    package struct Pair: Sendable {
        /// The model from which `second` is subtracted.
        package var first: String
        /// The reference model, the baseline in its pairs.
        package var second: String
        /// The metric compared.
        package var metric: Metric
        /// The difference with its interval and unadjusted p-value.
        package var comparison: Comparison
        /// The p-value after Holm's adjustment over all pairs of this evaluation and metric.
        package var adjustedP: Double
        /// Whether the metric is the task's primary one.
        package var isPrimary: Bool
    }

    /// The models of one evaluation and their comparisons.
    package struct Evaluation: Sendable {
        /// The evaluation's name in the spec.
        package var name: String
        /// Whether the evaluation was made to measure latency.
        package var measuresLatency: Bool
        /// The models in the order of the spec.
        package var models: [Model]
        /// Every model against the baseline, then all other pairs, with the model that the spec names later first.
        package var pairs: [Pair]

        /// The model with this name; `nil` if it has no results.
        package func model(_ name: String) -> Model? { models.first { $0.name == name } }
        /// The metric table's row for a pair; `nil` for latency.
        package func metric(of pair: Pair) -> TaskMetric? {
            guard case .task(let name) = pair.metric, let model = models.first else { return nil }
            return ([model.primary] + model.others).first { $0.metric.name == name }?.metric
        }
        /// The comparison of two models in this order; `nil` if there is none.
        package func pair(_ first: String, _ second: String, _ metric: Metric) -> Pair? {
            pairs.first { $0.first == first && $0.second == second && $0.metric == metric }
        }
    }

    /// One variant of the spec with its evaluations.
    package struct Variant: Sendable {
        /// The results that the evaluations were computed from.
        package var results: VariantResults
        /// The model that others are compared with: the spec's baseline or the first model with results; `nil`
        /// without results.
        package var baseline: String?
        /// The evaluations in the order of the spec.
        package var evaluations: [Evaluation]
        /// The evaluation used for accuracy in the headline.
        package var accuracy: Evaluation? { evaluations.first { !$0.measuresLatency } ?? evaluations.first }
        /// The comparison used in the headline: the best fine-tuned model against the baseline, or the best model if
        /// none was fine-tuned.
        package var challenge: Pair? {
            let challenges = accuracy?.pairs.filter { $0.isPrimary && $0.second == baseline } ?? []
            let isBetterUp = accuracy?.models.first?.primary.metric.better != .down
            let tuned = results.trainings.filter { $0.kind == .fineTune }.map(\.model)
            let fineTuned = challenges.filter { tuned.contains($0.first) }
            return (fineTuned.isEmpty ? challenges : fineTuned)
                .max {
                    isBetterUp
                        ? $0.comparison.difference < $1.comparison.difference
                        : $0.comparison.difference > $1.comparison.difference
                }
        }
        /// The evaluation used for latency in the headline.
        package var latency: Evaluation? {
            evaluations.first { $0.measuresLatency && $0.models.contains { $0.latency != nil } }
                ?? evaluations.first { $0.models.contains { $0.latency != nil } }
        }
    }

    /// The results that the analysis was computed from.
    package var results: ExperimentResults
    /// The unchanged spec first, then the variants in the order of the plan.
    package var variants: [Variant]
    /// Audits of the published counts in the spec.
    package let publications: [AuditedPublication]
    /// The metric table of the results' task.
    package let table: MetricTable
    /// The form in which the gallery shows the task's references and predictions.
    package let view: TaskView
    /// Whether the task is classification, which has its own label tables and charts.
    package var isClassification: Bool { results.task == nil }

    /// - Parameter tasks: known tasks. Results of an unknown task have no metrics except latency.
    package init(_ results: ExperimentResults, tasks: TaskRegistry) {
        self.results = results
        let task = try? tasks.task(results.task ?? TaskChoice(TaskChoice.classification))
        view = task.map { type(of: $0).view } ?? .plain
        let table =
            task?.metrics(TaskContext(vocabulary: results.labels))
            ?? MetricTable(
                primary: TaskMetric("unknown", "unknown task", .items { _ in { _ in nil } }, interval: .none, test: .none))
        self.table = table
        publications = (results.published ?? []).map { AuditedPublication($0) }
        var memo = results.variants.count > 1 ? Memo() : nil
        variants = results.variants.map {
            Analysis.variant($0, labels: results.labels, table: table, isClassification: results.task == nil, memo: &memo)
        }
        for variant in variants {
            for evaluation in variant.evaluations {
                for warning in evaluation.models.compactMap({ Summary.normalizationWarning($0, in: evaluation.name) })
                where !self.results.warnings.contains(warning) { self.results.warnings.append(warning) }
            }
        }
    }

    /// The variant that a report shows in full: the unchanged spec or, for a bare sweep, the point with the most
    /// accurate model (the first in a tie).
    package var main: Variant? {
        let measured = variants.filter { $0.evaluations.contains { !$0.models.isEmpty } }
        if let unchanged = measured.first(where: { $0.results.name == .unchanged }) { return unchanged }
        let sign = table.primary.better == .down ? -1.0 : 1
        func best(_ variant: Variant) -> Double {
            variant.accuracy?.models.compactMap { $0.primary.value.map { sign * $0 } }.max() ?? -.infinity
        }
        let most = measured.map(best).max()
        return measured.first { best($0) == most } ?? variants.first
    }

    /// Caches comparisons: variants share most of their steps and therefore many answers. A single variant does without,
    /// because hashing all answers takes longer than comparing them.
    private struct Memo {
        struct Key: Hashable {
            let first, second: [ScoredAnswer]
            let metric: Metric
        }
        var comparisons: [Key: Comparison?] = [:]

        mutating func compare(
            _ first: ModelResult, _ second: ModelResult, _ metric: Metric, _ table: MetricTable
        ) -> Comparison? {
            let key = Key(first: first.answers, second: second.answers, metric: metric)
            if let known = comparisons[key] { return known }
            let comparison = Analysis.compare(first, second, metric, table)
            comparisons[key] = comparison
            return comparison
        }
    }

    private static func compare(
        _ first: ModelResult, _ second: ModelResult, _ metric: Metric, _ table: MetricTable
    ) -> Comparison? {
        switch metric {
        case .task(let name): table[name].flatMap { MetricEngine.compare($0, first.answers, second.answers) }
        case .meanLatency:
            first.latency == nil || second.latency == nil ? nil : Comparison.meanLatency(first.answers, second.answers)
        }
    }

    private static func variant(
        _ results: VariantResults, labels: [String], table: MetricTable, isClassification: Bool, memo: inout Memo?
    ) -> Variant {
        let metrics = table.all.filter { $0.test != .none }.map { Metric.task($0.name) } + [.meanLatency]
        var evaluations: [Evaluation] = []
        for evaluation in results.evaluations {
            let baseline = results.baseline ?? evaluation.models.first?.model
            evaluations.append(
                Evaluation(
                    name: evaluation.name, measuresLatency: evaluation.measuresLatency,
                    models: evaluation.models.map {
                        model($0, labels: labels, table: table, isClassification: isClassification)
                    },
                    pairs: metrics.flatMap {
                        pairs(evaluation.models, baseline: baseline, metric: $0, table: table, memo: &memo)
                    }))
        }
        let baseline = results.baseline ?? results.evaluations.first?.models.first?.model
        return Variant(results: results, baseline: baseline, evaluations: evaluations)
    }

    private static func model(
        _ result: ModelResult, labels: [String], table: MetricTable, isClassification: Bool
    ) -> Model {
        let repeats = result.repeats.count > 1 ? result.repeats : []
        let values = repeats.compactMap { MetricEngine.value(table.primary, $0, drawsInterval: false).value }
        let latencies = result.latency == nil ? [] : repeats.compactMap { $0.compactMap(\.latencyMilliseconds).mean }
        return Model(
            result: result,
            score: ClassificationScore(isClassification ? result.answers : [], labels: isClassification ? labels : []),
            primary: MetricEngine.value(table.primary, result.answers),
            others: isClassification ? [] : table.others.map { MetricEngine.value($0, result.answers) },
            readings: isClassification ? nil : ReadingCounts(result.answers),
            counts: AnswerCounts(result.answers),
            latency: result.latencySummary, meanLatencyInterval: Bootstrap.mean(result.latencies),
            repeats: Repeats(values), latencyRepeats: Repeats(latencies),
            disagreementShare: Repeats.disagreementShare(repeats))
    }

    private static func pairs(
        _ models: [ModelResult], baseline: String?, metric: Metric, table: MetricTable, memo: inout Memo?
    ) -> [Pair] {
        let base = models.filter { $0.model == baseline }
        let others = models.filter { $0.model != baseline }
        var sides = base.flatMap { base in others.map { ($0, base) } }
        for (at, later) in others.enumerated() { sides += others.prefix(at).map { (later, $0) } }
        let compared = sides.compactMap { first, second in
            let comparison =
                memo == nil
                ? compare(first, second, metric, table) : memo?.compare(first, second, metric, table)
            return comparison.map { (first.model, second.model, $0) }
        }
        let adjusted = holm(compared.map { $0.2.pValue })
        return zip(compared, adjusted).map { compared, adjusted in
            Pair(
                first: compared.0, second: compared.1, metric: metric, comparison: compared.2,
                adjustedP: adjusted, isPrimary: metric == .task(table.primary.name))
        }
    }
}
