// Sends all examples to a hosted model in batches: submits what is missing and merges the results.

import Artifacts
import Basics
import Execution
import Foundation
import Ledger
import Planning
import Platform
import ProviderKit

struct RunBatchRunner: StepRunner {
    /// The ledger's kind of the step's paid jobs.
    static let jobKind = "batch"

    let work: RunBatch
    let services: StepServices

    /// The values that stay constant while the step runs.
    private struct BatchWork: Sendable {
        var context: StepContext
        var provider: ConnectedProvider
        var batches: any Batching
        var account: String
        var journal: AnswerJournal
        /// Request fingerprints by example id.
        var requests: [Int: Digest]
        /// The known problems of requests without an answer.
        var problems: BatchProblems
        /// With `--retry`, the parts whose jobs earlier runs collected: they do not count as rounds, and their
        /// unanswered requests are sent again.
        var earlier: Set<String>

        /// The examples whose requests are to be sent: unanswered and not held in this run.
        func open(_ examples: [Int]) throws -> Set<Int> {
            let answered = try journal.answers()
            return Set(
                examples.filter { id in
                    requests[id].map { answered[$0] == nil && !problems.isHeld($0) } ?? false
                })
        }
    }

    func run(_ context: StepContext) async throws -> StepOutcome {
        let identity = work.identity
        let part = try context.examples()
        // Requests are only identified here, by the digests of their images; their lines are already written.
        let dialect = try services.catalog.dialect(identity.account.dialect)
        let template = try identity.request.template(part, context, dialect: dialect, services.tasks) { $0.unread }
        let requests = Dictionary(
            uniqueKeysWithValues: part.examples.map { ($0.id, template.fingerprint(images: $0.unread, item: $0.item)) })
        let journal = AnswerJournal(
            context.journal(
                Digest(of: "batch " + (try JSONValue(encoding: identity).canonical))))
        let shards = try [RequestShard](json: context.data(WriteRequests.shards))
        // Before connecting to the provider, because that may already send something.
        let paid = try services.jobs.paidOpenParts(
            kind: RunBatchRunner.jobKind, account: identity.account.name, key: context.key)
        let collected = try services.jobs.collectedParts(
            kind: RunBatchRunner.jobKind, account: identity.account.name, key: context.key)
        let known = try journal.answers().filter { !services.jobs.settings.retry || !$0.value.isOpen }
        for (index, shard) in shards.enumerated() where !paid.contains(where: { $0.hasPrefix("\(index).") }) {
            guard shard.examples.contains(where: { id in requests[id].map { known[$0] == nil } ?? false }) else { continue }
            let round = collected.count { $0.hasPrefix("\(index).") } + 1
            try await services.requireConsent(
                context, part: RunBatchRunner.part(index, round), share: share(of: shard.lines, requests.count))
        }
        // With `--retry`, earlier rounds do not count: their unanswered requests are sent again.
        let earlier = services.jobs.settings.retry ? collected : []
        let provider = try await services.providers.provider(work.settings.provider)
        let batching = BatchWork(
            context: context, provider: provider,
            batches: try provider.batching.required("batches", of: work.settings.provider), account: identity.account.name,
            journal: journal, requests: requests, problems: BatchProblems(), earlier: earlier)
        // Answers of a killed run are paid for, and count against the budget before anything else does.
        if try owedOnline(batching) != nil { _ = try settleOnline(batching) }
        try await closeRead(shards, batching)
        try await collectLaterRounds(paid, shards, batching)
        if services.jobs.settings.retry {
            let count = try journal.withdrawEmpty(requests.values)
            if count > 0 { context.note("repeating \(count) requests without an answer") }
        }
        // Withdrawn answers came from a batch that has no further results and may no longer exist.
        let read: Set<Digest> = services.jobs.settings.retry ? Set(try journal.lines().map(\.request)) : []
        var round = 0
        var asked = 0
        while asked < max(1, work.settings.attempts) {
            round += 1
            let missing = try batching.open(part.examples.map(\.id))
            let open = shards.enumerated().filter { _, shard in !missing.isDisjoint(with: shard.examples) }
            if open.isEmpty { break }
            let isNew = open.contains { !earlier.contains(RunBatchRunner.part($0.offset, round)) }
            if isNew { asked += 1 }
            if round > 1, isNew, let deployment = work.settings.onlineDeployment,
                missing.count <= RunBatchRunner.few(of: part.examples.count)
            {
                context.note("requesting \(missing.count) answers online that the batch did not return")
                for (_, shard) in open { try await askOnline(missing, of: shard, deployment, batching) }
                continue
            }
            if round > 1, isNew { context.note("repeating requests without an answer, round \(round)") }
            let number = round
            let toRun = open.filter { index, shard in
                let isRead = earlier.contains(RunBatchRunner.part(index, number))
                return !isRead
                    || shard.examples.contains { id in
                        missing.contains(id) && !(requests[id].map { read.contains($0) } ?? false)
                    }
            }
            // The quota of the provider may make shards wait for each other.
            try await context.lanes.run(in: .remote, isLocal: batching.provider.isEmulated) {
                if work.settings.inTurn {
                    for (index, shard) in toRun { try await run(shard, index: index, round: number, batching) }
                    return
                }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (index, shard) in toRun {
                        group.addTask { try await run(shard, index: index, round: number, batching) }
                    }
                    try await group.waitForAll()
                }
            }
        }
        let answered = try journal.answers()
        let answers = part.examples.map { example in
            requests[example.id].flatMap { answered[$0] }?.answer(for: example.id, withLatency: false)
                ?? Answer(
                    example: example.id, status: .missing,
                    problem: requests[example.id].flatMap { batching.problems.reason(for: $0) })
        }
        var problems = answers.problems(of: part.examples)
        problems += batching.problems.notes
        for problem in problems { context.note(problem) }
        let counts = AnswerFacts(
            part.examples.compactMap { requests[$0.id].flatMap { answered[$0] } },
            estimate: services.estimatedUsage(context.step))
        counts.noteEstimates(context)
        var facts = AnsweringFacts(route: .batch, model: identity.model, counts: counts)
        facts.missing = answers.count { $0.status == .missing }
        facts.common.problems = problems
        var outputs: [String: StepOutcome.Content] = [RunBatch.answers: .data(AnswerSet(answers).encoded)]
        // Paid lines that belong to no known request are stored with the answers.
        let unread = batching.problems.unread
        if !unread.isEmpty { outputs[RunBatch.unread] = .data(unread) }
        return StepOutcome(outputs, facts: facts)
    }

    /// Closes jobs whose answers a killed run has read but not billed. None of their answers is missing, so nothing
    /// else would fetch them again.
    private func closeRead(_ shards: [RequestShard], _ batching: BatchWork) async throws {
        let parts = try services.jobs.unclosedParts(
            kind: RunBatchRunner.jobKind, account: batching.account, key: batching.context.key)
        let answered = try batching.journal.answers()
        for part in parts.sorted() {
            let numbers = part.split(separator: ".").compactMap { Int($0) }
            guard numbers.count == 2, shards.indices.contains(numbers[0]) else { continue }
            let shard = shards[numbers[0]]
            guard shard.examples.allSatisfy({ id in batching.requests[id].map { answered[$0] != nil } ?? true })
            else { continue }
            do {
                try await run(shard, index: numbers[0], round: numbers[1], batching)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                // The answers are stored; only their cost is unknown.
                batching.context.note("the cost of an earlier run's batch cannot be read: \(error)")
            }
        }
    }

    /// Collects the active batches of later rounds first. A killed run with `--retry` may have repeated requests that
    /// earlier batches left empty; those batches are read again below and would hide that.
    private func collectLaterRounds(
        _ parts: Set<String>, _ shards: [RequestShard], _ batching: BatchWork
    ) async throws {
        for part in parts.sorted() {
            let numbers = part.split(separator: ".").compactMap { Int($0) }
            guard numbers.count == 2, numbers[1] > 1, shards.indices.contains(numbers[0]) else { continue }
            try await run(shards[numbers[0]], index: numbers[0], round: numbers[1], batching)
        }
    }

    /// The fraction of the step's requests that these lines are.
    private func share(of lines: Int, _ all: Int) -> Double { Double(lines) / Double(max(1, all)) }

    /// The name of one job of the step: a shard in a round.
    private static func part(_ shard: Int, _ round: Int) -> String { "\(shard).\(round)" }

    private func run(_ shard: RequestShard, index: Int, round: Int, _ batching: BatchWork) async throws {
        let context = batching.context
        let all = shard.examples.compactMap { batching.requests[$0]?.hex }.joined(separator: " ")
        let fingerprint = Digest(of: "round \(round) " + all)
        let service = await batching.batches.job(
            BatchRequest(
                model: work.settings.deployment, fingerprint: fingerprint,
                inputName: {
                    RemoteFiles.name(
                        digest: try lines(of: shard, index: index, round: round, batching).digest,
                        purpose: StoragePurpose.batch.rawValue)
                },
                input: {
                    try await inputFile(shard, index: index, round: round, batching)
                }))
        let share = share(of: shard.lines, batching.requests.count)
        let part = RunBatchRunner.part(index, round)
        let request = RemoteJobRequest(
            kind: RunBatchRunner.jobKind, account: batching.account, emulated: batching.provider.isEmulated,
            key: context.key, step: context.step.id, part: part, fingerprint: fingerprint,
            reserve: try services.jobReservation(context.step, share: share), readsListTwice: batching.provider.hasLaggingLists,
            consent: { try await services.requireConsent(context, part: part, share: share) })
        var isRetried = false
        while true {
            let (job, ended) = try await services.jobs.complete(
                request, service: service, pace: batching.provider.pace(.batch), clock: batching.provider.clock,
                note: { context.note($0) },
                progress: { context.progress($0.fraction, "batch \($0.text)") })
            let snapshot = try await withFiles(ended, service, batching)
            do {
                // With `--retry`, requests that an earlier batch left empty are sent again; reading that batch again
                // does not answer them.
                let keepsEmpty = isRetried || !batching.earlier.contains(part)
                return try await close(job, snapshot, shard, part: part, batching, keepsEmpty: keepsEmpty)
            } catch let error as ProviderError where error.isNotFound {
                // A collected job, or any job with `--retry`, has no further results to wait for.
                let retry = services.jobs.settings.retry && !isRetried
                guard retry || job.state == RemoteJobState.collected.rawValue else { throw error }
                let lost = try services.jobs.resultsGone(job, reason: "\(error)")
                guard retry else { throw lost }
                context.note("\(lost); paying for it again because of --retry")
                isRetried = true
            }
        }
    }

    /// Seconds for which an ended batch with answered lines may name no result files.
    private static let lateFiles = 600.0

    /// Waits until an ended batch with answered lines names its result files. Reading it without them would leave its
    /// paid answers behind.
    private func withFiles(
        _ ended: RemoteSnapshot, _ service: any RemoteJobService, _ batching: BatchWork
    ) async throws -> RemoteSnapshot {
        var batch = ended
        var waited = 0.0
        let poll = max(1, batching.provider.pace(.batch).poll)
        while waited < RunBatchRunner.lateFiles, (batch.fraction ?? 0) > 0,
            try batching.batches.resultFiles(of: batch.detail).isEmpty
        {
            if waited == 0 {
                let id = ProviderText.line(batch.id, limit: ProviderText.wordLimit)
                batching.context.note("\(id) has ended and names no result files yet; waiting at most 10 min for them")
            }
            try await batching.provider.clock.sleep(seconds: poll)
            waited += poll
            batch = try await service.snapshot(of: batch.id)
        }
        return batch
    }

    /// Reads a batch's answers and closes its job with their cost.
    private func close(
        _ job: RemoteJob, _ batch: RemoteSnapshot, _ shard: RequestShard, part: String, _ batching: BatchWork, keepsEmpty: Bool
    ) async throws {
        let context = batching.context
        let facts = AnswerFacts(
            try await collect(batch, shard, batching, keepsEmpty: keepsEmpty),
            estimate: services.estimatedUsage(context.step))
        let cost = services.prices.cost(
            of: facts.usage, model: work.identity.model, at: work.settings.provider, by: .batch)
        await services.settleConsent(cost, context, part: part)
        try services.jobs.collected(
            job,
            spend: services.spending.spend(
                cost, what: "batch", receipt: "batch:\(batch.id)", account: batching.account,
                emulated: batching.provider.isEmulated, context: context,
                detail: .object(facts.json)))
    }

    /// The maximum number of missing answers that are requested online: a batch may take a day, which is too long for
    /// one request in twenty.
    private static func few(of all: Int) -> Int { min(50, max(1, all / 20)) }

    /// Sends some examples of a shard one by one, with the bodies of its lines. A rejected request stays unanswered.
    private func askOnline(
        _ missing: Set<Int>, of shard: RequestShard, _ deployment: String, _ batching: BatchWork
    ) async throws {
        let context = batching.context
        let wanted = missing.intersection(shard.examples)
        // Online requests cost twice as much as a batch.
        let share = share(of: wanted.count, batching.requests.count) * 2
        let part = RunBatchRunner.onlinePart
        try await services.requireConsent(context, part: part, share: share)
        try services.spending.reserve(
            services.reservation(context.step, share: share), emulated: batching.provider.isEmulated, context: context)
        var running = try RunningCost(
            services, context, onlinePrice, part: part, share: share, isEmulated: batching.provider.isEmulated)
        do {
            let lines = try LineFile(path: try context.artifactPath(shard.digest))
            var pending = wanted.count
            for id in shard.examples {
                guard let line = try lines.next() else { break }
                guard wanted.contains(id), let request = batching.requests[id] else { continue }
                pending -= 1
                do {
                    let answer = try await batching.provider.answering.ask(
                        batchLine: line, of: deployment, settling: AskOnlineRunner.settling)
                    var found = try JournalledAnswer.answered(request, answer, seconds: nil)
                    found.isOnline = true
                    try batching.journal.append([found])
                    try await running.add(found, pending: min(1, pending))
                } catch let error as ProviderError where error.isRejection {
                    try batching.journal.append([JournalledAnswer(rejected: request, problem: explanation(of: error))])
                } catch let error as ProviderError where !error.isTransient {
                    batching.problems.add(request, explanation(of: error), isHeld: true)
                }
            }
        } catch {
            await services.settleConsent(try settleOnline(batching), context, part: part)
            throw error
        }
        await services.settleConsent(try settleOnline(batching), context, part: part)
    }

    /// The name of the payment for online answers, which all shards share.
    private static let onlinePart = "online"

    private var onlinePrice: OnlinePrice {
        OnlinePrice(model: work.identity.model, isTuned: false, provider: work.settings.provider)
    }

    /// Records the unrecorded cost of the journal's online answers, including those of a killed run.
    /// - Returns: the amount recorded.
    private func settleOnline(_ batching: BatchWork) throws -> Money? {
        let owed = try owedOnline(batching)
        let spend =
            owed.map { owed in
                services.spending.spend(
                    owed.cost, what: "online", receipt: owed.receipt, account: batching.account,
                    emulated: batching.provider.isEmulated, context: batching.context, detail: .object(owed.facts.json))
            } ?? []
        try services.spending.settle(spend, context: batching.context)
        return owed?.cost
    }

    private func owedOnline(_ batching: BatchWork) throws -> OwedAnswers? {
        try services.owed(
            batching.journal.lines().filter { $0.isOnline == true }, onlinePrice, way: "rest", batching.context)
    }

    /// Uploads the file with the unanswered lines of a shard, and returns its id.
    private func inputFile(
        _ shard: RequestShard, index: Int, round: Int, _ batching: BatchWork
    ) async throws -> String {
        let context = batching.context
        let (file, contents) = try lines(of: shard, index: index, round: round, batching)
        return try await context.lanes.run(in: .transfer, isLocal: false) {
            try await services.files.ensure(
                path: file, digest: contents, purpose: StoragePurpose.batch.rawValue, account: batching.account,
                emulated: batching.provider.isEmulated,
                service: batching.provider.storage.required("file storage", of: work.settings.provider).files(
                    for: .batch, progressPath: try context.persistentPath("upload", contents),
                    note: { context.note($0) }),
                note: { context.note($0) },
                progress: { context.progress($0, "uploading \(Int(saturating: $0 * 100))%") })
        }
    }

    /// The file with the unanswered lines of a shard.
    private func lines(
        of shard: RequestShard, index: Int, round: Int, _ batching: BatchWork
    ) throws -> (path: String, digest: Digest) {
        let missing = try batching.open(shard.examples)
        let whole = try batching.context.artifactPath(shard.digest)
        if missing.count == shard.examples.count { return (whole, shard.digest) }
        let path = batching.context.scratch + "/missing-\(index)-\(round).jsonl"
        try copyLines(of: shard, missing, from: whole, to: path)
        return (path, try FileDigest(ofFileAt: path).digest)
    }

    /// Copies the lines of some examples: line `n` of a shard belongs to its `n`-th example.
    private func copyLines(of shard: RequestShard, _ wanted: Set<Int>, from source: String, to target: String) throws {
        let lines = try LineFile(path: source)
        FileManager.default.createFile(atPath: target, contents: nil)
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: target))
        defer { try? handle.close() }
        var index = 0
        while let line = try lines.next() {
            if index < shard.examples.count, wanted.contains(shard.examples[index]) {
                try handle.write(contentsOf: line + Data([UInt8(ascii: "\n")]))
            }
            index += 1
        }
    }

    /// Reads a batch's answers into the journal from both of its files: failures are in the error file, and neither
    /// file keeps the order of the input. Unreadable lines and rejected requests are journaled too.
    /// - Parameter keepsEmpty: whether answers without text are kept.
    /// - Returns: everything in the files that the batch is billed for, including known answers.
    private func collect(
        _ batch: RemoteSnapshot, _ shard: RequestShard, _ batching: BatchWork, keepsEmpty: Bool
    ) async throws -> [JournalledAnswer] {
        var reading = BatchReading(
            batch: ProviderText.line(batch.id, limit: ProviderText.wordLimit), requests: batching.requests,
            known: Set(try batching.journal.answers().keys), keepsEmpty: keepsEmpty,
            redact: await batching.provider.redactor())
        var unreadFile: String?
        let files = try batching.batches.resultFiles(of: batch.detail)
        let hasAnswers = files.contains { !$0.isErrorFile }
        for file in files {
            // The provider chose the id, so its digest is used as the file name.
            let path = batching.context.scratch.appending(SafeName(Digest(of: file.id)))
            do {
                try await batching.context.lanes.run(in: .transfer, isLocal: false) {
                    try await batching.batches.download(file, to: path)
                }
            } catch let error as ProviderError where file.isErrorFile && hasAnswers {
                // The answers are in the other file.
                unreadFile = "the error file of \(reading.batch) cannot be read: \(explanation(of: error))"
                continue
            }
            try batching.batches.forEachLine(ofFileAt: path) { line in reading.take(line) }
            try? LocalFileSystem().remove(path)
        }
        try batching.journal.append(reading.fresh)
        let open = try batching.open(shard.examples).compactMap { batching.requests[$0] }
        reading.close(open, hasFile: !files.isEmpty, unreadFile: unreadFile, into: batching.problems)
        return reading.paid
    }
}

extension Example {
    /// The images by their digests, for a fingerprint; the files are not read.
    fileprivate var unread: [ImageFile] { perImage.map { ImageFile(path: $0.path, digest: $0.digest, bytes: $0.bytes) } }
}
