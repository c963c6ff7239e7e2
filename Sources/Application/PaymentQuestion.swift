// The question whether a run may spend money: asked once its cost is known, before anything is sent.

import Basics
import Execution
import Foundation
import Planning
import Specification
import Steps

/// Finds out what a run will cost and has the user agree to it.
struct PaymentQuestion {
    /// How the user answers.
    enum Answer {
        /// Beforehand, with `--yes`.
        case yes
        /// On the terminal.
        case askUser(@Sendable (String) async -> Bool)
        /// Not at all: nobody is there to be asked.
        case no

        var ask: (@Sendable (String) async -> Bool)? { if case .askUser(let ask) = self { ask } else { nil } }
    }

    let workspace: Workspace
    let run: RunID
    let answer: Answer
    let jobs: Int
    let budget: Money?

    /// Has the user agree to the cost of a plan. Where that is not known before the dataset is indexed, it is indexed
    /// first, which is free.
    /// - Parameter prepared: gets what became known.
    /// - Returns: what was agreed to.
    /// - Throws: `Refusal` when the user does not agree, or nobody can be asked; when there is a budget and no price.
    func ask(
        about prepared: inout PreparedPlan, display: (Plan, Int) -> any RunDisplay
    ) async throws -> ConsentGate.Consent {
        var due = due(prepared)
        if budget != nil { try refuseUnpriced(due) }
        if case .yes = answer { return .everything }
        guard !due.isEmpty else { return .upTo(.zero, unknown: []) }
        let (indexed, problem) = try await indexed(prepared, Set(due.keys), display)
        prepared = indexed
        // A dataset that cannot be indexed fails the run, which says so; nothing is paid for then.
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

    /// The steps that real money is due for: those that will run and are not paid for by a job that exists.
    private func due(_ prepared: PreparedPlan) -> [StepID: StepForecast] {
        let jobs = RemoteJobs(ledger: workspace.ledger, run: run, settings: RemoteJobs.Settings())
        let positions = prepared.plan.positions()
        return PlanForecast(prepared: prepared, store: workspace.store).pending().filter { id, forecast in
            guard forecast.needsConsent, let at = positions[id] else { return false }
            guard let key = prepared.statuses[at].key else { return true }
            return !jobs.isUnderWay(prepared.plan.steps[at], key: key)
        }
    }

    /// A budget needs prices: what has none would be spent without being counted.
    private func refuseUnpriced(_ due: [StepID: StepForecast]) throws {
        let unpriced = CostOutlook(due, steps: due.keys.sorted()).unpriced
        guard !unpriced.isEmpty else { return }
        throw Refusal(
            "The budget cannot be kept: there is no price for \(unpriced.map { "'\($0)'" }.joined(separator: ", ")). "
                + "Name a price table that has it with 'prices:', or write 'price: free' if it costs nothing.",
            code: .invalid)
    }

    /// The plan once its dataset is indexed, where a paid step waits for that.
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
    /// What a run costs, in a sentence.
    /// - Parameter problem: why the images are not known.
    fileprivate func sentence(problem: String?) -> String {
        let unknown = unknown.map { problem == nil ? $0 : "\($0) (\(problem ?? ""))" }
        guard known.high > .zero else { return "What this run will cost is unknown: \(unknown ?? "")." }
        let sum = "This run is forecast to cost \(known.expected) (\(known.low) to \(known.high))"
        return sum + (unknown.map { ", plus an unknown amount: \($0)." } ?? ".")
    }
}

extension RemoteJobs {
    /// Whether a job that does a step's work is at the provider: what it costs was agreed to when it was sent.
    fileprivate func isUnderWay(_ step: Step, key: StepKey) -> Bool {
        switch step.work {
        case .runBatch(let work):
            (try? livingParts(kind: "batch", account: work.identity.account.name, key: key).isEmpty) == false
        case .fineTune(let work):
            (try? livingParts(kind: "fine-tune", account: work.identity.account.name, key: key).isEmpty) == false
        default: false
        }
    }
}
