// Checks the metric paths of claims, and published counts.

import Basics
import TaskKit

extension SpecChecks {
    func checkPublished() {
        for (name, publication) in spec.published {
            if publication.counts.count > PublishedCount.maxModels {
                reading.report(
                    .outOfRange("\(publication.counts.count) models", expected: "at most \(PublishedCount.maxModels) models"),
                    at: place(["published", name, "counts"]))
            }
            if publication.counts.isEmpty, publication.screening == nil,
                root["published"]?[name]?["counts"]?.pairs?.isEmpty == true
            {
                reading.report(
                    .outOfRange("no models", expected: "the counts of at least one model"),
                    at: place(["published", name, "counts"]))
            }
            if let screening = publication.screening, screening.accepted > screening.submitted {
                reading.report(
                    .outOfRange(
                        String(screening.accepted), expected: "a number up to the \(screening.submitted) images submitted"),
                    at: place(["published", name, "screening", "accepted"]))
            }
        }
    }

    func check(metric: String, _ index: Int) {
        guard !metric.contains("${") else { return }
        let parts = metric.split(separator: ".").map(String.init)
        let position = place(["claims", String(index), "metric"])
        func require(_ part: Int, _ known: [String]) -> Bool {
            guard part < parts.count else {
                reading.report(.metricGoesOn(metric, known: known), at: position)
                return false
            }
            if known.contains(parts[part]) { return true }
            reading.report(
                .unknownMetric(metric, component: parts[part], nearest: known.nearest(to: parts[part]), known: known),
                at: position)
            return false
        }
        /// Checks that the path leads from this component to a number.
        func follow(_ tree: MetricTree, from part: Int) {
            switch tree {
            case .number: if part < parts.count { _ = require(part, []) }
            case .list(let item):
                guard part < parts.count, Int(parts[part]).map({ $0 >= 0 }) == true else {
                    _ = require(part, ["0", "1"])
                    return
                }
                follow(item, from: part + 1)
            case .members(let members):
                guard require(part, members.map(\.name)) else { return }
                if let member = members.first(where: { $0.name == parts[part] }) { follow(member.tree, from: part + 1) }
            }
        }
        guard require(0, ["evaluations", "training", "comparisons"]) else { return }
        switch parts[0] {
        case "evaluations":
            guard require(1, names(of: "evaluation")), require(2, rows(of: parts[1], asked: parts)) else { return }
            // An evaluation that failed to parse may measure anything.
            let evaluation = spec.evaluations[parts[1]]
            let measuresLatency = evaluation?.measuresLatency ?? true
            if !measuresLatency, parts.count > 3, ["latency_ms", "images_per_second"].contains(parts[3]) {
                reading.report(.metricWithoutLatency(metric, evaluation: parts[1]), at: position)
                return
            }
            follow(
                .model(
                    metrics: metricNames(asked: parts), measuresLatency: measuresLatency,
                    isRepeated: evaluation.map { $0.repeats > 1 } ?? true), from: 3)
        case "comparisons":
            guard require(1, names(of: "evaluation")), require(2, comparedNames + ["latency_ms_mean"]) else { return }
            if parts[2] == "latency_ms_mean", spec.evaluations[parts[1]]?.measuresLatency == false {
                reading.report(.metricWithoutLatency(metric, evaluation: parts[1]), at: position)
                return
            }
            let rows = rows(of: parts[1], asked: parts)
            if require(3, rows), require(4, rows.filter { $0 != parts[3] }) { follow(.comparison, from: 5) }
        default:
            let trained = names(of: "model").filter {
                switch spec.models[$0] {
                case .fineTuned, .trained, .programTrained, nil: true
                case .hosted, .probe, .command, .recorded: false
                }
            }
            guard require(1, trained) else { return }
            switch spec.models[parts[1]] {
            case .fineTuned: follow(.fineTuning, from: 2)
            case .trained, .programTrained: follow(.training, from: 2)
            default: break
            }
        }
    }

    /// Checks that the numbers of a claim are possible values of its metric. Percentages written as 73.67 are not: the
    /// metrics are fractions, and 'within: 2' or 'at_most: 90' would hold for every result.
    func checkNumbers(of claim: YAMLNode, _ metric: String, _ index: Int) {
        guard let largest = largestValue(of: metric) else { return }
        func require(_ key: String, _ isPossible: (Double) -> Bool, _ expected: (Double) -> String) {
            let value: Double
            switch claim[key]?.scalar?.resolved {
            case .int(let number)?: value = Double(number)
            case .double(let number)?: value = number
            default: return
            }
            guard value.isFinite, !isPossible(value) else { return }
            reading.report(
                .outOfRange(JSONValue.double(value).canonical, expected: expected(value)),
                at: place(["claims", String(index), key]))
        }
        func example(_ value: Double) -> String {
            largest == 1 && abs(value) <= 100
                ? "; it is a fraction, so \(JSONValue.double(value).canonical)% is \(JSONValue.double(value / 100).canonical)"
                : ""
        }
        let most = JSONValue.double(largest).canonical
        for key in ["published", "at_most", "at_least"] {
            require(key, { abs($0) <= largest }) { "a value of this metric, which is at most \(most)\(example($0))" }
        }
        require("within", { $0 < largest }) { "a tolerance below \(most), the largest value of this metric\(example($0))" }
    }

    /// The largest magnitude of a metric's values, or of the differences of its values; `nil` if it has none.
    private func largestValue(of metric: String) -> Double? {
        let parts = metric.split(separator: ".").map(String.init)
        guard let kind = parts.first, parts.count > 3 else { return nil }
        let rows = (task.map { $0.metrics(TaskContext(vocabulary: (labels ?? []) + parts.dropFirst(4).prefix(1))) })?.all
        func largest(_ name: String) -> Double? {
            if let rows { return rows.first { $0.name == name }?.range.map { max(abs($0.lowerBound), abs($0.upperBound)) } }
            return MetricTree.shares.contains(name) ? 1 : nil
        }
        switch kind {
        case "evaluations": return largest(parts.dropFirst(3).joined(separator: "."))
        case "comparisons" where ["difference", "p_value", "p_holm"].contains(parts.last):
            return parts.last == "difference" ? largest(parts[2]) : 1
        default: return nil
        }
    }

    /// The names of the task's metrics, including the per-name metric that the path asks for; `nil` for
    /// classification.
    func metricNames(asked parts: [String]) -> [String]? {
        guard let task else { return nil }
        let vocabulary = (labels ?? []) + parts.dropFirst(4).prefix(1)
        return task.metrics(TaskContext(vocabulary: vocabulary)).all.map(\.name)
    }

    /// The metrics by which models are compared.
    var comparedNames: [String] {
        guard let task else { return ["accuracy"] }
        return task.metrics(TaskContext()).all.filter { $0.test != .none }.map(\.name)
    }

    /// The rows of an evaluation: its models, and the checkpoints that the path asks for.
    func rows(of evaluation: String, asked parts: [String]) -> [String] {
        let models = root["evaluations"]?[evaluation]?["models"]?.pairs?.map(\.key) ?? []
        let checkpoints = parts.filter { part in
            let pieces = part.split(separator: "@", maxSplits: 1).map(String.init)
            guard pieces.count == 2, models.contains(pieces[0]), pieces[1].wholeMatch(of: #/epoch-[0-9]+/#) != nil,
                case .fineTuned(let tuned)? = spec.models[pieces[0]]
            else { return false }
            return tuned.fineTune.evaluateCheckpoints
        }
        return models + checkpoints
    }
}
