// Explains why the steps of a plan would run.

package import Artifacts
package import Basics
import Foundation
package import Planning

/// Explanations of the steps that would run, with their cost.
package struct PlanExplanation {
    /// The plan with the state of each step.
    package var prepared: PreparedPlan
    /// The steps that would run, each with its reason, in the plan's order.
    package var explanations: [StepExplanation]
    /// Forecasts of the paid steps that would run.
    package var forecasts: [StepID: StepForecast]
    /// Finds the cause of a change.
    package var details: ChangeDetails

    /// Plans the spec and compares each step with the results of its last run.
    /// - Parameter step: limits the explanation to this step and its dependencies.
    /// - Throws: `Refusal` if the plan has no such step.
    package init(_ request: SpecRequest, step: String?) async throws {
        let specs = try request.load()
        if let step, try !Workspace.exists(spec: request.spec, state: request.state) {
            // A mistyped step leaves no state behind.
            try await Workspace.reading(spec: request.spec, state: request.state) { workspace in
                let plan = try await PreparedPlan.prepare(request, specs, workspace: workspace).plan
                _ = try PlanExplanation.above(StepID(step), plan)
            }
        }
        let workspace = try Workspace(spec: request.spec, state: request.state)
        prepared = try await PreparedPlan.prepare(
            request, specs, measurement: Measurement.number(in: workspace), locatesAll: true, workspace: workspace)
        let previous = try PreviousResults(request, experiment: prepared.plan.experiment, workspace: workspace)
        explanations = try prepared.plan.explanations(
            prepared.statuses, tool: Tool.version, last: { try previous.result(of: $0) }, made: previous.byOutput())
        if let step {
            let wanted = try PlanExplanation.above(StepID(step), prepared.plan)
            explanations = explanations.filter { wanted.contains($0.step) }
        }
        forecasts = PlanForecast(prepared: prepared, store: workspace.store).pending()
        details = ChangeDetails(prepared: prepared, workspace: workspace, last: { try? previous.result(of: $0) })
    }

    /// A step and all its direct and indirect dependencies.
    private static func above(_ step: StepID, _ plan: Plan) throws -> Set<StepID> {
        let positions = plan.positions()
        guard positions[step] != nil else {
            // A single argument may also be a mistyped spec.
            let near =
                nearestStep(to: step.text, among: plan.steps.map(\.id.text)) ?? SpecRequest.nearestSpec(to: step.text)
            let hint = near.map { "; did you mean '\($0)'?" } ?? ": 'assay plan' lists the steps"
            throw Refusal("the plan has no step '\(step)'\(hint)", code: .invalid)
        }
        var wanted: Set<StepID> = [step]
        var open = [step]
        while let next = open.popLast() {
            for input in positions[next].map({ plan.steps[$0].inputs }) ?? [] where wanted.insert(input.from).inserted {
                open.append(input.from)
            }
        }
        return wanted
    }
}
