// A plan with the state of each step: the starting point for planning, running and explaining.

import Artifacts
package import Basics
import Execution
import Foundation
import Ledger
package import Planning
import Specification

/// A plan with the state of each step.
package struct PreparedPlan: Sendable {
    /// The specs that the plan was made from.
    package var specs: ChosenSpecs
    /// The observed environment: files, variables, this machine.
    package var observations: Observations
    /// The steps of all selected variants; shared steps occur once.
    package var plan: Plan
    /// Warnings from planning, located in the spec.
    package var diagnostics: [Diagnostic]
    /// The state of each step, in the plan's order.
    package var statuses: [StepStatus]

    /// Observes the environment, plans, and looks up existing results.
    /// - Parameters:
    ///   - loaded: the specs of the options, if already read.
    ///   - isRun: whether a run follows, which may start programs of the spec in any project.
    ///   - locatesAll: whether to locate the key parts of cached steps too, as explanations need.
    package static func prepare(
        _ options: SpecRequest, _ loaded: ChosenSpecs? = nil, measurement: Int = 0, isRun: Bool = false, locatesAll: Bool = false,
        workspace: Workspace
    ) async throws -> PreparedPlan {
        let specs = try loaded ?? options.load()
        let mayRunPrograms = try isRun || workspace.ownership == .own && !workspace.ledger.runs(limit: 1).isEmpty
        let observer = EnvironmentObserver(
            workspace: workspace, environment: specs.base.environment, mayRunPrograms: mayRunPrograms)
        let observations = try await observer.observe(specs.variants.map(\.loaded.spec))
        var (plan, diagnostics, places) = try Planner.plan(
            specs.variants, observations: observations,
            options: PlanOptions(limit: options.limit, measurement: measurement))
        let store = workspace.store
        // Outputs nearly always exist; their existence is checked only once the whole plan is known.
        var statuses = try plan.statuses { key in try store.recorded(key)?.knownOutputs }
        if !store.holds(all: statuses.flatMap { $0.outputs.values }) {
            statuses = try plan.statuses { key in try store.summary(for: key)?.knownOutputs }
        }
        // Steps that will run are recorded, and explained, with their positions in the spec.
        places.locate(in: &plan) { locatesAll || statuses[$0].state != .cached }
        return PreparedPlan(
            specs: specs, observations: observations, plan: plan, diagnostics: diagnostics, statuses: statuses)
    }

    /// Whether a step will run, or may.
    package func willRun(_ index: Int) -> Bool { statuses[index].state == .pending || statuses[index].state == .unknown }
}
