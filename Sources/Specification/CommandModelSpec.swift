// A program as a model.

/// A program that trains on the split's train and validation parts and predicts the images it is asked about.
/// It finds `train.csv` and `validation.csv` (columns `path`, `label`) and `predict.csv` (column `path`) in its folder
/// and writes `predictions` with the columns `path`, `answer` and, where it measures them, `latency_ms`.
package struct CommandModelSpec: Hashable, Sendable, Codable {
    /// The program.
    package var command: CommandSpec
    /// What it is trained on; without it, it is not trained.
    package var data: TrainDataSpec?
    /// The file it writes.
    package var predictions: String

    package init(command: CommandSpec, data: TrainDataSpec? = nil, predictions: String = "predictions.csv") {
        self.command = command
        self.data = data
        self.predictions = predictions
    }
}
