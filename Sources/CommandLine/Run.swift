// `assay run`: plan, confirm the money, execute, report.

import Application
import ArgumentParser
import Basics
import Execution
import Foundation
import Reporting

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
        let form: RunProgress.Form = json ? .json : quiet ? .quiet : terminal.isInteractive ? .live : .plain
        var run = try await ExperimentRun(request, dialogue: json ? .unattended : .terminal)
        if !json { Reporter.warn(run.warnings, run.prepared.specs.base) }
        let outcome = try await run.run { plan, total in
            RunProgress(form: form, terminal: terminal, plan: plan, total: total)
        }
        show(outcome, terminal)
        // The process ends here: taking a plan of ten thousand steps apart first would take a while.
        withExtendedLifetime((run, outcome)) {
            let code = outcome.end.exitCode(checkingClaims: checkClaims)
            if code != nil { Terminal.writeError("error: \(outcome.end.reason(checkingClaims: checkClaims))") }
            Foundation.exit(code?.rawValue ?? 0)
        }
    }

    private var request: RunRequest {
        var request = RunRequest(
            spec: specOptions.request, arguments: Array(ProcessInfo.processInfo.arguments.dropFirst()))
        request.confirmsCost = yes
        request.failFast = failFast
        request.jobs = jobs
        request.executor = executor
        request.trace = trace
        request.budget = budget.map { Money(dollars: $0) }
        request.detach = detach
        request.remeasure = remeasure
        request.retry = retry
        return request
    }

    private func show(_ outcome: ExperimentRun.Outcome, _ terminal: Terminal) {
        let end = outcome.end, unpriced = outcome.unpriced, openJobs = outcome.openJobs
        if json {
            Terminal.writeJSON(JSONValue.object([
                "event": "run", "run": .string(outcome.run.text), "state": .string(end.results.state.rawValue),
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
        Terminal.writeLine("\(outcome.run): \(end.results.state.rawValue): \(counts)")
        let spending = end.results.spending
        var spent = "spent \(spending.real)"
        if !unpriced.isEmpty {
            spent += ", and an unknown amount: no price for " + unpriced.map { "'\($0)'" }.joined(separator: ", ")
        }
        if spending.emulated > .zero { spent += ", and \(spending.emulated) of an emulator's" }
        Terminal.writeLine(spent)
        Terminal.writeLine(
            end.results.leasesLeft.isEmpty
                ? "left on: nothing"
                : "left on: " + end.results.leasesLeft.map { "\($0.id) (\($0.hourly.map { "\($0)" } ?? "?") an hour)" }
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

extension ExecutorName: ExpressibleByArgument {}
