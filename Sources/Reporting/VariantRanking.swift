// Models and variants in order of accuracy, and which of them the best cannot be told apart from.

import Basics
import Statistics

/// The models of several variants, of one run or more, ranked by the accuracy of the headline's evaluation. A model
/// whose answers are the same in several variants, because what differs there does not touch it, is one entry.
struct VariantRanking: Sendable {
    struct Entry: Sendable {
        var model: String
        /// The variants, and with several runs the runs, that share these answers.
        var sources: [String]
        var ranked: Ranking.Entry
        /// Whether it is in every variant of several.
        var isEverywhere: Bool

        var title: String {
            if isEverywhere { return "\(model) (every variant)" }
            return "\(model) (\(Wording.list(sources)))"
        }
    }

    var entries: [Entry] = []

    init(_ analysis: Analysis) {
        self.init(analysis.variants.map { (source: $0.results.name.text, variant: $0) })
    }

    init(_ variants: [(source: String, variant: Analysis.Variant)]) {
        struct Candidate {
            var model: String
            var answers: [ScoredAnswer]
            var sources: [String]
        }
        var candidates: [Candidate] = []
        for (source, variant) in variants {
            for model in variant.accuracy?.models ?? [] {
                let at = candidates.firstIndex { $0.model == model.name && $0.answers == model.result.answers }
                if let at {
                    candidates[at].sources.append(source)
                } else {
                    candidates.append(
                        Candidate(model: model.name, answers: model.result.answers, sources: [source]))
                }
            }
        }
        let ranking = Ranking(candidates.enumerated().map { (name: String($0.offset), answers: $0.element.answers) })
        entries = ranking.entries.compactMap { ranked in
            guard let at = Int(ranked.name) else { return nil }
            let candidate = candidates[at]
            return Entry(
                model: candidate.model, sources: candidate.sources, ranked: ranked,
                isEverywhere: candidate.sources.count == variants.count && variants.count > 1)
        }
    }

    func table() -> TextTable {
        var table = TextTable(columns: [
            ("", .right), ("ranking", .left), ("n", .right), ("accuracy [95 % CI]", .left), ("behind the best", .left),
        ])
        for (at, entry) in entries.enumerated() {
            let accuracy = entry.ranked.score.value.map { Wording.percent($0) } ?? "–"
            let interval = entry.ranked.score.wilson().map { " " + Wording.interval($0, scale: 100) } ?? ""
            table.rows.append([
                String(at + 1), entry.title, String(entry.ranked.score.n), accuracy + interval, behind(entry),
            ])
        }
        return table
    }

    private func behind(_ entry: Entry) -> String {
        guard let comparison = entry.ranked.behindBest, let p = entry.ranked.adjustedP else { return "the best" }
        let verdict = entry.ranked.isTiedWithBest() ? "cannot be told from the best" : "behind"
        return "\(Wording.points(comparison)), \(Wording.p(p)): \(verdict)"
            + (comparison.isPaired ? "" : ", not paired")
    }

    /// The ranking for programs.
    func document() -> JSONValue {
        .array(
            entries.map { entry in
                var members: [String: JSONValue] = [
                    "model": .string(entry.model), "variants": .array(entry.sources.map(JSONValue.string)),
                    "n": .int(Int64(entry.ranked.score.n)),
                    "accuracy": entry.ranked.score.value.map(JSONValue.double) ?? .null,
                    "accuracy_interval": entry.ranked.score.wilson().map {
                        [.double($0.low), .double($0.high)]
                    } ?? .null,
                    "tied_with_best": .bool(entry.ranked.isTiedWithBest()), "behind_best": .null,
                ]
                if let comparison = entry.ranked.behindBest {
                    members["behind_best"] = [
                        "difference": .double(comparison.difference),
                        "interval": [.double(comparison.interval.low), .double(comparison.interval.high)],
                        "p_value": .double(comparison.pValue),
                        "p_holm": entry.ranked.adjustedP.map(JSONValue.double) ?? .null,
                        "paired": .bool(comparison.isPaired),
                    ]
                }
                return .object(members)
            })
    }
}
