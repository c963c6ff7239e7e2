// Holds answers against labels.

import Basics
import Execution
import Foundation
import Planning
import Specification
package import Statistics

/// The scored answers of one model in one evaluation.
package struct ScoredSet: Hashable, Sendable, Codable {
    package var format = 1
    /// All labels of the dataset, sorted.
    package var labels: [String]
    package var answers: [ScoredAnswer]

    package init(labels: [String], answers: [ScoredAnswer]) {
        self.labels = labels
        self.answers = answers
    }
}

struct ScoreRunner: StepRunner {
    let work: Score

    func run(_ context: StepContext) async throws -> StepOutcome {
        let part = try context.examples()
        let set = try AnswerSet(decoding: context.data("answers"))
        let byExample = Dictionary(set.answers.map { ($0.example, $0) }, uniquingKeysWith: { first, _ in first })
        let match = work.identity.match
        let matcher = LabelMatcher(
            labels: part.labels,
            normalization: .init(ignoresCase: match.ignoreCase, ignoresSpaces: match.ignoreSpaces))
        let scored = part.examples.map { example in
            let answer = byExample[example.id]
            return matcher.score(
                example: example.path, label: example.label, reply: reply(answer),
                latencyMilliseconds: answer?.latencyMilliseconds)
        }
        let missing = scored.count { $0.outcome == .missing }
        guard missing == 0 || work.identity.allowMissing else {
            throw StepFailure.missingAnswers(count: missing, of: scored.count)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return StepOutcome([Score.scored: .data(try encoder.encode(ScoredSet(labels: part.labels, answers: scored)))])
    }

    /// What was said, with a JSON answer's property read out of it. An answer that is not the JSON that was asked for
    /// is taken as it stands, and so matches no label.
    private func reply(_ answer: Answer?) -> Reply {
        guard let answer else { return .missing }
        switch answer.status {
        case .missing: return .missing
        case .filtered: return .filtered
        case .answered:
            let text = answer.text ?? ""
            guard case .json(let property, _) = work.identity.answer else { return .text(text) }
            guard let document = try? JSONValue(parsing: Data(text.utf8)), let value = document[property]?.string else {
                return .text(text)
            }
            return .text(value)
        }
    }
}
