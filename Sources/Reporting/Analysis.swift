// What follows from the results: scores, summaries, comparisons. Computed once, rendered in every form.

import Basics
package import Statistics
package import TaskKit

/// Everything derived from one run's results.
package struct Analysis: Sendable {
    package enum Metric: Hashable, Sendable {
        /// A row of the task's metric table, by name.
        case task(String)
        case meanLatency

        /// The name in paths of claims and metrics.json.
        package var name: String {
            switch self {
            case .task(let name): name
            case .meanLatency: "latency_ms_mean"
            }
        }
    }

    package struct Model: Sendable {
        package var result: ModelResult
        /// Of classification; without counts for other tasks.
        package var score: ClassificationScore
        /// The primary metric.
        package var primary: MetricValue
        /// The other rows of the metric table, of tasks other than classification: those are drawn when they are asked for.
        package var others: [MetricValue]
        /// How replies were read, of tasks other than classification.
        package var readings: ReadingCounts?
        /// How its answers ended.
        package var counts: AnswerCounts
        package var latency: LatencySummary?
        /// The 95 % bootstrap interval of the mean latency in milliseconds.
        package var meanLatencyInterval: Interval?
        /// The accuracies of the repeats.
        package var repeats: Repeats?
        /// The mean latencies of the repeats.
        package var latencyRepeats: Repeats?
        package var unsteadyShare: Double?

        package var name: String { result.model }
        /// Answers that came back.
        package var answered: Int { result.answers.count(where: \.counts) }
        /// The value of a row of the metric table.
        package func value(of metric: String) -> Double? {
            ([primary] + others).first { $0.metric.name == metric }?.value
        }
        /// What 1,000 answers cost.
        package var costPerThousand: Double? {
            guard let cost = result.resultCost, !result.answers.isEmpty else { return nil }
            return cost.dollars / Double(result.answers.count) * 1000
        }
    }

    /// Two models of one evaluation; the difference is first − second.
    package struct Pair: Sendable {
        package var first: String
        package var second: String
        package var metric: Metric
        package var comparison: Comparison
        /// After Holm's adjustment over all pairs of this evaluation and metric.
        package var adjustedP: Double
        /// Whether the metric is the task's primary one.
        package var isPrimary: Bool
    }

    package struct Evaluation: Sendable {
        package var name: String
        package var measuresLatency: Bool
        package var models: [Model]
        /// Every model with the baseline, then every other two, the later one of the spec first.
        package var pairs: [Pair]

        package func model(_ name: String) -> Model? { models.first { $0.name == name } }
        /// The row of the metric table that a pair is compared in; `nil` for latency.
        package func metric(of pair: Pair) -> TaskMetric? {
            guard case .task(let name) = pair.metric, let model = models.first else { return nil }
            return ([model.primary] + model.others).first { $0.metric.name == name }?.metric
        }
        package func pair(_ first: String, _ second: String, _ metric: Metric) -> Pair? {
            pairs.first { $0.first == first && $0.second == second && $0.metric == metric }
        }
    }

    package struct Variant: Sendable {
        package var results: VariantResults
        package var baseline: String?
        package var evaluations: [Evaluation]
        /// The evaluation that the accuracy of the headline comes from.
        package var accuracy: Evaluation? { evaluations.first { !$0.measuresLatency } ?? evaluations.first }
        /// The comparison that the headline tells of: the best fine-tuned model with the baseline, without one the
        /// best model with the baseline.
        package var challenge: Pair? {
            let challenges = accuracy?.pairs.filter { $0.isPrimary && $0.second == baseline } ?? []
            let isBetterUp = accuracy?.models.first?.primary.metric.better != .down
            let tuned = results.trainings.filter { $0.kind == .fineTune }.map(\.model)
            let fineTuned = challenges.filter { tuned.contains($0.first) }
            return (fineTuned.isEmpty ? challenges : fineTuned)
                .max { isBetterUp ? $0.comparison.difference < $1.comparison.difference : $0.comparison.difference > $1.comparison.difference }
        }
        /// The evaluation that the latency of the headline comes from.
        package var latency: Evaluation? {
            evaluations.first { $0.measuresLatency && $0.models.contains { $0.latency != nil } }
                ?? evaluations.first { $0.models.contains { $0.latency != nil } }
        }
    }

    package var results: ExperimentResults
    package var variants: [Variant]
    /// The metric table of the results' task.
    package let table: MetricTable
    /// Whether the task is classification, whose labels have tables and charts of their own.
    package var isClassification: Bool { results.task == nil }

    /// - Parameter tasks: the tasks that results may name. Results of a task that is missing here have no metrics but latency.
    package init(_ results: ExperimentResults, tasks: TaskRegistry) {
        self.results = results
        let task = try? tasks.task(results.task ?? TaskChoice(TaskChoice.classification))
        let table = task?.metrics(TaskContext(vocabulary: results.labels))
            ?? MetricTable(primary: TaskMetric("unknown", "unknown task", .items { _ in { _ in nil } }, interval: .none, test: .none))
        self.table = table
        var memo = Memo()
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

    /// The variant that a report tells of in full: the spec as it stands; of a bare sweep the point with the most
    /// accurate model, the first of equals.
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

    /// Variants share most of their steps, and so many of their answers: what was compared once is remembered.
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
            let comparison = switch metric {
            case .task(let name): table[name].flatMap { MetricEngine.compare($0, first.answers, second.answers) }
            case .meanLatency:
                first.latency == nil || second.latency == nil
                    ? nil : Comparison.meanLatency(first.answers, second.answers)
            }
            comparisons[key] = comparison
            return comparison
        }
    }

    private static func variant(
        _ results: VariantResults, labels: [String], table: MetricTable, isClassification: Bool, memo: inout Memo
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
            result: result, score: ClassificationScore(isClassification ? result.answers : [], labels: isClassification ? labels : []),
            primary: MetricEngine.value(table.primary, result.answers),
            others: isClassification ? [] : table.others.map { MetricEngine.value($0, result.answers) },
            readings: isClassification ? nil : ReadingCounts(result.answers),
            counts: AnswerCounts(result.answers),
            latency: result.latencySummary, meanLatencyInterval: Bootstrap.mean(result.latencies),
            repeats: Repeats(values), latencyRepeats: Repeats(latencies),
            unsteadyShare: Repeats.unsteadyShare(repeats))
    }

    private static func pairs(
        _ models: [ModelResult], baseline: String?, metric: Metric, table: MetricTable, memo: inout Memo
    ) -> [Pair] {
        let base = models.filter { $0.model == baseline }
        let others = models.filter { $0.model != baseline }
        var sides = base.flatMap { base in others.map { ($0, base) } }
        for (at, later) in others.enumerated() { sides += others.prefix(at).map { (later, $0) } }
        let compared = sides.compactMap { first, second in
            memo.compare(first, second, metric, table).map { (first.model, second.model, $0) }
        }
        let adjusted = holm(compared.map { $0.2.pValue })
        return zip(compared, adjusted).map { compared, adjusted in
            Pair(
                first: compared.0, second: compared.1, metric: metric, comparison: compared.2,
                adjustedP: adjusted, isPrimary: metric == .task(table.primary.name))
        }
    }
}
