// One run of an experiment: prepare, get consent, execute.

import Artifacts
package import Basics
import EmulatorCore
import Execution
import Foundation
import Ledger
package import Planning
import Platform
import Reporting
import Specification
import Steps
import TaskKit

/// A run's options besides its spec.
package struct RunRequest: Sendable {
    /// The spec with its changes and selected variants.
    package var spec: SpecRequest
    /// The process's arguments, shown in the history and reports as the command that repeats the run.
    package var arguments: [String]
    /// Whether to spend money without asking. Does not override a budget.
    package var confirmsCost = false
    /// Whether to stop at the first failure.
    package var failFast = false
    /// Maximum number of local programs that run at once.
    package var jobs = 1
    /// The executor of training, prediction and programs; `nil` for the spec's executor.
    package var executor: ExecutorName?
    /// The path of the trace file; `nil` for no trace.
    package var trace: String?
    /// Maximum cost of all runs together; `nil` for the spec's budget.
    package var budget: Money?
    /// Whether to submit remote work without waiting for it.
    package var detach = false
    /// Whether to measure latency again.
    package var remeasure = false
    /// Whether to retry paid jobs that ended without results.
    package var retry = false

    /// A run of the spec with the defaults of `assay run`.
    package init(spec: SpecRequest, arguments: [String]) {
        self.spec = spec
        self.arguments = arguments
    }
}

/// A run of an experiment, from its plan to its results.
package struct ExperimentRun: Sendable {
    /// The state that the run reads and writes.
    package let workspace: Workspace
    /// The plan with the state of each step before the run.
    package private(set) var prepared: PreparedPlan
    private let request: RunRequest
    private let dialogue: Dialogue
    private let id = RunSession.newID()
    private let measurement: Int
    /// Results that `--retry` replaces. They are set aside, and removed only when the run begins: a run that is refused or
    /// killed before that changes nothing.
    private let replaced: [ResultManifest]
    private let budget: Money?

    /// The end of a run, and the work still open after it.
    package struct Outcome: Sendable {
        /// The run's id.
        package var run: RunID
        /// The final states of the steps, and the results.
        package var end: RunSession.End
        /// The number of jobs still open at providers.
        package var openJobs: Int
        /// Models that were paid for but have no price.
        package var unpriced: [String]
        /// The forecast cost of the executed steps; `nil` if nothing was paid for.
        package var forecast: CostRange?
    }

    /// Opens the project's state, reads the spec and plans. Sends nothing.
    package init(_ request: RunRequest, dialogue: Dialogue) async throws {
        self.request = request
        self.dialogue = dialogue
        // Reads the spec while the state is being opened.
        async let loading = request.spec.load()
        // A spec that cannot be read leaves no state behind.
        if try !Workspace.exists(spec: request.spec.spec, state: request.spec.state) { _ = try await loading }
        workspace = try Workspace(spec: request.spec.spec, state: request.spec.state)
        measurement = try Measurement.number(in: workspace) + (request.remeasure ? 1 : 0)
        try workspace.store.loadResults()
        var prepared = try await PreparedPlan.prepare(
            request.spec, try await loading, measurement: measurement, isRun: true, workspace: workspace)
        replaced = request.retry ? try prepared.setIncompleteAside(in: workspace) : []
        if !replaced.isEmpty {
            prepared = try await PreparedPlan.prepare(
                request.spec, prepared.specs, measurement: measurement, isRun: true, workspace: workspace)
        }
        self.prepared = prepared
        budget = request.budget ?? prepared.specs.base.spec.budget?.usd
    }

    /// Warnings about the spec and its plan, with their positions.
    package var warnings: [Diagnostic] { prepared.specs.base.warnings + prepared.diagnostics }

    /// Gets consent and executes the plan.
    /// - Parameter display: creates the display for a plan and the number of steps that run or are cached.
    /// - Throws: `Refusal` and `DiagnosticsError` for a run that does not begin, which changes nothing;
    /// `Interruption`.
    package mutating func run(display: (Plan, Int) -> any RunDisplay) async throws -> Outcome {
        try checkProviders()
        try await checkReferences()
        let mayAct = try await self.mayAct()
        try await settleTrust()
        let consent = try await PaymentQuestion(
            workspace: workspace, run: id, answer: answer, jobs: request.jobs, budget: budget
        ).ask(about: &prepared, display: display)
        // Another process may have replaced a result meanwhile.
        for result in replaced where try workspace.store.result(for: result.key) == result {
            try workspace.store.forget(result.key)
        }
        if request.remeasure { try Measurement.keep(measurement, in: workspace) }
        return try await execute(
            mayAct: mayAct, consent: consent,
            display: display(prepared.plan, prepared.statuses.count { $0.state != .notNeeded }))
    }

    private var answer: PaymentQuestion.Answer {
        if request.confirmsCost { return .yes }
        guard let ask = dialogue.ask else { return .no }
        return .askUser { await ask("\($0) Go on?") }
    }

    private func execute(
        mayAct: Bool, consent: ConsentGate.Consent, display: any RunDisplay
    ) async throws -> Outcome {
        let forecasts = PlanForecast(prepared: prepared, store: workspace.store).pending()
        var ask: (@Sendable (String) async -> Bool)?
        if case .askUser = answer { ask = { await display.ask("\($0) Go on?") } }
        let written = prepared.specs.base.spec.executor
        let session = RunSession(
            run: id, prepared: prepared, workspace: workspace, forecasts: forecasts.compactMapValues(\.cost),
            consent: ConsentGate(consent, ask: ask),
            // Masked because it is stored in the ledger and in reports.
            command: KeyMask.masked(ShellText.command(["assay"] + request.arguments)),
            settings: RunSession.Settings(
                budget: budget, detach: request.detach, retry: request.retry, failFast: request.failFast,
                jobs: request.jobs, slurm: (request.executor?.spec(written) ?? written)?.cluster,
                selection: request.spec.selection, trace: request.trace, mayAct: mayAct),
            progress: display, dialogue: dialogue)
        let end = try await session.run()
        let paid = prepared.plan.steps.map(\.id).filter { id in
            let state = end.summary.steps[id]?.state
            return forecasts[id]?.isEmulated == false && (state == .ran || state == .failed)
        }
        let ran = end.results.steps.filter { $0.state == .ran || $0.state == .failed }.compactMap(\.forecast)
        let forecast = ran.reduce(CostRange.zero) { sum, step in
            sum + CostRange(low: step.low, expected: step.expected, high: step.high)
        }
        let outcome = Outcome(
            run: id, end: end, openJobs: try workspace.ledger.jobs(.open).count,
            unpriced: CostOutlook(forecasts, steps: paid).unpriced,
            forecast: forecast.high > .zero ? forecast : nil)
        // Everything is on disk at this point; if closing fails, the next start recovers the remaining log.
        try? workspace.ledger.close()
        return outcome
    }

    /// Whether the run may send requests and delete deployments on behalf of the ledger. With a ledger that is not
    /// this user's, a run that needs an external provider asks first (without a terminal, it is refused); a run that
    /// needs none continues and leaves the ledger's deployments alone.
    private func mayAct() async throws -> Bool {
        let asksProviders = prepared.plan.steps.indices.contains { index in
            guard prepared.willRun(index), let name = prepared.plan.steps[index].work.provider,
                let spec = prepared.plan.providers[name]
            else { return false }
            return !spec.isEmulated
        }
        if asksProviders { try await workspace.requireOwnership(to: "send anything to a provider", dialogue: dialogue) }
        return asksProviders || workspace.ownership == .own
    }

    /// Throws before anything runs if a needed provider has unset variables or an unreadable fault script.
    private func checkProviders() throws {
        var needed: Set<String> = []
        for index in prepared.plan.steps.indices where prepared.willRun(index) {
            if let provider = prepared.plan.steps[index].work.provider { needed.insert(provider) }
        }
        var diagnostics: [Diagnostic] = []
        for name in needed.sorted() {
            guard let spec = prepared.plan.providers[name] else { continue }
            let missing = ProviderHub.missing(spec, in: prepared.observations.environment, deploys: true)
            for variable in Set(missing).sorted() {
                diagnostics.append(
                    Diagnostic(
                        code: "missing-environment",
                        "provider '\(name)' is needed and the environment variable \(variable) is not set",
                        at: prepared.specs.base.range(of: "providers.\(name)"),
                        hint: "set it, or write it to a .env file next to the spec"))
            }
        }
        for diagnostic in prepared.diagnostics where diagnostic.code == "missing-environment" {
            // Values that affect keys must be known before anything runs under a wrong key.
            var error = diagnostic
            error.severity = .error
            if !diagnostics.contains(where: { $0.range == error.range }) { diagnostics.append(error) }
        }
        guard diagnostics.isEmpty else { throw DiagnosticsError(diagnostics) }
        for name in needed.sorted() {
            guard case .emulator(let spec)? = prepared.plan.providers[name],
                case .path(let path)? = try spec.faults?.location(in: prepared.observations.environment)
            else { continue }
            _ = try FaultScript(file: path)
        }
    }

    /// Throws before anything is paid for if the task's score is undefined for rows of the dataset.
    private func checkReferences() async throws {
        var errors: [Diagnostic] = []
        var checked: [DatasetSpec: Set<TaskChoice>] = [:]
        for (_, loaded) in prepared.specs.variants {
            // The variants of a sweep usually share the table, which may be large.
            guard let dataset = loaded.spec.dataset, let task = loaded.spec.task,
                checked[dataset, default: []].insert(task).inserted
            else { continue }
            if let error = try await LocalDatasetCheck.unscorableRows(loaded), !errors.contains(error) { errors.append(error) }
        }
        guard errors.isEmpty else { throw DiagnosticsError(errors) }
    }

    /// Asks for trust in hosts that the user has not trusted with keys and data. Nothing has been sent when this
    /// throws.
    private func settleTrust() async throws {
        let steps = prepared.plan.steps.indices.filter(prepared.willRun).map { prepared.plan.steps[$0] }
        let names = Set(steps.compactMap(\.work.provider)).sorted()
        try await TrustQuestion.settle(
            names.compactMap { name in prepared.plan.providers[name].map { (name, $0) } }, prepared.specs.base,
            in: prepared.observations.environment, ask: dialogue.ask)
        if let uri = try LiveTracking.address(prepared) {
            _ = try MLflowServer.connect(uri, environment: ProcessInfo.processInfo.environment)
        }
        guard steps.contains(where: { $0.kind == .fetchArchive }) else { return }
        for (_, loaded) in prepared.specs.variants { try await TrustQuestion.settleDownloads(loaded, ask: dialogue.ask) }
    }
}

extension PreparedPlan {
    /// Sets aside the results of hosted models with missing or empty answers, so that these are requested again.
    /// Inspects the answers themselves, so that results of earlier versions count too. For a fine-tune with
    /// unreadable metrics or events, the model is known and only the rest is fetched again. A fine-tune whose model no
    /// longer exists is run again if a step that will run needs the model.
    /// - Returns: the results that were set aside.
    func setIncompleteAside(in workspace: Workspace) throws -> [ResultManifest] {
        var incomplete: [ResultManifest] = []
        let needed = Set(plan.steps.indices.filter(willRun).flatMap { plan.steps[$0].inputs.map(\.from) })
        for (step, status) in zip(plan.steps, statuses)
        where step.kind.definition.isPaid && status.state == .cached {
            guard let key = status.key, let result = try workspace.store.result(for: key) else { continue }
            let isGone = try step.kind == .fineTune && needed.contains(step.id) && isModelGone(key, in: workspace)
            guard try isGone || isIncomplete(step, result, status.outputs[RunBatch.answers], in: workspace) else { continue }
            workspace.store.setAside(key)
            incomplete.append(result)
        }
        return incomplete
    }
}

extension PreparedPlan {
    /// Whether the job of a fine-tune, in its latest attempt, was recorded as having lost its model.
    private func isModelGone(_ key: StepKey, in workspace: Workspace) throws -> Bool {
        try workspace.ledger.jobs(JobFilter(key: key)).max { $0.attempt < $1.attempt }?.lost != nil
    }

    private func isIncomplete(
        _ step: Step, _ result: ResultManifest, _ answers: Digest?, in workspace: Workspace
    ) throws -> Bool {
        if step.kind == .fineTune { return !FineTuneFacts(result.facts).unread.isEmpty }
        guard let answers else { return false }
        return try AnswerSet(decoding: workspace.store.bytes(of: answers)).answers.contains(where: \.isOpen)
    }
}

/// The executors, by the names used with `--executor`.
package enum ExecutorName: String, Sendable, CaseIterable {
    case local, slurm

    /// The executor selected on the command line, with its settings from the spec.
    func spec(_ written: ExecutorSpec?) -> ExecutorSpec {
        switch self {
        case .local: .local
        case .slurm: .slurm(written?.cluster ?? SlurmSpec())
        }
    }
}

extension ExecutorSpec {
    /// The resources of its jobs; `nil` for local steps.
    fileprivate var cluster: SlurmSpec? { if case .slurm(let spec) = self { spec } else { nil } }
}
