// Scores answers: parses each one, matches it against the labels, and compares it with the true label.

import Basics
import Execution
import Foundation
import Planning
import Specification
package import Statistics
import TaskKit

/// The scored answers of one model in one evaluation.
package struct ScoredSet: Hashable, Sendable, Codable {
    /// The version of the stored format.
    package var format = 1
    /// All labels of the dataset, sorted.
    package var labels: [String]
    /// The scored answers, at most one per example of the part.
    package var answers: [ScoredAnswer]

    /// - Parameter labels: all labels of the dataset, sorted, even those without an answer.
    package init(labels: [String], answers: [ScoredAnswer]) {
        self.labels = labels
        self.answers = answers
    }
}

struct ScoreRunner: StepRunner {
    let work: Score
    let tasks: TaskRegistry

    func run(_ context: StepContext) async throws -> StepOutcome {
        let part = try context.examples()
        let set = try AnswerSet(decoding: context.data("answers"))
        let byExample = Dictionary(set.answers.map { ($0.example, $0) }, uniquingKeysWith: { first, _ in first })
        let scored: [ScoredAnswer]
        if let choice = work.identity.task {
            let scorer = ItemScorer(
                task: try tasks.task(choice),
                context: TaskContext(vocabulary: part.labels, form: work.identity.answer.form),
                countsRejected: work.identity.onRefused == .wrong)
            let answers = part.examples.compactMap { scorer.score($0, byExample[$0.id]) }
            switch work.identity.judging {
            case .prepare: return try JudgedItems.outcome(part, answers, task: scorer.task)
            case .verdicts(let labels, let model, let calibration):
                let people = try HumanVerdicts(work.settings.labels, labels, of: model)
                let elsewhere = try calibration.flatMap { _ in try work.settings.labels.map(JudgeCalibration.numbers) }
                scored = try JudgedItems.scored(answers, part, verdicts(context, part), people, elsewhere, context)
            case nil: scored = answers
            }
        } else {
            let match = work.identity.match
            try match.check(labels: part.labels, at: context.step.matchPlace)
            let matcher = LabelMatcher(labels: part.labels, match: match)
            scored = part.examples.map { example in
                let answer = byExample[example.id]
                var scored = matcher.score(
                    example: example.path, label: example.label, reply: reply(answer),
                    finishReason: answer?.finishReason, latencyMilliseconds: answer?.latencyMilliseconds)
                // Images of one group are drawn together for intervals and exchanged together in tests.
                scored.item = example.group.map { group in
                    AnsweredItem(
                        group: group, image: example.path,
                        score: scored.counts
                            ? ClassificationCounts.score(
                                label: scored.label, matched: scored.matched, isCorrect: scored.isCorrect) : ItemScore([:]))
                }
                return scored
            }
        }
        func problems(_ statuses: Set<Answer.Status>) -> [RequestProblem] {
            part.examples.compactMap { example in
                guard let answer = byExample[example.id], statuses.contains(answer.status) else { return nil }
                return answer.problem.map { RequestProblem(path: example.path, reason: $0) }
            }
        }
        let rejected = problems([.rejected])
        let isRejectionFatal = (work.identity.onRefused ?? .fail) == .fail
        guard rejected.isEmpty || !isRejectionFatal else {
            throw StepFailure.rejectedRequests(rejected, of: scored.count)
        }
        let missing = part.examples.count { [.missing, .unreadable, nil].contains(byExample[$0.id]?.status) }
        guard missing == 0 || work.identity.allowMissing else {
            throw StepFailure.missingAnswers(
                count: missing, of: scored.count, problems: problems([.missing, .unreadable]))
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return StepOutcome([Score.scored: .data(try encoder.encode(ScoredSet(labels: part.labels, answers: scored)))])
    }

    /// The judge's verdicts by example; an example without a readable verdict is absent.
    private func verdicts(_ context: StepContext, _ part: SplitExamples) throws -> [Int: Bool] {
        let judge = try tasks.planned(TaskChoice(TaskChoice.verdict))
        let set = try AnswerSet(decoding: context.data(Score.verdicts))
        var found: [Int: Bool] = [:]
        // The verdict's property is found by its name, independent of the request's name.
        let form = TaskContext()
        let item = TaskItem(id: "", images: [], group: "", reference: .null)
        for answer in set.answers where answer.status == .answered {
            let text = AnswerText.withoutReasoning(answer.text ?? "")
            guard !AnswerText.isEmpty(text) else { continue }
            found[answer.example] = judge.read(text, about: item, form).value?.bool
        }
        return found
    }

    private func reply(_ answer: Answer?) -> Reply {
        guard let answer else { return .missing }
        return switch answer.status {
        case .missing, .unreadable: .missing
        case .rejected: work.identity.onRefused == .wrong ? .rejected : .missing
        case .filtered: .filtered
        case .refused: .refused(answer.text)
        case .answered: AnswerText.reply(answer.text ?? "", as: work.identity.answer)
        }
    }
}
