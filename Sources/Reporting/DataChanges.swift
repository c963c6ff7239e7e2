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
            let relabelled = old.filter { example, label in new[example].map { $0 != label } ?? false }
            guard !relabelled.isEmpty else { continue }
            let shown = relabelled.sorted { $0.key < $1.key }.prefix(DataChanges.maxNames).map { example, label in
                "\(example): \(label) → \(new[example] ?? "")"
            }
            lines.append(
                "\(name): \(Wording.count(relabelled.count, "example")) with another label or reference "
                    + "(\(shown.joined(separator: "; "))\(relabelled.count > shown.count ? "; …" : ""))")
        }
    }

    var isEmpty: Bool { lines.isEmpty && labels.isEmpty }

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

    /// The reference of each example, by evaluation, over all variants and models.
    private static func examples(_ results: ExperimentResults) -> [String: [String: String]] {
        var examples: [String: [String: String]] = [:]
        for evaluation in results.variants.flatMap(\.evaluations) {
            for answer in evaluation.models.flatMap(\.answers) where examples[evaluation.name]?[answer.example] == nil {
                examples[evaluation.name, default: [:]][answer.example] = answer.label
            }
        }
        return examples
    }
}
