// Writes a run to an MLflow server while it is running.

package import Basics
package import Foundation

/// Follows one run: creates its MLflow run at the start, and logs epochs as they end. `MLflowClient.export` completes the
/// same MLflow runs at the end.
package actor MLflowLive {
    /// One epoch of a training.
    package struct Epoch: Sendable {
        /// The variant's name.
        package var variant: String
        /// The model's name.
        package var model: String
        /// Counts from 1.
        package var epoch: Int
        /// The values that the training reports, such as `train_loss`.
        package var values: [String: Double]

        /// - Parameter values: by name, such as `train_loss`.
        package init(variant: String, model: String, epoch: Int, values: [String: Double]) {
            self.variant = variant
            self.model = model
            self.epoch = epoch
            self.values = values
        }
    }

    private let client: MLflowClient
    private let run: RunID
    private let experiment: String
    private let started: Date
    private let hasVariants: Bool
    private let tags: [String: String]
    private var parent: String?
    private var children: [String: String] = [:]

    /// Sends nothing yet.
    /// - Parameters:
    ///   - experiment: the experiment's name.
    ///   - hasVariants: whether the run has several variants, which the names of models then show.
    package init(
        _ client: MLflowClient, run: RunID, experiment: String, started: Date, version: String, specPath: String,
        hasVariants: Bool
    ) {
        self.client = client
        self.run = run
        var text = MLflowText()
        self.experiment = experiment.isEmpty ? "assay" : text.tag(experiment, of: "experiment")
        self.started = started
        self.hasVariants = hasVariants
        tags = [
            "assay.run": run.text, "assay.version": version, "mlflow.source.name": text.tag(specPath, of: "mlflow.source.name"),
            "mlflow.source.type": "LOCAL",
        ]
    }

    /// Creates the run on the server.
    /// - Throws: `MLflowError`.
    package func begin() async throws {
        parent = try await client.begin(blank(key: MLflowRun.key(run, []), name: run.text), below: nil, experiment: experiment)
            .run
    }

    /// Logs an epoch.
    /// - Throws: `MLflowError`; the epoch is logged at the end of the run then.
    package func log(_ epoch: Epoch) async throws {
        if parent == nil { try await begin() }
        let key = MLflowRun.key(run, [epoch.variant, epoch.model])
        let child: String
        if let known = children[key] {
            child = known
        } else {
            let name = hasVariants ? "\(epoch.variant) · \(epoch.model)" : epoch.model
            child = try await client.begin(blank(key: key, name: name), below: parent, experiment: experiment).run
            children[key] = child
        }
        let now = Int64(saturating: (Date().timeIntervalSince1970 * 1000).rounded())
        try await client.add(
            epoch.values.filter { $0.value.isFinite }.sorted { $0.key < $1.key }.map {
                MLflowRun.Point(key: "training/" + $0.key, value: $0.value, time: now, step: Int64(epoch.epoch))
            }, to: child)
    }

    private func blank(key: String, name: String) -> MLflowRun {
        let start = Int64(saturating: (started.timeIntervalSince1970 * 1000).rounded())
        return MLflowRun(
            key: key, name: name, parameters: [:], tags: tags, points: [], files: [], models: [], status: "RUNNING", start: start,
            end: start)
    }
}
