// A model implemented by a program.

/// A program that trains on the split's train and validation parts and predicts images. Its working folder contains
/// `train.csv` and `validation.csv` (columns `path`, `label`) and `predict.csv` (column `path`). It writes
/// `predictions` with the columns `path`, `answer` and, if it measures latency, `latency_ms`.
package struct CommandModelSpec: Hashable, Sendable, Codable {
    /// The program with its inputs, version and environment.
    package var command: CommandSpec
    /// The training data; `nil` for a program that is not trained.
    package var data: TrainDataSpec?
    /// The path of the table with the predictions, relative to the working folder.
    package var predictions: String

    /// - Parameter data: `nil` for a program that is not trained.
    package init(command: CommandSpec, data: TrainDataSpec? = nil, predictions: String = "predictions.csv") {
        self.command = command
        self.data = data
        self.predictions = predictions
    }
}
