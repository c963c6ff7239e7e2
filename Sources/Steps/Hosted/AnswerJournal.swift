// Answers as they come in, one a line, kept across runs: what was answered once is not asked again.

import Artifacts
import Basics
import Execution
import Foundation
import ProviderKit
import Statistics

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
    /// Set on a line that withdraws the request's answers before it, so that it is asked again. They stay paid for.
    var isWithdrawal: Bool?
    /// Why there is no answer, by the provider's words.
    var problem: String?
    /// A paid response that cannot be interpreted, as it came, up to a limit.
    var raw: String?

    /// The most bytes of such a response that are kept here.
    private static let rawLimit = 64 << 10

    /// The entry of a reply; `nil` where none came, so that there is nothing to keep.
    init?(request: Digest, reply: ModelReply, seconds: Double?, raw: Data = Data()) {
        switch reply {
        case .answered(let text), .truncated(let text):
            self.init(request, text, seconds)
            // What a model says in declining counts where it says nothing else.
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

    /// The entry of a reply to a question that was asked online.
    /// - Throws: `ProviderError.noAnswer` where no answer came.
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

    /// A prompt that the content filter refused.
    init(filtered request: Digest, seconds: Double?) {
        self.request = request
        status = .filtered
        latencyMilliseconds = seconds.map { $0 * 1000 }
    }

    /// The provider's count. One of no prompt tokens, which journals of earlier versions have for a missing one, is none.
    var countedUsage: TokenUsage? { usage.flatMap { $0.prompt > 0 && $0.completion >= 0 ? $0 : nil } }

    /// A request that the provider rejects for good: it is not sent again without `--retry`.
    init(rejected request: Digest, problem: String) {
        self.request = request
        status = .rejected
        self.problem = problem
    }

    /// A paid response that cannot be interpreted: it is kept, and not bought again without `--retry`.
    init(unreadable request: Digest, problem: String, raw: String) {
        self.request = request
        status = .unreadable
        self.problem = problem
        self.raw = String(decoding: raw.utf8.prefix(JournalledAnswer.rawLimit), as: UTF8.self)
    }

    /// Withdraws what was answered to a request.
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

    /// Whether there is nothing to score in it.
    var isOpen: Bool { answer(for: 0, withLatency: false).isOpen }
}

/// The journal of a model's answers to one way of asking.
final class AnswerJournal: Sendable {
    private let journal: Journal

    init(_ journal: Journal) { self.journal = journal }

    /// All answers by request; of two for one request the first counts that was not withdrawn.
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

    /// All that was answered and so paid for, in the order in which it came.
    func lines() throws -> [JournalledAnswer] { try all().filter { $0.isWithdrawal != true } }

    private func all() throws -> [JournalledAnswer] {
        try journal.lines().enumerated().map { number, line in
            var answer: JournalledAnswer
            do { answer = try JournalledAnswer(json: line) } catch {
                let damage = DamagedFile(path: journal.path, error)
                throw DamagedFile(path: damage.path, reason: "entry \(number + 1): \(damage.reason)")
            }
            // What it used is not known then; the answer itself still counts.
            if answer.usage?.isPlausible == false { answer.usage = nil }
            return answer
        }
    }

    /// Withdraws the empty answers to some requests, so that these are asked again.
    /// - Returns: how many there were.
    func withdrawEmpty(_ requests: some Sequence<Digest>) throws -> Int {
        let answers = try answers()
        let open = Set(requests).filter { answers[$0]?.isOpen ?? false }
        try append(open.sorted { $0.hex < $1.hex }.map { JournalledAnswer(withdrawing: $0) })
        return open.count
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
        // A rejected request was not worked on, and costs nothing.
        for answer in answers where answer.status != .rejected {
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
