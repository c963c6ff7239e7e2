// Builds the page from the analysis, section by section.

import Basics
import Foundation
import Statistics
import TaskKit

struct PageBuilder {
    let analysis: Analysis
    let verdicts: [[ClaimVerdict]]
    let html: HTML
    private let ranking: VariantRanking
    /// Colour and marker index of each model, in the order in which the spec first names them.
    private let series: [String: Int]

    /// Maximum number of variants shown individually.
    private static let maxVariants = 100

    /// Maximum size of the page in bytes, pictures included.
    private static let maxBytes = 2_900_000

    /// The pictures of the gallery.
    enum Pictures {
        /// By their bytes, which become part of the page.
        case embedded((String) -> Data?)
        /// By their addresses at the server.
        case linked((String) -> String?)
    }

    init(analysis: Analysis, verdicts: [[ClaimVerdict]], html: HTML) {
        self.analysis = analysis
        self.verdicts = verdicts
        self.html = html
        ranking = VariantRanking(analysis)
        var series: [String: Int] = [:]
        for name in analysis.variants.flatMap({ $0.results.evaluations.flatMap { $0.models.map(\.model) } })
        where series[name] == nil {
            series[name] = series.count
        }
        self.series = series
    }

    private var results: ExperimentResults { analysis.results }

    func page(_ pictures: Pictures) -> Page {
        var sections: [Page.Section] = []
        if let main = analysis.main {
            sections += [
                resultsSection(main), variantsSection(), claimsSection(), publishedSection(), trainingSection(main),
                labelsSection(main),
                confusionSection(main), tradeoffSection(main),
            ].compactMap { $0 }
        }
        let later = [datasetSection(), costSection(), planSection(), specSection(), againSection()].compactMap { $0 }
        if analysis.main == nil, let published = publishedSection() { sections.append(published) }
        if let main = analysis.main {
            let used = (sections + later).reduce(0) { $0 + $1.body.utf8.count }
            if let mistakes = mistakesSection(main, used: used, pictures) { sections.append(mistakes) }
        }
        let figures = self.figures()
        return Page(
            experiment: results.experiment, run: results.run.text, version: results.version,
            machine: results.machine, date: Wording.time(results.startedAt),
            headline: Wording.unbroken(Summary.headline(analysis, ranking)), lede: lede().map(Wording.unbroken),
            failures: analysis.variants.flatMap { variant in
                variant.results.failures.map {
                    analysis.variants.count > 1 ? "\(variant.results.name): \($0)" : $0
                }
            },
            warnings: warnings(), hasWarnings: !results.warnings.isEmpty,
            figures: figures.isEmpty ? nil : Page.Figures(items: figures),
            sections: sections + later)
    }

    /// The first few warnings: a sweep repeats them for each of its jobs.
    private func warnings() -> [String] {
        let all = results.warnings
        return all.count <= 5 ? all : Array(all.prefix(4)) + ["\(all.count - 4) more notes, in report.md"]
    }

    private func mark(_ model: String) -> String { Chart.key("", series: series[model] ?? 0).mark }

    // MARK: First screen

    private func lede() -> [String] {
        guard let main = analysis.main, let accuracy = main.accuracy else { return [] }
        let variants = Summary.variantsLine(analysis, ranking)
        var sentences = [Summary.power(main)].compactMap { $0 }
        let unit = analysis.table.primary.unit
        for pair in accuracy.pairs where pair.isPrimary && pair.second == main.baseline {
            guard pair.first != main.challenge?.first else { continue }
            let unpaired = pair.comparison.isPaired ? "" : " They were not evaluated on the same images."
            sentences.append(
                pair.adjustedP < 0.05
                    ? "\(pair.first) versus \(pair.second): \(Wording.difference(pair.comparison, unit)), "
                        + "\(Wording.p(pair.adjustedP)).\(unpaired)"
                    : "\(pair.first) and \(pair.second) cannot be distinguished: \(Wording.difference(pair.comparison, unit)), "
                        + "\(Wording.p(pair.adjustedP)).\(unpaired)")
        }
        if let challenge = main.challenge,
            let latency = main.latency?.pair(challenge.first, challenge.second, .meanLatency),
            let share = latency.comparison.relative
        {
            let isSure = latency.adjustedP < 0.05
            sentences.append(
                isSure
                    ? "\(challenge.first) answers \(Wording.percent(abs(share))) \(share < 0 ? "faster" : "slower") "
                        + "than \(challenge.second)."
                    : "The latencies of \(challenge.first) and \(challenge.second) cannot be distinguished.")
        }
        let networks = Set(accuracy.models.compactMap { $0.result.emulation?.network }).sorted()
        let emulated = accuracy.models.filter { $0.result.emulation != nil }.map(\.name)
        let text = sentences.joined(separator: " ")
        let warning =
            networks.isEmpty
            ? []
            : [
                "\(Wording.list(emulated)): emulated by \(Wording.list(networks)). These rows are a rehearsal of the "
                    + "experiment and not evidence about the hosted models."
            ]
        // For a bare sweep, these figures describe one point, which the first sentence names.
        let isOfOnePoint = !Summary.isOfMain(analysis, ranking)
        let paragraphs = [variants, text.isEmpty ? nil : text].compactMap { $0 }
        return (isOfOnePoint ? [paragraphs.joined(separator: " ")] : paragraphs) + warning
    }

    private func figures() -> [Page.Figure] {
        guard let main = analysis.main else { return [] }
        var figures: [Page.Figure] = (main.accuracy?.models ?? []).prefix(4).compactMap { model in
            let value = model.primary
            guard let number = value.value else { return nil }
            return Page.Figure(
                name: "\(model.name), \(value.metric.title)", value: Wording.measured(number, value.metric.unit),
                note: (value.interval.map { Wording.interval($0, value.metric.unit) + ", " } ?? "") + "n = \(value.n)",
                mark: mark(model.name))
        }
        if let challenge = main.challenge,
            let first = main.latency?.model(challenge.first)?.latency,
            let second = main.latency?.model(challenge.second)?.latency
        {
            figures.append(
                Page.Figure(
                    name: "\(challenge.first), mean latency", value: "\(Wording.milliseconds(first.mean)) ms",
                    note: "\(challenge.second): \(Wording.milliseconds(second.mean)) ms", mark: mark(challenge.first)))
        }
        let spending = results.spending
        if spending.real > .zero || spending.emulated > .zero {
            figures.append(
                Page.Figure(
                    name: "Spent in this run", value: "\(spending.real)",
                    note: spending.emulated > .zero ? "emulated: \(spending.emulated)" : "billed"))
        }
        let judged = verdicts.joined().filter { $0.verdict != .stated }
        if !judged.isEmpty {
            figures.append(
                Page.Figure(
                    name: "claims reproduced",
                    value: "\(judged.count { $0.verdict == .reproduced }) of \(judged.count)",
                    note: Summary.count(judged.filter { $0.verdict != .reproduced })))
        }
        return figures
    }

    // MARK: Results

    private func resultsSection(_ variant: Analysis.Variant) -> Page.Section? {
        let summary = Summary(variant)
        guard !summary.tables.isEmpty else { return nil }
        var body = summary.tables.map { html.table(table($0)) }.joined()
        let accuracy = variant.accuracy.flatMap { AccuracyChart.chart($0, series: series, id: "accuracy") }
        let differences = variant.accuracy.flatMap { DifferenceChart.chart($0, series: series, id: "differences") }
        let latency = variant.latency.flatMap { LatencyChart.chart($0, series: series, id: "latency") }
        let notes = html.list(summary.latencyNotes, style: "soft")
        body +=
            "<div class=\"pair\"><div>\(html.chart(accuracy))\(html.chart(differences))</div>"
            + "<div>\(html.chart(latency))\(notes)</div></div>"
        body += html.table(comparisons(variant)) + html.table(repeats(variant))
        if !analysis.isClassification { body += html.list(Summary.unseen(variant), style: "soft") }
        let measured =
            analysis.isClassification
            ? html.table(measures(variant)) + html.table(answers(variant))
            : TaskTables(variant, table: analysis.table).all.map { html.table(HTMLTable($0)) }.joined()
        body += html.details(
            "More metrics", measured + html.table(latencies(variant)), isPrinted: true)
        let paragraphs = analysis.variants.count > 1 ? ["Of the variant \(variant.results.name)."] : []
        return Page.Section(id: "results", title: "Results", paragraphs: paragraphs, body: body)
    }

    private func table(_ table: Summary.Table) -> HTMLTable {
        var view = HTMLTable(
            table.title,
            ["model", "#n", "\(table.metric) [95% CI]"]
                + (table.hasLatency ? ["#latency ms, mean", "#p50", "#p95"] : [])
                + (table.hasCost ? ["#cost"] : []) + ["notes"])
        view.columns[2].style = "keep"
        view.columns[view.columns.count - 1].style = "words"
        for row in table.rows {
            var cells = [row.n, row.value]
            if table.hasLatency { cells += row.latency.isEmpty ? ["–", "–", "–"] : row.latency }
            if table.hasCost { cells.append(row.cost.isEmpty ? "–" : row.cost) }
            view.add(
                row.model + (row.isBaseline ? " (baseline)" : ""), mark: mark(row.model),
                cells + [row.notes.joined(separator: "; ")])
        }
        return view
    }

    private func comparisons(_ variant: Analysis.Variant) -> HTMLTable {
        var view = HTMLTable(
            "Differences with 95% CI; p adjusted by Holm's method",
            [
                "pair (A − B)", "of", "difference", "#p", "#A right, B wrong", "#A wrong, B right", "#min. detectable difference",
                "images",
            ])
        view.columns[2].style = "keep"
        for evaluation in variant.evaluations {
            for pair in evaluation.pairs where pair.metric == .meanLatency || !evaluation.measuresLatency {
                let comparison = pair.comparison
                let metric = evaluation.metric(of: pair)
                view.add(
                    "\(pair.first) − \(pair.second)",
                    [
                        metric?.title ?? "mean latency",
                        metric.map { Wording.difference(comparison, $0.unit) } ?? Wording.latency(comparison),
                        Wording.pCell(pair.adjustedP),
                        comparison.onlyFirst.map(String.init) ?? "–", comparison.onlySecond.map(String.init) ?? "–",
                        comparison.detectable.map { Wording.size($0, metric?.unit ?? .share) } ?? "–",
                        comparison.isPaired ? "the same \(comparison.n)" : "not paired: different images",
                    ])
            }
        }
        return view
    }

    private func repeats(_ variant: Analysis.Variant) -> HTMLTable {
        var view = HTMLTable(
            "Repeatability",
            [
                "model", "of", "#times", "#mean", "#standard deviation", "#lowest", "#highest",
                "#repeatability limit (95%)", "#answers that changed",
            ])
        for evaluation in variant.evaluations {
            for model in evaluation.models {
                func add(_ what: String, _ repeats: Repeats?, _ value: (Double) -> String, _ spread: (Double) -> String) {
                    guard let repeats else { return }
                    view.add(
                        model.name, mark: mark(model.name),
                        [
                            what, Summary.times(repeats, of: model), value(repeats.mean), spread(repeats.std),
                            value(repeats.min), value(repeats.max), spread(repeats.repeatabilityLimit),
                            model.disagreementShare.map { Wording.percent($0) } ?? "–",
                        ])
                }
                if evaluation.measuresLatency {
                    let decimals = Wording.latencyDecimals(model.latencyRepeats?.mean ?? 0)
                    func milliseconds(_ value: Double) -> String { Wording.number(value, decimals) + " ms" }
                    add("mean latency", model.latencyRepeats, milliseconds, milliseconds)
                } else {
                    let unit = model.primary.metric.unit
                    add(
                        model.primary.metric.title, model.repeats, { Wording.measured($0, unit) },
                        { unit == .share ? Wording.number(100 * $0, 2) + " points" : Wording.size($0, unit) })
                }
            }
        }
        return view
    }

    private func measures(_ variant: Analysis.Variant) -> HTMLTable {
        var view = HTMLTable(
            "Accuracy and related metrics",
            [
                "model", "evaluation", "Clopper-Pearson 95%", "#balanced accuracy", "#macro precision", "#macro recall",
                "#macro F1", "#weighted precision", "#weighted F1", "#unmatched", "#unanswered", "#missing",
            ])
        for evaluation in variant.evaluations {
            for model in evaluation.models {
                let score = model.score
                func percent(_ value: Double?) -> String { value.map { Wording.percent($0) } ?? "–" }
                view.add(
                    model.name, mark: mark(model.name),
                    [
                        evaluation.name,
                        score.proportion.clopperPearson().map { Wording.interval($0, scale: 100) } ?? "–",
                        percent(score.balancedAccuracy), percent(score.macro?.precision), percent(score.macro?.recall),
                        percent(score.macro?.f1), percent(score.weighted?.precision), percent(score.weighted?.f1),
                        String(score.unmatched), String(score.unanswered), String(score.missing),
                    ])
            }
        }
        return view
    }

    private func answers(_ variant: Analysis.Variant) -> HTMLTable {
        var view = HTMLTable(
            "Outcomes of answers: exact label, label after normalization, or no label",
            ["model", "evaluation"] + Summary.answerColumns.map { "#" + $0 } + ["most frequent unmatched answers"])
        view.columns[view.columns.count - 1].style = "words"
        for evaluation in variant.evaluations {
            for model in evaluation.models {
                let texts = model.counts.texts.prefix(5).map { "\(Summary.quoted($0.text, 80)) ×\($0.count)" }
                view.add(
                    model.name, mark: mark(model.name),
                    [evaluation.name] + Summary.answerCells(model.counts) + [texts.joined(separator: ", ")])
            }
        }
        return view
    }

    private func latencies(_ variant: Analysis.Variant) -> HTMLTable {
        var view = HTMLTable(
            "Latency in milliseconds",
            [
                "model", "evaluation", "#n", "#mean", "95% CI", "#p50", "#p90", "#p95", "#p99", "#min", "#max",
                "#std",
            ])
        let decimals = Wording.latencyDecimals(
            ofColumn: variant.evaluations.flatMap(\.models).compactMap { $0.latency?.mean })
        for evaluation in variant.evaluations {
            for model in evaluation.models {
                guard let latency = model.latency else { continue }
                func number(_ value: Double) -> String { Wording.number(value, decimals) }
                view.add(
                    model.name, mark: mark(model.name),
                    [
                        evaluation.name, String(latency.n), number(latency.mean),
                        model.meanLatencyInterval.map { Wording.interval($0, decimals) } ?? "–", number(latency.p50),
                        number(latency.p90), number(latency.p95), number(latency.p99), number(latency.min),
                        number(latency.max), number(latency.std),
                    ])
            }
        }
        return view
    }

    // MARK: Variants

    private func variantsSection() -> Page.Section? {
        guard analysis.variants.count > 1 else { return nil }
        let ranks = RankingChart.chart(ranking, series: series, id: "ranking")
        let sweeps = SweepChart.charts(ranking, series: series, id: "sweep").map { html.chart($0) }.joined()
        var body =
            sweeps.isEmpty
            ? html.chart(ranks) : "<div class=\"pair\"><div>\(html.chart(ranks))</div><div>\(sweeps)</div></div>"
        body += html.table(rankingTable(ranking))
        // Sweep points share most of their trainings: each is drawn once.
        var every = "", drawn = Set(analysis.main?.results.trainings ?? [])
        for (at, variant) in analysis.variants.prefix(PageBuilder.maxVariants).enumerated() {
            let summary = Summary(variant)
            var inner = html.list(variant.results.changes.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" })
            inner += html.list(variant.results.failures)
            inner += summary.tables.map { html.table(table($0)) }.joined() + html.list(summary.comparisons)
            if !verdicts[at].isEmpty { inner += html.table(claims(verdicts[at])) }
            inner += variant.results.trainings.filter { drawn.insert($0).inserted }.map {
                html.pair(CurveChart.charts($0, series: series[$0.model] ?? 0, id: "v\(at)-\(slug($0.model))"))
            }.joined()
            every += html.details("\(variant.results.name): \(summary.headline)", inner)
        }
        let title =
            analysis.variants.count > PageBuilder.maxVariants
            ? "The first \(PageBuilder.maxVariants) variants; metrics.json has all" : "Every variant"
        body += analysis.variants.count > 6 ? html.details(title, every) : every
        return Page.Section(
            id: "variants", title: "Variants",
            paragraphs: [
                "\(Wording.count(analysis.variants.count, "variant")) of one spec; the sections below describe "
                    + "\(analysis.main?.results.name.text ?? "the first")."
            ], body: body)
    }

    private func rankingTable(_ ranking: VariantRanking) -> HTMLTable {
        var view = HTMLTable("Behind the best", ["model and variant", "#\(ranking.metric.title)", "behind the best", "#p", ""])
        view.columns[2].style = "keep"
        for entry in ranking.entries.prefix(40) {
            let p = entry.adjustedP.map {
                Wording.pCell($0)
            }
            view.add(
                entry.title, mark: mark(entry.model),
                [
                    entry.value.value.map { Wording.measured($0, ranking.metric.unit) } ?? "–",
                    entry.comparisonWithBest.map { Wording.difference($0, ranking.metric.unit) } ?? "the best", p ?? "",
                    entry.comparisonWithBest == nil
                        ? "" : entry.isTiedWithBest ? "cannot be distinguished" : "behind",
                ])
        }
        return view
    }

    // MARK: Training, labels, confusion, tradeoff

    private func slug(_ name: String) -> String {
        String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" })
    }

    private func trainingSection(_ variant: Analysis.Variant) -> Page.Section? {
        var body = ""
        for history in variant.results.trainings {
            let charts = CurveChart.charts(
                history, series: series[history.model] ?? 0, id: "curve-\(slug(history.model))")
            guard !charts.isEmpty else { continue }
            var facts = [
                history.kind == .epochs
                    ? "trained here" : history.isEmulated ? "fine-tuned by an emulator" : "fine-tuned at the provider"
            ]
            if let seconds = history.seconds {
                facts.append(DurationText.of(seconds: seconds) + (history.isEmulated ? " of virtual time" : ""))
            }
            if let tokens = history.trainedTokens { facts.append("\(Wording.grouped(tokens.value)) tokens trained") }
            if let cost = history.cost, cost > .zero { facts.append("\(cost)\(history.isEmulated ? " (emulated)" : "")") }
            if let hourly = history.hostingHourly { facts.append("hosting \(hourly) an hour") }
            body +=
                "<p>\(mark(history.model)) <strong>\(Markup.html(history.model))</strong>: "
                + "\(Markup.html(facts.joined(separator: ", "))).</p>" + html.pair(charts)
        }
        return body.isEmpty ? nil : Page.Section(id: "training", title: "Training", body: body)
    }

    private func labelsSection(_ variant: Analysis.Variant) -> Page.Section? {
        guard analysis.isClassification, let evaluation = variant.accuracy, !evaluation.models.isEmpty else { return nil }
        var body = "", paragraphs: [String] = []
        if let challenge = variant.challenge, let base = evaluation.model(challenge.second),
            let other = evaluation.model(challenge.first)
        {
            paragraphs.append("Changes from \(base.name) to \(other.name), label by label.")
            let few = other.score.labels.map(\.support).filter { $0 > 0 }.min() ?? 0
            if few < 20 {
                paragraphs[0] +=
                    " With \(few) images per label, changes of single labels are mostly chance; look at the overall pattern."
            }
            body += html.pair(LabelChangeChart.charts(from: base, to: other, series: series, id: "labels-changed"))
        }
        for model in evaluation.models where !model.score.unansweredLabels.isEmpty {
            let labels = Wording.list(model.score.unansweredLabels)
            body +=
                "<p class=\"note\">\(Markup.html(model.name)) gave only empty answers for \(Markup.html(labels)): "
                + "these errors are not evidence about recognition.</p>"
        }
        var table = HTMLTable(
            "Recall by label [95% Wilson interval] and F1",
            ["label", "#images"] + evaluation.models.flatMap { ["\($0.name)", "#F1"] })
        table.stacks = false
        for (at, label) in results.labels.enumerated() {
            let rows = evaluation.models.map { $0.score.labels.indices.contains(at) ? $0.score.labels[at] : nil }
            guard let support = rows.compactMap({ $0?.support }).max(), support > 0 else { continue }
            table.add(
                label,
                [String(support)]
                    + rows.flatMap { row -> [String] in
                        guard let row, let recall = row.recall, let interval = row.recallInterval else {
                            return ["–", "–"]
                        }
                        return [
                            "\(Wording.percent(recall, 0)) \(Wording.interval(interval, scale: 100, 0))",
                            Wording.number(row.f1, 2),
                        ]
                    })
        }
        body += html.details("Every label", html.table(table))
        return Page.Section(id: "labels", title: "By label", paragraphs: paragraphs, body: body)
    }

    private func confusionSection(_ variant: Analysis.Variant) -> Page.Section? {
        guard analysis.isClassification, let evaluation = variant.accuracy else { return nil }
        let order = ConfusionChart.order(results.labels, evaluation.models.map(\.score))
        var body = ""
        for (at, model) in evaluation.models.enumerated() {
            let chart = ConfusionChart.chart(
                model, labels: results.labels, order: order, id: "confusion-\(slug(model.name))")
            var table = HTMLTable("Most frequent errors of \(model.name)", ["true label", "answered as", "#times", "#of"])
            for confusion in model.score.topConfusions(15) {
                let support = model.score.labels.first { $0.label == confusion.label }?.support ?? 0
                table.add(confusion.label, [confusion.answered, String(confusion.count), String(support)])
            }
            let isOpen = at == (evaluation.models.firstIndex { $0.name == variant.challenge?.first } ?? 0)
            body += html.details(
                "\(model.name): \(Wording.count(model.score.n - model.score.correct, "mistake")) in \(model.score.n)",
                "<div class=\"confusion\">\(html.chart(chart))<div>\(html.table(table))</div></div>", isOpen: isOpen,
                group: "confusion", isPrinted: true)
        }
        guard !body.isEmpty else { return nil }
        let tooMany = results.labels.count > ConfusionChart.limit
        return Page.Section(
            id: "confusion", title: "Confusion matrix",
            paragraphs: [
                tooMany
                    ? "\(results.labels.count) labels are too many for a chart; the most frequent errors:"
                    : "Labels that are confused with each other are adjacent. Grey cells are correct, coloured ones wrong; darker "
                        + "means more frequent. Point at a cell to see its labels."
            ], body: body)
    }

    private func tradeoffSection(_ variant: Analysis.Variant) -> Page.Section? {
        guard let evaluation = variant.accuracy else { return nil }
        let body = html.pair([
            TradeoffChart.cost(evaluation, series: series, id: "accuracy-cost"),
            variant.latency.flatMap { TradeoffChart.latency(evaluation, $0, series: series, id: "accuracy-latency") },
        ])
        guard !body.isEmpty else { return nil }
        return Page.Section(
            id: "tradeoff", title: "\(analysis.table.primary.title.capitalizedFirst) versus cost",
            paragraphs: [
                "\(analysis.table.primary.better == .down ? "Down" : "Up") is better, left is cheaper or faster. The price of an answer does not include training and hosting."
            ],
            body: body)
    }

    private func mistakesSection(
        _ variant: Analysis.Variant, used: Int, _ pictures: Pictures
    ) -> Page.Section? {
        guard let evaluation = variant.accuracy else { return nil }
        var gallery = Gallery(evaluation, challenge: variant.challenge, view: analysis.view)
        guard !gallery.cards.isEmpty else { return nil }
        switch pictures {
        case .embedded(let picture):
            var textBytes = 0
            for card in gallery.cards {
                textBytes +=
                    700 + card.example.utf8.count + card.label.utf8.count * 2 + (card.question?.utf8.count ?? 0)
                    + (card.overlay?.utf8.count ?? 0)
                for answer in card.answers { textBytes += (answer.detail?.utf8.count ?? 0) + (answer.below?.utf8.count ?? 0) }
            }
            gallery.addPictures(room: max(0, PageBuilder.maxBytes - used - textBytes - 40_000), picture: picture)
        case .linked(let address): gallery.linkPictures(address)
        }
        var notes = [
            "\(analysis.isClassification ? "Images" : "Items") that at least one model got wrong, with the answers of all models."
        ]
        switch analysis.view {
        case .characters: notes.append("Struck-through text is missing from the answer; underlined text is not in the reference.")
        case .boxes: notes.append("Dashed boxes are the reference; solid boxes have the colour of their model.")
        case .plain, .fields, .answers: break
        }
        let shown = gallery.cards.count { $0.picture != nil }
        if shown > 0, shown < gallery.cards.count {
            notes.append("\(gallery.cards.count - shown) are listed by name only, to keep the page small.")
        }
        if gallery.omitted > 0 { notes.append("\(gallery.omitted) more are in predictions.csv.") }
        return Page.Section(
            id: "mistakes", title: "Errors", paragraphs: [notes.joined(separator: " ")], body: html.gallery(gallery))
    }

    // MARK: Cost, claims, plan, spec

    private func datasetSection() -> Page.Section? {
        guard let dataset = results.dataset else { return nil }
        let tables = DatasetTables(dataset)
        func table(_ text: TextTable, _ caption: String) -> HTMLTable {
            var view = HTMLTable(caption, text.columns.map { ($0.alignment == .right ? "#" : "") + $0.title })
            for row in text.rows { view.add(row[0], Array(row.dropFirst())) }
            return view
        }
        let labels = html.table(table(tables.labels, "Images per label"))
        var body =
            html.list(dataset.facts)
            + (dataset.labels.count > 12 ? html.details("Images per label", labels) : labels)
        if let more = tables.moreLabels { body += html.list([more]) }
        if let skipped = tables.skipped {
            body += html.details(
                "Skipped files",
                html.table(table(skipped, "Skipped files"))
                    + (tables.moreSkipped.map { html.list([$0]) } ?? ""))
        }
        return Page.Section(id: "dataset", title: "Dataset", paragraphs: [dataset.summary + "."], body: body)
    }

    private func costSection() -> Page.Section? {
        let chart = CostChart.chart(results.steps, id: "cost-by-step")
        let money = Summary.money(results)
        guard chart != nil || !money.isEmpty else { return nil }
        let costs = costs()
        return Page.Section(
            id: "cost", title: "Cost",
            body: "<div class=\"pair\">\(html.chart(chart))<div>\(html.list(money))"
                + "\(costs.rows.count > 8 ? html.details("Every step", html.table(costs)) : html.table(costs))</div></div>")
    }

    /// Forecast and actual cost for the steps that the chart shows individually.
    private func costs() -> HTMLTable {
        var view = HTMLTable("Forecast and actual", ["step", "#forecast", "#low to high", "#actual"])
        view.stacks = true
        let paid = results.steps.filter { ($0.cost ?? .zero) > .zero || ($0.forecast?.high ?? .zero) > .zero }
        guard paid.count <= CostChart.maxSteps else { return view }
        guard paid.contains(where: { $0.forecast != nil }) else {
            view = HTMLTable("Actual cost (no forecast was possible)", ["step", "#actual"])
            for step in paid { view.add(step.id.text, [actual(step)]) }
            return view
        }
        for step in paid {
            view.add(
                step.id.text,
                [
                    step.forecast.map { "\($0.expected)" } ?? (step.state == .cached ? "cached" : "–"),
                    step.forecast.map { "\($0.low) to \($0.high)" } ?? "–",
                    actual(step),
                ])
        }
        return view
    }

    private func actual(_ step: StepRecord) -> String {
        step.cost.map { "\($0)\(step.isEmulated ? " (emulated)" : "")" } ?? "–"
    }

    private func claimsSection() -> Page.Section? {
        var body = ""
        for (variant, verdicts) in zip(analysis.variants, verdicts) where !verdicts.isEmpty {
            if analysis.variants.count > 1, variant.results.name != analysis.main?.results.name { continue }
            body += html.table(claims(verdicts))
        }
        guard !body.isEmpty else { return nil }
        return Page.Section(
            id: "claims", title: "Claims",
            paragraphs: [
                "Published numbers compared with this run. The verdict uses the whole interval, not only the value."
                    + (Summary.rehearsal(analysis).map { " \($0)" } ?? "")
            ], body: body)
    }

    private func claims(_ verdicts: [ClaimVerdict]) -> HTMLTable {
        var view = HTMLTable(
            "Claims: \(Summary.count(verdicts))",
            ["claim", "published", "allowed", "measured", "verdict", "why; source"])
        view.columns[5].style = "words"
        for verdict in verdicts {
            let isMetric = if case .metric = verdict.claim.subject { true } else { false }
            let style =
                switch verdict.verdict {
                case .reproduced: "verdict reproduced"
                case .notReproduced: "verdict not"
                case .cannotTell: "verdict unsure"
                case .stated: "verdict"
                }
            view.add(
                verdict.title, path: verdict.claim.path,
                styled: [
                    .init(text: verdict.publishedText, style: "keep"),
                    .init(text: verdict.allowedText, style: "keep"),
                    .init(text: isMetric ? verdict.measuredText : "–", style: "keep"),
                    .init(text: "\(verdict.mark) \(verdict.verdict.rawValue)", style: style),
                    .init(
                        text: [verdict.reasonText, verdict.claim.source].compactMap { $0 }.joined(separator: "; "),
                        style: "words"),
                ])
        }
        return view
    }

    private func publishedSection() -> Page.Section? {
        guard !analysis.publications.isEmpty else { return nil }
        var body = ""
        for publication in analysis.publications {
            let table = publication.table
            if table.rows.isEmpty {
                body += html.list(["\(publication.name):"])
            } else {
                var view = HTMLTable(publication.name, ["model", "right", "#share", "95% CI"])
                for row in table.rows { view.add(row[0], Array(row.dropFirst())) }
                body += html.table(view)
            }
            body += html.list(publication.sentences)
        }
        return Page.Section(
            id: "published", title: "Published counts",
            paragraphs: [
                "Comparisons of published counts over every pairing that they allow, because the answers are not published."
            ],
            body: body
        )
    }

    /// Maximum number of steps listed.
    private static let maxStepsListed = 100

    /// All steps if there are few; otherwise the steps that were not cached, choosing failed ones first and then the
    /// slowest, in the plan's order.
    private var stepsListed: (title: String, steps: [StepRecord]) {
        let limit = PageBuilder.maxStepsListed
        guard results.steps.count > limit else { return ("Every step", results.steps) }
        let fresh = results.steps.filter { $0.state != .cached }
        guard fresh.count > limit else { return ("All steps except cached ones", fresh) }
        let chosen = fresh.indices.sorted {
            let (first, second) = (fresh[$0], fresh[$1])
            return first.state == second.state ? first.seconds > second.seconds : second.state == .ran
        }
        return (
            "\(limit) of \(fresh.count) steps that were not cached: failed and longest ones "
                + "('assay show \(results.run.text)' lists all)",
            chosen.prefix(limit).sorted().map { fresh[$0] }
        )
    }

    private func planSection() -> Page.Section? {
        guard let chart = PlanChart.chart(results.steps, id: "plan-graph") else { return nil }
        let (title, steps) = stepsListed
        var table = HTMLTable("Steps", ["step", "state", "#time", "#cost", "message"])
        for step in steps {
            table.add(
                step.id.text,
                [
                    step.state.rawValue, step.seconds > 0 ? DurationText.of(seconds: step.seconds) : "–",
                    step.cost.map { "\($0)\(step.isEmulated ? " (emulated)" : "")" } ?? "–", step.message ?? "",
                ])
        }
        return Page.Section(
            id: "plan", title: "Steps and spec", paragraphs: [Summary.status(results).capitalizedFirst + "."],
            body: html.chart(chart) + html.details(title, html.table(table)))
    }

    private func specSection() -> Page.Section? {
        guard !results.specText.isEmpty else { return nil }
        return Page.Section(
            id: "spec", title: "Spec", paragraphs: [results.specPath],
            body: "<pre tabindex=\"0\"><code>\(YAMLMarkup.html(results.specText))</code></pre>")
    }

    private func againSection() -> Page.Section {
        Page.Section(
            id: "again", title: "Reproduce",
            paragraphs: [
                "With Assay \(results.version). Results that are still in the store are not computed or paid for again."
            ],
            body: "<pre tabindex=\"0\"><code>\(Markup.html(results.command))</code></pre>")
    }
}

extension HTMLTable {
    /// A task's table, with its first column as row headers.
    fileprivate init(_ titled: TaskTables.Titled) {
        self.init(
            titled.title,
            titled.table.columns.enumerated().map { at, column in
                at > 0 && column.alignment == .right ? "#" + column.title : column.title
            })
        for row in titled.table.rows { add(row.first ?? "", Array(row.dropFirst())) }
    }
}
