// What the emulated model knows: a row of a last layer for each label or class, and which label means which.

import Basics
import Foundation
import VisionProtocol

/// The emulated model's knowledge: the classes that its network was trained for, and the labels that it learned
/// in fine-tuning, which come before classes of the same name.
struct EmulatedMind: Sendable {
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

    /// The same mind with other learned labels, one a row.
    func learning(_ labels: [String], rows: LabelRows) -> EmulatedMind {
        var mind = self
        mind.learned = labels
        mind.learnedRows = rows
        mind.places = Dictionary(
            labels.enumerated().map { (ClassNames.plain($1), $0) }, uniquingKeysWith: { first, _ in first })
        return mind
    }

    /// The learned row of a label, if any.
    func learnedRow(of label: String) -> Int? { places[ClassNames.plain(label)] }

    func knows(_ label: String) -> Bool { learnedRow(of: label) != nil || !classes.outputs(of: label).isEmpty }

    /// How much each label is seen in a picture's features: the learned row's output, or the highest output of the
    /// classes that the label may mean; `nil` for a label of which nothing was learned.
    func logits(of labels: [String], features: ArraySlice<Float>) -> [Float?] {
        labels.map { label in
            if let row = learnedRow(of: label) { return learnedRows.logit(row, features) }
            return classes.outputs(of: label).map { classRows.logit($0, features) }.max()
        }
    }

    /// The answer for a picture. Only labels that are known can be chosen; when none is, one is drawn by the
    /// digest of the picture's bytes and the labels, so that the same question gets the same guess.
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
