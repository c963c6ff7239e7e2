// Journals answers as they arrive, one per line, across runs: an answered request is not sent again.

import Artifacts
import Basics
import Execution
import Foundation
import ProviderKit
import Statistics

/// The answer to one request, sent in a batch or online.
struct JournalledAnswer: Codable, Sendable {
    /// The digest of the whole request, including the image.
    var request: Digest
    var status: Answer.Status
    var text: String?
    var latencyMilliseconds: Double?
    var usage: TokenUsage?
    /// The model and the backend as the provider names them.
    var model: String?
    var fingerprint: String?
    var finishReason: String?
    /// Whether the request only warmed up a measurement: it is paid for, but its answer is not used.
    var isWarmup: Bool?
    /// Whether a batch left the request open and it was sent online, which is billed apart from the batch.
    var isOnline: Bool?
    /// Whether the line withdraws the earlier answers to its request, so that it is sent again. They remain paid for.
    var isWithdrawal: Bool?
    /// The provider's reason for a missing answer.
    var problem: String?
    /// A paid response that cannot be interpreted, unchanged up to a size limit.
    var raw: String?

    /// The maximum size in bytes of such a response.
    private static let rawLimit = 64 << 10

    /// The entry for a reply; `nil` if there was no reply to keep.
    init?(request: Digest, reply: ModelReply, seconds: Double?, raw: Data = Data()) {
        switch reply {
        case .answered(let text), .truncated(let text):
            self.init(request, text, seconds)
            // The text of a refusal counts only if there is no other text.
            if let refusal = text.refusal, AnswerText.isEmpty(text.text) {
                status = .refused
                self.text = refusal
            }
        case .filtered(let text?):
            self.init(request, text, seconds)
            status = .filtered
            if let refusal = text.refusal, AnswerText.isEmpty(text.text) { self.text = refusal }
        case .filtered(nil): self.init(filtered: request, seconds: seconds)
        case .rejected(let reason): self.init(rejected: request, problem: reason)
        case .unreadable(let reason):
            self.init(unreadable: request, problem: reason, raw: String(decoding: raw, as: UTF8.self))
        case .failed: return nil
        }
    }

    /// The entry for the reply to an online request.
    /// - Throws: `ProviderError.noAnswer` if no answer arrived.
    static func answered(_ request: Digest, _ answer: TimedReply, seconds: Double?) throws -> JournalledAnswer {
        if let entry = JournalledAnswer(request: request, reply: answer.reply, seconds: seconds) { return entry }
        var reason = "no reason given"
        if case .failed(let text, _) = answer.reply { reason = text }
        throw ProviderError.noAnswer(operation: "ask", status: 200, reason: reason)
    }

    private init(_ request: Digest, _ answer: ModelText, _ seconds: Double?) {
        self.request = request
        status = .answered
        text = answer.text
        latencyMilliseconds = seconds.map { $0 * 1000 }
        usage = answer.usage.map { TokenUsage(prompt: $0.input, cached: $0.cachedInput, completion: $0.output) }
        model = answer.model
        fingerprint = answer.fingerprint
        finishReason = answer.finishReason
    }

    /// The entry for a prompt that the content filter refused.
    init(filtered request: Digest, seconds: Double?) {
        self.request = request
        status = .filtered
        latencyMilliseconds = seconds.map { $0 * 1000 }
    }

    /// The provider's token count. A count without prompt tokens means an unknown count; journals of earlier versions
    /// contain those.
    var countedUsage: TokenUsage? { usage.flatMap { $0.prompt > 0 && $0.completion >= 0 ? $0 : nil } }

    /// The entry for a request that the provider permanently rejects; it is sent again only with `--retry`.
    init(rejected request: Digest, problem: String) {
        self.request = request
        status = .rejected
        self.problem = problem
    }

    /// The entry for a paid response that cannot be interpreted; it is kept and requested again only with `--retry`.
    init(unreadable request: Digest, problem: String, raw: String) {
        self.request = request
        status = .unreadable
        self.problem = problem
        self.raw = String(decoding: raw.utf8.prefix(JournalledAnswer.rawLimit), as: UTF8.self)
    }

    /// The entry that withdraws the answers to a request.
    init(withdrawing request: Digest) {
        self.request = request
        status = .missing
        isWithdrawal = true
    }

    func answer(for example: Int, withLatency: Bool) -> Answer {
        let reason = finishReason.map { ModelReply.isCutOff($0) ? ScoredAnswer.cutOff : $0 }
        let isPlainEnd = reason == ModelReply.end && !(status == .answered && AnswerText.isEmpty(text))
        return Answer(
            example: example, status: status, text: text, latencyMilliseconds: withLatency ? latencyMilliseconds : nil,
            finishReason: isPlainEnd || status == .filtered ? nil : reason, problem: problem)
    }

    /// Whether the entry has nothing to score.
    var isOpen: Bool { answer(for: 0, withLatency: false).isOpen }
}

/// The journal of a model's answers to one form of request.
final class AnswerJournal: Sendable {
    private let journal: Journal

    init(_ journal: Journal) { self.journal = journal }

    /// The answers by request. Of several answers to one request, the first that was not withdrawn counts.
    func answers() throws -> [Digest: JournalledAnswer] {
        var answers: [Digest: JournalledAnswer] = [:]
        for answer in try all() where answer.isWarmup != true {
            if answer.isWithdrawal == true {
                answers[answer.request] = nil
            } else if answers[answer.request] == nil {
                answers[answer.request] = answer
            }
        }
        return answers
    }

    /// All entries except withdrawals, in order of arrival: everything that was paid for.
    func lines() throws -> [JournalledAnswer] { try all().filter { $0.isWithdrawal != true } }

    private func all() throws -> [JournalledAnswer] {
        try journal.lines().enumerated().map { number, line in
            var answer: JournalledAnswer
            do { answer = try JournalledAnswer(json: line) } catch {
                let damage = DamagedFile(path: journal.path, error)
                throw DamagedFile(path: damage.path, reason: "entry \(number + 1): \(damage.reason)")
            }
            // An implausible count is dropped; the answer itself still counts.
            if answer.usage?.isPlausible == false { answer.usage = nil }
            return answer
        }
    }

    /// Withdraws the empty answers to some requests, so that they are sent again.
    /// - Returns: the number of requests concerned.
    func withdrawEmpty(_ requests: some Sequence<Digest>) throws -> Int {
        let answers = try answers()
        let open = Set(requests).filter { answers[$0]?.isOpen ?? false }
        try append(open.sorted { $0.hex < $1.hex }.map { JournalledAnswer(withdrawing: $0) })
        return open.count
    }

    /// Appends answers; on return all of them are on disk.
    func append(_ answers: [JournalledAnswer]) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        for (index, answer) in answers.enumerated() {
            try journal.append(encoder.encode(answer), durable: index == answers.count - 1)
        }
    }

    /// Deletes the journal, so that the next answers start it over.
    func clear() throws { try journal.remove() }
}

/// The totals of a step's answers: tokens, models and backends.
struct AnswerFacts {
    /// Tokens of all answers: the provider's count, or an estimate without one.
    var usage = TokenUsage()
    /// The estimated part of `usage`.
    var estimated = TokenUsage()
    /// The number of answers without a token count.
    var uncounted = 0
    var models: [String: Int] = [:]
    var fingerprints: [String: Int] = [:]

    /// - Parameter estimate: the forecast tokens of one answer.
    init(_ answers: some Sequence<JournalledAnswer>, estimate: TokenUsage?) {
        // A rejected request was not processed and costs nothing.
        for answer in answers where answer.status != .rejected {
            if let counted = answer.countedUsage {
                usage = usage + counted
            } else {
                uncounted += 1
                // If the prompt was filtered, only the prompt was processed.
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

    /// Notes how many token counts are estimated, if any.
    func noteEstimates(_ context: StepContext) {
        guard uncounted > 0 else { return }
        context.note("\(uncounted) answers had no token count; their cost is estimated from the forecast")
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
