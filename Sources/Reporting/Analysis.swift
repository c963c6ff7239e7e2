// What follows from the results: scores, summaries, comparisons. Computed once, rendered in every form.

import Basics
package import Statistics

/// Everything derived from one run's results.
package struct Analysis: Sendable {
    package enum Metric: String, Hashable, Sendable, Codable, CaseIterable {
        case accuracy
        case meanLatency = "latency_ms_mean"
    }

    package struct Model: Sendable {
        package var result: ModelResult
        package var score: ClassificationScore
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
    }

    package struct Evaluation: Sendable {
        package var name: String
        package var measuresLatency: Bool
        package var models: [Model]
        /// Every model with the baseline, then every other two, the later one of the spec first.
        package var pairs: [Pair]

        package func model(_ name: String) -> Model? { models.first { $0.name == name } }
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
            let challenges = accuracy?.pairs.filter { $0.metric == .accuracy && $0.second == baseline } ?? []
            let tuned = results.trainings.filter { $0.kind == .fineTune }.map(\.model)
            let fineTuned = challenges.filter { tuned.contains($0.first) }
            return (fineTuned.isEmpty ? challenges : fineTuned)
                .max { $0.comparison.difference < $1.comparison.difference }
        }
        /// The evaluation that the latency of the headline comes from.
        package var latency: Evaluation? {
            evaluations.first { $0.measuresLatency && $0.models.contains { $0.latency != nil } }
                ?? evaluations.first { $0.models.contains { $0.latency != nil } }
        }
    }

    package var results: ExperimentResults
    package var variants: [Variant]

    package init(_ results: ExperimentResults) {
        self.results = results
        var memo = Memo()
        variants = results.variants.map { Analysis.variant($0, labels: results.labels, memo: &memo) }
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
        func best(_ variant: Variant) -> Double { variant.accuracy?.models.compactMap(\.score.accuracy).max() ?? 0 }
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

        mutating func compare(_ first: ModelResult, _ second: ModelResult, _ metric: Metric) -> Comparison? {
            let key = Key(first: first.answers, second: second.answers, metric: metric)
            if let known = comparisons[key] { return known }
            let comparison = switch metric {
            case .accuracy: Comparison.accuracy(first.answers, second.answers)
            case .meanLatency:
                first.latency == nil || second.latency == nil
                    ? nil : Comparison.meanLatency(first.answers, second.answers)
            }
            comparisons[key] = comparison
            return comparison
        }
    }

    private static func variant(_ results: VariantResults, labels: [String], memo: inout Memo) -> Variant {
        var evaluations: [Evaluation] = []
        for evaluation in results.evaluations {
            let baseline = results.baseline ?? evaluation.models.first?.model
            evaluations.append(
                Evaluation(
                    name: evaluation.name, measuresLatency: evaluation.measuresLatency,
                    models: evaluation.models.map { model($0, labels: labels) },
                    pairs: Metric.allCases.flatMap {
                        pairs(evaluation.models, baseline: baseline, metric: $0, memo: &memo)
                    }))
        }
        let baseline = results.baseline ?? results.evaluations.first?.models.first?.model
        return Variant(results: results, baseline: baseline, evaluations: evaluations)
    }

    private static func model(_ result: ModelResult, labels: [String]) -> Model {
        let repeats = result.repeats.count > 1 ? result.repeats : []
        let accuracies = repeats.compactMap { ClassificationScore($0, labels: labels).accuracy }
        let latencies = result.latency == nil ? [] : repeats.compactMap { $0.compactMap(\.latencyMilliseconds).mean }
        return Model(
            result: result, score: ClassificationScore(result.answers, labels: labels),
            counts: AnswerCounts(result.answers),
            latency: result.latencySummary, meanLatencyInterval: Bootstrap.mean(result.latencies),
            repeats: Repeats(accuracies), latencyRepeats: Repeats(latencies),
            unsteadyShare: Repeats.unsteadyShare(repeats))
    }

    private static func pairs(
        _ models: [ModelResult], baseline: String?, metric: Metric, memo: inout Memo
    ) -> [Pair] {
        let base = models.filter { $0.model == baseline }
        let others = models.filter { $0.model != baseline }
        var sides = base.flatMap { base in others.map { ($0, base) } }
        for (at, later) in others.enumerated() { sides += others.prefix(at).map { (later, $0) } }
        let compared = sides.compactMap { first, second in
            memo.compare(first, second, metric).map { (first.model, second.model, $0) }
        }
        let adjusted = holm(compared.map { $0.2.pValue })
        return zip(compared, adjusted).map { compared, adjusted in
            Pair(
                first: compared.0, second: compared.1, metric: metric, comparison: compared.2,
                adjustedP: adjusted)
        }
    }
}
