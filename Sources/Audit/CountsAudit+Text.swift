// The plain-text report of an audit of counts.

import Basics
import Foundation
import Statistics

extension CountsAudit {
    /// The plain-text report.
    package var text: String {
        var lines = AuditNumbers.table(
            [["model", "right", "share", "95% CI"]]
                + models.map { model in
                    [
                        model.name, "\(model.right.successes)/\(model.right.n)",
                        model.right.value.map(AuditNumbers.percent) ?? "–",
                        AuditNumbers.points(model.right.wilson()),
                    ]
                })
        for pair in pairs {
            lines.append("")
            lines.append("\(pair.first.name) − \(pair.second.name): \(AuditNumbers.signed(100 * pair.difference, 1)) points")
            if !pair.pairings.isEmpty {
                lines.append("The counts do not show which items each model got right, so all possible pairings are listed:")
                let shown =
                    pair.pairings.count <= 12 ? pair.pairings : [pair.pairings[0], pair.pairings[pair.pairings.count - 1]]
                lines += AuditNumbers.table(
                    [["pairing", "only \(pair.first.name)", "only \(pair.second.name)", "95% CI", "p"]]
                        + shown.enumerated().map { at, pairing in
                            let name =
                                shown.count == 1
                                ? "the only one" : at == 0 ? "most agreement" : at == shown.count - 1 ? "least agreement" : ""
                            return [
                                name, "\(pairing.onlyFirst)", "\(pairing.onlySecond)", AuditNumbers.points(pairing.interval),
                                AuditNumbers.p(pairing.pValue),
                            ]
                        })
            }
            lines += conclusions(pair).map { "- " + $0 }
        }
        if let screening {
            lines.append("")
            lines.append(screening.sentence)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Conclusions from the counts of two models and their limits, one or two sentences each.
    package func conclusions(_ pair: Pair) -> [String] {
        var found: [String] = []
        if let range = pair.pValues {
            let n = pair.first.right.n
            let values = AuditNumbers.pEquation(range)
            if range.lowerBound >= 0.05 {
                found.append(
                    "No pairing shows a difference (\(values)): \(n == 1 ? "a single item" : "these \(AuditNumbers.count(n, "item"))") cannot show that the models differ."
                )
            } else if range.upperBound < 0.05 {
                found.append("Every pairing shows a difference (\(values)).")
            } else {
                found.append(
                    "Whether the models differ depends on the pairing (\(values)): the answers to each item are needed to decide."
                )
            }
            if n < CountsAudit.minChanges {
                found.append(
                    "\(AuditNumbers.count(n, "item")) \(n == 1 ? "is" : "are") too few for any difference: at least \(CountsAudit.minChanges) answers must change in one direction, and none in the other."
                )
            } else if range.lowerBound >= 0.05 {
                found.append(
                    "A difference is shown at the 5% level only if at least \(CountsAudit.minChanges) answers change in one direction and none in the other."
                )
            }
        }
        found.append(
            "If the models answered different items: 95% CI of \(pair.first.name) − \(pair.second.name) \(AuditNumbers.points(pair.unpaired.interval)), \(AuditNumbers.pEquation(pair.unpaired.pValue))."
        )
        if pair.difference != 0 {
            var parts: [String] = []
            if let needed = pair.neededPaired {
                let items =
                    needed.min == needed.max
                    ? AuditNumbers.grouped(needed.min)
                    : "\(AuditNumbers.grouped(needed.min)) to \(AuditNumbers.grouped(needed.max))"
                parts.append(
                    "\(items) items answered by both models"
                        + (needed.min == needed.max ? "" : ", depending on how often they disagree"))
            }
            if let needed = pair.neededUnpaired {
                parts.append("\(AuditNumbers.grouped(needed)) different items for each model")
            }
            if !parts.isEmpty {
                found.append(
                    "To detect a true difference of \(AuditNumbers.number(100 * abs(pair.difference), 1)) points with 80% power takes \(parts.joined(separator: ", or "))."
                )
            }
        } else {
            found.append(
                "Equal counts are not evidence that the models are equal: the interval shows the differences that remain possible."
            )
        }
        return found
    }
}
