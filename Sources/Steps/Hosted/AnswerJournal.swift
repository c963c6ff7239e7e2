// Answers as they come in, one a line, kept across runs: what was answered once is not asked again.

import Artifacts
import AzureWire
import Basics
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
        try journal.lines().map { line in
            var answer = try JournalledAnswer(json: line)
            // What it used is not known then; the answer itself still counts.
            if answer.usage?.isPlausible == false { answer.usage = nil }
            return answer
        }
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
    var usage = TokenUsage()
    var models: [String: Int] = [:]
    var fingerprints: [String: Int] = [:]

    init(_ answers: some Sequence<JournalledAnswer>) {
        for answer in answers {
            usage = usage + (answer.usage ?? TokenUsage())
            if let model = answer.model { models[model, default: 0] += 1 }
            if let fingerprint = answer.fingerprint { fingerprints[fingerprint, default: 0] += 1 }
        }
    }

    var json: [String: JSONValue] {
        [
            "usage": [
                "prompt_tokens": .int(Int64(usage.prompt)), "cached_tokens": .int(Int64(usage.cached)),
                "completion_tokens": .int(Int64(usage.completion)),
            ],
            "models": .object(models.mapValues { .int(Int64($0)) }),
            "system_fingerprints": .object(fingerprints.mapValues { .int(Int64($0)) }),
        ]
    }
}
