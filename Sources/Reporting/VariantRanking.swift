// Variants in order of accuracy, and which of them the best cannot be told apart from.

import Basics
import Statistics

/// The models of all variants ranked by the accuracy of the headline's evaluation. A model whose answers are the same
/// in several variants, because what differs there does not touch it, is one entry.
struct VariantRanking: Sendable {
    struct Entry: Sendable {
        var model: String
        var variants: [VariantName]
        var ranked: Ranking.Entry
        /// Whether it is in every variant.
        var isEverywhere: Bool

        var title: String {
            if isEverywhere { return "\(model) (every variant)" }
            return "\(model) (\(Wording.list(variants.map(\.text))))"
        }
    }

    var entries: [Entry] = []

    init(_ analysis: Analysis) {
        struct Candidate {
            var model: String
            var answers: [ScoredAnswer]
            var variants: [VariantName]
        }
        var candidates: [Candidate] = []
        for variant in analysis.variants {
            for model in variant.accuracy?.models ?? [] {
                let at = candidates.firstIndex { $0.model == model.name && $0.answers == model.result.answers }
                if let at {
                    candidates[at].variants.append(variant.results.name)
                } else {
                    candidates.append(
                        Candidate(
                            model: model.name, answers: model.result.answers, variants: [variant.results.name]))
                }
            }
        }
        let ranking = Ranking(candidates.enumerated().map { (name: String($0.offset), answers: $0.element.answers) })
        entries = ranking.entries.compactMap { ranked in
            guard let at = Int(ranked.name) else { return nil }
            let candidate = candidates[at]
            return Entry(
                model: candidate.model, variants: candidate.variants, ranked: ranked,
                isEverywhere: candidate.variants.count == analysis.variants.count && candidate.variants.count > 1)
        }
    }

    func lines() -> [String] {
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
        return table.aligned()
    }

    private func behind(_ entry: Entry) -> String {
        guard let comparison = entry.ranked.behindBest, let p = entry.ranked.adjustedP else { return "the best" }
        let verdict = entry.ranked.isTiedWithBest() ? "cannot be told from the best" : "behind"
        return "\(Wording.points(comparison)), \(Wording.p(p)): \(verdict)"
            + (comparison.isPaired ? "" : ", not paired")
    }
}
