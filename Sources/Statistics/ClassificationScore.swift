// What one model's answers for one split are worth.

/// Accuracy and everything else that follows from the answers. What is missing is counted, but judged nowhere.
package struct ClassificationScore: Hashable, Sendable, Codable {
    /// One label's share of the score.
    package struct Label: Hashable, Sendable, Codable {
        package var label: String
        /// Answers for examples of this label that came back.
        package var support: Int
        package var correct: Int
        /// Answers, for whatever example, that named this label.
        package var predicted: Int
        package var unmatched: Int
        package var unanswered: Int
        package var missing: Int

        /// The share of this label's examples that were recognised; `nil` without examples.
        package var recall: Double? { Proportion(correct, of: support).value }
        /// The share of the answers naming this label that were right; 0 when no answer named it.
        package var precision: Double { Proportion(correct, of: predicted).value ?? 0 }
        /// The harmonic mean of precision and recall; 0 when both are.
        package var f1: Double {
            support + predicted > 0 ? 2 * Double(correct) / Double(support + predicted) : 0
        }
        /// The 95 % Wilson interval of the recall.
        package var recallInterval: Interval? { Proportion(correct, of: support).wilson() }
        /// Not one answer has any text: then the errors say nothing about recognition.
        package var isNeverAnswered: Bool { support > 0 && unanswered == support }
    }

    /// How often a label's examples were answered with a label (itself included).
    package struct Confusion: Hashable, Sendable, Codable {
        package var label: String
        package var answered: String
        package var count: Int
    }

    /// A mean over labels of precision, recall and F1.
    package struct Mean: Hashable, Sendable, Codable {
        package var precision: Double
        package var recall: Double
        package var f1: Double
    }

    /// Answers that came back: correct, wrong, unmatched and unanswered ones.
    package var n: Int
    package var correct: Int
    package var unmatched: Int
    package var unanswered: Int
    package var missing: Int
    /// In the order of the labels given.
    package var labels: [Label]
    /// Only pairs that occur; ordered by label, then answer.
    package var confusions: [Confusion]

    /// Scores answers.
    /// - Parameter labels: all labels of the dataset, in the order in which to list them; labels that occur only
    ///   in answers are added at the end.
    package init(_ answers: [ScoredAnswer], labels names: [String]) {
        let known = Set(names)
        let extra = Set(answers.flatMap { [$0.label, $0.matched].compactMap { $0 } }).subtracting(known).sorted()
        let all = names + extra
        let position = Dictionary(zip(all, all.indices), uniquingKeysWith: { first, _ in first })
        var labels = all.map {
            Label(label: $0, support: 0, correct: 0, predicted: 0, unmatched: 0, unanswered: 0, missing: 0)
        }
        var pairs: [[Int]: Int] = [:]
        for answer in answers {
            guard let at = position[answer.label] else { continue }
            if answer.counts { labels[at].support += 1 }
            switch answer.outcome {
            case .correct: labels[at].correct += 1
            case .wrong: break
            case .unmatched: labels[at].unmatched += 1
            case .unanswered: labels[at].unanswered += 1
            case .missing: labels[at].missing += 1
            }
            if let matched = answer.matched, let other = position[matched] {
                labels[other].predicted += 1
                pairs[[at, other], default: 0] += 1
            }
        }
        n = labels.reduce(0) { $0 + $1.support }
        correct = labels.reduce(0) { $0 + $1.correct }
        unmatched = labels.reduce(0) { $0 + $1.unmatched }
        unanswered = labels.reduce(0) { $0 + $1.unanswered }
        missing = labels.reduce(0) { $0 + $1.missing }
        self.labels = labels
        confusions = pairs.sorted { $0.key.lexicographicallyPrecedes($1.key) }
            .map { Confusion(label: all[$0.key[0]], answered: all[$0.key[1]], count: $0.value) }
    }

    package var proportion: Proportion { Proportion(correct, of: n) }
    /// The share of right answers; `nil` when nothing came back.
    package var accuracy: Double? { proportion.value }
    /// The 95 % Wilson interval of the accuracy.
    package var accuracyInterval: Interval? { proportion.wilson() }

    /// The mean recall of the labels that have examples.
    package var balancedAccuracy: Double? { labels.compactMap(\.recall).mean }

    /// The plain mean over the labels that have examples or were named.
    package var macro: Mean? { mean { _ in 1 } }
    /// The mean over the labels weighted by their examples.
    package var weighted: Mean? { mean { Double($0.support) } }

    private func mean(weight: (Label) -> Double) -> Mean? {
        let judged = labels.filter { $0.support + $0.predicted > 0 }
        let total = judged.reduce(0) { $0 + weight($1) }
        guard total > 0 else { return nil }
        func mean(_ value: (Label) -> Double) -> Double {
            judged.reduce(0) { $0 + weight($1) * value($1) } / total
        }
        return Mean(precision: mean(\.precision), recall: mean { $0.recall ?? 0 }, f1: mean(\.f1))
    }

    /// The commonest mistakes, most frequent first, equals in the order of the labels.
    package func topConfusions(_ limit: Int) -> [Confusion] {
        let mistakes = confusions.filter { $0.label != $0.answered }.enumerated()
        return mistakes.sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }
            .prefix(limit).map(\.element)
    }

    /// Labels whose answers are all empty.
    package var neverAnswered: [String] { labels.filter(\.isNeverAnswered).map(\.label) }
}

extension ClassificationScore {
    /// The 95 % bootstrap interval of a measure that follows from the labels' counts: balanced accuracy and the means
    /// over labels.
    /// - Parameter answers: what was scored.
    package func interval(
        of measure: (ClassificationScore) -> Double?, answers: [ScoredAnswer], resamples: Int = 2000, seed: UInt64 = 1
    ) -> Interval? {
        let position = Dictionary(
            zip(labels.map(\.label), labels.indices), uniquingKeysWith: { first, _ in first })
        let judged = answers.filter(\.counts).compactMap { answer in
            position[answer.label].map { (label: $0, answered: answer.matched.flatMap { position[$0] }) }
        }
        var drawn = self
        return Bootstrap.statistic(ofExamples: judged.count, resamples: resamples, seed: seed) { places in
            for at in drawn.labels.indices {
                (drawn.labels[at].support, drawn.labels[at].correct, drawn.labels[at].predicted) = (0, 0, 0)
            }
            for place in places {
                let (label, answered) = judged[place]
                drawn.labels[label].support += 1
                if let answered {
                    drawn.labels[answered].predicted += 1
                    if answered == label { drawn.labels[label].correct += 1 }
                }
            }
            return measure(drawn)
        }
    }
}
