// The short summary of a run: the terminal output and the beginning of every file.

import Basics
import Foundation
import Statistics
import TaskKit

/// The summary of one variant, with the same wording in every output.
struct Summary: Sendable {
    /// One model's row of a table.
    struct Row: Sendable {
        var model: String
        var isBaseline: Bool
        var n: String
        /// The primary metric with its interval.
        var value: String
        /// Mean, median and 95th percentile in milliseconds; empty if latency was not measured.
        var latency: [String]
        var cost: String
        var notes: [String]
    }

    struct Table: Sendable {
        var title: String
        /// The primary metric's title.
        var metric: String
        var rows: [Row]
        var hasLatency: Bool
        var hasCost: Bool
    }

    var headline: String
    var tables: [Table]
    /// The conditions under which latencies were measured, one line each.
    var latencyNotes: [String]
    /// One line per pair of models and metric.
    var comparisons: [String]
    var repeats: [String]

    init(_ variant: Analysis.Variant) {
        headline = Summary.headline(variant)
        tables = Summary.tables(variant)
        latencyNotes = Summary.latencyNotes(variant)
        comparisons = variant.evaluations.flatMap { evaluation in
            evaluation.pairs.filter { $0.metric == .meanLatency || !evaluation.measuresLatency }
                .map { Summary.line($0, in: evaluation) }
        }
        repeats = variant.evaluations.flatMap { evaluation in
            evaluation.models.compactMap { Summary.repeatsLine($0, in: evaluation) }
        }
    }

    // MARK: Headline

    /// The headline of a run: of the unchanged spec if it ran; of a bare sweep, the leader of its ranking, as no
    /// point is preferred.
    static func headline(_ analysis: Analysis, _ ranking: VariantRanking) -> String {
        guard let main = analysis.main else { return "No result yet." }
        return isOfMain(analysis, ranking) ? headline(main) : ranking.sentence ?? headline(main)
    }

    /// Whether the headline describes the main variant rather than a sweep's ranking.
    static func isOfMain(_ analysis: Analysis, _ ranking: VariantRanking) -> Bool {
        analysis.variants.count <= 1 || analysis.main?.results.name == .unchanged || ranking.sentence == nil
    }

    /// One line about the other variants of a run; `nil` if there is nothing to add.
    static func variantsLine(_ analysis: Analysis, _ ranking: VariantRanking) -> String? {
        guard analysis.variants.count > 1, let main = analysis.main else { return nil }
        return isOfMain(analysis, ranking) ? ranking.sentence : "\(main.results.name): \(headline(main))"
    }

    static func headline(_ variant: Analysis.Variant) -> String {
        guard let evaluation = variant.accuracy, !evaluation.models.isEmpty else {
            return variant.results.failures.first.map { "No result: \($0)" } ?? "No result yet."
        }
        guard let challenge = variant.challenge else {
            return alone(evaluation.models[0])
        }
        let comparison = challenge.comparison
        let history = variant.results.trainings.first { $0.model == challenge.first }
        let price = history.flatMap(price)
        let isFineTune = history?.kind == .fineTune
        let metric = evaluation.models[0].primary.metric
        let isAccuracy =
            metric.name == "accuracy" && variant.evaluations.allSatisfy { $0.models.allSatisfy { $0.readings == nil } }
        guard challenge.adjustedP < 0.05 else {
            let subject =
                isFineTune
                ? "Fine-tuning made no significant difference"
                : "There is no significant difference between \(challenge.first) and \(challenge.second)"
            let tests =
                comparison.pValue < 0.05
                ? " after adjusting for \(evaluation.pairs.count { $0.isPrimary }) comparisons" : ""
            let what = isAccuracy ? "" : "\(metric.title) "
            return "\(subject): \(what)\(Wording.difference(comparison, metric.unit)), \(Wording.p(challenge.adjustedP))\(tests)."
        }
        let amount = Wording.size(comparison.difference, metric.unit)
        let ends =
            comparison.difference < 0
            ? Interval(-comparison.interval.high, -comparison.interval.low) : comparison.interval
        let range = ends.low.isFinite ? "\(Wording.interval(ends, metric.unit)), " : ""
        let doubt = "\(range)\(Wording.p(challenge.adjustedP))"
        let cost = price.map { ", for \($0)" } ?? ""
        if isFineTune {
            return
                "Fine-tuning \(comparison.difference > 0 ? "raised" : "lowered") \(isAccuracy ? "" : "the ")\(metric.title) by "
                + "\(amount) \(doubt)\(cost)."
        }
        let unpaired = comparison.isPaired ? "" : " (not the same images)"
        guard isAccuracy else {
            return "The \(metric.title) of \(challenge.first) is \(amount) "
                + "\(comparison.difference > 0 ? "higher" : "lower") than that of \(challenge.second) \(doubt)"
                + "\(comparison.isPaired ? "" : " (not the same items)")\(cost)."
        }
        return "\(challenge.first) is right \(amount) \(comparison.difference > 0 ? "more" : "less") often "
            + "than \(challenge.second) \(doubt)\(unpaired)\(cost)."
    }

    /// The smallest difference detectable with this sample, if the headline's comparison is not significant;
    /// otherwise `nil`.
    static func power(_ variant: Analysis.Variant) -> String? {
        guard let challenge = variant.challenge, challenge.adjustedP >= 0.05 else { return nil }
        let comparison = challenge.comparison
        let model = variant.accuracy?.models.first
        let unit = model?.primary.metric.unit ?? .share
        return comparison.detectable.map {
            "With \(Wording.grouped(comparison.n)) \(model?.readings == nil ? "images" : "items"), only differences of at least "
                + "\(Wording.size($0, unit)) are detected with 80% power."
        }
    }

    private static func alone(_ model: Analysis.Model) -> String {
        if model.readings != nil {
            guard model.primary.value != nil else { return "No answer of \(model.name) arrived." }
            return "The \(model.primary.metric.title) of \(model.name) is \(Wording.value(model.primary)) on "
                + "\(Wording.count(model.primary.n, "item"))."
        }
        guard let accuracy = model.primary.value, let interval = model.primary.interval else {
            return "No answer of \(model.name) arrived."
        }
        return "\(model.name) answered \(Wording.percent(accuracy)) of \(model.answered) images right "
            + "\(Wording.interval(interval, scale: 100))."
    }

    /// `$152.00 and $1.70 an hour`, marked if an emulator counted it; `nil` without a cost.
    private static func price(_ history: TrainingHistory) -> String? {
        let parts = [
            history.cost.flatMap { $0 > .zero ? "\($0)" : nil },
            history.hostingHourly.flatMap { $0 > .zero ? "\($0) an hour" : nil },
        ].compactMap { $0 }
        guard !parts.isEmpty else { return nil }
        return Wording.list(parts) + (history.isEmulated ? " (emulated)" : "")
    }

    // MARK: Tables

    private static func tables(_ variant: Analysis.Variant) -> [Table] {
        let joined = variant.evaluations.contains { !$0.measuresLatency } ? variant.latency : nil
        return variant.evaluations.compactMap { evaluation in
            if evaluation.measuresLatency, evaluation.name == joined?.name { return nil }
            let timed = joined ?? evaluation
            // A model that only the latency evaluation has still gets a row.
            let others =
                joined.map { joined in
                    joined.models.filter { evaluation.model($0.name) == nil && !isInOther($0.name, variant, evaluation) }
                } ?? []
            let timings = evaluation.models.map { ($0, timed.model($0.name)?.latency) } + others.map { ($0, $0.latency) }
            guard !timings.isEmpty else { return nil }
            let decimals = Wording.latencyDecimals(ofColumn: timings.compactMap { $0.1?.mean })
            let costs = Wording.amounts(timings.map { $0.0.result.resultCost })
            let rows = zip(timings, costs).map { timing, cost in
                let (model, latency) = timing
                return Row(
                    model: model.name, isBaseline: model.name == variant.baseline, n: String(model.primary.n),
                    value: Wording.value(model.primary),
                    latency: latency.map { [$0.mean, $0.p50, $0.p95].map { Wording.number($0, decimals) } } ?? [],
                    cost: model.result.resultCost == nil ? "" : cost, notes: notes(model))
            }
            let isJoined = timed.name != evaluation.name && rows.contains { !$0.latency.isEmpty }
            let title = isJoined ? "\(evaluation.name), \(timed.name)" : evaluation.name
            return Table(
                title: title, metric: evaluation.models.first?.primary.metric.title ?? "", rows: rows,
                hasLatency: rows.contains { !$0.latency.isEmpty },
                hasCost: rows.contains { !$0.cost.isEmpty })
        }
    }

    private static func isInOther(
        _ model: String, _ variant: Analysis.Variant, _ evaluation: Analysis.Evaluation
    ) -> Bool {
        variant.evaluations.contains { $0.name != evaluation.name && !$0.measuresLatency && $0.model(model) != nil }
    }

    /// Notes that qualify a row's numbers.
    static func notes(_ model: Analysis.Model) -> [String] {
        var notes: [String] = []
        if let emulation = model.result.emulation { notes.append(emulation.note) }
        let score = model.score
        if let readings = model.readings {
            return notes + readings.notes(limit: model.result.answerLimit) + Summary.concentration(model) + model.result.notes
        }
        notes += Summary.notes(model.counts, limit: model.result.answerLimit)
        if !score.unansweredLabels.isEmpty {
            let isEmpty = model.counts.refused + model.counts.filtered == 0
            notes.append("\(isEmpty ? "every answer empty" : "no answer") for \(Wording.list(score.unansweredLabels))")
        }
        return notes + model.result.notes
    }

    /// A note if few items cause half of a rate's errors: one endless answer can dominate the rate of a whole set.
    private static func concentration(_ model: Analysis.Model) -> [String] {
        guard case .ratio(let name, _) = model.primary.metric.aggregation, model.primary.metric.better == .down else { return [] }
        let errors = model.result.answers.filter(\.counts).map { ($0.example, $0.item?.score[name] ?? 0) }
            .sorted { ($1.1, $0.0) < ($0.1, $1.0) }
        let total = errors.reduce(0) { $0 + $1.1 }
        guard total > 0, errors.count >= 10 else { return [] }
        var sum = 0.0
        let worst = errors.prefix { error in
            defer { sum += error.1 }
            return 2 * sum < total
        }
        guard 10 * worst.count <= errors.count else { return [] }
        let shown = worst.prefix(3).map(\.0).joined(separator: ", ")
        return [
            "\(Wording.count(worst.count, "item")) of \(errors.count) account for half of all errors (\(shown)\(worst.count > 3 ? ", …" : ""))"
        ]
    }

    private static func latencyNotes(_ variant: Analysis.Variant) -> [String] {
        guard let evaluation = variant.latency else { return [] }
        var models: [String: [String]] = [:], order: [String] = []
        for model in evaluation.models {
            guard let context = model.result.latency else { continue }
            let together = context.concurrency.map { $0 == 1 ? "one at a time" : "\($0) at a time" }
            let warmUp = context.warmUp.map { $0 == 0 ? "no warm-up" : "\($0) for warm-up, not counted" }
            let origin = context.measuredAt.map { at in
                "measured \(Wording.time(at))" + (context.machine.map { " from \($0)" } ?? "")
            }
            let conditions = [together, warmUp, origin].compactMap { $0 }.joined(separator: ", ")
            let text =
                (conditions.isEmpty ? "as recorded; the conditions are unknown" : conditions)
                + (model.result.isCached ? " (cached)" : "")
                + (context.throughput.map { "; in batches \(Wording.milliseconds($0)) images a second" } ?? "")
            if models[text] == nil { order.append(text) }
            models[text, default: []].append(model.name)
        }
        return order.map { "latency of \(Wording.list(models[$0] ?? [])): \($0)" }
    }

    // MARK: Lines

    private static func line(_ pair: Analysis.Pair, in evaluation: Analysis.Evaluation) -> String {
        let comparison = pair.comparison
        let metric = evaluation.metric(of: pair)
        let value = metric.map { Wording.difference(comparison, $0.unit) } ?? Wording.latency(comparison)
        // Classification compares only one metric, which needs no name.
        let isNamed = metric != nil && evaluation.model(pair.first)?.readings != nil
        var text =
            "\(pair.first) − \(pair.second): \(isNamed ? "\(metric?.title ?? "") " : "")\(value), \(Wording.p(pair.adjustedP))"
        // Intervals are not adjusted: if the interval and the adjusted p disagree, both p-values are shown.
        if comparison.pValue < 0.05, pair.adjustedP >= 0.05 {
            text += " (\(Wording.p(comparison.pValue)) before Holm's adjustment)"
        }
        if !comparison.isPaired { text += ", not paired (different \(isNamed ? "items" : "images"))" }
        if let metric, pair.adjustedP >= 0.05, let detectable = comparison.detectable {
            text +=
                "; no significant difference, min. detectable with n = \(comparison.n): "
                + "\(Wording.size(detectable, metric.unit))"
        }
        return text
    }

    private static func repeatsLine(_ model: Analysis.Model, in evaluation: Analysis.Evaluation) -> String? {
        let isLatency = evaluation.measuresLatency
        guard let repeats = isLatency ? model.latencyRepeats : model.repeats else { return nil }
        let decimals = Wording.latencyDecimals(repeats.mean)
        func value(_ value: Double) -> String {
            isLatency ? Wording.number(value, decimals) + " ms" : Wording.measured(value, model.primary.metric.unit)
        }
        func spread(_ value: Double) -> String {
            if isLatency { return Wording.number(value, decimals) + " ms" }
            return model.primary.metric.unit == .share
                ? Wording.number(100 * value, 2) + " points" : Wording.size(value, model.primary.metric.unit)
        }
        let unsteady =
            isLatency
            ? "" : model.disagreementShare.map { "; \(Wording.percent($0)) of answers changed" } ?? ""
        guard repeats.std > 0 else {
            return "\(model.name), \(evaluation.name), \(times(repeats, of: model)): \(value(repeats.mean)) every "
                + "time\(unsteady)"
        }
        return "\(model.name), \(evaluation.name), \(times(repeats, of: model)): mean \(value(repeats.mean)), "
            + "standard deviation \(spread(repeats.std)), repeatability limit "
            + "\(spread(repeats.repeatabilityLimit))\(unsteady)"
    }

    /// `5 repeats`, or `5 seeds` for a network trained once per repeat.
    static func times(_ repeats: Repeats, of model: Analysis.Model) -> String {
        Wording.count(repeats.count, model.result.mode == "cnn" ? "seed" : "repeat")
    }

    // MARK: Whole run

    /// A note that verdicts on emulated models are only a rehearsal; `nil` without such models.
    static func rehearsal(_ analysis: Analysis) -> String? {
        let emulated = (analysis.main?.evaluations ?? []).flatMap(\.models).filter { $0.result.emulation != nil }
        let names = emulated.map(\.name).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        guard !names.isEmpty else { return nil }
        return "\(Wording.list(names)) \(names.count == 1 ? "was" : "were") emulated: their results here rehearse "
            + "the check and are not evidence about the published models."
    }

    /// `run 20251123-…: done in 83 s, 12 steps ran, 3 cached`.
    static func status(_ results: ExperimentResults) -> String {
        var counts: [StepRecord.State: Int] = [:]
        for step in results.steps { counts[step.state, default: 0] += 1 }
        let seconds = results.finishedAt.timeIntervalSince(results.startedAt)
        let parts = StepRecord.State.allCases.compactMap { state in
            counts[state].map { "\(Wording.count($0, "step")) \(state.rawValue)" }
        }
        return (["\(results.state.rawValue) in \(DurationText.of(seconds: seconds))"] + parts).joined(separator: ", ")
    }

    /// The cost of the run, and the deployments that are still billed.
    static func money(_ results: ExperimentResults) -> [String] {
        var lines: [String] = []
        let spending = results.spending
        if spending.real > .zero { lines.append("Spent in this run: \(spending.real)") }
        if spending.emulated > .zero {
            lines.append("Emulated cost of this run, not billed: \(spending.emulated)")
        }
        if let total = spending.totalText { lines.append("Total cost of these results, earlier runs included: \(total)") }
        for lease in results.leasesLeft {
            let price = lease.hourly.map { " at \($0) an hour" } ?? ""
            lines.append("Still billing\(price): \(lease.id), since \(Wording.time(lease.since))")
        }
        return lines
    }

    /// `3 reproduced, 1 cannot tell`.
    static func count(_ verdicts: [ClaimVerdict]) -> String {
        ClaimVerdict.Verdict.allCases.compactMap { verdict in
            let count = verdicts.count { $0.verdict == verdict }
            return count > 0 ? "\(count) \(verdict.rawValue)" : nil
        }.joined(separator: ", ")
    }
}
