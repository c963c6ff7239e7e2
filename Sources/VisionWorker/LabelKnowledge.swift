// The knowledge of the emulated model: last-layer rows for labels and classes, and the mapping between them.

import Basics
import Foundation
import VisionProtocol

/// The emulated model's knowledge: the classes of its base network, and the labels learned in fine-tuning, which take
/// precedence over classes with the same name.
struct LabelKnowledge: Sendable {
    private(set) var classes: ClassNames
    private(set) var classRows: LabelRows
    private(set) var learned: [String]
    private(set) var learnedRows: LabelRows
    private var places: [String: Int] = [:]

    init(classes: ClassNames, classRows: LabelRows) {
        self.classes = classes
        self.classRows = classRows
        learned = []
        learnedRows = LabelRows(weight: [], bias: [])
    }

    /// A copy with other learned labels, one per row.
    func learning(_ labels: [String], rows: LabelRows) -> LabelKnowledge {
        var knowledge = self
        knowledge.learned = labels
        knowledge.learnedRows = rows
        knowledge.places = Dictionary(
            labels.enumerated().map { (ClassNames.plain($1), $0) }, uniquingKeysWith: { first, _ in first })
        return knowledge
    }

    /// The learned row of a label; `nil` if it was not learned.
    func learnedRow(of label: String) -> Int? { places[ClassNames.plain(label)] }

    func knows(_ label: String) -> Bool { learnedRow(of: label) != nil || !classes.outputs(of: label).isEmpty }

    /// The logit of each label for an image's features: the learned row's output, or the highest output of the
    /// classes that the label may mean; `nil` for unknown labels.
    func logits(of labels: [String], features: ArraySlice<Float>) -> [Float?] {
        labels.map { label in
            if let row = learnedRow(of: label) { return learnedRows.logit(row, features) }
            return classes.outputs(of: label).map { classRows.logit($0, features) }.max()
        }
    }

    /// The answer for an image. Only known labels can be chosen. If none is known, the guess is derived from a digest
    /// of the image's bytes and the labels, so that equal questions get equal guesses.
    func answer(labels: [String], features: ArraySlice<Float>, picture: Data) -> AnswerCall.Answer {
        let known = zip(labels, logits(of: labels, features: features)).compactMap { label, logit in
            logit.map { (label: label, logit: $0) }
        }
        guard let best = known.max(by: { $0.logit < $1.logit }) else {
            return guess(labels: labels, picture: picture)
        }
        let sum = known.reduce(0.0) { $0 + exp(Double($1.logit - best.logit)) }
        return AnswerCall.Answer(label: best.label, confidence: 1 / sum)
    }

    private func guess(labels: [String], picture: Data) -> AnswerCall.Answer {
        guard !labels.isEmpty else { return AnswerCall.Answer(label: nil, confidence: 0) }
        var digest = DigestBuilder()
        digest.update(picture)
        for label in labels { digest.update(Data((label + "\n").utf8)) }
        let seed = UInt64(digest.finish().short, radix: 16) ?? 0
        var random = SeededRandom(seed: seed)
        let label = labels[Int(random.unit() * Double(labels.count))]
        return AnswerCall.Answer(label: label, confidence: 1 / Double(labels.count))
    }
}
