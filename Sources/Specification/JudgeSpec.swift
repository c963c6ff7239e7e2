// Judges: hosted models that are asked whether answers are right.

/// A hosted model that judges the answers of other models.
package struct JudgeSpec: Hashable, Sendable, Codable {
    /// The name of the model; it must be hosted.
    package var model: String
    /// The request to the judge, in a batch or online.
    package var ask: ModelEvaluationSpec.Ask
    /// A table of human verdicts on a random sample of the judged answers; `nil` for none.
    package var labels: FileReference?
    /// A table of verdicts of this judge and of people on other answers; `nil` for none. Excludes `labels`.
    package var calibration: FileReference?

    /// - Parameters:
    ///   - labels: a table of human verdicts with the columns `id`, `model` and `verdict`.
    ///   - calibration: a table with the columns `judge` and `verdict`.
    package init(
        model: String, ask: ModelEvaluationSpec.Ask, labels: FileReference? = nil, calibration: FileReference? = nil
    ) {
        self.model = model
        self.ask = ask
        self.labels = labels
        self.calibration = calibration
    }
}
