// Previews a run's steps and cost without running it.

package import Basics
import Foundation
import Ledger
package import Planning

/// A plan with its forecast and the resources that it needs. Indexes a local dataset for this, which is free.
package struct PlanPreview: Sendable {
    /// The plan with the state of each step.
    package var prepared: PreparedPlan
    /// Forecasts of the paid steps that would run.
    package var forecasts: [StepID: StepForecast]
    /// Files and deployments that the steps need at providers.
    package var resources: [PlanResource]
    /// Hourly charges, by provider.
    package var hourly: [HourlyBilling]
    /// Why the cost cannot be forecast; `nil` if it can.
    package var problem: String?
    /// The last run of this spec with the same changes and variants that has a report; `nil` for none.
    package var reported: RunID?
    /// The state folder of the project.
    package var state: String

    /// The number of runs among which the last report is searched.
    private static let runsLookedAt = 50

    /// The number of steps that would run, or may.
    package var pending: Int { prepared.statuses.indices.count(where: prepared.willRun) }

    /// Opens the project's state, plans and forecasts; starts no paid work.
    package init(_ request: SpecRequest) async throws {
        // A spec that cannot be read leaves no state behind.
        let specs = try request.load()
        let workspace = try Workspace(spec: request.spec, state: request.state)
        var prepared = try await PreparedPlan.prepare(
            request, specs, measurement: Measurement.number(in: workspace), workspace: workspace)
        var forecasts = PlanForecast(prepared: prepared, store: workspace.store).pending()
        let unseen = forecasts.filter { $0.value.unknown == .noImages }.keys
        if !unseen.isEmpty {
            (prepared, problem) = try await prepared.indexingData(
                for: Set(unseen), in: workspace, run: RunID("plan"),
                jobs: ProcessInfo.processInfo.activeProcessorCount, fetches: false, events: { _ in })
            forecasts = PlanForecast(prepared: prepared, store: workspace.store).pending()
        }
        self.prepared = prepared
        self.forecasts = forecasts
        state = workspace.folder
        let path = URL(fileURLWithPath: request.spec).standardizedFileURL.path
        reported = try workspace.ledger.runs(limit: PlanPreview.runsLookedAt).first { run in
            run.spec == path && run.detail["report"]?.string != nil
                && (run.detail["selection"] ?? SpecRequest.noSelection) == request.selection
        }?.id
        hourly = HourlyBilling.all(in: prepared)
        resources = try PlanResources(prepared: prepared, ledger: workspace.ledger).list()
    }
}
