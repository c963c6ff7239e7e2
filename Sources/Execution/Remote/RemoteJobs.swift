// Creates, finds and follows paid jobs, so that none is paid for twice and none is lost.

package import Basics
package import Foundation
package import Ledger
package import ProviderKit

/// A request for a paid job of a step.
package struct RemoteJobRequest: Sendable {
    /// The kind of job in the ledger: `batch` or `fine-tune`.
    package var kind: String
    /// The ledger's name of the account that pays.
    package var account: String
    /// Whether the provider is an emulator, whose cost is not real money.
    package var emulated: Bool
    /// The key of the step; equal keys share one job per part.
    package var key: StepKey
    /// The id of the step, for messages and the ledger.
    package var step: StepID
    /// Distinguishes the jobs of one step, for example the shards of a batch.
    package var part: String
    /// The digest of the whole request; a tagged job with another one is quarantined instead of adopted.
    package var fingerprint: Digest
    /// The forecast cost to reserve in the budget.
    package var reserve: Money
    /// Whether the provider's list is read a second time, after the settling time, before the job is first sent:
    /// another machine, or this one before it lost its ledger, may have sent the job moments ago. A server on this
    /// machine, whose list never lags, needs this only for a job that was forgotten.
    package var readsListTwice: Bool
    /// Returns once the job may be paid for; called before anything is sent that may create it.
    package var consent: @Sendable () async throws -> Void

    /// - Parameter reserve: the forecast cost to reserve in the budget.
    package init(
        kind: String, account: String, emulated: Bool, key: StepKey, step: StepID, part: String,
        fingerprint: Digest, reserve: Money, readsListTwice: Bool = true,
        consent: @escaping @Sendable () async throws -> Void
    ) {
        self.kind = kind
        self.account = account
        self.emulated = emulated
        self.key = key
        self.step = step
        self.part = part
        self.fingerprint = fingerprint
        self.reserve = reserve
        self.readsListTwice = readsListTwice
        self.consent = consent
    }
}

/// The reason why a paid job has no results.
package enum RemoteJobError: Error, Sendable {
    /// It is unknown whether the job exists; `assay jobs` shows it and the user decides.
    case quarantined(id: Int64, reason: String)
    /// The provider ended the job without results. It may have been billed; only `--retry` starts another attempt.
    case ended(remoteID: String, reason: String)
    /// The job failed in an earlier run, and `--retry` was not given.
    case endedBefore(remoteID: String?, reason: String)
    /// The job was collected, but its results are lost here and no longer available from the provider.
    case lost(remoteID: String, reason: String)
    /// The job stayed in an undocumented state for longer than the limit, in hours.
    case unknownState(remoteID: String, state: String, hours: Int)
    /// The quota or all slots stayed full for longer than the limit.
    case noRoom(reason: String)
}

/// The paid jobs of one run. The ledger records the intent before a create call, and every later change of state.
package struct RemoteJobs: Sendable {
    /// The options of a run that concern paid jobs.
    package struct Settings: Sendable {
        /// Submits jobs without waiting for them.
        package var detach = false
        /// Starts another attempt for a job that ended without results.
        package var retry = false
        /// The limit for reservations of new jobs; `nil` for no limit.
        package var budget: Money?
        /// Waits for jobs, does not retry, and has no budget.
        package init() {}
    }

    let ledger: Ledger
    let run: RunID
    /// The options of the run.
    package let settings: Settings

    /// - Parameter run: the run that is recorded as the one that pays.
    package init(ledger: Ledger, run: RunID, settings: Settings) {
        self.ledger = ledger
        self.run = run
        self.settings = settings
    }

    /// The tag that a create call carries: 16 hex digits of the digest of key, part and attempt.
    package static func tag(key: StepKey, part: String, attempt: Int) -> String {
        Digest(of: "\(key) \(part) \(attempt)").short
    }

    /// The services and settings for following one job.
    private struct JobContext: Sendable {
        var request: RemoteJobRequest
        var service: any RemoteJobService
        var pace: RemotePace
        var clock: any WallClock
        var note: @Sendable (String) -> Void
    }

    /// Completes a job: finds the existing one or creates it, and waits until the provider has results.
    /// - Returns: the job in the ledger, which the caller closes with `collected` once its results are stored, and
    ///   the provider's last response.
    /// - Throws: `RemoteJobError`; `LedgerError.overBudget`; `StepWaiting` with `--detach`; errors of the provider.
    package func complete(
        _ request: RemoteJobRequest, service: any RemoteJobService, pace: RemotePace, clock: any WallClock,
        note: @escaping @Sendable (String) -> Void, progress: @Sendable (RemoteSnapshot) -> Void
    ) async throws -> (job: RemoteJob, snapshot: RemoteSnapshot) {
        let context = JobContext(request: request, service: service, pace: pace, clock: clock, note: note)
        var waited = 0.0
        while true {
            let (job, known) = try await submitted(context)
            switch try await follow(job, known, context, progress) {
            case .done(let job, let snapshot): return (job, snapshot)
            case .lost(let job, let reason):
                let error = RemoteJobError.lost(remoteID: job.remoteID ?? "job \(job.id)", reason: reason)
                guard settings.retry else { throw error }
                note("\(error); paying for it again because of --retry")
            case .crowdedOut(let reason):
                if settings.detach { throw StepWaiting("no capacity for the \(request.kind) yet: \(reason)") }
                guard waited < pace.patience else { throw RemoteJobError.noRoom(reason: reason) }
                note("the provider had no capacity (\(reason)); trying again")
                try await clock.sleep(seconds: pace.busy)
                waited += pace.busy
            }
        }
    }

    /// Closes a job whose results are in the store or in a journal.
    package func collected(_ job: RemoteJob, spend: [Spend]) throws {
        try move(job, .resultsStored, spend: spend)
    }

    /// Records that a job's results can no longer be fetched from the provider.
    /// - Returns: the error to throw. With `--retry`, `complete` starts another attempt from now on.
    package func resultsGone(_ job: RemoteJob, reason: String) throws -> RemoteJobError {
        if job.state == RemoteJobState.collected.rawValue {
            try markLost(job, reason)
            return .lost(remoteID: job.remoteID ?? "job \(job.id)", reason: reason)
        }
        try move(job, .ended, detail: ["reason": .string(reason)])
        return .ended(remoteID: job.remoteID ?? "job \(job.id)", reason: reason)
    }

    /// Records that the provider no longer has the model that a collected job produced. With `--retry`, `complete`
    /// starts another attempt from now on.
    /// - Returns: whether the ledger has the job.
    package func modelGone(ofJob remoteID: String, kind: String, account: String, reason: String) throws -> Bool {
        let collected = JobFilter(kind: kind, account: account, states: [RemoteJobState.collected.rawValue])
        guard let job = try ledger.jobs(collected).first(where: { $0.remoteID == remoteID }) else { return false }
        try markLost(job, reason)
        return true
    }

    /// Whether the latest job of a step was paid for and its results no longer exist.
    package func isLost(kind: String, account: String, key: StepKey) throws -> Bool {
        try ledger.jobs(JobFilter(kind: kind, account: account, key: key)).max { $0.attempt < $1.attempt }?.lost != nil
    }

    /// Records the loss in the job's detail, which `assay jobs` shows; a job that was paid for stays collected.
    private func markLost(_ job: RemoteJob, _ reason: String) throws {
        try ledger.finish(job.id, state: job.state, detail: [RemoteJob.lostKey: .string(reason)])
    }

    /// Whether a job in the ledger exists at the provider, so that following it creates no second job.
    private static func exists(_ job: RemoteJob?) -> Bool {
        switch job.flatMap({ RemoteJobState(rawValue: $0.state) }) {
        case .submitted, .running, .finished, .collected, .quarantined: true
        case .intended, .planned, .failed, nil: false
        }
    }

    /// The parts of a step whose jobs exist at the provider and are not collected; they are already paid for.
    package func paidOpenParts(kind: String, account: String, key: StepKey) throws -> Set<String> {
        Set(
            try ledger.jobs(JobFilter(kind: kind, account: account, key: key)).filter {
                RemoteJobs.exists($0) && $0.state != RemoteJobState.collected.rawValue
            }.map(\.part))
    }

    /// The parts of a step whose jobs were collected.
    package func collectedParts(kind: String, account: String, key: StepKey) throws -> Set<String> {
        Set(
            try ledger.jobs(
                JobFilter(
                    kind: kind, account: account, key: key, states: [RemoteJobState.collected.rawValue])
            ).map(\.part))
    }

    /// The parts of a step whose jobs have results but are not closed, because a run died between reading the results
    /// and recording their cost.
    package func unclosedParts(kind: String, account: String, key: StepKey) throws -> Set<String> {
        Set(
            try ledger.jobs(
                JobFilter(
                    kind: kind, account: account, key: key, states: [RemoteJobState.finished.rawValue])
            ).map(\.part))
    }

    // MARK: States

    /// Moves a job to the state after an event, in one durable transaction.
    @discardableResult
    private func move(
        _ job: RemoteJob, _ event: RemoteJobEvent, remoteID: String? = nil, detail: JSONValue = .object([:]),
        spend: [Spend] = []
    ) throws -> RemoteJob {
        guard let state = RemoteJobState(rawValue: job.state) else {
            throw InvalidRemoteJobTransition(state: .planned, event: event)
        }
        let next = try state.after(event)
        switch next {
        case .planned:
            try ledger.removeIntent(job.id)
            return job
        case .collected, .failed:
            if state == next, event != .resultsStored { return job }
            return try ledger.finish(job.id, state: next.rawValue, spend: spend, detail: detail)
        case .submitted:
            return try ledger.markSubmitted(
                job.id, remoteID: remoteID ?? job.remoteID ?? "", state: next.rawValue, detail: detail)
        case .quarantined, .intended, .running, .finished:
            // An unchanged state need not be written to disk.
            if state == next, job.detail["last"] == detail["last"] { return job }
            return try ledger.markState(job.id, next.rawValue, detail: detail)
        }
    }

    private func quarantine(
        _ job: RemoteJob, _ ambiguity: Found.Ambiguity, _ context: JobContext
    ) throws -> RemoteJobError {
        try move(
            job, .outcomeUnknown,
            detail: [
                "quarantine": .string(ambiguity.reason),
                RemoteJob.placeKey: .string(context.service.place(of: job.tag)),
                RemoteJob.areProductsKey: .bool(ambiguity.areProducts),
                RemoteJob.candidatesKey: .array(ambiguity.candidates.map { .string($0) }),
            ])
        return .quarantined(id: job.id, reason: ambiguity.reason)
    }

    // MARK: Waiting

    private enum Ending {
        case done(RemoteJob, RemoteSnapshot)
        case crowdedOut(String)
        case lost(RemoteJob, String)
    }

    private func follow(
        _ job: RemoteJob, _ known: RemoteSnapshot?, _ context: JobContext, _ progress: @Sendable (RemoteSnapshot) -> Void
    ) async throws -> Ending {
        var job = job
        let id = job.remoteID ?? ""
        var snapshot: RemoteSnapshot
        let isPaid = job.state == RemoteJobState.collected.rawValue
        if let known { snapshot = known } else { snapshot = try await ask(id, settles: !isPaid, context) }
        var isChecked = false
        var unknownSince: Date?
        while true {
            progress(snapshot)
            if snapshot.phase != .unknown { unknownSince = nil }
            let last: JSONValue = ["last": .string(snapshot.text)]
            switch snapshot.phase {
            case .completed:
                if !isChecked { await reportDuplicates(job, context) }
                if job.lost != nil {
                    job = try ledger.finish(job.id, state: job.state, detail: [RemoteJob.lostKey: .null])
                }
                job = try move(job, .completed, detail: last)
                return .done(job, snapshot)
            case .ended(let reason) where isPaid, .crowdedOut(let reason) where isPaid:
                try markLost(job, reason)
                return .lost(job, reason)
            case .ended(let reason):
                try move(job, .ended, detail: ["reason": .string(reason)])
                throw RemoteJobError.ended(remoteID: id, reason: reason)
            case .crowdedOut(let reason):
                try move(job, .ended, detail: ["reason": .string(reason), "crowded_out": true])
                return .crowdedOut(reason)
            case .running, .unknown:
                if snapshot.phase == .unknown {
                    let now = await context.clock.now()
                    if let since = unknownSince {
                        guard now.timeIntervalSince(since) < RemoteJobs.unknownStateLimit else {
                            throw RemoteJobError.unknownState(
                                remoteID: id, state: snapshot.text,
                                hours: Int(RemoteJobs.unknownStateLimit / 3600))
                        }
                    } else {
                        unknownSince = now
                        context.note(
                            "\(context.request.kind) \(id) is in the undocumented state '\(snapshot.text)'; "
                                + "waiting at most \(Int(RemoteJobs.unknownStateLimit / 3600)) h for a known one")
                    }
                }
                job = try move(job, .progressed, detail: last)
                if settings.detach { throw StepWaiting("\(context.request.kind) \(id) is \(snapshot.text)") }
                try await context.clock.sleep(seconds: context.pace.poll)
                // By now a listing shows a job that another process created at the same moment.
                if !isChecked { await reportDuplicates(job, context) }
                isChecked = true
                snapshot = try await ask(id, settles: true, context)
            }
        }
    }

    /// Seconds after which a job in an undocumented state is no longer awaited. It stays in the ledger, and the next
    /// run polls it again.
    private static let unknownStateLimit = 7200.0

    /// Fetches a job's state; repeats the request if the provider is temporarily unavailable.
    /// - Parameter settles: whether a missing job may be one that the provider does not show yet.
    private func ask(_ id: String, settles: Bool, _ context: JobContext) async throws -> RemoteSnapshot {
        var failures = 0
        var settled = 0.0
        while true {
            do {
                return try await context.service.snapshot(of: id)
            } catch  where context.service.isGone(error) {
                guard settles, settled < context.pace.settling else {
                    return RemoteSnapshot(
                        id: id, phase: .ended(reason: "the provider no longer has it"), text: "gone")
                }
                settled += context.pace.poll
                try await context.clock.sleep(seconds: context.pace.poll)
            } catch  where context.service.isTransient(error) && failures < 20 {
                failures += 1
                try await context.clock.sleep(seconds: context.pace.poll)
            }
        }
    }

    /// Notes other jobs with the same tag. Two processes with separate stores that start at the same moment may both
    /// create a job; the user decides which to cancel.
    private func reportDuplicates(_ job: RemoteJob, _ context: JobContext) async {
        guard let all = try? await context.service.find(tag: job.tag) else { return }
        let others = all.filter { other in
            if case .ended = other.phase { return false }
            if case .crowdedOut = other.phase { return false }
            return other.id != job.remoteID && !other.isCutShort && other.identity == .tagged
        }.map(\.id).sorted()
        guard !others.isEmpty else { return }
        context.note(
            "\(others.joined(separator: ", ")) at the provider is a duplicate of \(job.remoteID ?? "this job"): "
                + "possibly two simultaneous starts; 'assay jobs' shows how to cancel one of them")
        _ = try? ledger.markState(job.id, job.state, detail: ["twins": .array(others.map { .string($0) })])
    }

    // MARK: Submission

    private func submitted(_ context: JobContext) async throws -> (RemoteJob, RemoteSnapshot?) {
        let request = context.request
        let known = try ledger.jobs(JobFilter(kind: request.kind, account: request.account, key: request.key))
            .filter { $0.part == request.part }
        let last = known.max { $0.attempt < $1.attempt }
        // An existing job is already paid for; anything that may create one needs consent first.
        if !RemoteJobs.exists(last) || last?.lost != nil && settings.retry { try await request.consent() }
        guard let last else {
            return try await create(attempt: 1, context)
        }
        switch RemoteJobState(rawValue: last.state) {
        case .failed:
            guard settings.retry || last.detail["crowded_out"] == true else {
                throw RemoteJobError.endedBefore(
                    remoteID: last.remoteID, reason: last.detail["reason"]?.string ?? "it ended without results")
            }
            return try await create(attempt: last.attempt + 1, context)
        case .quarantined:
            throw RemoteJobError.quarantined(
                id: last.id, reason: last.detail["quarantine"]?.string ?? "its outcome is unknown")
        case .collected where last.lost != nil && settings.retry:
            return try await create(attempt: last.attempt + 1, context)
        case .submitted, .running, .finished, .collected: return (last, nil)
        case .intended, .planned, nil: return try await resolve(last, context)
        }
    }

    /// Creates a job unless the provider already has it: another machine may have sent it, or a ledger that was lost.
    private func create(attempt first: Int, _ context: JobContext) async throws -> (RemoteJob, RemoteSnapshot?) {
        var attempt = first
        var failed: Found.Ended?
        var passedOver: Set<String> = []
        var isListMissed = false
        while true {
            let tag = RemoteJobs.tag(key: context.request.key, part: context.request.part, attempt: attempt)
            let looked = await context.clock.now()
            var found = Found()
            do {
                found = try await find(tag, passingOver: passedOver, context)
            } catch let error as RemoteListUnavailable {
                // Nothing here shows that the job was sent before, and there is no other place to look.
                if !isListMissed {
                    context.note(
                        "\(error); whether another machine has sent this \(context.request.kind) before cannot be checked")
                }
                isListMissed = true
            }
            if found.adoptable.isEmpty, found.ambiguity == nil, let ended = found.ended {
                // An attempt with this number ended without results; failed jobs are not adopted.
                if !ended.wasCrowdedOut { failed = ended }
                passedOver.insert(ended.id)
                attempt += 1
                continue
            }
            if found.adoptable.isEmpty, let failed, !settings.retry {
                throw RemoteJobError.endedBefore(remoteID: failed.id, reason: failed.reason)
            }
            let job: RemoteJob
            do {
                job = try ledger.recordIntent(
                    JobIntent(
                        kind: context.request.kind, account: context.request.account, key: context.request.key,
                        part: context.request.part, attempt: attempt, tag: tag, fingerprint: context.request.fingerprint,
                        run: run, step: context.request.step, emulated: context.request.emulated,
                        reserve: context.request.reserve),
                    // An existing job is adopted regardless of its cost.
                    budget: found.adoptable.isEmpty ? settings.budget : nil)
            } catch LedgerError.alreadyIntended(let other) {
                return try await resolve(other, context)
            }
            if let ambiguity = found.ambiguity { throw try quarantine(job, ambiguity, context) }
            if let adopted = try adopt(found.adoptable, as: job, context) { return adopted }
            if !isListMissed, try context.request.readsListTwice || !ledger.forgottenJobs(account: job.account, tag: tag).isEmpty,
                let settled = try await lookAgain(job, since: looked, context)
            {
                return settled
            }
            return try await send(job, lost: 0, context)
        }
    }

    /// Reads the provider's list once more before a job is first sent, after the settling time since the first look:
    /// by then the list shows jobs that were created before. Meanwhile the files are uploaded.
    /// - Returns: the job, if it has appeared; `nil` otherwise.
    private func lookAgain(
        _ job: RemoteJob, since looked: Date, _ context: JobContext
    ) async throws -> (RemoteJob, RemoteSnapshot?)? {
        let found: Found
        do {
            try await context.service.prepare()
            let rest = context.pace.settling - (await context.clock.now()).timeIntervalSince(looked)
            if rest > 0 {
                if !context.request.emulated {
                    context.note("reading the provider's list again in \(Int(rest)) s, before this \(job.kind) is paid for")
                }
                try await context.clock.sleep(seconds: rest)
            }
            try Task.checkCancellation()
            found = try await find(job.tag, for: job, context)
        } catch {
            // No create call was sent.
            try move(job, .notCreated)
            throw error
        }
        return try await taken(found, job, context)
    }

    /// Adopts, fails or quarantines a job with a recorded intent, according to a listing.
    /// - Returns: `nil` if the listing does not show the job.
    private func taken(_ found: Found, _ job: RemoteJob, _ context: JobContext) async throws -> (RemoteJob, RemoteSnapshot?)? {
        if let ambiguity = found.ambiguity { throw try quarantine(job, ambiguity, context) }
        if let adopted = try adopt(found.adoptable, as: job, context) { return adopted }
        guard let ended = found.ended else { return nil }
        try move(
            job, .ended,
            detail: [
                "reason": .string(ended.reason), "crowded_out": .bool(ended.wasCrowdedOut), "ended_id": .string(ended.id),
            ])
        if ended.wasCrowdedOut { return try await create(attempt: job.attempt + 1, context) }
        throw RemoteJobError.ended(remoteID: ended.id, reason: ended.reason)
    }

    /// The maximum number of create calls whose replies are lost and that created nothing.
    private static let sends = 5

    /// Sends the create call of a job with a recorded intent.
    /// - Parameter lost: the number of replies lost so far.
    private func send(_ job: RemoteJob, lost: Int, _ context: JobContext) async throws -> (RemoteJob, RemoteSnapshot?) {
        var waited = 0.0
        while true {
            do {
                try await context.service.prepare()
                try Task.checkCancellation()
            } catch {
                // No create call was sent.
                try move(job, .notCreated)
                throw error
            }
            do {
                let snapshot = try await context.service.create(tag: job.tag)
                if snapshot.identity != .tagged {
                    context.note(
                        "the provider's reply does not contain the tag of \(snapshot.id) (\(context.service.place(of: job.tag))): "
                            + "other machines can find the job only by its files and parameters")
                }
                return (try move(job, .created, remoteID: snapshot.id), snapshot)
            } catch is CancellationError {
                // Interrupted during the call: the intent stays, and the next run searches for the job.
                throw CancellationError()
            } catch {
                switch context.service.failure(of: error) {
                case .notCreated:
                    try move(job, .notCreated)
                    throw error
                case .busy(let retryAfter):
                    let pause = retryAfter ?? context.pace.busy
                    guard !settings.detach, waited < context.pace.patience, pause <= context.pace.patience else {
                        try move(job, .notCreated)
                        if settings.detach {
                            throw StepWaiting("no capacity for the \(context.request.kind) yet: \(error)")
                        }
                        throw RemoteJobError.noRoom(reason: "\(error)")
                    }
                    context.note("the provider has no capacity yet (\(error)); trying again")
                    do {
                        try await context.clock.sleep(seconds: pause)
                    } catch {
                        try move(job, .notCreated)
                        throw error
                    }
                    waited += pause
                case .unknown:
                    context.note("the reply to the create call was lost (\(error)); looking for the job at the provider")
                    return try await resolve(job, lost: lost + 1, after: error, context)
                }
            }
        }
    }

    /// Determines the outcome of a job with a recorded intent: adopts the job, sends it if it was certainly not
    /// created, or quarantines it.
    /// - Parameters:
    ///   - lost: the number of lost replies to this process's create calls.
    ///   - cause: the error of the last of them.
    private func resolve(
        _ job: RemoteJob, lost: Int = 0, after cause: (any Error)? = nil, _ context: JobContext
    ) async throws -> (RemoteJob, RemoteSnapshot?) {
        var waited = 0.0
        while true {
            let found: Found
            do {
                found = try await find(job.tag, for: job, context)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                throw try quarantine(
                    job, Found.Ambiguity(reason: "the provider's list of jobs cannot be read: \(error)", candidates: []),
                    context)
            }
            if let taken = try await taken(found, job, context) { return taken }
            if waited >= context.pace.settling {
                if let cause, lost >= RemoteJobs.sends {
                    try move(job, .notCreated)
                    throw cause
                }
                return try await send(job, lost: lost, context)
            }
            let pause = min(context.pace.settling, max(1, context.pace.settling / 4))
            try await context.clock.sleep(seconds: pause)
            waited += pause
        }
    }

    /// The jobs that a listing shows under a tag.
    private struct Found {
        struct Ended {
            var id: String
            var reason: String
            var wasCrowdedOut: Bool
        }

        /// The reason why it is unknown whether the job exists; the user decides.
        struct Ambiguity {
            var reason: String
            /// Untagged jobs at the provider that may be this job, or what it created.
            var candidates: [String]
            /// Whether the candidates are not jobs but what the job created.
            var areProducts = false
        }

        var adoptable: [RemoteSnapshot] = []
        var ended: Ended?
        var ambiguity: Ambiguity?
    }

    /// Searches the provider's list for a tag.
    /// - Parameters:
    ///   - passedOver: untagged jobs that are known to be other jobs.
    ///   - job: the ledger's entry of the job, if there is one. Untagged jobs are skipped if they belong to another
    ///     entry, or if the user declared that they are not this job.
    private func find(
        _ tag: String, passingOver passedOver: Set<String> = [], for job: RemoteJob? = nil, _ context: JobContext
    ) async throws -> Found {
        var others = passedOver
        for known in try ledger.jobs(JobFilter(account: context.request.account)) where known.id != job?.id {
            if let id = known.remoteID { others.insert(id) }
        }
        for forgotten in try ledger.forgottenJobs(account: context.request.account, tag: tag) {
            others.formUnion(forgotten.candidates)
        }
        var failures = 0
        while true {
            do {
                var found = Found()
                var unclear: [String] = []
                var products: [String] = []
                for snapshot in try await context.service.find(tag: tag) {
                    if snapshot.identity != .tagged, others.contains(snapshot.id) { continue }
                    if snapshot.identity == .unclear {
                        unclear.append(snapshot.id)
                        continue
                    }
                    if snapshot.identity == .product {
                        products.append(snapshot.id)
                        continue
                    }
                    switch snapshot.phase {
                    case .ended(let reason):
                        found.ended = Found.Ended(id: snapshot.id, reason: reason, wasCrowdedOut: false)
                    case .crowdedOut(let reason):
                        found.ended =
                            found.ended
                            ?? Found.Ended(id: snapshot.id, reason: reason, wasCrowdedOut: true)
                    case .running, .unknown, .completed:
                        if let carried = snapshot.fingerprint, carried != context.request.fingerprint {
                            found.ambiguity = Found.Ambiguity(
                                reason: "\(snapshot.id) has the tag of this job but a different request", candidates: [])
                        } else {
                            found.adoptable.append(snapshot)
                        }
                    }
                }
                if found.adoptable.isEmpty, found.ended == nil, found.ambiguity == nil, !unclear.isEmpty {
                    let names = unclear.sorted().joined(separator: ", ")
                    found.ambiguity = Found.Ambiguity(
                        reason: "the provider keeps no tags, and \(names) may be this \(context.request.kind): its input "
                            + "cannot be distinguished from this project's",
                        candidates: unclear.sorted())
                }
                if found.adoptable.isEmpty, found.ended == nil, found.ambiguity == nil, !products.isEmpty {
                    let names = products.sorted().joined(separator: ", ")
                    found.ambiguity = Found.Ambiguity(
                        reason:
                            "\(names) carries the tag of this \(context.request.kind), but the provider does not list the job",
                        candidates: products.sorted(), areProducts: true)
                }
                return found
            } catch  where context.service.isTransient(error) && failures < 5 {
                failures += 1
                try await context.clock.sleep(seconds: min(context.pace.poll, 5))
            }
        }
    }

    private func adopt(
        _ candidates: [RemoteSnapshot], as job: RemoteJob, _ context: JobContext
    ) throws -> (RemoteJob, RemoteSnapshot?)? {
        func rank(_ snapshot: RemoteSnapshot) -> (Int, Int, String) {
            (snapshot.identity == .tagged ? 0 : 1, snapshot.isCutShort ? 1 : 0, snapshot.id)
        }
        guard let first = candidates.min(by: { rank($0) < rank($1) }) else { return nil }
        context.note(
            "adopted \(job.kind) \(first.id), which was created before (\(first.text))"
                + (first.identity == .tagged ? "" : ": it carries no tag, and its files and parameters are the same"))
        return (try move(job, .created, remoteID: first.id, detail: ["adopted": true]), first)
    }
}

extension RemoteJob {
    /// The key in a collected job's detail for the reason why its results cannot be fetched.
    static let lostKey = "lost"
    /// The key in a quarantined job's detail for the untagged jobs at the provider that may be this job.
    static let candidatesKey = "candidates"
    /// The key in a quarantined job's detail for where the provider shows its tag.
    static let placeKey = "place"
    /// The key in a quarantined job's detail for whether the candidates are not jobs but what the job created.
    static let areProductsKey = "are_products"

    /// The reason why a collected job's results, which are lost here, cannot be fetched from the provider; `nil` for
    /// other jobs.
    package var lost: String? { detail[RemoteJob.lostKey]?.string }

    /// The untagged jobs at the provider that may be this job, or what it created (`hasProducts`).
    package var candidates: [String] { detail[RemoteJob.candidatesKey]?.array?.compactMap(\.string) ?? [] }

    /// Whether the candidates are not jobs but what this job created, so that none of them can be adopted.
    package var hasProducts: Bool { detail[RemoteJob.areProductsKey] == true }

    /// Where the provider shows a quarantined job's tag: `metadata 'assay' is 3f6e…`; `nil` in records of earlier versions.
    package var place: String? { detail[RemoteJob.placeKey]?.string }
}

extension ForgottenJob {
    /// The jobs at the provider that the user declared not to be this job.
    var candidates: [String] { detail[RemoteJob.candidatesKey]?.array?.compactMap(\.string) ?? [] }
}
