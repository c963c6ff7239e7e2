// A plan with what is known of each of its steps: what planning, running and explaining begin with.

import Artifacts
package import Basics
import Execution
import Foundation
import Ledger
package import Planning
import Specification

/// A plan with what is known of each of its steps.
package struct PreparedPlan: Sendable {
    /// The specs that the plan was made from.
    package var specs: ChosenSpecs
    /// What was seen outside of the specs: files, environment, this machine.
    package var observations: Observations
    /// The steps of all chosen variants; shared steps occur once.
    package var plan: Plan
    /// Warnings of planning, at their places in the spec.
    package var diagnostics: [Diagnostic]
    /// What is known of each step, in the plan's order.
    package var statuses: [StepStatus]

    /// Looks, plans, and looks the results up.
    /// - Parameters:
    ///   - loaded: what the options name, where it has been read.
    ///   - isRun: whether a run follows, which may start programs of the spec in any project.
    ///   - locatesAll: whether the key parts of cached steps get their places too, as explanations need them.
    package static func prepare(
        _ options: SpecRequest, _ loaded: ChosenSpecs? = nil, measurement: Int = 0, isRun: Bool = false, locatesAll: Bool = false,
        workspace: Workspace
    ) async throws -> PreparedPlan {
        let specs = try loaded ?? options.load()
        let mayRunPrograms = try isRun || workspace.ownership == .own && !workspace.ledger.runs(limit: 1).isEmpty
        let looker = Looker(
            workspace: workspace, environment: specs.base.environment, mayRunPrograms: mayRunPrograms)
        let observations = try await looker.look(at: specs.variants.map(\.loaded.spec))
        var (plan, diagnostics, places) = try Planner.plan(
            specs.variants, observations: observations,
            options: PlanOptions(limit: options.limit, measurement: measurement))
        let store = workspace.store
        // That the outputs are there, as they nearly always are, is looked at once the whole plan is known.
        var statuses = try plan.statuses { key in try store.recorded(key)?.knownOutputs }
        if !store.holds(all: statuses.flatMap { $0.outputs.values }) {
            statuses = try plan.statuses { key in try store.summary(for: key)?.knownOutputs }
        }
        // What is about to run is recorded, and explained, with the places in the spec that it comes from.
        places.locate(in: &plan) { locatesAll || statuses[$0].state != .cached }
        return PreparedPlan(
            specs: specs, observations: observations, plan: plan, diagnostics: diagnostics, statuses: statuses)
    }

    /// Whether a step will run, or may.
    package func willRun(_ index: Int) -> Bool { statuses[index].state == .pending || statuses[index].state == .unknown }
}
