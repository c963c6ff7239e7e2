// Ranks models and variants, and tests which of them differ significantly from the best.

import Basics
import Statistics
import TaskKit

/// The models of several variants, of one run or more, ranked by the primary metric of the headline's evaluation. A
/// model with equal answers in several variants (because their differences do not affect it) is one entry.
struct VariantRanking: Sendable {
    struct Entry: Sendable {
        var model: String
        /// The variants with these answers, prefixed with their run if there are several runs.
        var sources: [String]
        /// The changes that all sweep points among `sources` share and no other point has: `seed=1`; empty if they do
        /// not identify the points.
        var shared: [String]
        /// The sources that are not sweep points.
        var others: [String]
        /// The primary metric.
        var value: MetricValue
        /// The difference best − this; `nil` for the best itself.
        var comparisonWithBest: Comparison?
        /// Its p-value after Holm's adjustment over the ranking; `nil` for the best itself.
        var adjustedP: Double?
        /// Whether the entry is in every variant or run, if there are several.
        var isEverywhere: Bool
        var everywhere: String

        /// Whether the difference from the best is not significant at the 5% level.
        var isTiedWithBest: Bool { (adjustedP ?? 1) >= 0.05 }

        var title: String {
            if isEverywhere { return "\(model) (\(everywhere))" }
            if !shared.isEmpty { return "\(model) (\(Wording.list([shared.joined(separator: ", ")] + others)))" }
            let settings =
                sources.count <= 4
                ? sources : Array(sources.prefix(3)) + ["\(sources.count - 3) more"]
            return "\(model) (\(Wording.list(settings)))"
        }
    }

    let metric: TaskMetric
    var entries: [Entry] = []

    /// A variant with its name in this ranking.
    struct Candidate {
        var source: String
        var variant: Analysis.Variant
        /// The changes that a sweep point makes, from its name: `n_epochs=3`, `seed=1`.
        var changes: [String] = []
    }

    init(_ analysis: Analysis) {
        self.init(
            table: analysis.table,
            analysis.variants.map { variant in
                let parts = variant.results.name.text.split(separator: ",").map(String.init)
                let isPoint = parts.allSatisfy { $0.contains("=") } && parts.count == variant.results.changes.count
                return Candidate(source: variant.results.name.text, variant: variant, changes: isPoint ? parts : [])
            })
    }

    /// - Parameter everywhere: the text for an entry shared by all variants.
    init(table: MetricTable, _ variants: [Candidate], everywhere: String = "every variant") {
        metric = table.primary
        struct Group {
            var model: String
            var value: MetricValue
            var answers: [ScoredAnswer]
            var variants: [Int]
        }
        var groups: [Group] = []
        for (at, candidate) in variants.enumerated() {
            for model in candidate.variant.accuracy?.models ?? [] {
                if let known = groups.firstIndex(where: {
                    $0.model == model.name && $0.answers == model.result.answers
                }) {
                    groups[known].variants.append(at)
                } else {
                    groups.append(
                        Group(
                            model: model.name, value: model.primary, answers: model.result.answers, variants: [at]))
                }
            }
        }
        let isDown = table.primary.better == .down
        let order = groups.filter { $0.value.value != nil }.enumerated().sorted { a, b in
            let (p, q) = (a.element.value.value ?? 0, b.element.value.value ?? 0)
            return p == q ? a.offset < b.offset : isDown ? p < q : p > q
        }.map(\.element)
        entries = order.map { group in
            Entry(
                model: group.model, sources: group.variants.map { variants[$0].source },
                shared: VariantRanking.shared(group.variants, of: variants),
                others: group.variants.filter { variants[$0].changes.isEmpty }.map { variants[$0].source },
                value: group.value, isEverywhere: group.variants.count == variants.count && variants.count > 1,
                everywhere: everywhere)
        }
        for at in entries.indices.dropFirst() {
            entries[at].comparisonWithBest = MetricEngine.compare(table.primary, order[0].answers, order[at].answers)
        }
        let adjusted = holm(entries.dropFirst().map { $0.comparisonWithBest?.pValue ?? 1 })
        for (at, p) in zip(entries.indices.dropFirst(), adjusted) { entries[at].adjustedP = p }
    }

    /// The changes that identify exactly these variants.
    private static func shared(_ chosen: [Int], of variants: [Candidate]) -> [String] {
        let points = chosen.filter { !variants[$0].changes.isEmpty }
        guard let first = points.first else { return [] }
        let shared = variants[first].changes.filter { change in
            points.allSatisfy { variants[$0].changes.contains(change) }
        }
        let found = variants.indices.filter { at in shared.allSatisfy(variants[at].changes.contains) }
        return found == points ? shared : []
    }

    /// A sentence such as `tuned (n_epochs=2) ranks first of 9 with 75.3% [71.7, 78.6]; 2 more cannot be distinguished
    /// from it.` `nil` for fewer than two entries.
    var sentence: String? {
        guard let best = entries.first, entries.count > 1 else { return nil }
        let tied = entries.dropFirst().filter(\.isTiedWithBest)
        let rest =
            switch tied.count {
            case 0: "all others are significantly worse"
            case 1...2 where tied.allSatisfy({ $0.title.count <= 24 }):
                "\(Wording.list(tied.map(\.title))) cannot be distinguished from it"
            default: "\(tied.count) other\(tied.count == 1 ? "" : "s") cannot be distinguished from it"
            }
        return "\(best.title) ranks first of \(entries.count) with \(Wording.value(best.value)); \(rest)."
    }

    func table() -> TextTable {
        var table = TextTable(columns: [
            ("", .right), ("ranking", .left), ("n", .right), ("\(metric.title) [95% CI]", .left), ("behind the best", .left),
        ])
        for (at, entry) in entries.enumerated() {
            table.rows.append([
                String(at + 1), entry.title, String(entry.value.n), Wording.value(entry.value), behind(entry),
            ])
        }
        return table
    }

    private func behind(_ entry: Entry) -> String {
        guard let comparison = entry.comparisonWithBest, let p = entry.adjustedP else { return "the best" }
        let verdict = entry.isTiedWithBest ? "not distinguishable from the best" : "behind"
        return "\(Wording.difference(comparison, metric.unit)), \(Wording.p(p)): \(verdict)"
            + (comparison.isPaired ? "" : ", not paired")
    }

    /// The ranking as JSON.
    func document() -> JSONValue {
        .array(
            entries.map { entry in
                var members: [String: JSONValue] = [
                    "model": .string(entry.model), "variants": .array(entry.sources.map(JSONValue.string)),
                    "n": .int(Int64(entry.value.n)),
                    metric.name: entry.value.value.map(JSONValue.double) ?? .null,
                    metric.name + "_interval": JSONValue(interval: entry.value.interval),
                    "tied_with_best": .bool(entry.isTiedWithBest), "behind_best": .null,
                ]
                if let comparison = entry.comparisonWithBest {
                    members["behind_best"] = [
                        "difference": .double(comparison.difference),
                        "interval": JSONValue(interval: comparison.interval),
                        "p_value": .double(comparison.pValue),
                        "p_holm": entry.adjustedP.map(JSONValue.double) ?? .null,
                        "paired": .bool(comparison.isPaired),
                    ]
                }
                return .object(members)
            })
    }
}
