// The plain-text report of an audit: a table of models, a table of pairs, and the limits of the sample.

import Basics
import Foundation
import Statistics
import TaskKit

extension AuditResults {
    /// The plain-text report.
    package var text: String {
        var lines: [String] = []
        let scope = input.split.map { ", part '\($0)'" } ?? ""
        let grouped = groups < items ? " in \(AuditNumbers.count(groups, "group"))" : ""
        lines.append(
            "\(AuditNumbers.count(items, "item"))\(grouped)\(scope), task '\(task)', reference '\(input.referenceColumn)', answers of \(models.map(\.name).joined(separator: ", "))"
        )
        for (part, count) in input.excluded.sorted(by: { $0.key < $1.key }) {
            lines.append(
                "not scored: \(AuditNumbers.count(count, "row")) \(part.isEmpty ? "without a part" : "of the part '\(part)'")")
        }
        if input.blankRows > 0 {
            lines.append("not scored: \(AuditNumbers.count(input.blankRows, "row")) without content at the end of the table")
        }
        if !input.unusedColumns.isEmpty {
            lines.append(
                "columns not taken as answers: \(input.unusedColumns.joined(separator: ", ")); '--columns' names the models")
        }
        lines.append("")
        lines += AuditNumbers.table(modelRows)
        for model in models {
            let notes = counts(model)
            if !notes.isEmpty { lines.append("\(model.name): " + notes.joined(separator: ", ")) }
            if !model.heaviestItems.isEmpty {
                let shown = model.heaviestItems.prefix(5).joined(separator: ", ") + (model.heaviestItems.count > 5 ? ", …" : "")
                lines.append(
                    "\(model.name): \(AuditNumbers.count(model.heaviestItems.count, "item")) \(model.heaviestItems.count == 1 ? "accounts" : "account") for half of all edits (\(shown))"
                )
            }
        }
        if !pairs.isEmpty {
            lines.append("")
            lines += AuditNumbers.table(pairRows)
        }
        lines.append("")
        lines.append("Conclusions and limits:")
        lines += conclusions.map { "- " + $0 }
        return lines.joined(separator: "\n") + "\n"
    }

    private var shown: [(at: Int, metric: TaskMetric)] {
        table.all.enumerated().map { (at: $0.offset, metric: $0.element) }.filter { entry in
            !entry.metric.isDetail && models.contains { $0.results[entry.at].value != nil }
        }
    }

    private var modelRows: [[String]] {
        var rows = [["metric"] + models.flatMap { [$0.name, "95% CI"] }]
        for (at, metric) in shown {
            rows.append(
                [metric.title]
                    + models.flatMap { model -> [String] in
                        let result = model.results[at]
                        return [
                            result.value.map { AuditNumbers.value($0, metric) } ?? "–",
                            AuditNumbers.interval(result.interval, metric),
                        ]
                    })
        }
        let details = table.all.enumerated().filter { $1.isDetail }
        for (at, metric) in details.prefix(40) {
            guard models.contains(where: { $0.results[at].value != nil }) else { continue }
            rows.append(
                [metric.title] + models.flatMap { [$0.results[at].value.map { AuditNumbers.value($0, metric) } ?? "–", ""] })
        }
        return rows
    }

    private var pairRows: [[String]] {
        var rows = [["comparison", "difference", "95% CI", "p", "p (Holm)", "min. detectable"]]
        for pair in pairs where pair.metric.name == table.primary.name || pairs.count <= 24 {
            let c = pair.comparison
            rows.append([
                "\(pair.first) − \(pair.second), \(pair.metric.title)", AuditNumbers.difference(c.difference, pair.metric),
                AuditNumbers.interval(c.interval, pair.metric), c.pValue.map(AuditNumbers.p) ?? "–",
                pair.adjustedP.map(AuditNumbers.p) ?? "–",
                c.detectable.map { AuditNumbers.difference($0, pair.metric).replacing("+", with: "") } ?? "–",
            ])
        }
        return rows
    }

    private func counts(_ model: Model) -> [String] {
        var notes: [String] = []
        if let right = model.right, let result = model.results.first { notes.append("\(right) of \(result.items) right") }
        let scored = model.answered + model.empty
        if let result = model.results.first, result.value != nil, result.items < scored {
            notes.append("\(table.primary.title) over \(result.items) of \(AuditNumbers.count(scored, "item"))")
        }
        if model.empty > 0 { notes.append("\(AuditNumbers.count(model.empty, "empty answer")), counted as wrong") }
        if model.namesNoLabel {
            notes.append("no answer is one of the labels; if the column contains no answers, name the models with '--columns'")
        }
        if model.missing > 0 { notes.append("\(AuditNumbers.count(model.missing, "missing answer")), not counted") }
        for reading in [Prediction.Reading.unwrapped, .cut, .unreadable] {
            if let count = model.readings[reading], count > 0 { notes.append("\(count) \(reading.rawValue)") }
        }
        return notes
    }

    /// Conclusions from the data and their limits, one or two sentences each.
    package var conclusions: [String] {
        var found: [String] = []
        for pair in pairs where pair.metric.name == table.primary.name {
            let c = pair.comparison
            let title = pair.metric.title
            if pair.isIdentical {
                found.append(
                    "\(pair.first) and \(pair.second) gave identical answers to \(items == 1 ? "the only item" : "all \(items) items"): there is no difference."
                )
            } else if let p = pair.adjustedP, p < 0.05 {
                found.append(
                    "\(title): \(pair.first) and \(pair.second) differ by \(AuditNumbers.difference(c.difference, pair.metric)) (\(AuditNumbers.pEquation(p)), adjusted)."
                )
            } else if c.pValue != nil {
                var text = "\(title): no significant difference between \(pair.first) and \(pair.second)"
                if let interval = c.interval {
                    text +=
                        "; differences from \(AuditNumbers.difference(interval.low, pair.metric)) to \(AuditNumbers.difference(interval.high, pair.metric)) remain compatible with the data"
                }
                found.append(text + ".")
            }
            if let needed = pair.neededItems, needed > items, let p = pair.adjustedP, p >= 0.05 {
                found.append(
                    "A true difference of \(AuditNumbers.difference(abs(c.difference), pair.metric).dropFirst()) would require about \(AuditNumbers.grouped(needed)) items to detect with 80% power."
                )
            }
        }
        let detectable = pairs.filter { $0.metric.name == table.primary.name }.compactMap { pair in
            pair.comparison.detectable.map { ($0, pair.metric, pair.comparison.groups) }
        }.max { $0.0 < $1.0 }
        if let (smallest, metric, compared) = detectable {
            found.append(
                "With \(AuditNumbers.count(compared, groups < items ? "group" : "item")), only differences of at least \(AuditNumbers.difference(smallest, metric).dropFirst()) are detected with 80% power."
            )
        } else if let pair = pairs.first(where: { $0.metric.name == table.primary.name }), pair.comparison.onlyFirst != nil {
            found.append("\(AuditNumbers.count(items, "item")) cannot show any difference with 80% power.")
        }
        if !models.contains(where: { $0.answered + $0.empty > 0 }) {
            found.append("No answer is recorded, so the data show nothing.")
        } else if let groups = models.compactMap({ $0.results.first?.groups }).filter({ $0 > 0 }).min() {
            // The model with the fewest scored items has the fewest failures to show.
            let hasGroups = self.groups < items
            let hidden = 1 - pow(0.05, 1 / Double(groups))
            found.append(
                "Failures too rare to appear in \(groups == 1 ? "a single" : "these \(AuditNumbers.grouped(groups))") \(hasGroups ? "group" : "item")\(groups == 1 ? "" : "s") are in no interval: one that affects \(AuditNumbers.percent(hidden)) of \(hasGroups ? "groups" : "items") remains unobserved with 5% probability."
            )
        }
        if let screening {
            found.append(screening.sentence)
        }
        return found
    }
}

extension Screening {
    /// `18 of 48 training images (37.5%) were screened out.`
    package var sentence: String {
        let share = Proportion(rejected, of: submitted)
        guard rejected > 0 else { return "All \(submitted) training images passed the provider's screening." }
        return
            "\(rejected) of \(submitted) training images (\(AuditNumbers.percent(share.value ?? 0)), 95% CI \(AuditNumbers.points(share.wilson()))) were rejected by the screening: the model was trained on \(accepted)."
    }
}
