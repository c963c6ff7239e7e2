// One run from its start in the ledger to its report: executor, paid jobs, leases, signals.

import Artifacts
package import Basics
package import Execution
import Foundation
import Ledger
import Planning
import Platform
import Providers
package import Reporting
import Specification
import Steps
import Synchronization
import TaskKit
import Tasks
import VisionProtocol

/// A run in progress. It owns the executor, holds the state folder open, and deletes its deployments when it ends, also
/// after a signal.
package struct RunSession: Sendable {
    struct Settings: Sendable {
        var budget: Money?
        var detach: Bool
        var retry: Bool
        var failFast: Bool
        var jobs: Int
        /// The settings for cluster jobs; `nil` if all steps run locally.
        var slurm: SlurmSpec?
        /// The command line's changes and selections (`SpecRequest.selection`).
        var selection: JSONValue
        /// The path of the trace file; `nil` for no trace.
        var trace: String?
        /// Whether the ledger belongs to this user, so that deployments of dead runs in it may be deleted.
        var mayAct: Bool
    }

    /// The outcome of a run.
    package struct End: Sendable {
        /// The final state of each step.
        package var summary: RunSummary
        /// Scores, costs and warnings, from which every output is derived.
        package var results: ExperimentResults
        /// `nil` if nothing was measured and nothing ran.
        package var report: ExperimentReport?
        /// The path of the report's page.
        package var reportPath: String?

        /// `nil` if the run completed everything that was requested.
        package func exitCode(checkingClaims: Bool) -> CommandExit? {
            switch results.state {
            case .done:
                guard checkingClaims, let report, report.hasFailedClaim else { return nil }
                return .claimNotReproduced
            case .failed:
                let errors = summary.steps.values.compactMap(\.error)
                return errors.contains { $0 is Diagnostic || $0 is ConsentRefused } ? .invalid : .failure
            case .waiting: return .waiting
            case .interrupted: return .interrupted
            case .quarantined: return .quarantined
            case .overBudget: return .overBudget
            }
        }

        /// The reason for a non-zero exit code, in one line.
        package func reason(checkingClaims: Bool) -> String {
            switch results.state {
            case .done: return "a claim was not reproduced"
            case .failed:
                let failed = summary.steps.filter { $0.value.state == .failed }.sorted { $0.key < $1.key }
                let first = failed.first.map { ", first \($0.key): \($0.value.message ?? "no reason given")" } ?? ""
                return "\(failed.count) of \(summary.steps.count) steps failed\(first)"
            case .waiting: return "waiting for remote work; run again to collect it"
            case .interrupted: return "interrupted; run again to continue"
            case .quarantined: return "a remote job is in quarantine; see 'assay jobs'"
            case .overBudget: return "the budget does not cover the remaining steps"
            }
        }
    }

    /// The run's id.
    package let run: RunID
    private let prepared: PreparedPlan
    private let workspace: Workspace
    private let forecasts: [StepID: CostRange]
    private let consent: ConsentGate
    private let command: String
    private let settings: Settings
    private let progress: any RunDisplay
    private let dialogue: Dialogue

    init(
        run: RunID, prepared: PreparedPlan, workspace: Workspace, forecasts: [StepID: CostRange],
        consent: ConsentGate, command: String, settings: Settings, progress: any RunDisplay, dialogue: Dialogue
    ) {
        self.run = run
        self.prepared = prepared
        self.workspace = workspace
        self.forecasts = forecasts
        self.consent = consent
        self.command = command
        self.settings = settings
        self.progress = progress
        self.dialogue = dialogue
    }

    /// Start time and four random hex digits: `20261123-154336-7f3a`.
    static func newID() -> RunID {
        let text = Date().ISO8601Format()
        let digits = text.filter { $0.isNumber }
        let random = String(UInt16.random(in: .min ... .max), radix: 16)
        return RunID(
            "\(digits.prefix(8))-\(digits.dropFirst(8).prefix(6))-\(String(repeating: "0", count: 4 - random.count))\(random)")
    }

    func run() async throws -> End {
        let ledger = workspace.ledger
        let plan = prepared.plan
        let started = Date()
        _ = try ledger.closeDeadRuns()
        try ledger.startRun(
            run, experiment: plan.experiment,
            spec: URL(fileURLWithPath: prepared.specs.base.path).standardizedFileURL.path,
            detail: [
                "command": .string(command), "selection": settings.selection,
                "variants": .array(plan.variants.map { .string($0.text) }),
            ])
        try workspace.store.removeDeadScratch()
        let trace = settings.trace.map { _ in RunTrace() }
        let live = LiveRunWriter(
            folder: try workspace.runFolder(run), total: prepared.statuses.count { $0.state != .notNeeded })
        let take: @Sendable (RunEvent) -> Void = { [progress] in
            progress.take($0)
            trace?.take($0)
            live.take($0)
        }
        let note: @Sendable (StepID?, String) -> Void = { take(.note($0, $1)) }
        let hub = ProviderHub(
            plan: plan, environment: prepared.observations.environment, prices: prepared.specs.base.prices,
            stateFolder: workspace.folder, note: { note(nil, $0) })
        let vision = VisionWorkerClient(executable: VisionWorkerClient.executableBesideThisProgram())
        var jobSettings = RemoteJobs.Settings()
        jobSettings.detach = settings.detach
        jobSettings.retry = settings.retry
        jobSettings.budget = settings.budget
        let deploymentUsers = deploymentUsers()
        let deploymentSteps = Set(deploymentUsers.values.joined())
        let deployments = Deployments(ledger: ledger, run: run, users: deploymentUsers, note: note)
        let known = RunOutputs(plan, ledger, run) { note(nil, "the history of this run has a gap: \($0)") }
        let forecast = PlanForecast(prepared: prepared, store: workspace.store)
        let services = StepServices(
            providers: hub, catalog: builtInProviders, vision: vision,
            jobs: RemoteJobs(ledger: ledger, run: run, settings: jobSettings),
            files: RemoteFiles(ledger: ledger, locks: workspace.folder + "/locks"), deployments: deployments,
            store: workspace.nameAtProviders,
            spending: SpendBook(ledger: ledger, run: run, budget: settings.budget),
            prices: PriceBook(plan, by: prepared.specs.base), consent: consent,
            forecast: { step in forecast.all(of: [step.id]) { known.of($0) }[step.id] },
            environment: prepared.observations.environment, tasks: .standard)
        let tracking = try LiveTracking.start(prepared, run: run, started: started, store: workspace.store) { note(nil, $0) }
        let cluster = settings.slurm.map { spec in
            ClusterSteps(
                spec, plan: plan, environment: prepared.observations.environment, stateFolder: workspace.folder,
                detach: settings.detach, trace: trace, note: { note(nil, $0) })
        }
        var executorSettings = Executor.Settings()
        executorSettings.failFast = settings.failFast
        // One more than the number of concurrent programs, so that the next program's files are ready when one ends.
        executorSettings.maxPrograms = cluster == nil ? settings.jobs + 1 : nil
        let lanes = WorkLanes(jobs: settings.jobs, trace: trace) { take(.progress($0, fraction: nil, text: $1)) }
        let executor = Executor(
            store: workspace.store, lanes: lanes, clock: SystemWallClock(), tool: Tool.version,
            settings: executorSettings,
            runner: { cluster?.runner(for: $0) ?? services.runner(for: $0) },
            events: { event in
                take(event)
                let ended: [StepID] =
                    switch event {
                    case .cached(let ids): deploymentSteps.isEmpty ? [] : ids
                    case .step(let id, let state, _, _): state == .running ? [] : [id]
                    case .progress, .note: []
                    }
                for id in ended where deploymentSteps.contains(id) { Task { await deployments.ended(id) } }
            },
            record: { ended, isAwaited in
                known.add(ended)
                tracking?.add(ended)
                if isAwaited { known.record() }
            })
        let background = Task { [progress, run, workspace] in
            var beats = 0
            while !Task.isCancelled {
                do { try await Task.sleep(for: .milliseconds(150)) } catch { return }
                progress.tick()
                known.record()
                live.write()
                workspace.store.emptyScratch()
                beats += 1
                if beats % 100 == 0 { try? ledger.heartbeat(run: run) }
            }
        }
        // Local programs run on dedicated threads, one more than the number of concurrent programs.
        let hasPrograms = plan.steps.indices.contains { prepared.willRun($0) && plan.steps[$0].kind == .runCommand }
        let threads = cluster == nil && hasPrograms ? ProgramThreads(count: settings.jobs + 1) : nil
        defer { threads?.close() }
        // Starting the watch takes a while, so start it before the first program needs it.
        if threads != nil { Task { try? await ChildWatch.shared.isOn() } }
        let mayAct = settings.mayAct
        let execution = Task(executorPreference: threads) { [run] in
            try await hub.takeAccounts(of: neededProviders())
            if mayAct {
                await LeaseKeeper(workspace: workspace, plan: plan, hub: hub).endDeadLeases(run: run) { note(nil, $0) }
            }
            return try await execute(
                executor, deployments, started: started, forecasts: { forecast.all { known.of($0) }.compactMapValues(\.cost) },
                note: { note(nil, $0) })
        }
        let signals = SignalWatch(dialogue, of: .run(deploys: !deploymentUsers.isEmpty)) {
            live.stop()
            execution.cancel()
        }
        let outcome = await execution.result
        try? workspace.store.removeScratch()
        // Always delete billed deployments, even after a second signal.
        await deployments.endAll()
        await cluster?.queue.close()
        await vision.stop()
        await hub.close()
        background.cancel()
        await background.value
        signals.stop()
        progress.finish()
        live.finish()
        if let trace, let path = settings.trace {
            do { try LocalFileSystem().replace(path, with: trace.encoded(), durable: false) } catch {
                dialogue.warn("the trace was not written: \(error)")
            }
        }
        do {
            let (summary, results) = try outcome.get()
            let end = try finish(summary, results, recorded: known.recorded)
            for text in await tracking?.finish(end) ?? [] { dialogue.warn(text) }
            return end
        } catch {
            tracking?.cancel()
            try? ledger.finishRun(run, state: error is CancellationError ? "interrupted" : "failed")
            if error is CancellationError { throw Interruption() }
            throw error
        }
    }

    /// The providers of all steps that will or may run.
    private func neededProviders() -> Set<String> {
        Set(prepared.plan.steps.indices.filter(prepared.willRun).compactMap { prepared.plan.steps[$0].work.provider })
    }

    /// Executes the plan and gathers its results. A result found damaged while it is read is discarded, and the steps
    /// that produced it run again.
    private func execute(
        _ executor: Executor, _ deployments: Deployments, started: Date,
        forecasts afterwards: () -> [StepID: CostRange], note: @Sendable (String) -> Void
    ) async throws -> (RunSummary, ExperimentResults) {
        var damaged = 0
        var statuses = prepared.statuses
        while true {
            let summary = await executor.run(prepared.plan, statuses: statuses, run: run)
            await deployments.endAll()
            // Costs unknown during planning were forecast from the examples just before payment.
            let ran = afterwards().filter { summary.steps[$0.key]?.state == .ran }
            do {
                let assembler = ResultsAssembler(
                    prepared: prepared, workspace: workspace, ends: summary.steps,
                    forecasts: forecasts.merging(ran) { planned, _ in planned })
                return (
                    summary,
                    try assembler.results(
                        run: run, state: state(of: summary), startedAt: started, finishedAt: Date(), command: command,
                        tool: Tool.version)
                )
            } catch StoreError.corrupt(let digest) where damaged < 20 {
                try workspace.store.discard(digest)
                note("an artifact is damaged and will be recreated: \(digest.short)")
            } catch StoreError.missingObject(let digest) where damaged < 20 {
                note("an artifact is missing and will be recreated: \(digest.short)")
            }
            damaged += 1
            // Discarded results are no longer cached.
            statuses = []
        }
    }

    /// The steps that may need a deployment, by the group that shares it.
    private func deploymentUsers() -> [String: Set<StepID>] {
        var users: [String: Set<StepID>] = [:]
        for index in prepared.plan.steps.indices where prepared.willRun(index) {
            let step = prepared.plan.steps[index]
            if case .askOnline(let work) = step.work, work.settings.deploy != nil, work.settings.deployment == nil {
                users[AskOnlineGroup.of(step), default: []].insert(step.id)
            }
        }
        return users
    }

    private func finish(
        _ summary: RunSummary, _ results: ExperimentResults, recorded: [StepID: StepState]
    ) throws -> End {
        let state = results.state
        try workspace.ledger.recordSteps(
            prepared.plan.steps.indices.compactMap { index in
                let id = prepared.plan.steps[index].id
                guard let end = summary.steps[id], end.state != recorded[id] else { return nil }
                return RunStep(prepared.plan.steps[index], end)
            }, of: run)
        var report: ExperimentReport?
        var path: String?
        let assembler = ResultsAssembler(
            prepared: prepared, workspace: workspace, ends: summary.steps, forecasts: forecasts)
        let hasRun = state == .done && summary.count(.ran) > 0
        if hasRun || isReported(results) {
            let made = ExperimentReport(results, tasks: .standard)
            report = made
            path = try ReportWriter(folder: try workspace.runFolder(run)) {
                try? LocalFileSystem().read($0, limit: FileSizeLimit.image)
            }
            .write(made, results, usage: assembler.usage())
        }
        try workspace.ledger.finishRun(
            run, state: state.rawValue,
            detail: [
                "report": path.map { .string($0) } ?? .null, "headline": report.map { .string($0.headline) } ?? .null,
                "seconds": .double(results.finishedAt.timeIntervalSince(results.startedAt)),
            ])
        return End(summary: summary, results: results, report: report, reportPath: path)
    }

    /// Whether there is something to report; a run without any scores still reports its failures.
    private func isReported(_ results: ExperimentResults) -> Bool {
        results.published != nil
            || results.variants.contains { !$0.evaluations.isEmpty || !$0.trainings.isEmpty || !$0.failures.isEmpty }
    }

    private func state(of summary: RunSummary) -> ExperimentResults.State {
        if summary.isInterrupted { return .interrupted }
        let errors = summary.steps.values.compactMap(\.error)
        if errors.contains(where: { if case RemoteJobError.quarantined = $0 { true } else { false } }) {
            return .quarantined
        }
        if errors.contains(where: { if case LedgerError.overBudget = $0 { true } else { false } }) {
            return .overBudget
        }
        if summary.count(.failed) > 0 { return .failed }
        if summary.count(.waiting) > 0 { return .waiting }
        return .done
    }
}

/// Outputs of the steps that have ended, and their recording in the run history.
private final class RunOutputs: Sendable {
    private struct State {
        var outputs: [StepID: KnownOutputs] = [:]
        /// Steps that have ended since the history was last written.
        var open: [(index: Int, end: RunSummary.StepEnd)] = []
        /// Final states already written to the history.
        var recorded: [StepID: StepState] = [:]
    }

    private let plan: Plan
    private let ledger: Ledger
    private let run: RunID
    private let failed: @Sendable (any Error) -> Void
    private let state = Mutex(State())
    /// Held by the writer, so that steps never wait for it.
    private let writing = Mutex(())

    /// - Parameter failed: receives errors of writing the history.
    init(_ plan: Plan, _ ledger: Ledger, _ run: RunID, failed: @escaping @Sendable (any Error) -> Void) {
        self.plan = plan
        self.ledger = ledger
        self.run = run
        self.failed = failed
    }

    func add(_ ended: [(index: Int, end: RunSummary.StepEnd)]) {
        state.withLock { state in
            for (index, end) in ended { state.outputs[plan.steps[index].id] = end.outputs }
            state.open += ended
        }
    }

    /// Writes the ended steps to the history. Steps that cannot be written are retried when the run ends.
    func record() {
        writing.withLock { _ in
            let ended = state.withLock { state in
                defer { state.open = [] }
                return state.open
            }
            guard !ended.isEmpty else { return }
            var isRecorded = true
            do {
                try ledger.recordSteps(ended.compactMap { RunStep(plan.steps[$0.index], $0.end) }, of: run)
            } catch {
                isRecorded = false
                failed(error)
            }
            state.withLock { [isRecorded] state in
                for (index, end) in ended { state.recorded[plan.steps[index].id] = isRecorded ? end.state : nil }
            }
        }
    }

    func of(_ step: StepID) -> KnownOutputs { state.withLock { $0.outputs[step] ?? [:] } }

    var recorded: [StepID: StepState] { state.withLock { $0.recorded } }
}

extension RunStep {
    /// The history record of a step's end; `nil` for a step that was not needed.
    fileprivate init?(_ step: Step, _ end: RunSummary.StepEnd) {
        guard end.state != .notNeeded else { return nil }
        self.init(
            step: step.id, kind: step.kind.rawValue, key: end.key, state: end.state.rawValue, startedAt: nil,
            seconds: end.seconds, message: end.message)
    }
}

/// Calls back when the process receives a termination signal; a second signal ends the process immediately.
package final class SignalWatch: Sendable {
    // Only resumed here and cancelled in `stop`; DispatchSource allows both from any thread.
    private nonisolated(unsafe) let sources: [any DispatchSourceSignal]

    /// The kind of process, which decides what the signals' warnings say.
    package enum Subject: Hashable, Sendable {
        /// A server: it ends without a warning.
        case server
        /// A run; `deploys` if it deletes deployments before it ends.
        case run(deploys: Bool)

        /// The warning after the first signal.
        var first: String? {
            switch self {
            case .server: nil
            case .run(deploys: false): "stopping; press Ctrl-C again to stop immediately"
            case .run(deploys: true): "stopping: deleting deployments first; press Ctrl-C again to stop immediately"
            }
        }

        /// The warning after the second signal, which ends the process immediately.
        var second: String? {
            self == .run(deploys: true)
                ? "stopped immediately; 'assay jobs clean' deletes deployments that are still running" : nil
        }
    }

    /// - Parameters:
    ///   - dialogue: receives a warning that the process is ending.
    ///   - subject: the process that ends.
    package init(_ dialogue: Dialogue, of subject: Subject, _ onSignal: @escaping @Sendable () -> Void) {
        sources = [SIGINT, SIGTERM, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            let count = SignalCount()
            source.setEventHandler {
                if count.next() > 1 {
                    if let text = subject.second { dialogue.warn(text) }
                    exit(130)
                }
                if let text = subject.first { dialogue.warn(text) }
                onSignal()
            }
            source.resume()
            return source
        }
    }

    /// Stops watching for signals.
    package func stop() {
        for source in sources { source.cancel() }
    }
}
