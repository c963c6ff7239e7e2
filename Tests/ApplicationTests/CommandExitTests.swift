// Exit codes from outcomes.

import Basics
import Foundation
import Reporting
import Testing

@testable import Application
@testable import Execution

@Suite struct CommandExitTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var state: ExperimentResults.State
        var errors: [any Error & Sendable] = []
        var expected: CommandExit?
        var says: String
        var testDescription: String { "\(state) \(errors)" }
    }

    private struct Broken: Error {}

    static let cases: [Case] = [
        Case(state: .done, expected: nil, says: ""),
        Case(state: .failed, errors: [Broken()], expected: .failure, says: "1 of 2 steps failed, first b: it broke"),
        Case(
            state: .failed, errors: [Diagnostic(code: "x", "wrong")], expected: .invalid,
            says: "1 of 2 steps failed, first b: it broke"),
        Case(state: .waiting, expected: .waiting, says: "waiting for remote work"),
        Case(state: .interrupted, expected: .interrupted, says: "interrupted"),
        Case(state: .quarantined, expected: .quarantined, says: "quarantine"),
        Case(state: .overBudget, expected: .overBudget, says: "budget"),
    ]

    @Test(arguments: cases)
    func followsTheOutcome(_ test: Case) {
        var steps: [StepID: RunSummary.StepEnd] = [
            StepID("a"): .init(state: .ran, key: nil, outputs: [:], seconds: 1, message: nil, error: nil)
        ]
        for error in test.errors {
            steps[StepID("b")] = .init(
                state: .failed, key: nil, outputs: [:], seconds: 1, message: "it broke", error: error)
        }
        let end = RunSession.End(
            summary: RunSummary(steps: steps, isInterrupted: test.state == .interrupted), results: results(test.state),
            report: nil, reportPath: nil)
        #expect(end.exitCode(checkingClaims: true) == test.expected)
        if test.expected != nil { #expect(end.reason(checkingClaims: true).contains(test.says)) }
    }

    /// Scripts rely on the numbers.
    @Test func theCodesStay() {
        #expect(CommandExit.allCases.map(\.rawValue) == [0, 1, 2, 3, 4, 5, 10, 75, 130])
    }

    private func results(_ state: ExperimentResults.State) -> ExperimentResults {
        ExperimentResults(
            experiment: "e", run: RunID("r"), state: state, startedAt: .now, finishedAt: .now, machine: "m", version: "1",
            specPath: "s", specText: "", command: "assay run s", labels: [], variants: [])
    }
}
