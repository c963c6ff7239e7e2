// The coordinator's side of a cluster: submits ready steps, polls all jobs at once, and adopts jobs of earlier runs.

import Artifacts
package import Basics
import Foundation
import Planning
import Platform

/// Steps that wait for jobs of a cluster. All state is in files and at the cluster, so that the successor of a killed
/// coordinator finds its jobs by name.
package actor SlurmQueue {
    /// The options of the queue.
    package struct Settings: Sendable {
        /// The path of `assay`, the same on all nodes.
        package var program: String
        /// The absolute path of the state folder.
        package var stateFolder: String
        /// The folder in which the run was started.
        package var workingFolder: String
        /// Whether submitted jobs are left running when the run ends.
        package var detach = false
        /// The seconds between two polls while states change; up to ten times that otherwise.
        package var interval = 1.0
        /// The seconds for which a job may be missing from the cluster's list after a submission without a reply.
        package var settling = 15.0

        /// - Parameter program: the path of `assay`, the same on all nodes.
        package init(program: String, stateFolder: String, workingFolder: String) {
            self.program = program
            self.stateFolder = stateFolder
            self.workingFolder = workingFolder
        }
    }

    private struct Waiter {
        var request: SlurmRequest
        var progress: @Sendable (Double?, String) -> Void
        var answer: CheckedContinuation<SlurmOutcome, any Error>
        var place: SlurmPlace?
        var state: SlurmState?
        /// The last progress that the node reported.
        var reported: String?
        /// The time at which the job entered its state, in the trace's seconds.
        var since = 0.0
        var submissions = 0
        /// Whether the cluster has been polled since the request arrived.
        var isLookedFor = false
        /// The number of polls since the job was first seen ended or missing.
        var looksAfterEnd = 0
    }

    private let service: any SlurmService
    private let settings: Settings
    private let folder: SlurmFolder
    private let clock: any WallClock
    private let trace: RunTrace?
    private let note: @Sendable (String) -> Void
    private var waiters: [StepKey: Waiter] = [:]
    /// Steps that no caller awaits, although their jobs continue.
    private var abandoned: Set<SlurmPlace> = []
    /// The tasks of live submissions by the key of their first step.
    private var tasks: [StepKey: [SlurmPlace]] = [:]
    private var learned: Set<SafeName> = []
    /// The cluster's ids of acknowledged submissions.
    private var sent: [SafeName: String] = [:]
    /// Submissions of this process.
    private var own: Set<SafeName> = []
    private var listed: [SlurmPlace: SlurmState] = [:]
    private var polling: Task<Void, Never>?
    private var isSilent = false
    private var quietLooks = 0

    /// - Parameter note: receives messages that deserve their own line, such as adopted jobs.
    package init(
        service: any SlurmService, settings: Settings, clock: any WallClock, trace: RunTrace? = nil,
        note: @escaping @Sendable (String) -> Void
    ) {
        self.service = service
        self.settings = settings
        self.clock = clock
        self.trace = trace
        self.note = note
        folder = SlurmFolder(state: settings.stateFolder)
    }

    /// The result of a step from a node. Submits a job unless one is already working on the step.
    /// - Parameter progress: receives changes of the job's state and progress.
    /// - Throws: `SlurmError`; `StepWaiting` with `--detach`.
    package func outcome(
        of request: SlurmRequest, progress: @escaping @Sendable (Double?, String) -> Void
    ) async throws -> SlurmOutcome {
        try Task.checkCancellation()
        let key = request.task.key
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (answer: CheckedContinuation<SlurmOutcome, any Error>) in
                waiters[key] = Waiter(request: request, progress: progress, answer: answer, since: trace?.now() ?? 0)
                if Task.isCancelled { return giveUp(key) }
                if polling == nil { polling = Task { await poll() } }
            }
        } onCancel: {
            Task { await self.giveUp(key) }
        }
    }

    /// Stops polling, cancels jobs that no caller waits for, and removes files that have been read.
    package func close() async {
        for key in waiters.keys { giveUp(key) }
        await polling?.value
        if !abandoned.isEmpty, let now = try? await service.list() {
            let live = SlurmState.byPlace(now, sent: sent).values.filter { !$0.isEnded && abandoned.contains($0.place) }
            let ids = live.sorted { $0.order < $1.order }.map(\.id)
            if !ids.isEmpty {
                do {
                    try await service.cancel(ids)
                    // The next run must submit the step again instead of reporting a cancelled job.
                    for state in live { markSeen(state.place) }
                    note("cancelled \(ids.count == 1 ? "Slurm job \(ids[0])" : "\(ids.count) Slurm jobs")")
                } catch {
                    note("Slurm jobs that are no longer needed are still running: \(ids.joined(separator: " ")): \(error)")
                }
            }
        }
        removeReported(at: await clock.now())
    }

    // MARK: Polling

    private func poll() async {
        // Requests that become ready together arrive one by one; they are submitted as one array.
        try? await clock.sleep(seconds: settings.interval / 5)
        while !waiters.isEmpty {
            await look()
            if waiters.isEmpty { break }
            let seconds = min(10, max(1, Double(quietLooks) / 30)) * settings.interval
            var slept = 0.0
            repeat {
                try? await clock.sleep(seconds: settings.interval / 5)
                slept += settings.interval / 5
            } while slept < seconds && !waiters.isEmpty && !waiters.values.contains { !$0.isLookedFor }
        }
        polling = nil
    }

    private func look() async {
        takeOutcomes()
        do {
            let states = try await service.list()
            for name in Set(states.map(\.place.name)).subtracting(learned) { learn(name) }
            listed = SlurmState.byPlace(states, sent: sent)
            if isSilent { note("the cluster's controller responds again") }
            isSilent = false
        } catch let error as SlurmError where error.isPassing {
            if !isSilent { note("the cluster's controller does not respond; retrying: \(error)") }
            isSilent = true
            return
        } catch {
            for key in waiters.keys { fail(key, error) }
            return
        }
        // A job that ended before the list was made has written its result by now.
        takeOutcomes()
        takeFailures()
        quietLooks += 1
        for key in waiters.keys {
            waiters[key]?.isLookedFor = true
            if waiters[key]?.place == nil { waiters[key]?.place = place(of: key) }
        }
        await watch()
        await submit()
        if settings.detach {
            for (key, waiter) in waiters {
                guard let place = waiter.place else { continue }
                let state = listed[place].map { "job \($0.id) is \($0.text)" } ?? "job \(place.name) is submitted"
                answer(key, .failure(StepWaiting("Slurm \(state)")))
            }
        }
    }

    /// Reads the results that nodes have left.
    private func takeOutcomes() {
        let begun = folder.names(in: folder.steps)
        for key in waiters.keys where begun.contains(key.digest.hex) {
            let path = folder.step(key)
            // An outcome may become visible before its objects, or garbage collection may have removed them; the end
            // of the job, or another job, decides.
            guard folder.names(in: path).contains("outcome.json"),
                let outcome = folder.read(SlurmOutcome.self, at: path + "/outcome.json"),
                outcome.outputs.values.allSatisfy(isThere)
            else { continue }
            answer(key, .success(outcome))
        }
    }

    /// Reads the failures that nodes have left, once the cluster has reported how their jobs ended: a program that
    /// dies because its job was ended from outside has not failed.
    private func takeFailures() {
        let files = LocalFileSystem()
        let begun = folder.names(in: folder.steps)
        for key in waiters.keys where begun.contains(key.digest.hex) {
            let path = folder.step(key)
            guard folder.names(in: path).contains("failure.json"),
                let failure = folder.read(SlurmFailure.self, at: path + "/failure.json")
            else { continue }
            let state = listed[failure.place]
            var end = SlurmEnd.forgotten
            switch state?.phase {
            case .pending, .running: continue
            case .ended(.cancelled), .ended(.timeLimit), .ended(.lost):
                try? files.remove(path + "/failure.json")
                continue
            case .ended(let reported): end = reported
            case nil: break
            }
            try? files.remove(path + "/failure.json")
            markSeen(failure.place)
            if let digest = failure.broken {
                fail(key, StoreError.corrupt(digest))
            } else if isOutOfMemory(failure.place, end) {
                fail(
                    key,
                    SlurmError.ended(
                        .outOfMemory, job: failure.job, node: failure.node, exitCode: nil, limit: nil,
                        memory: waiters[key]?.request.resources.memory, log: failure.message))
            } else {
                fail(key, SlurmError.step(failure.message, job: failure.job, node: failure.node))
            }
        }
    }

    private func isThere(_ digest: Digest) -> Bool {
        let files = LocalFileSystem()
        let path = objectPath(digest)
        if files.exists(path) { return true }
        guard folder.names(in: settings.stateFolder + "/objects").contains(String(digest.hex.prefix(2))) else {
            return false
        }
        return folder.names(in: Platform.folder(of: path)).contains(String(digest.hex.dropFirst(2)))
            && files.exists(path)
    }

    private func objectPath(_ digest: Digest) -> String {
        settings.stateFolder + "/objects/" + digest.hex.prefix(2) + "/" + digest.hex.dropFirst(2)
    }

    /// Records which steps the tasks of a submission start with.
    private func learn(_ name: SafeName) {
        guard let intent = folder.read(SlurmIntent.self, at: folder.job(name) + "/keys.json") else { return }
        learned.insert(name)
        sent[name] = folder.read(String.self, at: folder.job(name) + "/sent")
        for (index, key) in intent.keys.enumerated() {
            tasks[key, default: []].append(SlurmPlace(name: name, index: index))
        }
    }

    /// The task that works on a step, will reach it, or has finished it without its result being read.
    private func place(of key: StepKey) -> SlurmPlace? {
        var candidates = tasks[key] ?? []
        if let claim = folder.read(SlurmPlace.self, at: folder.step(key) + "/claim.json") { candidates.append(claim) }
        let known = candidates.filter { listed[$0] != nil && !LocalFileSystem().exists(folder.task($0, "seen")) }
        guard
            let place = known.first(where: { listed[$0]?.phase == .running || listed[$0]?.phase == .pending })
                ?? known.last
        else { return nil }
        if !own.contains(place.name), let state = listed[place] {
            note("Slurm job \(state.id) of an earlier run was taken over: \(state.text)")
        }
        return place
    }

    /// Polls the jobs that callers wait for.
    private func watch() async {
        var files: [SafeName: Set<String>] = [:]
        for (key, waiter) in waiters {
            guard let place = waiter.place else { continue }
            let state = listed[place]
            if state != waiter.state, let state {
                quietLooks = 0
                record(waiter)
                waiters[key]?.since = trace?.now() ?? 0
                waiters[key]?.state = state
                waiter.progress(nil, "Slurm \(state.id) \(state.text)")
            }
            if let state, state.phase == .running {
                let there = files[place.name] ?? folder.names(in: folder.job(place.name))
                files[place.name] = there
                if there.contains("\(place.index).progress") { tellProgress(key, waiter, state) }
            }
            var end = SlurmEnd.forgotten
            switch state?.phase {
            case .pending, .running:
                waiters[key]?.looksAfterEnd = 0
                continue
            case .ended(let reported): end = reported
            case nil: break
            }
            waiters[key]?.looksAfterEnd += 1
            guard waiter.looksAfterEnd >= end.patience else {
                quietLooks = 0
                continue
            }
            await settle(key, waiter, place, end)
        }
    }

    /// Reports the progress of a running step. It does not shorten the polling interval, because training reports
    /// progress constantly.
    private func tellProgress(_ key: StepKey, _ waiter: Waiter, _ state: SlurmState) {
        let place = state.place
        guard let progress = folder.read(SlurmProgress.self, at: folder.task(place, "progress")),
            progress.step == waiter.request.task.steps.first?.id
        else { return }
        let reported = "Slurm \(state.id) \(state.text), \(progress.text)"
        guard reported != waiter.reported else { return }
        waiters[key]?.reported = reported
        waiter.progress(progress.fraction, reported)
    }

    /// Reacts to the end of a job that left no result.
    private func settle(_ key: StepKey, _ waiter: Waiter, _ place: SlurmPlace, _ end: SlurmEnd) async {
        markSeen(place)
        let id = waiter.state?.id ?? place.name.text
        let isFirst = tasks[key]?.contains(place) ?? false
        switch end.verdict(isFirst: isFirst, submissions: max(1, waiter.submissions)) {
        case .submitAgain:
            note(
                "Slurm job \(id): \(end == .forgotten ? "no longer known" : waiter.state?.text ?? "gone"); "
                    + "\(waiter.request.task.steps.first?.id.text ?? "the step") is submitted again")
            waiters[key]?.place = nil
            waiters[key]?.state = nil
            waiters[key]?.looksAfterEnd = 0
        case .fail:
            if end == .lost || end == .forgotten {
                return fail(key, SlurmError.lost(job: id, times: max(1, waiter.submissions), last: end))
            }
            let details = try? await service.details(id)
            let log = lastWords(place)
            if end == .completed {
                return fail(key, SlurmError.noResult(job: id, node: waiter.state?.nodes ?? "", log: log))
            }
            fail(
                key,
                SlurmError.ended(
                    isOutOfMemory(place, end) ? .outOfMemory : end, job: id, node: waiter.state?.nodes ?? "",
                    exitCode: details?["ExitCode"],
                    limit: waiter.request.resources.seconds, memory: waiter.request.resources.memory, log: log))
        }
    }

    /// Whether the job was killed for its memory. Without cgroups (`JobAcctGatherParams=OverMemoryKill`) Slurm says
    /// so only in the job's log and reports the job as failed. (Observed with Slurm 22.05.)
    private func isOutOfMemory(_ place: SlurmPlace, _ end: SlurmEnd) -> Bool {
        end == .outOfMemory || end == .failed && lastWords(place).contains("exceeded memory limit")
    }

    private func lastWords(_ place: SlurmPlace) -> String {
        let text = (try? LocalFileSystem().read(folder.task(place, "log"))).map { String(decoding: $0, as: UTF8.self) }
        return String((text ?? "").suffix(600)).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    // MARK: Submitting

    private func submit() async {
        let held = await unanswered()
        // A request that arrived during this poll has not been looked up; an earlier job may own it.
        let open = waiters.values.filter { $0.place == nil && $0.isLookedFor && !held.contains($0.request.task.key) }
            .map(\.request).sorted { $0.task.key < $1.task.key }
        for group in SlurmJob.groups(open) {
            do {
                try await submit(group)
            } catch let error as SlurmError where error.isPassing {
                note("the cluster did not reply to a submission; looking for it: \(error)")
            } catch {
                for request in group { fail(request.task.key, error) }
            }
        }
    }

    private func submit(_ group: [SlurmRequest]) async throws {
        guard let first = group.first else { return }
        let files = LocalFileSystem()
        let keys = group.map(\.task.key)
        var attempt = 1
        var name = SlurmJob.name(of: keys, in: settings.stateFolder, attempt: attempt)
        while files.exists(folder.job(name)) {
            attempt += 1
            name = SlurmJob.name(of: keys, in: settings.stateFolder, attempt: attempt)
        }
        for (index, request) in group.enumerated() {
            try folder.write(request.task, at: folder.task(SlurmPlace(name: name, index: index), "json"))
        }
        let at = await clock.now().timeIntervalSince1970
        try folder.write(SlurmIntent(keys: keys, at: at), at: folder.job(name) + "/keys.json")
        let job = SlurmJob(
            name: name, tasks: group.count, resources: first.resources, environment: first.environment,
            program: settings.program, stateFolder: settings.stateFolder, workingFolder: settings.workingFolder)
        let id: String
        do {
            id = try await service.submit(job)
        } catch {
            // Certainly not accepted: the intent is removed, unless that is unknown.
            if !((error as? SlurmError)?.isPassing ?? false) { try? files.removeTree(folder.job(name)) }
            throw error
        }
        try folder.write(id, at: folder.job(name) + "/sent")
        own.insert(name)
        learn(name)
        quietLooks = 0
        note("submitted \(group.count == 1 ? "Slurm job \(id)" : "Slurm array \(id) of \(group.count)"), \(name)")
        for (index, key) in keys.enumerated() {
            let place = SlurmPlace(name: name, index: index)
            guard waiters[key] != nil else {
                abandoned.insert(place)
                continue
            }
            waiters[key]?.place = place
            waiters[key]?.submissions += 1
            waiters[key]?.looksAfterEnd = 0
        }
    }

    /// The steps of submissions that are neither acknowledged nor listed, but may be on their way.
    private func unanswered() async -> Set<StepKey> {
        guard waiters.values.contains(where: { $0.place == nil }) else { return [] }
        let files = LocalFileSystem()
        let now = await clock.now().timeIntervalSince1970
        var keys: Set<StepKey> = []
        for name in folder.submissions() where !learned.contains(name) {
            guard !files.exists(folder.job(name) + "/sent"),
                let intent = folder.read(SlurmIntent.self, at: folder.job(name) + "/keys.json"),
                abs(now - intent.at) < settings.settling
            else { continue }
            keys.formUnion(intent.keys)
        }
        return keys
    }

    // MARK: Answers

    private func answer(_ key: StepKey, _ result: Result<SlurmOutcome, any Error>) {
        guard let waiter = waiters.removeValue(forKey: key) else { return }
        record(waiter, result)
        waiter.answer.resume(with: result)
    }

    private func fail(_ key: StepKey, _ error: any Error) { answer(key, .failure(error)) }

    private func giveUp(_ key: StepKey) {
        guard let waiter = waiters[key] else { return }
        if let place = waiter.place { abandoned.insert(place) }
        fail(key, CancellationError())
    }

    /// Adds the time that a job spent in its last state to the trace. If a job ended before it was seen running, its
    /// result states how long it ran.
    private func record(_ waiter: Waiter, _ result: Result<SlurmOutcome, any Error>? = nil) {
        guard let trace, let step = waiter.request.task.steps.first else { return }
        var detail = ["state": waiter.state?.text ?? "submitted"]
        if let id = waiter.state?.id { detail["job"] = id }
        let now = trace.now()
        let isSeenRunning = waiter.state?.phase == .running
        var start = isSeenRunning ? waiter.since : now
        if !isSeenRunning, case .success(let outcome)? = result { start = max(waiter.since, now - outcome.seconds) }
        if !isSeenRunning {
            trace.add(.init(.slurm, row: "pending", step.id.text, from: waiter.since, to: start, detail: detail))
        }
        if start < now {
            trace.add(.init(.slurm, row: "running", step.id.text, from: start, to: now, detail: detail))
        }
    }

    private func markSeen(_ place: SlurmPlace) {
        try? folder.write(true, at: folder.task(place, "seen"))
    }

    /// Removes files that are no longer read: steps whose results are in the store, and submissions older than a week.
    private func removeReported(at now: Date) {
        let files = LocalFileSystem()
        for name in (try? files.list(folder.steps)) ?? [] {
            let result = settings.stateFolder + "/results/" + name.prefix(2) + "/" + name.dropFirst(2) + ".json"
            if files.exists(result) { try? files.removeTree(folder.steps + "/" + name) }
        }
        for name in folder.submissions() {
            guard let intent = folder.read(SlurmIntent.self, at: folder.job(name) + "/keys.json"),
                now.timeIntervalSince1970 - intent.at > 7 * 86400, !listed.keys.contains(where: { $0.name == name })
            else { continue }
            try? files.removeTree(folder.job(name))
        }
    }
}
