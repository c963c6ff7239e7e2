// Creates, finds again and waits for paid jobs: never twice, never lost.

package import Basics
package import Foundation
package import Ledger

/// A paid job that a step wants.
package struct RemoteJobRequest: Sendable {
    package var kind: String
    package var account: String
    package var emulated: Bool
    package var key: StepKey
    package var step: StepID
    /// Tells jobs of one step apart: the shard of a batch.
    package var part: String
    /// The digest of the whole request.
    package var fingerprint: Digest
    /// The forecast that is held back from the budget.
    package var reserve: Money

    package init(
        kind: String, account: String, emulated: Bool, key: StepKey, step: StepID, part: String,
        fingerprint: Digest, reserve: Money
    ) {
        self.kind = kind
        self.account = account
        self.emulated = emulated
        self.key = key
        self.step = step
        self.part = part
        self.fingerprint = fingerprint
        self.reserve = reserve
    }
}

/// Why a paid job is not done.
package enum RemoteJobError: Error, Sendable {
    /// It cannot be known whether the job exists: `assay jobs` shows it and a person decides.
    case quarantined(id: Int64, reason: String)
    /// The provider ended the job without results. It was paid for or not; only `--retry` tries again.
    case ended(remoteID: String, reason: String)
    /// It failed in an earlier run, and nobody asked to try again.
    case endedBefore(remoteID: String?, reason: String)
}

/// The paid jobs of one run.
package struct RemoteJobs: Sendable {
    package struct Settings: Sendable {
        /// Submits what can be submitted and does not wait.
        package var detach = false
        /// Tries a job again that ended without results.
        package var retry = false
        package var budget: Money?
        package init() {}
    }

    let ledger: Ledger
    let run: RunID
    package let settings: Settings

    package init(ledger: Ledger, run: RunID, settings: Settings) {
        self.ledger = ledger
        self.run = run
        self.settings = settings
    }

    /// What travels with a create call: 16 hex digits of the digest of key, part and attempt.
    package static func tag(key: StepKey, part: String, attempt: Int) -> String {
        Digest(of: "\(key) \(part) \(attempt)").short
    }

    /// Has a job done: finds the one that exists, or creates it, and waits until the provider has results.
    /// - Returns: the job in the ledger, to be closed with `collected` when its results are safe, and the provider's
    ///   last word.
    /// - Throws: `RemoteJobError`, `LedgerError.overBudget`, `StepWaiting` with `--detach`, errors of the provider.
    package func complete(
        _ request: RemoteJobRequest, service: any RemoteJobService, pace: RemotePace, clock: any WallClock,
        note: @Sendable (String) -> Void, progress: @Sendable (RemoteSnapshot) -> Void
    ) async throws -> (job: RemoteJob, snapshot: RemoteSnapshot) {
        let (job, known) = try await submitted(request, service: service, pace: pace, clock: clock, note: note)
        let id = job.remoteID ?? ""
        var snapshot: RemoteSnapshot
        if let known { snapshot = known } else { snapshot = try await ask(service, id, pace, clock) }
        while true {
            progress(snapshot)
            switch snapshot.phase {
            case .completed:
                try ledger.markState(job.id, RemoteJobState.finished.rawValue, detail: ["last": .string(snapshot.text)])
                return (job, snapshot)
            case .ended(let reason):
                try ledger.finish(job.id, state: RemoteJobState.failed.rawValue, detail: ["reason": .string(reason)])
                throw RemoteJobError.ended(remoteID: id, reason: reason)
            case .running:
                try ledger.markState(job.id, RemoteJobState.running.rawValue, detail: ["last": .string(snapshot.text)])
                if settings.detach { throw StepWaiting("\(request.kind) \(id) is \(snapshot.text)") }
                try await clock.sleep(seconds: pace.poll)
                snapshot = try await ask(service, id, pace, clock)
            }
        }
    }

    /// Closes a job whose results are in the store or in a journal.
    package func collected(_ job: RemoteJob, spend: [Spend]) throws {
        try ledger.finish(job.id, state: RemoteJobState.collected.rawValue, spend: spend)
    }

    /// Asks how a job is; a provider that does not answer for a moment is asked again.
    private func ask(
        _ service: any RemoteJobService, _ id: String, _ pace: RemotePace, _ clock: any WallClock
    ) async throws -> RemoteSnapshot {
        var failures = 0
        while true {
            do {
                return try await service.snapshot(of: id)
            } catch where service.isTransient(error) && failures < 20 {
                failures += 1
                try await clock.sleep(seconds: pace.poll)
            }
        }
    }

    // MARK: Submission

    private func submitted(
        _ request: RemoteJobRequest, service: any RemoteJobService, pace: RemotePace, clock: any WallClock,
        note: @Sendable (String) -> Void
    ) async throws -> (RemoteJob, RemoteSnapshot?) {
        var attempt = 1
        let known = try ledger.jobs(JobFilter(kind: request.kind, account: request.account, key: request.key))
            .filter { $0.part == request.part }
        if let last = known.max(by: { $0.attempt < $1.attempt }) {
            switch RemoteJobState(rawValue: last.state) {
            case .failed:
                let reason = last.detail["reason"]?.string ?? "it ended without results"
                guard settings.retry else {
                    throw RemoteJobError.endedBefore(remoteID: last.remoteID, reason: reason)
                }
                attempt = last.attempt + 1
            case .quarantined:
                throw RemoteJobError.quarantined(
                    id: last.id, reason: last.detail["quarantine"]?.string ?? "its fate is not known")
            case .submitted, .running, .finished, .collected:
                if last.remoteID != nil { return (last, nil) }
                return try await resolve(last, request, service, pace, clock, note)
            case .intended, .planned, nil:
                return try await resolve(last, request, service, pace, clock, note)
            }
        }
        return try await create(request, attempt: attempt, service, pace, clock, note)
    }

    /// Creates a job unless the provider has it: another machine may have sent it, or a ledger that is lost.
    private func create(
        _ request: RemoteJobRequest, attempt first: Int, _ service: any RemoteJobService, _ pace: RemotePace,
        _ clock: any WallClock, _ note: @Sendable (String) -> Void
    ) async throws -> (RemoteJob, RemoteSnapshot?) {
        var attempt = first
        while true {
            let tag = RemoteJobs.tag(key: request.key, part: request.part, attempt: attempt)
            let found = try await find(tag, request, service, pace, clock)
            if found.adoptable.isEmpty, found.hasEnded {
                // Somebody's attempt of this number ended without results; failures are not adopted.
                attempt += 1
                continue
            }
            let job: RemoteJob
            do {
                job = try ledger.recordIntent(
                    JobIntent(
                        kind: request.kind, account: request.account, key: request.key, part: request.part,
                        attempt: attempt, tag: tag, fingerprint: request.fingerprint, run: run, step: request.step,
                        emulated: request.emulated, reserve: request.reserve),
                    budget: settings.budget)
            } catch LedgerError.alreadyIntended(let other) {
                return try await resolve(other, request, service, pace, clock, note)
            }
            if let adopted = try adopt(found.adoptable, as: job, note) { return adopted }
            return try await send(job, request, service, pace, clock, note)
        }
    }

    /// Sends the create call of a job whose intent is written.
    private func send(
        _ job: RemoteJob, _ request: RemoteJobRequest, _ service: any RemoteJobService, _ pace: RemotePace,
        _ clock: any WallClock, _ note: @Sendable (String) -> Void
    ) async throws -> (RemoteJob, RemoteSnapshot?) {
        while true {
            do {
                let snapshot = try await service.create(tag: job.tag)
                return (try ledger.markSubmitted(job.id, remoteID: snapshot.id), snapshot)
            } catch {
                switch service.failure(of: error) {
                case .notCreated:
                    try ledger.forget(job.id)
                    throw error
                case .busy(let retryAfter):
                    note("the provider has no room for it yet (\(error)); trying again")
                    do {
                        try await clock.sleep(seconds: retryAfter ?? pace.busy)
                    } catch {
                        try ledger.forget(job.id)
                        throw error
                    }
                case .unknown:
                    note("the answer to the create call was lost (\(error)); looking for the job at the provider")
                    return try await resolve(job, request, service, pace, clock, note)
                }
            }
        }
    }

    /// Finds out what became of a job whose intent is written: adopts it, sends it if it surely was not created, or
    /// puts it into quarantine.
    private func resolve(
        _ job: RemoteJob, _ request: RemoteJobRequest, _ service: any RemoteJobService, _ pace: RemotePace,
        _ clock: any WallClock, _ note: @Sendable (String) -> Void
    ) async throws -> (RemoteJob, RemoteSnapshot?) {
        var waited = 0.0
        while true {
            let found: Found
            do {
                found = try await find(job.tag, request, service, pace, clock)
            } catch let error as RemoteJobError {
                throw error
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                throw try quarantine(job, "the provider's list of jobs cannot be read: \(error)")
            }
            if let adopted = try adopt(found.adoptable, as: job, note) { return adopted }
            if found.hasEnded {
                try ledger.finish(
                    job.id, state: RemoteJobState.failed.rawValue, detail: ["reason": .string(found.reason)])
                throw RemoteJobError.ended(remoteID: found.endedID, reason: found.reason)
            }
            if waited >= pace.settling { return try await send(job, request, service, pace, clock, note) }
            let pause = min(pace.settling, max(1, pace.settling / 4))
            try await clock.sleep(seconds: pause)
            waited += pause
        }
    }

    private struct Found {
        var adoptable: [RemoteSnapshot]
        var hasEnded = false
        var endedID = ""
        var reason = ""
    }

    private func find(
        _ tag: String, _ request: RemoteJobRequest, _ service: any RemoteJobService, _ pace: RemotePace,
        _ clock: any WallClock
    ) async throws -> Found {
        var failures = 0
        while true {
            do {
                var found = Found(adoptable: [])
                for snapshot in try await service.find(tag: tag) {
                    if case .ended(let reason) = snapshot.phase {
                        found.hasEnded = true
                        found.endedID = snapshot.id
                        found.reason = reason
                    } else if let carried = snapshot.fingerprint, carried != request.fingerprint {
                        // The tag fits and the request does not: not ours to take, and not safe to send again.
                        let job = try ledger.jobs(JobFilter(kind: request.kind, key: request.key))
                            .first { $0.tag == tag }
                        throw RemoteJobError.quarantined(
                            id: job?.id ?? 0, reason: "\(snapshot.id) carries the tag of another request")
                    } else {
                        found.adoptable.append(snapshot)
                    }
                }
                return found
            } catch where service.isTransient(error) && failures < 5 {
                failures += 1
                try await clock.sleep(seconds: min(pace.poll, 5))
            }
        }
    }

    private func adopt(
        _ candidates: [RemoteSnapshot], as job: RemoteJob, _ note: @Sendable (String) -> Void
    ) throws -> (RemoteJob, RemoteSnapshot?)? {
        guard let first = candidates.min(by: { $0.id < $1.id }) else { return nil }
        if candidates.count > 1 {
            note(
                "\(candidates.count) jobs carry the same tag: \(candidates.map(\.id).sorted().joined(separator: ", ")); "
                    + "two starts at the same moment? \(first.id) is used, cancel the others")
        }
        note("adopted \(job.kind) \(first.id), which was created before (\(first.text))")
        return (try ledger.markSubmitted(job.id, remoteID: first.id, detail: ["adopted": true]), first)
    }

    private func quarantine(_ job: RemoteJob, _ reason: String) throws -> RemoteJobError {
        try ledger.quarantine(job.id, reason: reason)
        return .quarantined(id: job.id, reason: reason)
    }
}
