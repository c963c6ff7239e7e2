// Classifies the lines of a batch's result files: answers, rejected requests, failures and unreadable lines.

import Basics
import Foundation
import Planning
import ProviderKit
import Synchronization

/// The known problems of a step's requests without an answer, in this run. Shared by the shards.
final class BatchProblems: Sendable {
    private struct State {
        var reasons: [Digest: String] = [:]
        var held: Set<Digest> = []
        var notes: [String] = []
        var unread = Data()
    }

    private let state = Mutex(State())

    /// Records why a request has no answer.
    /// - Parameter isHeld: whether the request must not be repeated in this run, because that is useless or needs
    ///   consent (the answer may be paid for).
    func add(_ request: Digest, _ reason: String, isHeld: Bool) {
        state.withLock { state in
            state.reasons[request] = reason
            if isHeld { state.held.insert(request) }
        }
    }

    func note(_ text: String) {
        state.withLock { if !$0.notes.contains(text) { $0.notes.append(text) } }
    }

    func keep(unread line: Data) {
        state.withLock { state in
            state.unread.append(line)
            state.unread.append(UInt8(ascii: "\n"))
        }
    }

    func isHeld(_ request: Digest) -> Bool { state.withLock { $0.held.contains(request) } }
    func reason(for request: Digest) -> String? { state.withLock { $0.reasons[request] } }
    var notes: [String] { state.withLock(\.notes) }
    /// The unreadable lines that belong to no known request.
    var unread: Data { state.withLock(\.unread) }
}

/// Reads the result files of one batch.
struct BatchReading {
    /// The batch's id, for messages.
    let batch: String
    let requests: [Int: Digest]
    /// The requests that already have an answer.
    let known: Set<Digest>
    /// Whether this batch settles requests with empty answers; false for a batch of an earlier run that is read again
    /// with consent to repeat requests.
    let keepsEmpty: Bool
    /// Removes secrets from the provider's texts.
    let redact: @Sendable (String) -> String

    /// All answers in the files, including known ones.
    private(set) var answers: [JournalledAnswer] = []
    /// The new entries: answers, rejected requests and unreadable lines.
    var fresh: [JournalledAnswer] { answers.filter { !known.contains($0.request) && (keepsEmpty || !$0.isOpen) } }
    /// The position of each request's answer in `answers`.
    private var counted: [Digest: Int] = [:]
    private var failures: [Digest: (reason: String, isWorthRepeating: Bool)] = [:]
    private var contradicted: Set<Digest> = []
    private var unattributed = UnknownLines()
    private var foreign = UnknownLines()

    /// Lines that belong to no known request.
    private struct UnknownLines {
        var count = 0
        /// The lines as they were received, up to a limit in bytes.
        var raw: [Data] = []
        var bytes = 0
        var first: ResultLine?
        /// The first names, for messages.
        var names: [String] = []
        /// The answers among the lines, which are paid for.
        var answers: [JournalledAnswer] = []

        private static let maxBytes = 64 << 20

        /// - Parameter maxAnswers: the number of answers that the batch can have.
        mutating func add(_ line: ResultLine, maxAnswers: Int) {
            count += 1
            first = first ?? line
            if let id = line.id, names.count < 3 { names.append(ProviderText.line(id, limit: 40)) }
            if bytes + line.raw.count <= UnknownLines.maxBytes {
                bytes += line.raw.count
                raw.append(line.raw)
            }
            if answers.count < maxAnswers,
                let answer = JournalledAnswer(request: Digest(of: line.raw), reply: line.reply, seconds: nil),
                answer.status != .rejected
            {
                answers.append(answer)
            }
        }
    }

    /// Everything in the files that the batch is billed for: the answers, and those that belong to no known request, as
    /// far as the batch can have that many.
    var paid: [JournalledAnswer] {
        answers + (unattributed.answers + foreign.answers).prefix(max(0, requests.count - answers.count))
    }

    init(
        batch: String, requests: [Int: Digest], known: Set<Digest>, keepsEmpty: Bool,
        redact: @escaping @Sendable (String) -> String = { $0 }
    ) {
        self.batch = batch
        self.requests = requests
        self.known = known
        self.keepsEmpty = keepsEmpty
        self.redact = redact
    }

    /// Classifies one line.
    mutating func take(_ line: ResultLine) {
        guard let name = line.id else {
            unattributed.add(line, maxAnswers: requests.count)
            return
        }
        guard let request = Int(name).flatMap({ requests[$0] }) else {
            foreign.add(line, maxAnswers: requests.count)
            return
        }
        switch line.reply {
        case .failed(let reason, let isTransient): failures[request] = (redact(reason), isTransient)
        case .rejected(let reason): keep(JournalledAnswer(rejected: request, problem: redact(reason)))
        case .unreadable(let reason):
            let text = redact(String(decoding: line.raw, as: UTF8.self))
            keep(
                JournalledAnswer(
                    unreadable: request,
                    problem: "a line of \(batch) cannot be read: \(reason): " + ProviderText.line(text, limit: 120), raw: text))
        case .answered, .truncated, .filtered:
            if let answer = JournalledAnswer(request: request, reply: line.reply, seconds: nil) { keep(answer) }
        }
    }

    /// Keeps an answer. Of two lines for one request the first counts, but an answer counts more than a line without
    /// one, such as an empty text or a rejection.
    private mutating func keep(_ answer: JournalledAnswer) {
        guard let place = counted[answer.request] else {
            counted[answer.request] = answers.count
            answers.append(answer)
            return
        }
        if answers[place].isOpen, !answer.isOpen {
            answers[place] = answer
        } else if !answer.isOpen, answers[place].text != answer.text {
            contradicted.insert(answer.request)
        }
    }

    /// Records the problems of requests that the files leave unanswered.
    /// - Parameters:
    ///   - open: the batch's requests that still have no answer.
    ///   - hasFile: whether the batch names any result file.
    ///   - unreadFile: the reason why one of the files could not be read.
    func close(_ open: [Digest], hasFile: Bool, unreadFile: String?, into problems: BatchProblems) {
        if foreign.count > 0 {
            problems.note(
                "\(batch) answers \(foreign.count) unknown requests: \(foreign.names.joined(separator: ", "))")
        }
        if !contradicted.isEmpty {
            problems.note("\(batch) answers \(contradicted.count) requests twice with different answers; the first answer counts")
        }
        for line in unattributed.raw + (foreign.answers.isEmpty ? [] : foreign.raw) {
            problems.keep(unread: Data(redact(String(decoding: line, as: UTF8.self)).utf8))
        }
        if let first = unattributed.first {
            var reason = ""
            if case .unreadable(let text) = first.reply { reason = text }
            let sample = ProviderText.line(redact(String(decoding: first.raw, as: UTF8.self)), limit: 120)
            problems.note(
                "\(unattributed.count) lines of \(batch) cannot be read and are kept in the step's output "
                    + "'unread-lines'; the first (\(reason)): \(sample)")
        }
        if let unreadFile { problems.note(unreadFile) }
        for request in open {
            if let failure = failures[request] {
                problems.add(request, failure.reason, isHeld: keepsEmpty && !failure.isWorthRepeating)
            } else if !hasFile {
                problems.add(
                    request, "\(batch) has ended without an output or error file", isHeld: keepsEmpty)
            } else if let unreadFile {
                problems.add(request, unreadFile, isHeld: keepsEmpty)
            } else if unattributed.count > 0 {
                problems.add(
                    request, "the answer may be among the \(unattributed.count) lines of \(batch) that cannot be read",
                    isHeld: keepsEmpty)
            } else if counted[request] == nil, !foreign.answers.isEmpty {
                problems.add(
                    request,
                    "\(batch) has no line for it; its answer may be among the \(foreign.count) lines with an unknown id, "
                        + "which are kept in the step's output 'unread-lines'",
                    isHeld: keepsEmpty)
            } else if counted[request] == nil {
                problems.add(request, "\(batch) has no line for it", isHeld: false)
            }
        }
    }
}

extension [Answer] {
    /// The reasons why examples have no answer, summarized; examples without a known reason are counted elsewhere.
    func problems(of examples: [Example]) -> [String] {
        let paths = Dictionary(examples.map { ($0.id, $0.path) }, uniquingKeysWith: { first, _ in first })
        return compactMap { answer in
            answer.problem.map { RequestProblem(path: paths[answer.example] ?? "", reason: $0) }
        }.summary(of: count)
    }
}
