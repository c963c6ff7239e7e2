// The training data of a fine-tuning job.

/// The train part of a split as training examples, and its validation part as validation examples.
package struct FineTuneDataSpec: Hashable, Sendable, Codable {
    /// The name of the split.
    package var split: String
    /// The name of the prompt.
    package var prompt: String
    /// The image resolution that the model sees.
    package var detail: ImageDetail
    /// The answer format of the training examples.
    package var answer: AnswerFormat
    /// Whether the validation part is uploaded as validation examples.
    package var validation: Bool
    /// The source of rejected answers; used by `dpo` only.
    package var rejected: Rejected
    /// Whether a label may lose all its training images to the provider's image screening.
    package var allowLostLabels: Bool

    /// - Parameter rejected: used by `dpo` only.
    package init(
        split: String, prompt: String, detail: ImageDetail = .auto, answer: AnswerFormat = .text,
        validation: Bool = true, rejected: Rejected = .randomLabel(seed: 0),
        allowLostLabels: Bool = false
    ) {
        self.split = split
        self.prompt = prompt
        self.detail = detail
        self.answer = answer
        self.validation = validation
        self.rejected = rejected
        self.allowLostLabels = allowLostLabels
    }
}

extension FineTuneDataSpec {
    /// The source of the rejected answers of preference training (`dpo`).
    package enum Rejected: Hashable, Sendable, Codable {
        /// Another label, drawn at random with this seed.
        case randomLabel(seed: Int)
        /// A CSV file with the columns `path` and `rejected`.
        case table(FileReference)
    }
}
