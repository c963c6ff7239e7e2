// Asks whether a run may spend money: once its cost is known, before anything is sent.

import Basics
import Execution
import Foundation
import Planning
import Specification
import Steps

/// Determines the cost of a run and gets the user's consent.
struct PaymentQuestion {
    /// The way in which consent is given.
    enum Answer {
        /// In advance, with `--yes`.
        case yes
        /// Interactively, on the terminal.
        case askUser(@Sendable (String) async -> Bool)
        /// Not possible: the command is not interactive.
        case no

        var ask: (@Sendable (String) async -> Bool)? { if case .askUser(let ask) = self { ask } else { nil } }
    }

    let workspace: Workspace
    let run: RunID
    let answer: Answer
    let jobs: Int
    let budget: Money?

    /// Gets consent to the cost of a plan. If the cost is unknown before the dataset is indexed, indexes it first,
    /// which is free.
    /// - Parameter prepared: updated with the indexed data.
    /// - Returns: the spending that the user agreed to.
    /// - Throws: `Refusal` if the user declines or cannot be asked, or if there is a budget but no price.
    func ask(
        about prepared: inout PreparedPlan, display: (Plan, Int) -> any RunDisplay
    ) async throws -> ConsentGate.Consent {
        var due = due(prepared)
        if budget != nil { try refuseUnpriced(due) }
        if case .yes = answer { return .everything }
        guard !due.isEmpty else { return .upTo(.zero, unknown: []) }
        let (indexed, problem) = try await indexed(prepared, Set(due.keys), display)
        prepared = indexed
        // If the dataset cannot be indexed, the run fails with that error and spends nothing.
        if problem != nil, answer.ask != nil { return .upTo(.zero, unknown: []) }
        due = self.due(prepared)
        let outlook = CostOutlook(due, steps: prepared.plan.steps.map(\.id))
        guard outlook.isPaid else { return .upTo(.zero, unknown: []) }
        let text = outlook.sentence(problem: problem)
        guard let ask = answer.ask else {
            throw Refusal(text + " Nothing was sent. Give --yes to spend it.", code: .invalid)
        }
        guard await ask(text) else { throw Refusal("Nothing was sent.", code: .invalid) }
        return .upTo(outlook.known.high, unknown: outlook.unknownSteps)
    }

    /// The steps that cost real money: those that will run, except steps whose paid job already exists.
    private func due(_ prepared: PreparedPlan) -> [StepID: StepForecast] {
        let jobs = RemoteJobs(ledger: workspace.ledger, run: run, settings: RemoteJobs.Settings())
        let positions = prepared.plan.positions()
        return PlanForecast(prepared: prepared, store: workspace.store).pending().filter { id, forecast in
            guard forecast.needsConsent, let at = positions[id] else { return false }
            guard let key = prepared.statuses[at].key else { return true }
            return !jobs.isUnderWay(prepared.plan.steps[at], key: key)
        }
    }

    /// A budget needs prices: spending without a price would not be counted.
    private func refuseUnpriced(_ due: [StepID: StepForecast]) throws {
        let unpriced = CostOutlook(due, steps: due.keys.sorted()).unpriced
        guard !unpriced.isEmpty else { return }
        throw Refusal(
            "The budget cannot be enforced: there is no price for \(unpriced.map { "'\($0)'" }.joined(separator: ", ")). "
                + "Name a price table that contains it with 'prices:', or write 'price: free' if it costs nothing.",
            code: .invalid)
    }

    /// The plan after indexing its dataset, if a paid step depends on that.
    private func indexed(
        _ prepared: PreparedPlan, _ due: Set<StepID>, _ display: (Plan, Int) -> any RunDisplay
    ) async throws -> (PreparedPlan, problem: String?) {
        let progress = display(prepared.plan, prepared.plan.steps.count)
        defer { progress.finish() }
        return try await prepared.indexingData(
            for: due, in: workspace, run: run, jobs: jobs, fetches: answer.ask != nil, events: { progress.take($0) })
    }
}

extension CostOutlook {
    /// The cost of a run, as a sentence.
    /// - Parameter problem: why the images are unknown; `nil` if they are known.
    fileprivate func sentence(problem: String?) -> String {
        let unknown = unknown.map { problem == nil ? $0 : "\($0) (\(problem ?? ""))" }
        guard known.high > .zero else { return "The cost of this run is unknown: \(unknown ?? "")." }
        let sum = "This run is forecast to cost \(known.expected) (\(known.low) to \(known.high))"
        return sum + (unknown.map { ", plus an unknown amount: \($0)." } ?? ".")
    }
}

extension RemoteJobs {
    /// Whether a job for a step's work already exists at the provider: its cost was agreed to when it was submitted.
    fileprivate func isUnderWay(_ step: Step, key: StepKey) -> Bool {
        guard let billed = step.work.billed else { return false }
        let kind: String
        switch billed {
        case .batch: kind = "batch"
        case .fineTune: kind = "fine-tune"
        // Online requests are not jobs, so none can exist.
        case .online: return false
        }
        return (try? paidOpenParts(kind: kind, account: billed.account.name, key: key).isEmpty) == false
    }
}
