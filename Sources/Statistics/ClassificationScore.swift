// The classification score of one model's answers for one split.

/// Accuracy and the other measures that follow from the answers. Missing answers are counted but excluded from every
/// measure.
package struct ClassificationScore: Hashable, Sendable, Codable {
    /// The score of one label.
    package struct Label: Hashable, Sendable, Codable {
        /// The label's name.
        package var label: String
        /// Number of received answers for examples with this label.
        package var support: Int
        /// Number of examples with this label that were answered correctly.
        package var correct: Int
        /// Number of answers, for any example, that named this label.
        package var predicted: Int
        /// Number of this label's examples with an answer that is not a label.
        package var unmatched: Int
        /// Number of this label's examples with an empty or filtered answer.
        package var unanswered: Int
        /// Number of this label's examples without a reply; not in `support`.
        package var missing: Int

        /// Share of this label's examples that were answered correctly; `nil` without examples.
        package var recall: Double? { Proportion(correct, of: support).value }
        /// Share of the answers naming this label that were correct; 0 if no answer named it.
        package var precision: Double { Proportion(correct, of: predicted).value ?? 0 }
        /// The harmonic mean of precision and recall; 0 if both are 0.
        package var f1: Double {
            support + predicted > 0 ? 2 * Double(correct) / Double(support + predicted) : 0
        }
        /// The 95% Wilson interval of the recall.
        package var recallInterval: Interval? { Proportion(correct, of: support).wilson() }
        /// Whether every answer for this label is empty: the errors are then not evidence about recognition.
        package var isUnanswered: Bool { support > 0 && unanswered == support }
    }

    /// A cell of the confusion matrix.
    package struct Confusion: Hashable, Sendable, Codable {
        /// The true label.
        package var label: String
        /// The answered label, which may equal `label`.
        package var answered: String
        /// Number of examples; at least 1.
        package var count: Int
    }

    /// Means of precision, recall and F1 over labels.
    package struct Mean: Hashable, Sendable, Codable {
        /// Mean precision, 0...1.
        package var precision: Double
        /// Mean recall, 0...1.
        package var recall: Double
        /// Mean F1, 0...1.
        package var f1: Double
    }

    /// Number of received answers: correct, wrong, unmatched and unanswered.
    package var n: Int
    /// Number of correct answers.
    package var correct: Int
    /// Number of answers that are not a label.
    package var unmatched: Int
    /// Number of empty or filtered answers.
    package var unanswered: Int
    /// Number of examples without a reply; not in `n`.
    package var missing: Int
    /// Scores per label, in the order of the given labels.
    package var labels: [Label]
    /// Only nonzero cells; ordered by label, then answer.
    package var confusions: [Confusion]

    /// Scores answers.
    /// - Parameter labels: all labels of the dataset, in output order; labels that occur only in answers are
    ///   appended.
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
            case .wrong, .answered: break
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

    /// Correct answers out of received ones.
    package var proportion: Proportion { Proportion(correct, of: n) }
    /// Share of correct answers; `nil` if no answer was received.
    package var accuracy: Double? { proportion.value }

    /// The mean recall of the labels with examples.
    package var balancedAccuracy: Double? { labels.compactMap(\.recall).mean }

    /// The unweighted mean over the labels with examples or answers.
    package var macro: Mean? { mean { _ in 1 } }
    /// The mean over labels, weighted by their number of examples.
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

    /// The most frequent mistakes, in descending order; ties in the order of the labels.
    package func topConfusions(_ limit: Int) -> [Confusion] {
        let mistakes = confusions.filter { $0.label != $0.answered }.enumerated()
        return mistakes.sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }
            .prefix(limit).map(\.element)
    }

    /// Labels for which every answer is empty.
    package var unansweredLabels: [String] { labels.filter(\.isUnanswered).map(\.label) }
}

extension ClassificationScore {
    /// The 95% bootstrap interval of a measure derived from the labels' counts: balanced accuracy and the means over
    /// labels.
    /// - Parameter answers: the scored answers.
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
