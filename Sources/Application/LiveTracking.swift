// Follows a run on the servers of the spec's `track:`.

import Artifacts
import Basics
import Execution
import Exports
import Foundation
import Planning
import Platform
import Reporting
import Specification
import Steps
import Tasks

/// Writes a run to an MLflow server while it is running, and completes it at the end. A server that fails never fails
/// the run: the first error is reported, and the export at the end, or a later `assay export`, writes everything.
final class LiveTracking: Sendable {
    private let client: MLflowClient
    private let uri: String
    private let live: MLflowLive
    private let plan: Plan
    private let store: ArtifactStore
    private let epochs: AsyncStream<MLflowLive.Epoch>.Continuation
    private let work: Task<Void, Never>

    /// - Returns: `nil` for a spec without `track:`.
    /// - Throws: `Refusal` for an address that the user does not trust; nothing has been sent then.
    static func start(
        _ prepared: PreparedPlan, run: RunID, started: Date, store: ArtifactStore, note: @escaping @Sendable (String) -> Void
    ) throws -> LiveTracking? {
        guard let uri = try address(prepared) else { return nil }
        let client = try MLflowServer.connect(uri, environment: ProcessInfo.processInfo.environment, timeout: 15)
        return LiveTracking(prepared, client, uri: uri, run: run, started: started, store: store, note: note)
    }

    /// The address in the spec; `nil` without one.
    static func address(_ prepared: PreparedPlan) throws -> String? {
        try prepared.specs.base.spec.track?.mlflow.map { try $0.uri.resolved(in: prepared.observations.environment) }
    }

    private init(
        _ prepared: PreparedPlan, _ client: MLflowClient, uri: String, run: RunID, started: Date, store: ArtifactStore,
        note: @escaping @Sendable (String) -> Void
    ) {
        self.client = client
        self.uri = MLflowServer.shown(uri)
        self.store = store
        plan = prepared.plan
        let live = MLflowLive(
            client, run: run, experiment: plan.experiment, started: started, version: Tool.version,
            specPath: prepared.specs.base.path, hasVariants: plan.variants.count > 1)
        self.live = live
        let (stream, continuation) = AsyncStream.makeStream(of: MLflowLive.Epoch.self, bufferingPolicy: .bufferingNewest(10_000))
        epochs = continuation
        let shown = self.uri
        work = Task {
            do {
                try await live.begin()
                for await epoch in stream { try await live.log(epoch) }
            } catch is CancellationError {
            } catch {
                note("\(shown) is not tracking this run: \(explanation(of: error))")
            }
        }
    }

    /// Takes the steps that ended.
    func add(_ ended: [(index: Int, end: RunSummary.StepEnd)]) {
        for (index, end) in ended where end.state == .ran || end.state == .cached {
            let step = plan.steps[index]
            guard step.kind == .trainEpoch || step.kind == .trainerEpoch, let digest = end.outputs[TrainEpoch.metrics],
                let data = try? store.bytes(of: digest), let metrics = try? EpochMetrics(json: data)
            else { continue }
            let values = [
                "train_loss": metrics.trainLoss, "train_accuracy": metrics.trainAccuracy,
                "validation_loss": metrics.validationLoss, "validation_accuracy": metrics.validationAccuracy,
            ].compactMapValues { $0 }
            // Repetitions of a training are not part of the report's curves.
            let owners = plan.trainings.filter { $0.repetition == 0 && $0.steps.contains(step.id) }
            for owner in owners {
                epochs.yield(
                    MLflowLive.Epoch(variant: owner.variant.text, model: owner.model, epoch: metrics.epoch, values: values))
            }
        }
    }

    /// Waits for the epochs and writes the results.
    /// - Returns: notes for the user, one sentence each.
    func finish(_ end: RunSession.End) async -> [String] {
        epochs.finish()
        guard end.report != nil else {
            work.cancel()
            return []
        }
        await work.value
        let page = end.reportPath.flatMap { try? LocalFileSystem().read($0, limit: FileSizeLimit.text) }
        do {
            let runs = try MLflowRuns(
                ExportSource(end.results, tasks: .standard), page: page.map { String(decoding: $0, as: UTF8.self) })
            return try await client.export(runs).notes
        } catch {
            return [
                "the run was not written to \(uri): \(explanation(of: error)). "
                    + "'\(ShellText.command(["assay", "export", "--to", "mlflow", "--uri", uri]))' exports it later"
            ]
        }
    }

    /// Stops without writing results.
    func cancel() {
        epochs.finish()
        work.cancel()
    }
}
