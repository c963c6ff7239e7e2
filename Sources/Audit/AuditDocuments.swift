// Audit results as JSON, in the format of metrics.json.

package import Basics
import Foundation
import Statistics
import TaskKit

private func number(_ value: Double?) -> JSONValue { value.map { $0.isFinite ? .double($0) : .null } ?? .null }
private func number(_ value: Int?) -> JSONValue { value.map { .int(Int64($0)) } ?? .null }
private func range(_ interval: Interval?) -> JSONValue {
    interval.map { $0.isFinite ? [.double($0.low), .double($0.high)] : .null } ?? .null
}

extension Screening {
    /// `{"submitted", "accepted", "rejected", "rejected_share", "rejected_share_interval"}`.
    package var document: JSONValue {
        let share = Proportion(rejected, of: submitted)
        return [
            "submitted": number(submitted), "accepted": number(accepted), "rejected": number(rejected),
            "rejected_share": number(share.value), "rejected_share_interval": range(share.wilson()),
        ]
    }
}

extension AuditResults {
    /// The name of the only evaluation in the document.
    package static let evaluation = "audit"

    /// Metrics under `evaluations.audit.MODEL`, comparisons under `comparisons.audit.METRIC.FIRST.SECOND` in both
    /// directions of each pair.
    package var document: JSONValue {
        var evaluations: [String: JSONValue] = [:]
        for model in models {
            var members: [String: JSONValue] = [
                "n": number(model.answered + model.empty), "unanswered": number(model.empty), "missing": number(model.missing),
                "unreadable": number(model.readings[.unreadable] ?? 0), "cut": number(model.readings[.cut] ?? 0),
                "unwrapped": number(model.readings[.unwrapped] ?? 0),
            ]
            for (metric, result) in zip(table.all, model.results) {
                members[metric.name] = number(result.value)
                // Some metrics use fewer items, such as those that were answered with a number.
                if result.value != nil, result.items != model.answered + model.empty {
                    members[metric.name + "_n"] = number(result.items)
                }
                if metric.interval != .none { members[metric.name + "_interval"] = range(result.interval) }
            }
            evaluations[model.name] = .object(members)
        }
        var comparisons: [String: [String: [String: JSONValue]]] = [:]
        for pair in pairs {
            let at = table.all.firstIndex { $0.name == pair.metric.name }
            let value = at.flatMap { at in models.first { $0.name == pair.first }?.results[at].value } ?? 0
            for (first, second, c) in [
                (pair.first, pair.second, pair.comparison),
                (pair.second, pair.first, pair.comparison.reversed(firstValue: value)),
            ] {
                comparisons[pair.metric.name, default: [:]][first, default: [:]][second] = [
                    "difference": number(c.difference), "relative": number(c.relative), "interval": range(c.interval),
                    "p_value": number(c.pValue), "p_holm": number(pair.adjustedP), "paired": .bool(c.isPaired),
                    "n": number(c.items),
                    "groups": number(c.groups), "detectable": number(c.detectable), "only_first": number(c.onlyFirst),
                    "only_second": number(c.onlySecond), "identical": .bool(pair.isIdentical),
                    "items_needed": number(pair.neededItems),
                ]
            }
        }
        return [
            "task": .string(task), "items": number(items), "groups": number(groups),
            "split": input.split.map(JSONValue.string) ?? .null,
            "reference": .string(input.referenceColumn), "primary": .string(table.primary.name),
            "evaluations": [AuditResults.evaluation: .object(evaluations)],
            "comparisons": [AuditResults.evaluation: .object(comparisons.mapValues { .object($0.mapValues { .object($0) }) })],
            "screening": screening?.document ?? .null, "conclusions": .array(conclusions.map(JSONValue.string)),
        ]
    }
}

extension CountsAudit {
    /// The same format; numbers that depend on the pairing are ranges `[least, greatest]`.
    package var document: JSONValue {
        var evaluations: [String: JSONValue] = [:]
        for model in models {
            evaluations[model.name] = [
                "n": number(model.right.n), "correct": number(model.right.successes), "accuracy": number(model.right.value),
                "accuracy_interval": range(model.right.wilson()),
            ]
        }
        var comparisons: [String: [String: JSONValue]] = [:]
        for pair in pairs {
            for isReversed in [false, true] {
                let sign = isReversed ? -1.0 : 1
                func turned(_ interval: Interval?) -> Interval? {
                    interval.map { isReversed ? Interval(-$0.high, -$0.low) : $0 }
                }
                let (first, second) = isReversed ? (pair.second.name, pair.first.name) : (pair.first.name, pair.second.name)
                let pairings = pair.pairings.map { pairing -> JSONValue in
                    [
                        "only_first": number(isReversed ? pairing.onlySecond : pairing.onlyFirst),
                        "only_second": number(isReversed ? pairing.onlyFirst : pairing.onlySecond),
                        "interval": range(turned(pairing.interval)), "p_value": .double(pairing.pValue),
                    ]
                }
                var needed: [String: JSONValue] = ["paired": .null, "unpaired": number(pair.neededUnpaired)]
                if let items = pair.neededPaired { needed["paired"] = .array([number(items.min), number(items.max)]) }
                var p = JSONValue.null
                if let values = pair.pValues { p = .array([.double(values.lowerBound), .double(values.upperBound)]) }
                let unpaired: JSONValue = [
                    "interval": range(turned(pair.unpaired.interval)), "p_value": .double(pair.unpaired.pValue),
                ]
                comparisons[first, default: [:]][second] = [
                    "difference": .double(sign * pair.difference), "interval": range(turned(pair.interval)), "p_value": p,
                    "pairings": .array(pairings), "unpaired": unpaired, "items_needed": .object(needed),
                    "conclusions": .array(conclusions(pair).map(JSONValue.string)),
                ]
            }
        }
        return [
            "evaluations": [AuditResults.evaluation: .object(evaluations)],
            "comparisons": [AuditResults.evaluation: ["accuracy": .object(comparisons.mapValues(JSONValue.object))]],
            "screening": screening?.document ?? .null,
        ]
    }
}
