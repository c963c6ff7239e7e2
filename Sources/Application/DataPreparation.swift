// Indexes and splits a dataset before a run is paid for, so that its cost can be forecast from the actual images.

import Artifacts
package import Basics
package import Execution
import Foundation
import Planning
import Platform
import Steps
import TaskKit
import Tasks
import VisionProtocol

extension PreparedPlan {
    /// The steps that produce the examples of paid steps, in the plan's order, if any of them will run.
    private func dataSteps(before paid: Set<StepID>) -> [Step] {
        let positions = plan.positions()
        var needed: Set<Int> = []
        var open = plan.steps.indices.filter { paid.contains(plan.steps[$0].id) }
        while let next = open.popLast() {
            for input in plan.steps[next].inputs {
                if let at = positions[input.from], needed.insert(at).inserted { open.append(at) }
            }
        }
        let data = needed.filter { plan.steps[$0].kind.definition.producesExamples }.sorted()
        return data.contains(where: willRun) ? data.map { plan.steps[$0] } : []
    }

    /// Runs the free steps that produce the examples of paid steps: without them, the cost of a paid step, or whether
    /// it must run at all, is unknown. Their results are kept, so the run does not repeat them.
    /// - Parameters:
    ///   - paid: the paid steps that need examples.
    ///   - fetches: whether a remote archive may be downloaded.
    /// - Returns: the updated plan, and why examples are missing; `nil` if none are.
    /// - Throws: `CancellationError`; errors of the store.
    package func indexingData(
        for paid: Set<StepID>, in workspace: Workspace, run: RunID, jobs: Int, fetches: Bool,
        events: @escaping @Sendable (RunEvent) -> Void
    ) async throws -> (plan: PreparedPlan, problem: String?) {
        let steps = dataSteps(before: paid)
        guard !steps.isEmpty else { return (self, nil) }
        let positions = plan.positions()
        for step in steps where !fetches {
            if case .fetchArchive(let work) = step.work, positions[step.id].map(willRun) ?? false {
                return (self, "\(HTTPRequestValue.withoutSecrets(work.settings.shownURL)) has not been downloaded yet")
            }
        }
        let part = Plan(
            experiment: plan.experiment, variants: plan.variants, steps: steps, measures: [], trainings: [],
            providers: [:])
        let vision = VisionWorkerClient(executable: VisionWorkerClient.executableBesideThisProgram())
        let executor = Executor(
            store: workspace.store, lanes: WorkLanes(jobs: jobs), clock: SystemWallClock(), tool: Tool.version,
            runner: { StepServices.exampleRunner(for: $0, vision: vision, tasks: .standard) }, events: events)
        let summary = await executor.run(part, run: run)
        await vision.stop()
        try workspace.store.removeScratch()
        try Task.checkCancellation()
        var prepared = self
        prepared.statuses = try plan.statuses { key in try workspace.store.summary(for: key)?.knownOutputs }
        let failure = steps.lazy.compactMap { summary.steps[$0.id] }.first { $0.state == .failed }
        return (prepared, failure.map { $0.message ?? "the dataset cannot be indexed" })
    }
}
