// Renders report.md: the run as Markdown for a repository or an issue.

import Basics
import Statistics
import TaskKit

struct MarkdownReport {
    let analysis: Analysis
    let verdicts: [[ClaimVerdict]]

    func render() -> String {
        let results = analysis.results
        var text = "# \(Markup.markdown(results.experiment))\n\n"
        let ranking = VariantRanking(analysis)
        text += "**\(Markup.markdown(Summary.headline(analysis, ranking)))**\n\n"
        if let power = analysis.main.flatMap(Summary.power), Summary.isOfMain(analysis, ranking) {
            text += "\(Markup.markdown(power))\n\n"
        }
        if let line = Summary.variantsLine(analysis, ranking) { text += "\(Markup.markdown(line))\n\n" }
        text +=
            "Run \(Markup.code(results.run.text)), \(Wording.time(results.startedAt)), \(Markup.markdown(results.machine)): "
            + "\(Markup.markdown(Summary.status(results))).\n"
        for warning in results.warnings { text += "\n> Note: \(Markup.markdown(warning))\n" }
        for (variant, verdicts) in zip(analysis.variants, verdicts) { text += section(variant, verdicts) }
        if analysis.variants.count > 1 {
            text += "\n## Ranking of variants\n\n" + ranking.table().markdown()
        }
        for publication in analysis.publications {
            text += "\n## Published: \(Markup.markdown(publication.name))\n\n"
            if !publication.table.rows.isEmpty { text += publication.table.markdown() + "\n" }
            text += list(publication.sentences)
        }
        text += dataset() + training() + costs()
        text += "\n## Reproduce this run\n\n" + Markup.codeBlock(results.command, language: "sh")
        text +=
            "\nAssay \(results.version), \(Markup.code(results.specPath)):\n\n"
            + Markup.codeBlock(results.specText, language: "yaml")
        return text
    }

    private func section(_ variant: Analysis.Variant, _ verdicts: [ClaimVerdict]) -> String {
        let summary = Summary(variant)
        var text = ""
        if analysis.variants.count > 1 {
            text += "\n## Variant \(Markup.code(variant.results.name.text))\n\n"
            let changes = variant.results.changes.sorted { $0.key < $1.key }
            if !changes.isEmpty { text += changes.map { Markup.code("\($0.key): \($0.value)") }.joined(separator: ", ") + "\n\n" }
            text += Markup.markdown(summary.headline) + "\n"
        }
        for failure in variant.results.failures { text += "\nFailed: \(Markup.markdown(failure))\n" }
        for table in summary.tables { text += "\n" + self.table(table) }
        if !summary.latencyNotes.isEmpty { text += "\n" + list(summary.latencyNotes) }
        if !summary.comparisons.isEmpty {
            text += "\nDifferences with 95% CI; p-values adjusted by Holm's method:\n\n" + list(summary.comparisons)
        }
        if !summary.repeats.isEmpty { text += "\n" + list(summary.repeats) }
        let unseen = Summary.unseen(variant)
        if !unseen.isEmpty { text += "\n" + list(unseen) }
        if analysis.isClassification {
            text += answers(variant) + mistakes(variant)
        } else {
            for table in TaskTables(variant, table: analysis.table).all {
                text += "\n### \(table.title)\n\n" + table.table.markdown()
            }
        }
        text += claims(verdicts)
        return text
    }

    private func list(_ lines: [String]) -> String { lines.map { "- \(Markup.markdown($0))\n" }.joined() }

    private func table(_ table: Summary.Table) -> String {
        var text = TextTable(columns: [("model", .left), ("n", .right), ("\(table.metric) [95% CI]", .left)])
        if table.hasLatency { text.columns.append(("latency ms mean / p50 / p95", .right)) }
        if table.hasCost { text.columns.append(("cost", .right)) }
        text.columns.append(("notes", .left))
        text.rows = table.rows.map { row in
            var cells = [row.isBaseline ? "\(row.model) (baseline)" : row.model, row.n, row.value]
            if table.hasLatency { cells.append(row.latency.isEmpty ? "–" : row.latency.joined(separator: " / ")) }
            if table.hasCost { cells.append(row.cost.isEmpty ? "–" : row.cost) }
            return cells + [row.notes.joined(separator: "; ")]
        }
        return text.markdown()
    }

    private func answers(_ variant: Analysis.Variant) -> String {
        var table = TextTable(columns: [("evaluation", .left), ("model", .left)] + Summary.answerColumns.map { ($0, .right) })
        var texts: [String] = []
        for evaluation in variant.evaluations {
            for model in evaluation.models {
                table.rows.append([evaluation.name, model.name] + Summary.answerCells(model.counts))
                guard !model.counts.texts.isEmpty else { continue }
                let most = model.counts.texts.prefix(5).map { "\(Summary.quoted($0.text, 80)) ×\($0.count)" }
                texts.append(
                    "\(evaluation.name), \(model.name), most frequent unmatched answers: \(most.joined(separator: ", "))")
            }
        }
        guard !table.rows.isEmpty else { return "" }
        return "\n### Answers\n\n" + table.markdown() + (texts.isEmpty ? "" : "\n" + list(texts))
    }

    private func mistakes(_ variant: Analysis.Variant) -> String {
        guard let evaluation = variant.accuracy else { return "" }
        var table = TextTable(columns: [("model", .left), ("label", .left), ("answered", .left), ("times", .right)])
        for model in evaluation.models {
            for confusion in model.score.topConfusions(5) {
                table.rows.append([model.name, confusion.label, confusion.answered, String(confusion.count)])
            }
        }
        return table.rows.isEmpty ? "" : "\n### Most frequent errors\n\n" + table.markdown()
    }

    private func claims(_ verdicts: [ClaimVerdict]) -> String {
        guard !verdicts.isEmpty else { return "" }
        var table = TextTable(columns: [
            ("claim", .left), ("published", .right), ("allowed", .left), ("measured", .left), ("verdict", .left),
            ("source", .left),
        ])
        table.rows = verdicts.map { verdict in
            let isMetric = if case .metric = verdict.claim.subject { true } else { false }
            let reason = verdict.reasonText.map { ": \($0)" } ?? ""
            return [
                verdict.title, verdict.publishedText, verdict.allowedText,
                isMetric ? verdict.measuredText : "–", "\(verdict.mark) \(verdict.verdict.rawValue)\(reason)",
                verdict.claim.source ?? "",
            ]
        }
        let rehearsal = Summary.rehearsal(analysis).map { "\(Markup.markdown($0))\n\n" } ?? ""
        return "\n### Claims: \(Summary.count(verdicts))\n\n" + rehearsal + table.markdown()
    }

    private func dataset() -> String {
        guard let dataset = analysis.results.dataset else { return "" }
        let tables = DatasetTables(dataset)
        var text = "\n## Dataset\n\n\(dataset.summary).\n\n" + list(dataset.facts)
        if !tables.labels.rows.isEmpty { text += "\n" + tables.labels.markdown() }
        if let more = tables.moreLabels { text += "\n\(more)\n" }
        if let skipped = tables.skipped {
            text += "\n### Skipped files\n\n" + skipped.markdown()
            if let more = tables.moreSkipped { text += "\n\(more)\n" }
        }
        return text
    }

    private func training() -> String {
        var table = TextTable(columns: [
            ("model", .left), ("trained", .left), ("last training loss", .right), ("validation accuracy", .right),
            ("time", .right), ("cost", .right),
        ])
        for variant in analysis.variants {
            for history in variant.results.trainings {
                let name = analysis.variants.count > 1 ? "\(history.model) (\(variant.results.name))" : history.model
                let amount =
                    history.steps.isEmpty
                    ? Wording.count(history.epochs.count, "epoch") : Wording.count(history.steps.count, "step")
                let loss = history.steps.last?.trainLoss ?? history.epochs.last?.trainLoss
                let chosen = history.epochs.first { $0.epoch == history.selectedEpoch } ?? history.epochs.last
                table.rows.append([
                    name, amount, loss.map { Wording.number($0, 3) } ?? "–",
                    chosen?.validationAccuracy.map { Wording.percent($0) } ?? "–",
                    history.seconds.map { DurationText.of(seconds: $0) + (history.isEmulated ? " (virtual)" : "") } ?? "–",
                    history.cost.map { "\($0)\(history.isEmulated ? " (emulated)" : "")" } ?? "–",
                ])
            }
        }
        return table.rows.isEmpty ? "" : "\n## Training\n\n" + table.markdown()
    }

    private func costs() -> String {
        var text = ""
        let paid = analysis.results.steps.filter { $0.cost != nil || $0.forecast != nil }
        if !paid.isEmpty {
            var table = TextTable(columns: [
                ("step", .left), ("state", .left), ("forecast", .right), ("actual", .right), ("", .left),
            ])
            table.rows = paid.map { step in
                [
                    step.id.text, step.state.rawValue, step.forecast.map { "\($0.expected)" } ?? "–",
                    step.cost.map { "\($0)" } ?? "–", step.isEmulated ? "emulated" : "",
                ]
            }
            text += table.markdown()
        }
        let money = Summary.money(analysis.results)
        if !money.isEmpty { text += (text.isEmpty ? "" : "\n") + list(money) }
        return text.isEmpty ? "" : "\n## Cost\n\n" + text
    }
}
