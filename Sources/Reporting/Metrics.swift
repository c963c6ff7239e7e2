// Builds metrics.json: the numbers for programs, in a stable structure.

import Basics
import Foundation
import Statistics
import TaskKit

/// One measured number with its uncertainty.
struct Measured: Hashable, Sendable {
    var value: Double
    /// The 95% interval; `nil` if the number has no sampling error.
    var interval: Interval?
    /// The number of examples behind it.
    var n: Int?
    /// Statistics of the same metric over the repeats.
    var repeats: Repeats?
    /// Whether the number is a difference, with 0 meaning no difference.
    var isDifference = false
    /// Whether the number is a share of correct answers.
    var isProportion = false
    /// Whether several examples share a group, so that they are not independent.
    var isGrouped = false
    /// Whether other examples would give another number. Such a number without an interval is of unknown uncertainty;
    /// others are exact.
    var isEstimate = false
}

/// The metrics of one variant: as a document, and each with its uncertainty by path.
struct VariantMetrics: Sendable {
    private(set) var document: JSONValue
    private(set) var measured: [String: Measured] = [:]
    private let evaluations: [Analysis.Evaluation]
    let table: MetricTable

    init(_ variant: Analysis.Variant, table: MetricTable, isClassification: Bool) {
        self.table = table
        self.evaluations = variant.evaluations
        var measured: [String: Measured] = [:]
        var evaluations: [String: JSONValue] = [:]
        var comparisons: [String: JSONValue] = [:]
        for evaluation in variant.evaluations {
            var models: [String: JSONValue] = [:]
            for model in evaluation.models {
                models[model.name] = VariantMetrics.model(model, table, isClassification: isClassification)
                let path = "evaluations.\(evaluation.name).\(model.name)"
                for value in [model.primary] + model.others {
                    guard let number = value.value else { continue }
                    measured["\(path).\(value.metric.name)"] = Measured(
                        value: number, interval: value.interval, n: value.n,
                        repeats: value.metric.name == table.primary.name ? model.repeats : nil,
                        isProportion: value.metric.interval == .wilson, isGrouped: value.groups != value.n,
                        isEstimate: value.metric.interval != .none)
                }
                if isClassification, let value = model.counts.normalizedAccuracy {
                    let isGrouped = model.primary.groups != model.primary.n
                    measured["\(path).accuracy_normalized"] = Measured(
                        value: value, interval: isGrouped ? nil : Proportion.wilson(share: value, n: Double(model.counts.n)),
                        n: model.counts.n, isProportion: true, isGrouped: isGrouped, isEstimate: true)
                }
                if let latency = model.latency {
                    measured["\(path).latency_ms.mean"] = Measured(
                        value: latency.mean, interval: latency.n < 2 ? nil : model.meanLatencyInterval, n: latency.n,
                        repeats: model.latencyRepeats, isEstimate: true)
                }
            }
            evaluations[evaluation.name] = .object(models)
            comparisons[evaluation.name] = VariantMetrics.comparisons(evaluation, measured: &measured)
        }
        var training: [String: JSONValue] = [:]
        for history in variant.results.trainings { training[history.model] = VariantMetrics.training(history) }
        self.measured = measured
        document = [
            "evaluations": .object(evaluations), "comparisons": .object(comparisons), "training": .object(training),
        ]
    }

    /// The number at a path such as `evaluations.accuracy.base.accuracy`; `nil` if there is none. Names may contain
    /// dots.
    func value(at path: String) -> Measured? {
        if let known = measured[path] ?? drawn(path) { return known }
        let value = VariantMetrics.find(path.split(separator: ".").map(String.init)[...], in: document)
        return value.map { Measured(value: $0) }
    }

    /// A number with an expensive interval, which is computed only on request: latency percentiles and means over
    /// labels.
    private func drawn(_ path: String) -> Measured? {
        for evaluation in evaluations {
            for model in evaluation.models {
                let start = "evaluations.\(evaluation.name).\(model.name)."
                guard path.hasPrefix(start) else { continue }
                let name = String(path.dropFirst(start.count))
                if let metric = table[name], metric.interval == .percentile {
                    let value = MetricEngine.value(metric, model.result.answers)
                    // All draws agree if all answers are right, or with one answer. That is not certainty.
                    let hasWidth = value.interval.map { $0.low < $0.high } ?? false
                    let interval = hasWidth ? value.interval : TaskStatistics.unseen(metric, groups: value.groups, value.value)
                    return value.value.map { Measured(value: $0, interval: interval, n: value.n, isEstimate: true) }
                }
                if let percent = VariantMetrics.percentiles[name] {
                    let values = model.result.latencies
                    return values.percentile(percent).map {
                        Measured(
                            value: $0,
                            interval: values.count < 2
                                ? nil
                                : Bootstrap.statistic(ofExamples: values.count) { places in
                                    places.map { values[$0] }.percentile(percent)
                                }, n: values.count, isEstimate: true)
                    }
                }
            }
        }
        return nil
    }

    private static let percentiles: [String: Double] = [
        "latency_ms.p50": 50, "latency_ms.p90": 90, "latency_ms.p95": 95, "latency_ms.p99": 99,
    ]

    private static func find(_ parts: ArraySlice<String>, in value: JSONValue) -> Double? {
        if parts.isEmpty { return value.double }
        if let items = value.array, let first = parts.first, let at = Int(first), items.indices.contains(at) {
            return find(parts.dropFirst(), in: items[at])
        }
        for length in parts.indices.map({ $0 - parts.startIndex + 1 }) {
            if let inner = value[parts.prefix(length).joined(separator: ".")],
                let found = find(parts.dropFirst(length), in: inner)
            {
                return found
            }
        }
        return nil
    }

    private static func model(_ model: Analysis.Model, _ table: MetricTable, isClassification: Bool) -> JSONValue {
        var members: [String: JSONValue] = [
            "n": number(model.answered),
            "unanswered": number(
                isClassification ? model.score.unanswered : model.result.answers.count { $0.outcome == .unanswered }),
            "missing": number(model.result.answers.count - model.answered),
            "result_cost_usd": number(model.result.resultCost?.dollars),
        ]
        for metric in table.all {
            let value = model.value(of: metric)
            insert(number(value.value), at: metric.name, into: &members)
            // Some metrics use fewer items, such as those that were answered with a number.
            if !isClassification, value.value != nil, value.n != model.answered {
                insert(number(value.n), at: metric.name + "_n", into: &members)
            }
            // The intervals of classification's other rows are expensive and omitted here.
            if metric.interval != .none, metric.interval != .percentile {
                insert(range(value.interval), at: metric.name + "_interval", into: &members)
            }
        }
        if isClassification {
            members["unmatched"] = number(model.score.unmatched)
            members["accuracy_normalized"] = number(model.counts.normalizedAccuracy)
            members["answers"] = answers(model.counts)
        } else if let readings = model.readings {
            members["groups"] = number(model.primary.groups)
            members["unreadable"] = number(readings.unreadable)
            members["cut"] = number(readings.cut)
            members["answers"] = .object(
                Dictionary(readings.all.map { ($0.name, number($0.count)) }, uniquingKeysWith: { first, _ in first }))
        }
        members["latency_ms"] = .null
        if let latency = model.latency, let context = model.result.latency {
            members["latency_ms"] = [
                "mean": .double(latency.mean), "p50": .double(latency.p50), "p90": .double(latency.p90),
                "p95": .double(latency.p95), "p99": .double(latency.p99), "min": .double(latency.min),
                "max": .double(latency.max), "std": .double(latency.std),
                "mean_interval": range(model.meanLatencyInterval),
                "measured_at": context.measuredAt.map { .string($0.formatted(.iso8601)) } ?? .null,
                "machine": context.machine.map { .string($0) } ?? .null,
                "concurrency": number(context.concurrency), "warm_up": number(context.warmUp),
            ]
            if let throughput = context.throughput { members["images_per_second"] = .double(throughput) }
        }
        if let tokens = model.result.tokens {
            members["tokens"] = [
                "input": number(tokens.input.value), "output": number(tokens.output.value),
                "estimated_answers": number(tokens.estimatedAnswers ?? 0),
            ]
        }
        if let repeats = model.repeats {
            members["repeats"] = [
                "count": number(repeats.count), "\(table.primary.name)_mean": .double(repeats.mean),
                "\(table.primary.name)_std": .double(repeats.std), "repeatability_limit": .double(repeats.repeatabilityLimit),
                "unsteady_share": number(model.disagreementShare),
            ]
            if let latency = model.latencyRepeats, case .object(var repeated)? = members["repeats"] {
                repeated["latency_ms_mean"] = .double(latency.mean)
                repeated["latency_ms_std"] = .double(latency.std)
                repeated["latency_ms_repeatability_limit"] = .double(latency.repeatabilityLimit)
                members["repeats"] = .object(repeated)
            }
        }
        if let emulation = model.result.emulation { members["emulated"] = .string(emulation.note) }
        return .object(members)
    }

    /// The outcomes of the answers, with the most frequent unmatched texts, truncated to 200 characters.
    private static func answers(_ counts: AnswerCounts) -> JSONValue {
        [
            "exact": number(counts.exact), "normalized": number(counts.normalized),
            "unmatched": number(counts.unmatched), "unreadable": number(counts.unreadable),
            "empty": number(counts.empty), "refused": number(counts.refused), "filtered": number(counts.filtered),
            "missing": number(counts.missing), "cut_off": number(counts.cutOff),
            "finish_reasons": .array(
                counts.finishReasons.sorted { $0.key < $1.key }.map {
                    ["reason": .string($0.key), "count": number($0.value)]
                }),
            "unmatched_texts": .array(
                counts.texts.prefix(10).map {
                    ["text": .string(String($0.text.prefix(200))), "count": number($0.count)]
                }),
        ]
    }

    private static func training(_ history: TrainingHistory) -> JSONValue {
        func epoch(_ epoch: TrainingHistory.Epoch) -> JSONValue {
            [
                "epoch": number(epoch.epoch), "train_loss": number(epoch.trainLoss),
                "train_accuracy": number(epoch.trainAccuracy), "validation_loss": number(epoch.validationLoss),
                "validation_accuracy": number(epoch.validationAccuracy), "seconds": number(epoch.seconds),
            ]
        }
        return [
            "cost_usd": number(history.cost?.dollars), "seconds": number(history.seconds),
            "epochs": .array(history.epochs.map(epoch)), "selected_epoch": number(history.selectedEpoch),
            "trained_tokens": number(history.trainedTokens?.value),
            "hosting_hourly_usd": number(history.hostingHourly?.dollars), "emulated": .bool(history.isEmulated),
        ]
    }

    /// Both directions of every pair, so that a path may name the models in either order.
    private static func comparisons(
        _ evaluation: Analysis.Evaluation, measured: inout [String: Measured]
    ) -> JSONValue {
        var metrics: [String: [String: [String: JSONValue]]] = [:]
        for pair in evaluation.pairs {
            let model = evaluation.model(pair.first)
            let value = pair.metric == .meanLatency ? model?.latency?.mean : model?.value(of: pair.metric.name)
            let back = pair.comparison.reversed(firstValue: value ?? 0)
            for (first, second, comparison) in [
                (pair.first, pair.second, pair.comparison), (pair.second, pair.first, back),
            ] {
                metrics[pair.metric.name, default: [:]][first, default: [:]][second] = [
                    "difference": .double(comparison.difference), "relative": number(comparison.relative),
                    "interval": range(comparison.interval), "relative_interval": range(comparison.relativeInterval),
                    "p_value": .double(comparison.pValue), "p_holm": .double(pair.adjustedP),
                    "paired": .bool(comparison.isPaired), "n": number(comparison.n),
                    "detectable": number(comparison.detectable),
                ]
                let path = "comparisons.\(evaluation.name).\(pair.metric.name).\(first).\(second)"
                measured["\(path).difference"] = Measured(
                    value: comparison.difference, interval: comparison.interval, n: comparison.n,
                    isDifference: true, isEstimate: true)
                if let relative = comparison.relative {
                    measured["\(path).relative"] = Measured(
                        value: relative, interval: comparison.relativeInterval, n: comparison.n, isDifference: true,
                        isEstimate: true)
                }
            }
        }
        return .object(metrics.mapValues { .object($0.mapValues { .object($0) }) })
    }

    /// Sets a number at a dotted path.
    private static func insert(_ value: JSONValue, at path: String, into members: inout [String: JSONValue]) {
        guard let dot = path.firstIndex(of: ".") else {
            members[path] = value
            return
        }
        let first = String(path[..<dot])
        var inner = members[first]?.object ?? [:]
        insert(value, at: String(path[path.index(after: dot)...]), into: &inner)
        members[first] = .object(inner)
    }

    private static func number(_ value: Double?) -> JSONValue { value.map { $0.isFinite ? .double($0) : .null } ?? .null }
    private static func number(_ value: Int?) -> JSONValue { value.map { .int(Int64($0)) } ?? .null }
    private static func range(_ interval: Interval?) -> JSONValue {
        JSONValue(interval: interval)
    }
}

extension JSONValue {
    /// The two ends; null unless both are finite, as JSON has no other numbers.
    init(interval: Interval?) {
        guard let interval, interval.isFinite else {
            self = .null
            return
        }
        self = [.double(interval.low), .double(interval.high)]
    }
}
