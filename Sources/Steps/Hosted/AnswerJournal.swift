// Answers as they come in, one a line, kept across runs: what was answered once is not asked again.

import Artifacts
import AzureWire
import Basics
import Execution
import Foundation

/// An answer to one request, whoever asked it.
struct JournalledAnswer: Codable, Sendable {
    /// Of the whole request, image included.
    var request: Digest
    var status: Answer.Status
    var text: String?
    var latencyMilliseconds: Double?
    var usage: TokenUsage?
    /// The model and the backend as the provider names them.
    var model: String?
    var fingerprint: String?
    var finishReason: String?
    /// Asked before a measurement: it costs, and is no answer.
    var isWarmup: Bool?

    /// What a completion says. A choice that the filter cut off is a refusal, like a refused prompt.
    init(request: Digest, completion: ChatCompletion, seconds: Double?) {
        self.request = request
        let choice = completion.choices.first
        let isFiltered = choice?.finishReason == .contentFilter
        status = isFiltered ? .filtered : .answered
        text = choice?.message.content ?? choice?.message.refusal ?? ""
        latencyMilliseconds = seconds.map { $0 * 1000 }
        usage = completion.usage.map {
            TokenUsage(prompt: $0.promptTokens, cached: $0.cachedTokens ?? 0, completion: $0.completionTokens)
        }
        model = completion.model
        fingerprint = completion.systemFingerprint
        finishReason = choice?.finishReason?.rawValue
    }

    /// A prompt that the content filter refused.
    init(filtered request: Digest, seconds: Double?) {
        self.request = request
        status = .filtered
        latencyMilliseconds = seconds.map { $0 * 1000 }
    }

    /// The provider's count. One of no prompt tokens, which journals of earlier versions have for a missing one, is none.
    var countedUsage: TokenUsage? { usage.flatMap { $0.prompt > 0 && $0.completion >= 0 ? $0 : nil } }

    func answer(for example: Int, withLatency: Bool) -> Answer {
        Answer(
            example: example, status: status, text: text, latencyMilliseconds: withLatency ? latencyMilliseconds : nil)
    }
}

/// The journal of a model's answers to one way of asking.
final class AnswerJournal: Sendable {
    private let journal: Journal

    init(_ journal: Journal) { self.journal = journal }

    /// All answers by request; of two for one request the first counts.
    func answers() throws -> [Digest: JournalledAnswer] {
        var answers: [Digest: JournalledAnswer] = [:]
        for answer in try lines() where answer.isWarmup != true && answers[answer.request] == nil {
            answers[answer.request] = answer
        }
        return answers
    }

    /// All that was answered and so paid for, in the order in which it came.
    func lines() throws -> [JournalledAnswer] {
        try journal.lines().map { try JournalledAnswer(json: $0) }
    }

    /// Adds answers; when this returns, all of them are on the disk.
    func append(_ answers: [JournalledAnswer]) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        for (index, answer) in answers.enumerated() {
            try journal.append(encoder.encode(answer), durable: index == answers.count - 1)
        }
    }

    /// Begins anew.
    func clear() throws { try journal.remove() }
}

/// What the answers of a step say together: tokens and who answered.
struct AnswerFacts {
    /// Tokens of all answers: as the provider counts them, and estimated where it does not.
    var usage = TokenUsage()
    /// The part of `usage` that is estimated.
    var estimated = TokenUsage()
    /// Answers that came without a count.
    var uncounted = 0
    var models: [String: Int] = [:]
    var fingerprints: [String: Int] = [:]

    /// - Parameter estimate: the tokens that one answer is forecast to take.
    init(_ answers: some Sequence<JournalledAnswer>, estimate: TokenUsage?) {
        for answer in answers {
            if let counted = answer.countedUsage {
                usage = usage + counted
            } else {
                uncounted += 1
                // Of a prompt that was filtered, only the prompt was worked on.
                let isPromptOnly = answer.status == .filtered && answer.text == nil
                let likely = TokenUsage(
                    prompt: estimate?.prompt ?? 0, completion: isPromptOnly ? 0 : estimate?.completion ?? 0)
                estimated = estimated + likely
                usage = usage + likely
            }
            if let model = answer.model { models[model, default: 0] += 1 }
            if let fingerprint = answer.fingerprint { fingerprints[fingerprint, default: 0] += 1 }
        }
    }

    /// Reports that tokens are estimated, where any are.
    func noteEstimates(_ context: StepContext) {
        guard uncounted > 0 else { return }
        context.note("\(uncounted) answers came without a count of tokens; their cost is estimated by the forecast")
    }

    var json: [String: JSONValue] {
        var members: [String: JSONValue] = [
            "usage": [
                "prompt_tokens": .int(Int64(usage.prompt)), "cached_tokens": .int(Int64(usage.cached)),
                "completion_tokens": .int(Int64(usage.completion)),
            ],
            "models": .object(models.mapValues { .int(Int64($0)) }),
            "system_fingerprints": .object(fingerprints.mapValues { .int(Int64($0)) }),
        ]
        if uncounted > 0 {
            members["estimated"] = [
                "answers": .int(Int64(uncounted)), "prompt_tokens": .int(Int64(estimated.prompt)),
                "completion_tokens": .int(Int64(estimated.completion)),
            ]
        }
        return members
    }
}
