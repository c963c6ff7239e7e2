// Scores the answers of a task other than classification.

import Foundation
import Planning
import ProviderKit
import Statistics
import TaskKit

/// Reads each reply as the task defines, and records the result.
struct ItemScorer {
    let task: any TaskDefinition
    let context: TaskContext
    /// Whether items that the provider rejects get the worst score; otherwise they count as missing.
    let countsRejected: Bool

    /// The scored answer to an example; `nil` if the example is not an item.
    func score(_ example: Example, _ answer: Answer?) -> ScoredAnswer? {
        guard let item = example.taskItem else { return nil }
        var scored = ScoredAnswer(
            example: item.id, label: task.text(of: item.reference), answer: nil, matched: nil, outcome: .missing,
            latencyMilliseconds: answer?.latencyMilliseconds)
        scored.finishReason = answer?.finishReason
        var prediction: Prediction?
        switch answer?.status {
        case nil, .missing, .unreadable:
            scored.item = result(item, nil, nil)
            return scored
        case .rejected:
            guard countsRejected else {
                scored.item = result(item, nil, nil)
                return scored
            }
            scored.reason = .rejected
        case .filtered: scored.reason = .filtered
        case .refused:
            scored.reason = .refused
            scored.answer = answer?.text
        case .answered:
            let text = AnswerText.withoutReasoning(answer?.text ?? "")
            if AnswerText.isEmpty(text) {
                // Not if the reply ended for another reason, such as the token limit, or consists of reasoning only.
                if answer?.finishReason ?? ModelReply.end == ModelReply.end, AnswerText.isBlank(answer?.text),
                    let empty = task.emptyAnswer(to: item, context)
                {
                    scored.answer = text
                    scored.matched = empty.prediction.value.map { task.text(of: $0) }
                    scored.item = result(item, empty.prediction, empty.score)
                    scored.outcome = .correct
                    return scored
                }
                scored.reason = .empty
            } else {
                scored.answer = text
                prediction = task.read(text, about: item, context)
            }
        }
        let counts = task.score(prediction?.value, of: item, context)
        scored.item = result(item, prediction, counts)
        scored.matched = prediction?.value.map { task.text(of: $0) }
        if prediction == nil {
            scored.outcome = .unanswered
        } else if prediction?.value == nil {
            scored.outcome = .unmatched
            scored.reason = .unreadable
        } else {
            scored.outcome =
                switch counts["right"] {
                case nil: .answered
                case 1?: .correct
                default: .wrong
                }
        }
        return scored
    }

    private func result(_ item: TaskItem, _ prediction: Prediction?, _ counts: ItemScore?) -> AnsweredItem {
        let asked = item.variables.filter { $0.key != "type" }
        var answered = AnsweredItem(
            group: item.group, image: item.images.first?.path ?? "",
            question: asked.isEmpty ? nil : asked.sorted { $0.key < $1.key }.map(\.value).joined(separator: " · "),
            reading: prediction?.reading.rawValue, problem: prediction?.reason, score: counts ?? ItemScore([:]))
        answered.type = item.variables["type"].flatMap { $0.isEmpty ? nil : $0 }
        switch type(of: task).view {
        case .plain, .characters, .answers: break
        case .fields, .boxes:
            answered.expected = item.reference
            answered.predicted = prediction?.value
            answered.size = item.images.first.map { [$0.width, $0.height] }
        }
        return answered
    }
}
