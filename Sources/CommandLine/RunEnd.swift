// Formats the end of a run: each fact once, and the next command.

import Application
import Basics
import Execution
import Foundation
import Planning
import Reporting

/// The end of a run as text and as JSON.
struct RunEnd {
    private let outcome: ExperimentRun.Outcome

    init(_ outcome: ExperimentRun.Outcome) { self.outcome = outcome }

    private var results: ExperimentResults { outcome.end.results }

    /// The report's tables, then the steps, the spending, billed deployments, and the report's path.
    func text(_ style: TerminalStyle, isQuiet: Bool) -> String {
        var text = ""
        // The failures of a run without measurements are already on standard error.
        let hasResults = results.variants.contains { !$0.evaluations.isEmpty || !$0.trainings.isEmpty }
        if let report = outcome.end.report, hasResults || !isQuiet {
            text = "\n" + report.terminal(style, withMoney: false)
        }
        if isQuiet { return text }
        return text + lines.map { $0 + "\n" }.joined()
    }

    private var lines: [String] {
        var lines: [String] = []
        // The report's first line already contains run, state and steps.
        if outcome.end.report == nil { lines.append("\(outcome.run): \(results.state.rawValue): \(steps)") }
        lines.append("Spent: \(spent)")
        let spending = results.spending
        if spending.allResults > spending.real + spending.emulated, let total = spending.totalText {
            lines.append("Total cost of these results, earlier runs included: \(total)")
        }
        lines.append("Deployments still running: " + deployments)
        if let path = outcome.end.reportPath { lines.append("Report: \(path)") }
        return lines
    }

    private var steps: String {
        [
            (outcome.end.summary.count(.ran), "ran"), (outcome.end.summary.count(.cached), "cached"),
            (outcome.end.summary.count(.failed), "failed"), (outcome.end.summary.count(.blocked), "blocked"),
            (outcome.end.summary.count(.waiting), "waiting"),
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    }

    /// `$0.00 (emulated: $3.50, in virtual time; forecast: $3.40)`.
    private var spent: String {
        let spending = results.spending
        var notes: [String] = []
        if !outcome.unpriced.isEmpty {
            notes.append("plus an unknown amount: no price for " + outcome.unpriced.map { "'\($0)'" }.joined(separator: ", "))
        }
        if spending.emulated > .zero { notes.append("emulated: \(spending.emulated), in virtual time") }
        if let forecast = outcome.forecast {
            notes.append("forecast: \(forecast.expected), \(forecast.low) to \(forecast.high)")
        }
        return "\(spending.real)" + (notes.isEmpty ? "" : " (" + notes.joined(separator: "; ") + ")")
    }

    private var deployments: String {
        guard !results.leasesLeft.isEmpty else { return "none" }
        return results.leasesLeft.map { "\($0.id) (\($0.hourly.map { "\($0)" } ?? "?") an hour)" }.joined(separator: ", ")
    }

    /// The recommended next command; `nil` if there is none.
    /// - Parameters:
    ///   - again: the command that runs the spec again.
    ///   - state: the state folder of the run.
    ///   - namesRun: whether commands name the run because it may not be the last one.
    func next(again: String, state: String, namesRun: Bool) -> String? {
        func command(_ words: [String], run: RunID? = nil, _ options: [String] = []) -> String {
            NextCommand.of(words, run: run, options: options, state: state)
        }
        switch results.state {
        case .waiting:
            return "\(again) collects the results, here or on another machine (\(command(["status"])) shows the jobs)"
        case .interrupted:
            let jobs =
                outcome.openJobs == 0
                ? ""
                : "; \(outcome.openJobs) \(outcome.openJobs == 1 ? "job continues" : "jobs continue") at the provider "
                    + "(\(command(["jobs"])) shows them, \(command(["jobs", "cancel", "NUMBER"])) ends one)"
            return "\(again) continues where it stopped" + jobs
        case .quarantined: return "\(command(["jobs"])) shows what to check at the provider, and how to decide"
        case .failed:
            return "\(command(["show"], run: outcome.run)) lists the steps; fix the cause, then \(again) continues"
        case .overBudget: return "raise 'budget:' in the spec, or give --budget; finished results are kept"
        case .done:
            guard outcome.end.reportPath != nil else { return nil }
            let run = namesRun ? outcome.run : nil
            return "\(command(["report"], run: run, ["--open"])) shows the page; "
                + "\(command(["compare"], run: run)) ranks the models"
        }
    }

    var json: JSONValue {
        var members: [String: JSONValue] = [
            "event": "run", "run": .string(outcome.run.text), "state": .string(results.state.rawValue),
            "cached": .int(Int64(outcome.end.summary.count(.cached))),
            "ran": .int(Int64(outcome.end.summary.count(.ran))),
            "failed": .int(Int64(outcome.end.summary.count(.failed))),
            "spent_usd": .double(results.spending.real.dollars),
            "unpriced": .array(outcome.unpriced.map { .string($0) }),
            "emulated_usd": .double(results.spending.emulated.dollars),
            "left_on": .array(results.leasesLeft.map { .string($0.id) }),
            "report": outcome.end.reportPath.map { .string($0) } ?? .null,
        ]
        members["forecast_usd"] = outcome.forecast.map(PlanText.json) ?? .null
        return .object(members)
    }
}
