// Compares the data of two runs: datasets, examples and labels.

import Basics
import Statistics

/// The differences between the data of two runs.
struct DataChanges: Sendable {
    /// One sentence per difference.
    var lines: [String] = []
    /// Labels with another number of images: name, images in the first and in the last run.
    var labels: [(name: String, was: Int?, now: Int?)] = []

    /// The maximum number of names in a sentence.
    private static let maxNames = 5

    init(from first: ExperimentResults, to last: ExperimentResults) {
        if first.dataset?.summary != last.dataset?.summary {
            lines.append("dataset: \(first.dataset?.summary ?? "not indexed") → \(last.dataset?.summary ?? "not indexed")")
        }
        addNames("labels", Set(first.labels), Set(last.labels))
        let was = DataChanges.images(first), now = DataChanges.images(last)
        labels = Set(was.keys).union(now.keys).sorted().filter { was[$0] != now[$0] }
            .map { ($0, was[$0], now[$0]) }
        let before = DataChanges.examples(first), after = DataChanges.examples(last)
        for name in Set(before.keys).intersection(after.keys).sorted() {
            guard let old = before[name], let new = after[name] else { continue }
            addNames("\(name): examples", Set(old.keys), Set(new.keys))
            addTexts("\(name): ", "another label or reference", old.mapValues { $0.reference }, new.mapValues { $0.reference })
            addTexts("\(name): ", "another question", old.mapValues { $0.question }, new.mapValues { $0.question })
        }
        addParts(first.data, last.data)
    }

    var isEmpty: Bool { lines.isEmpty && labels.isEmpty }

    /// Adds examples of both runs whose text differs.
    private mutating func addTexts(_ place: String, _ what: String, _ old: [String: String], _ new: [String: String]) {
        let changed = old.filter { example, text in new[example].map { $0 != text } ?? false }
        guard !changed.isEmpty else { return }
        let shown = changed.sorted { $0.key < $1.key }.prefix(DataChanges.maxNames).map { example, text in
            "\(example): \(text) → \(new[example] ?? "")"
        }
        lines.append(
            "\(place)\(Wording.count(changed.count, "example")) with \(what) "
                + "(\(shown.joined(separator: "; "))\(changed.count > shown.count ? "; …" : ""))")
    }

    /// Adds parts of splits whose images, labels or questions differ, or are unknown.
    private mutating func addParts(_ first: [String: DataRecord]?, _ last: [String: DataRecord]?) {
        guard let old = first, let new = last else {
            let runs = first == nil && last == nil ? "neither run" : first == nil ? "the first run" : "the last run"
            let verb = first == nil && last == nil ? "recorded" : "did not record"
            lines.append("whether images, labels or questions changed is unknown: \(runs) \(verb) their digests")
            return
        }
        for part in Set(old.keys).union(new.keys).sorted() {
            switch (old[part], new[part]) {
            case (let was?, let now?):
                if let difference = DataRecord.difference(was, now) { lines.append("\(part): \(difference)") }
            case (let was?, nil): lines.append("\(part): only in the first run, \(Wording.count(was.examples, "example"))")
            case (nil, let now?): lines.append("\(part): only in the last run, \(Wording.count(now.examples, "example"))")
            case (nil, nil): break
            }
        }
    }

    private mutating func addNames(_ what: String, _ old: Set<String>, _ new: Set<String>) {
        for (text, names) in [("only in the first run", old.subtracting(new)), ("only in the last run", new.subtracting(old))]
        where !names.isEmpty {
            let shown = names.sorted().prefix(DataChanges.maxNames)
            lines.append(
                "\(what) \(text): \(Wording.grouped(names.count)) (\(shown.joined(separator: ", "))"
                    + "\(names.count > shown.count ? ", …" : ""))")
        }
    }

    private static func images(_ results: ExperimentResults) -> [String: Int] {
        Dictionary((results.dataset?.labels ?? []).map { ($0.name, $0.images) }, uniquingKeysWith: { first, _ in first })
    }

    /// The reference and the question of each example, by evaluation, over all variants and models.
    private static func examples(
        _ results: ExperimentResults
    ) -> [String: [String: (reference: String, question: String)]] {
        var examples: [String: [String: (reference: String, question: String)]] = [:]
        for evaluation in results.variants.flatMap(\.evaluations) {
            for answer in evaluation.models.flatMap(\.answers) where examples[evaluation.name]?[answer.example] == nil {
                examples[evaluation.name, default: [:]][answer.example] = (
                    reference: answer.label, question: answer.item?.question ?? ""
                )
            }
        }
        return examples
    }
}
