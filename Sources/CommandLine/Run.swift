// `assay run`: plans, confirms the cost, executes, reports.

import Application
import ArgumentParser
import Basics
import Foundation

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run an experiment and write its report. Cached steps are reused.")

    @OptionGroup var specsOptions: SpecsOptions

    @Flag(help: "Only show what would run and the cost, like 'assay plan'.")
    var dryRun = false
    @Flag(help: "Spend money without asking. The budget still applies.")
    var yes = false
    @Flag(help: "Stop at the first failure.")
    var failFast = false
    @Option(help: "Maximum number of local programs that run at the same time.")
    var jobs: Int = ProcessInfo.processInfo.activeProcessorCount
    @Option(help: "The executor for training, prediction and programs: local or slurm. Overrides the spec.")
    var executor: ExecutorName?
    @Option(help: "Write a trace file for chrome://tracing and Perfetto.")
    var trace: String?
    @Option(help: "Maximum cost of all runs together, in dollars. Overrides the spec.", transform: Dollars.init)
    var budget: Dollars?
    @Flag(help: "Submit remote work and exit. Run again to collect the results.")
    var detach = false
    @Flag(help: "Measure latency again.")
    var remeasure = false
    @Flag(help: "Repeat (and pay for) jobs and requests that ended without a result.")
    var retry = false
    @Flag(help: "Exit with code 3 if a claim is not reproduced.")
    var checkClaims = false
    @Flag(help: "Print one JSON event per line.")
    var json = false
    @Flag(help: "Print results and errors only.")
    var quiet = false

    func validate() throws {
        guard (1...10_000).contains(jobs) else { throw ValidationError("--jobs takes a number from 1 to 10,000.") }
    }

    func run() async throws {
        try await Reporter.explaining {
            let specs = try specsOptions.requests()
            if dryRun {
                try await PlanCommand.showAll(specs, json: json, runOptions: options(repeats: true), failFast: failFast)
                return
            }
            try await execute(specs)
        }
    }

    /// Runs the specs one after the other. A failed run does not stop the others unless fail-fast is set; an
    /// interruption always does.
    private func execute(_ specs: [SpecRequest]) async throws {
        var worst: CommandExit?
        for (index, spec) in specs.enumerated() {
            let isLast = index == specs.count - 1
            let code: CommandExit?
            do {
                code = try await execute(spec, endsProcess: isLast && worst == nil, isOnly: specs.count == 1)
            } catch let error where !isLast && !failFast && !(error is Interruption) {
                code = Reporter.report(error)
            }
            if worst == nil { worst = code }
            if code == .interrupted || code != nil && failFast { break }
        }
        if let worst { throw ExitCode(worst) }
    }

    /// - Parameters:
    ///   - endsProcess: whether the process ends after this run.
    ///   - isOnly: whether no other spec runs, so that the run is the last one afterwards.
    /// - Returns: `nil` for a run that completed everything that was requested.
    private func execute(_ spec: SpecRequest, endsProcess: Bool, isOnly: Bool) async throws -> CommandExit? {
        let terminal = Terminal(isQuiet: quiet)
        let form: RunProgress.Form = json ? .json : quiet ? .quiet : terminal.isInteractive ? .live : .plain
        var run = try await ExperimentRun(request(spec), dialogue: json ? .unattended : .terminal)
        if !json { Reporter.warn(run.warnings, run.prepared.specs.base) }
        let outcome = try await run.run { plan, total in
            RunProgress(form: form, terminal: terminal, plan: plan, total: total)
        }
        if json {
            Terminal.writeJSON(RunEnd(outcome).json, pretty: false)
        } else {
            let end = RunEnd(outcome)
            Terminal.writeSentences(end.text(terminal.style, isQuiet: quiet))
            if !quiet,
                let next = end.next(
                    again: NextCommand.of(spec, "run", options(repeats: false)), state: run.workspace.folder, namesRun: !isOnly)
            {
                NextCommand.write(next)
            }
        }
        // If the process ends here, avoid the time to deallocate a plan of up to ten thousand steps.
        return withExtendedLifetime((run, outcome)) {
            let code = outcome.end.exitCode(checkingClaims: checkClaims)
            if code != nil { Terminal.writeError("error: \(outcome.end.reason(checkingClaims: checkClaims))") }
            if endsProcess { Foundation.exit(code?.rawValue ?? 0) }
            return code
        }
    }

    /// The options of another run of the same specs.
    /// - Parameter repeats: whether it does the same again, or continues this one: that must not pay or measure twice.
    private func options(repeats: Bool) -> [String] {
        var words: [String] = []
        if failFast { words.append("--fail-fast") }
        if jobs != ProcessInfo.processInfo.activeProcessorCount { words += ["--jobs", String(jobs)] }
        if let executor { words += ["--executor", executor.rawValue] }
        if let trace { words += NextCommand.option("--trace", trace) }
        if let budget { words += ["--budget", budget.text] }
        if repeats {
            if detach { words.append("--detach") }
            if remeasure { words.append("--remeasure") }
            if retry { words.append("--retry") }
        }
        if checkClaims { words.append("--check-claims") }
        return words
    }

    private func request(_ spec: SpecRequest) -> RunRequest {
        var request = RunRequest(spec: spec, arguments: Array(ProcessInfo.processInfo.arguments.dropFirst()))
        request.confirmsCost = yes
        request.failFast = failFast
        request.jobs = jobs
        request.executor = executor
        request.trace = trace
        request.budget = budget?.amount
        request.detach = detach
        request.remeasure = remeasure
        request.retry = retry
        return request
    }
}

/// An amount on the command line, such as `25` or `0.50`. Other forms of numbers (`0x10`, `1e3`, `inf`) are slips.
struct Dollars: Sendable {
    /// The amount as written.
    let text: String
    let amount: Money

    /// - Throws: `ValidationError` for anything but decimal digits and a point.
    init(_ text: String) throws {
        guard text.wholeMatch(of: #/[0-9]*\.?[0-9]+/#) != nil, let dollars = Double(text.hasPrefix(".") ? "0" + text : text),
            dollars.isFinite
        else {
            throw ValidationError("--budget takes a number of dollars, 0 or more, such as 25 or 0.50.")
        }
        self.text = text
        amount = Money(dollars: dollars)
    }
}

extension ExecutorName: ExpressibleByArgument {}
