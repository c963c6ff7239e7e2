// `assay run`: plan, confirm the money, execute, report.

import ArgumentParser
import Artifacts
import AzureEmulator
import AzureOpenAI
import Basics
import Execution
import Foundation
import Ledger
import Planning
import Platform
import Reporting
import Specification
import Steps
import VisionProtocol

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run an experiment: what is cached stays, the rest runs, a report comes out.")

    @OptionGroup var specOptions: SpecOptions

    @Flag(help: "Do not ask before money is spent. Overrides no budget.")
    var yes = false
    @Flag(help: "Stop at the first failure.")
    var failFast = false
    @Option(help: "How many local programs run at once.")
    var jobs: Int = ProcessInfo.processInfo.activeProcessorCount
    @Option(help: "Where training, prediction and programs run, local or slurm; in place of the spec's.")
    var executor: ExecutorName?
    @Option(help: "Write where the time goes to a file that chrome://tracing and Perfetto read.")
    var trace: String?
    @Option(help: "The most that all runs together may cost, in dollars; in place of the spec's.")
    var budget: Double?
    @Flag(help: "Submit remote work and do not wait for it; run again to collect it.")
    var detach = false
    @Flag(help: "Measure latency again.")
    var remeasure = false
    @Flag(help: "Try paid jobs again that ended without results.")
    var retry = false
    @Flag(help: "Exit with 3 when a claim is not reproduced.")
    var checkClaims = false
    @Flag(help: "Write one JSON event a line.")
    var json = false
    @Flag(help: "Write nothing but the results.")
    var quiet = false

    func validate() throws {
        guard (1...10_000).contains(jobs) else { throw ValidationError("--jobs takes a number from 1 to 10,000.") }
        if let budget, !(budget.isFinite && budget >= 0) {
            throw ValidationError("--budget takes a number of dollars, 0 or more.")
        }
    }

    func run() async throws {
        try await Reporter.explaining { try await execute() }
    }

    private func execute() async throws {
        let terminal = Terminal(isQuiet: quiet)
        // The spec is read while the state is opened.
        async let loading = specOptions.load()
        let workspace = try Workspace(spec: specOptions.spec, state: specOptions.stateOptions.state)
        let measurement = try Measurement.number(in: workspace) + (remeasure ? 1 : 0)
        try workspace.store.loadResults()
        var prepared = try await PreparedPlan.prepare(
            specOptions, try await loading, measurement: measurement, workspace: workspace)
        let forgotten = retry ? try prepared.forgetIncomplete(in: workspace) : []
        if !forgotten.isEmpty {
            prepared = try await PreparedPlan.prepare(
                specOptions, prepared.specs, measurement: measurement, workspace: workspace)
        }
        let base = prepared.specs.base
        if !json { Reporter.warn(base.warnings + prepared.diagnostics, base) }
        try checkProviders(prepared)
        let mayAct = try mayAct(workspace, prepared)
        try settleTrust(prepared)
        let run = RunSession.newID()
        let form: RunProgress.Form = json ? .json : quiet ? .quiet : terminal.isInteractive ? .live : .plain
        let limit = budget.map { Money(dollars: $0) } ?? base.spec.budget?.usd
        let question = PaymentQuestion(
            workspace: workspace, run: run, answer: yes ? .yes : Terminal.canAsk && !json ? .askUser : .no, jobs: jobs,
            budget: limit)
        let agreed: ConsentGate.Consent
        do {
            agreed = try await question.ask(about: &prepared, terminal: terminal, form: form)
        } catch {
            // A run that does not begin leaves everything as it was.
            for result in forgotten { try workspace.store.publish(result, durability: .durable) }
            throw error
        }
        if remeasure { try Measurement.keep(measurement, in: workspace) }
        let forecasts = PlanForecast(prepared: prepared, store: workspace.store).pending()
        let progress = RunProgress(
            form: form, terminal: terminal, plan: prepared.plan,
            total: prepared.statuses.count { $0.state != .notNeeded })
        var ask: (@Sendable (String) async -> Bool)?
        if case .askUser = question.answer { ask = { await progress.ask($0) } }
        let session = RunSession(
            run: run, prepared: prepared, workspace: workspace, forecasts: forecasts.compactMapValues(\.cost),
            consent: ConsentGate(agreed, ask: ask),
            command: commandLine,
            settings: RunSession.Settings(
                budget: limit, detach: detach, retry: retry,
                failFast: failFast, jobs: jobs, slurm: (executor?.spec(base.spec.executor) ?? base.spec.executor)?.cluster,
                selection: specOptions.selection, trace: trace, mayAct: mayAct),
            progress: progress)
        let end = try await session.run()
        let paid = prepared.plan.steps.map(\.id).filter { id in
            let state = end.summary.steps[id]?.state
            return forecasts[id]?.isEmulated == false && (state == .ran || state == .failed)
        }
        show(
            end, session, terminal, openJobs: try workspace.ledger.jobs(.open).count,
            unpriced: CostOutlook(forecasts, steps: paid).unpriced)
        // All of it is on the disk by now; a close that is refused leaves a log that the next start folds in.
        try? workspace.ledger.close()
        // The process ends here: taking a plan of ten thousand steps apart first would take a while.
        withExtendedLifetime((prepared, session, end)) {
            let code = end.exitCode(checkingClaims: checkClaims)
            if code != nil { Terminal.writeError("error: \(end.reason(checkingClaims: checkClaims))") }
            Foundation.exit(code?.rawValue ?? 0)
        }
    }

    private var commandLine: String {
        // It is kept in the ledger and in reports.
        KeyMask.masked((["assay"] + ProcessInfo.processInfo.arguments.dropFirst()).joined(separator: " "))
    }

    /// Whether the run may send requests and delete deployments on behalf of the ledger. With a ledger that is not this
    /// user's, a run that needs a provider outside of this machine asks first, or is refused without a terminal; one that
    /// needs none goes on, and leaves the ledger's deployments alone.
    private func mayAct(_ workspace: Workspace, _ prepared: PreparedPlan) throws -> Bool {
        let asksProviders = prepared.plan.steps.indices.contains { index in
            guard prepared.willRun(index), let name = prepared.plan.steps[index].work.provider,
                let spec = prepared.plan.providers[name]
            else { return false }
            return !spec.isEmulated
        }
        if asksProviders { try workspace.requireOwnership(to: "send anything to a provider") }
        return asksProviders || workspace.ownership == .own
    }

    /// Refuses a run that needs a provider whose variables are not set, or whose fault script cannot be read, before
    /// anything runs.
    private func checkProviders(_ prepared: PreparedPlan) throws {
        var needed: Set<String> = []
        for index in prepared.plan.steps.indices where prepared.willRun(index) {
            if let provider = prepared.plan.steps[index].work.provider { needed.insert(provider) }
        }
        var diagnostics: [Diagnostic] = []
        for name in needed.sorted() {
            guard let spec = prepared.plan.providers[name] else { continue }
            let missing = ProviderHub.missing(spec, in: prepared.observations.environment, deploys: true)
            for variable in Set(missing).sorted() {
                diagnostics.append(Diagnostic(
                    code: "missing-environment",
                    "provider '\(name)' is needed and the environment variable \(variable) is not set",
                    at: prepared.specs.base.range(of: "providers.\(name)"),
                    hint: "set it, or write it to a .env file beside the spec"))
            }
        }
        for diagnostic in prepared.diagnostics where diagnostic.code == "missing-environment" {
            // What decides keys must be known before anything runs under a wrong one.
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

    /// Asks about hosts that the user has not trusted with keys and data yet. Nothing has been sent when this throws.
    private func settleTrust(_ prepared: PreparedPlan) throws {
        let asks = isatty(0) == 1 && !json
        let steps = prepared.plan.steps.indices.filter(prepared.willRun).map { prepared.plan.steps[$0] }
        let names = Set(steps.compactMap(\.work.provider)).sorted()
        try TrustQuestion.settle(
            names.compactMap { name in prepared.plan.providers[name].map { (name, $0) } }, prepared.specs.base,
            in: prepared.observations.environment, asks: asks)
        guard steps.contains(where: { $0.kind == .fetchArchive }) else { return }
        for (_, loaded) in prepared.specs.variants { try TrustQuestion.settleDownloads(loaded, asks: asks) }
    }

    /// - Parameter unpriced: models that were paid for and have no price.
    private func show(
        _ end: RunSession.End, _ session: RunSession, _ terminal: Terminal, openJobs: Int, unpriced: [String]
    ) {
        if json {
            Terminal.writeJSON(JSONValue.object([
                "event": "run", "run": .string(session.run.text), "state": .string(end.results.state.rawValue),
                "cached": .int(Int64(end.summary.count(.cached))), "ran": .int(Int64(end.summary.count(.ran))),
                "failed": .int(Int64(end.summary.count(.failed))),
                "spent_usd": .double(end.results.spending.real.dollars),
                "unpriced": .array(unpriced.map { .string($0) }),
                "emulated_usd": .double(end.results.spending.emulated.dollars),
                "left_on": .array(end.results.leasesLeft.map { .string($0.id) }),
                "report": end.reportPath.map { .string($0) } ?? .null,
            ]), pretty: false)
            return
        }
        if let report = end.report {
            Terminal.writeLine("")
            Terminal.write(report.terminal(terminal.style))
        }
        if quiet { return }
        let counts = [
            (end.summary.count(.ran), "ran"), (end.summary.count(.cached), "cached"),
            (end.summary.count(.failed), "failed"), (end.summary.count(.blocked), "blocked"),
            (end.summary.count(.waiting), "waiting"),
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
        Terminal.writeLine("\(session.run): \(end.results.state.rawValue): \(counts)")
        let spending = end.results.spending
        var spent = "Spent: \(spending.real)"
        if !unpriced.isEmpty {
            spent += ", and an unknown amount: no price for " + unpriced.map { "'\($0)'" }.joined(separator: ", ")
        }
        if spending.emulated > .zero { spent += " (emulated: \(spending.emulated))" }
        Terminal.writeLine(spent)
        Terminal.writeLine(
            end.results.leasesLeft.isEmpty
                ? "Deployments still running: none"
                : "Deployments still running: " + end.results.leasesLeft.map { "\($0.id) (\($0.hourly.map { "\($0)" } ?? "?") an hour)" }
                    .joined(separator: ", "))
        if let path = end.reportPath { Terminal.writeLine("report: \(path)") }
        switch end.results.state {
        case .waiting:
            Terminal.writeLine("run it again, here or on another machine, to collect what is waited for ('assay status' shows it)")
        case .interrupted:
            Terminal.writeLine(
                "run it again to go on where it was"
                    + (openJobs > 0
                        ? "; \(openJobs) jobs go on at the provider ('assay jobs' shows them, 'assay jobs cancel NUMBER' ends one)"
                        : ""))
        case .quarantined: Terminal.writeLine("'assay jobs' says what to look for at the provider, and how to decide")
        case .done, .failed, .overBudget: break
        }
    }
}

extension PreparedPlan {
    /// Removes the results of hosted models with missing or empty answers, so that these are asked for again. It looks
    /// into the answers themselves: what earlier versions recorded counts too. Of a fine-tune whose metrics or events
    /// could not be read, the model is known; only the rest is fetched again.
    /// - Returns: the results that were removed.
    func forgetIncomplete(in workspace: Workspace) throws -> [ResultManifest] {
        var forgotten: [ResultManifest] = []
        for (step, status) in zip(plan.steps, statuses)
        where [.runBatch, .askOnline, .fineTune].contains(step.kind) && status.state == .cached {
            guard let key = status.key, let result = try workspace.store.result(for: key),
                try step.kind == .fineTune
                    ? result.facts[FineTune.unread] != nil
                    : status.outputs[RunBatch.answers].map { answers in
                        try AnswerSet(decoding: workspace.store.bytes(of: answers)).answers.contains(where: \.isOpen)
                    } ?? false
            else { continue }
            try workspace.store.forget(key)
            forgotten.append(result)
        }
        return forgotten
    }
}

/// The executors by the names of `--executor`.
enum ExecutorName: String, ExpressibleByArgument, CaseIterable {
    case local, slurm

    /// What is asked for on the command line, with what the spec says of it.
    func spec(_ written: ExecutorSpec?) -> ExecutorSpec {
        switch self {
        case .local: .local
        case .slurm: .slurm(written?.cluster ?? SlurmSpec())
        }
    }
}

extension ExecutorSpec {
    /// What its jobs ask for; `nil` for steps that run here.
    fileprivate var cluster: SlurmSpec? { if case .slurm(let spec) = self { spec } else { nil } }
}

/// A run that is not begun, in words.
struct Refusal: Error, CustomStringConvertible {
    var description: String
    var code: ExitCode

    init(_ description: String, code: ExitCode) {
        self.description = description
        self.code = code
    }
}

/// The number of the current latency measurement: raised by `--remeasure`, kept in the state folder.
enum Measurement {
    static func number(in workspace: Workspace) throws -> Int {
        let bytes = try? LocalFileSystem().read(path(workspace), limit: FileSizeLimit.text)
        let text = bytes.map { String(decoding: $0, as: UTF8.self) } ?? "0"
        let found = Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
        return (0...1_000_000_000).contains(found) ? found : 0
    }

    /// Records the number of a measurement that begins.
    static func keep(_ number: Int, in workspace: Workspace) throws {
        try Data("\(number)\n".utf8).write(to: URL(fileURLWithPath: path(workspace)), options: .atomic)
    }

    private static func path(_ workspace: Workspace) -> String { workspace.folder + "/measurement" }
}
