// Compares runs: ranks all their models and, between two runs, lists changes of the spec and the numbers.

package import Basics
package import Statistics
package import TaskKit

/// Compares one or more runs, of the same spec or of different ones.
package struct RunComparison: Sendable {
    /// A line of the spec that only one of two runs has.
    package struct SpecChange: Hashable, Sendable {
        /// Line number from 1 in the run that has it; `nil` for a value set on the command line or by the variant.
        package var line: Int?
        /// The line as written, or `path: value` for a setting of the command line or variant.
        package var text: String
        /// Whether the later run has the line; otherwise the earlier run has it.
        package var isAdded: Bool
        /// The path of keys that contain the line: `models.cnn`.
        package var place = ""
    }

    /// One model of one evaluation in two runs.
    package struct NumberChange: Sendable {
        /// The variant's name in the later run.
        package var variant: VariantName
        /// The evaluation's name in the spec.
        package var evaluation: String
        /// The model's name in the spec.
        package var model: String
        /// The primary metric in the earlier run; `nil` if undefined.
        package var accuracyWas: Double?
        /// The primary metric in the later run; `nil` if undefined.
        package var accuracyIs: Double?
        /// The difference new − old in the primary metric; `nil` if there is nothing to compare.
        package var accuracy: Comparison?
        /// Its p-value after Holm's adjustment over all compared rows.
        package var accuracyP: Double?
        /// The difference new − old in mean latency, in milliseconds; `nil` if not measured in both runs.
        package var latency: Comparison?
        /// Its p-value after Holm's adjustment over all compared rows.
        package var latencyP: Double?
        /// The cost of the answers in the earlier run; `nil` without a price.
        package var costWas: Money?
        /// The cost of the answers in the later run; `nil` without a price.
        package var costIs: Money?
        /// Whether all answers are equal.
        package var isSame: Bool
        /// Whether the row only measures latency, while another evaluation measures the model's accuracy.
        package var isTiming: Bool
    }

    /// The analyses of the runs, in the order given.
    package let runs: [Analysis]
    let ranking: VariantRanking
    /// Differences between the specs of the first and last run; empty for a single run.
    package let specChanges: [SpecChange]
    /// Rows that both the first and the last run have, changed or not.
    package let numberChanges: [NumberChange]
    /// Names of rows that only the first run has.
    package let onlyFirst: [String]
    /// Names of rows that only the last run has.
    package let onlyLast: [String]

    /// The metric that runs are compared in: the first run's primary one.
    let metric: TaskMetric

    /// - Parameter tasks: the tasks that results may name.
    package init(_ results: [ExperimentResults], tasks: TaskRegistry) {
        let runs = results.map { Analysis($0, tasks: tasks) }
        let table =
            runs.first?.table
            ?? MetricTable(primary: TaskMetric("none", "none", .items { _ in { _ in nil } }, interval: .none, test: .none))
        metric = table.primary
        self.runs = runs
        if let only = runs.first, runs.count == 1 {
            ranking = VariantRanking(only)
        } else {
            ranking = VariantRanking(
                table: table,
                runs.filter { $0.table.primary.name == table.primary.name }.flatMap { run in
                    run.variants.map { .init(source: "\(run.results.run) \($0.results.name)", variant: $0) }
                }, everywhere: runs.contains { $0.variants.count > 1 } ? "every run and variant" : "every run")
        }
        guard runs.count > 1, let first = runs.first, let last = runs.last else {
            (specChanges, numberChanges, onlyFirst, onlyLast) = ([], [], [], [])
            return
        }
        // A value set on the command line renames the variant, so the first variants of both runs are matched.
        let names = [first, last].map { Set($0.variants.map(\.results.name)) }
        var renamed: [VariantName: VariantName] = [:]
        if let one = first.variants.first?.results, let other = last.variants.first?.results,
            !names[0].contains(other.name), !names[1].contains(one.name)
        {
            renamed[one.name] = other.name
        }
        specChanges =
            RunComparison.specChanges(first.results.specText, last.results.specText)
            + RunComparison.settings(first, last)
        let old = RunComparison.rows(first, renamed), new = RunComparison.rows(last, [:])
        let oldByName = Dictionary(old.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let newNames = Set(new.map(\.name))
        numberChanges = RunComparison.adjusted(
            new.compactMap { row in oldByName[row.name].map { RunComparison.change($0, row, table.primary) } })
        onlyFirst = RunComparison.lone(old, without: newNames)
        onlyLast = RunComparison.lone(new, without: Set(oldByName.keys))
    }

    private struct Row {
        let variant: VariantName
        let evaluation: String
        let model: Analysis.Model
        let isTiming: Bool
        var name: String { "\(variant), \(evaluation), \(model.name)" }
    }

    private static func rows(_ run: Analysis, _ renamed: [VariantName: VariantName]) -> [Row] {
        run.variants.flatMap { variant in
            variant.evaluations.flatMap { evaluation in
                evaluation.models.map { model in
                    Row(
                        variant: renamed[variant.results.name] ?? variant.results.name, evaluation: evaluation.name,
                        model: model,
                        isTiming: evaluation.measuresLatency
                            && variant.evaluations.contains { !$0.measuresLatency && $0.model(model.name) != nil })
                }
            }
        }
    }

    /// Rows missing from the other run; a variant missing entirely is listed once.
    private static func lone(_ rows: [Row], without names: Set<String>) -> [String] {
        let known = Set(rows.filter { names.contains($0.name) }.map(\.variant))
        var listed: [String] = []
        for row in rows where !names.contains(row.name) {
            let name = known.contains(row.variant) ? row.name : "variant \(row.variant)"
            if !listed.contains(name) { listed.append(name) }
        }
        return listed
    }

    private static func change(_ old: Row, _ new: Row, _ metric: TaskMetric) -> NumberChange {
        let (was, now) = (old.model.result, new.model.result)
        let isTimed = was.latency != nil && now.latency != nil
        let isSame = was.answers == now.answers
        return NumberChange(
            variant: new.variant, evaluation: new.evaluation, model: now.model,
            accuracyWas: old.model.value(of: metric.name), accuracyIs: new.model.value(of: metric.name),
            accuracy: isSame || new.isTiming || old.model.primary.metric.name != new.model.primary.metric.name
                ? nil : MetricEngine.compare(metric, now.answers, was.answers),
            latency: isSame || !isTimed ? nil : Comparison.meanLatency(now.answers, was.answers),
            costWas: was.resultCost, costIs: now.resultCost, isSame: isSame, isTiming: new.isTiming)
    }

    /// Applies Holm's adjustment over all rows of a metric, as every row is a test.
    private static func adjusted(_ changes: [NumberChange]) -> [NumberChange] {
        var changes = changes
        func adjust(_ of: KeyPath<NumberChange, Comparison?>, _ to: WritableKeyPath<NumberChange, Double?>) {
            let compared = changes.indices.filter { changes[$0][keyPath: of] != nil }
            let pValues = holm(compared.compactMap { changes[$0][keyPath: of]?.pValue })
            for (at, p) in zip(compared, pValues) { changes[at][keyPath: to] = p }
        }
        adjust(\.accuracy, \.accuracyP)
        adjust(\.latency, \.latencyP)
        return changes
    }

    /// Differences between the settings of the first variants of two runs.
    private static func settings(_ first: Analysis, _ last: Analysis) -> [SpecChange] {
        let old = first.variants.first?.results.changes ?? [:], new = last.variants.first?.results.changes ?? [:]
        return Set(old.keys).union(new.keys).sorted().filter { old[$0] != new[$0] }.flatMap { path in
            [(old[path], false), (new[path], true)].compactMap { value, isAdded in
                value.map { SpecChange(text: "\(path): \($0)", isAdded: isAdded) }
            }
        }
    }

    private static func specChanges(_ old: String, _ new: String) -> [SpecChange] {
        func lines(_ text: String) -> [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
        let (was, now) = (lines(old), lines(new))
        return now.difference(from: was).map { change in
            switch change {
            case .insert(let at, let text, _):
                SpecChange(line: at + 1, text: String(text), isAdded: true, place: place(of: at, in: now))
            case .remove(let at, let text, _):
                SpecChange(line: at + 1, text: String(text), isAdded: false, place: place(of: at, in: was))
            }
        }.sorted { ($0.line ?? 0, $0.isAdded ? 1 : 0) < ($1.line ?? 0, $1.isAdded ? 1 : 0) }
    }

    /// The keys above a line, by indentation.
    private static func place(of line: Int, in lines: [Substring]) -> String {
        func depth(_ line: Substring) -> Int { line.prefix { $0 == " " }.count }
        var keys: [Substring] = [], limit = depth(lines[line])
        for above in lines[..<line].reversed() where limit > 0 {
            let text = above.drop { $0 == " " }
            guard depth(above) < limit, !text.isEmpty, !text.hasPrefix("#") else { continue }
            limit = depth(above)
            if let end = text.firstIndex(of: ":") { keys.insert(text[..<end], at: 0) }
        }
        return keys.joined(separator: ".")
    }
}

extension RunComparison {
    /// The comparison as lines of terminal text.
    package func terminal(_ style: TerminalStyle) -> String {
        let text =
            (header + [""] + ranking.table().aligned() + sections.flatMap { [""] + [$0.title] + $0.lines })
            .joined(separator: "\n") + "\n"
        return style.unicode ? text : TerminalSummary.ascii(text)
    }

    /// The comparison as Markdown, with the same content as the terminal text.
    package func markdown() -> String {
        var text = "# Compared\n\n" + header.map { "- \(Markup.markdown($0))\n" }.joined() + "\n" + ranking.table().markdown()
        for section in sections {
            text += "\n## \(Markup.markdown(section.title))\n\n"
            text +=
                section.isCode
                ? Markup.codeBlock(section.lines.joined(separator: "\n"), language: "diff")
                : section.lines.map { "- \(Markup.markdown($0))\n" }.joined()
        }
        return text
    }

    /// The ranking as CSV, one line per entry.
    package func csv() -> String {
        var text = CSV.line([
            "rank", "model", "variants", "n", metric.name, "low", "high", "behind_best", "p_holm", "tied_with_best",
        ])
        for (at, entry) in ranking.entries.enumerated() {
            let interval = entry.value.interval
            text += CSV.line([
                String(at + 1), entry.model, entry.sources.joined(separator: ";"), String(entry.value.n),
                entry.value.value.map { "\($0)" } ?? "", interval.map { "\($0.low)" } ?? "",
                interval.map { "\($0.high)" } ?? "", entry.comparisonWithBest.map { "\($0.difference)" } ?? "",
                entry.adjustedP.map { "\($0)" } ?? "", String(entry.isTiedWithBest),
            ])
        }
        return text
    }

    /// The comparison as JSON: runs, ranking, and changes between the first and last run.
    package func document() -> JSONValue {
        [
            "runs": .array(runs.map { .string($0.results.run.text) }), "ranking": ranking.document(),
            "spec": .array(
                specChanges.map {
                    [
                        "line": $0.line.map { .int(Int64($0)) } ?? .null, "text": .string($0.text),
                        "added": .bool($0.isAdded), "place": .string($0.place),
                    ]
                }),
            "numbers": .array(numberChanges.map { RunComparison.document($0, metric) }),
        ]
    }

    private static func document(_ change: NumberChange, _ metric: TaskMetric) -> JSONValue {
        func comparison(_ comparison: Comparison?, _ adjustedP: Double?) -> JSONValue {
            comparison.map {
                [
                    "difference": .double($0.difference), "p_value": .double($0.pValue),
                    "p_holm": adjustedP.map(JSONValue.double) ?? .null, "paired": .bool($0.isPaired),
                    "interval": JSONValue(interval: $0.interval),
                ]
            } ?? .null
        }
        return [
            "variant": .string(change.variant.text), "evaluation": .string(change.evaluation),
            "model": .string(change.model), "was": change.accuracyWas.map(JSONValue.double) ?? .null,
            "is": change.accuracyIs.map(JSONValue.double) ?? .null, "same": .bool(change.isSame),
            metric.name: comparison(change.accuracy, change.accuracyP),
            "latency_ms_mean": comparison(change.latency, change.latencyP),
        ]
    }

    private struct Section {
        var title: String
        var lines: [String]
        var isCode = false
    }

    var header: [String] {
        runs.map { run in
            "\(run.results.run): \(run.results.experiment), \(Wording.time(run.results.startedAt)), "
                + Summary.status(run.results)
        }
    }

    /// The changes of the spec as lines of a diff.
    var specLines: [String] {
        specChanges.enumerated().flatMap { at, change in
            let before = at > 0 ? specChanges[at - 1] : nil
            let isNewPlace = before?.place != change.place || (change.line ?? 0) > (before?.line ?? 0) + 1
            let head = change.line.flatMap { line in
                isNewPlace ? "@@ line \(line)\(change.place.isEmpty ? "" : ", \(change.place)") @@" : nil
            }
            return [head, "\(change.isAdded ? "+" : "-") \(change.text)"].compactMap { $0 }
        }
    }

    private var sections: [Section] {
        guard runs.count > 1 else { return [] }
        let spec = specLines
        var numbers = numberChanges.filter { !$0.isSame }.map(line)
        let same = numberChanges.count(where: \.isSame)
        if same > 0 { numbers.append("the same answers as before: \(Wording.count(same, "row"))") }
        numbers += onlyFirst.map { "only in the first run: \($0)" } + onlyLast.map { "only in the last run: \($0)" }
        return [
            spec.isEmpty
                ? Section(title: "Changed in the spec", lines: ["nothing"])
                : Section(title: "Changed in the spec", lines: spec, isCode: true),
            Section(
                title: "Changed results, last run versus first (p adjusted by Holm's method)",
                lines: numbers.isEmpty ? ["nothing"] : numbers),
        ]
    }

    private func line(_ change: NumberChange) -> String {
        func percent(_ value: Double?) -> String { value.map { Wording.measured($0, metric.unit) } ?? "–" }
        let difference = change.accuracy.map { accuracy in
            ", \(Wording.difference(accuracy, metric.unit)), \(Wording.p(change.accuracyP ?? accuracy.pValue))"
                + (accuracy.isPaired ? "" : ", not paired")
        }
        let accuracies = "\(percent(change.accuracyWas)) → \(percent(change.accuracyIs))\(difference ?? "")"
        var parts = change.isTiming ? [] : [accuracies]
        if let latency = change.latency {
            parts.append("latency \(Wording.latency(latency)), \(Wording.p(change.latencyP ?? latency.pValue))")
        }
        if change.costWas != change.costIs {
            parts.append("cost \(change.costWas.map { "\($0)" } ?? "–") → \(change.costIs.map { "\($0)" } ?? "–")")
        }
        return "\(change.variant), \(change.evaluation), \(change.model): "
            + (parts.isEmpty ? "different answers" : parts.joined(separator: "; "))
    }
}
