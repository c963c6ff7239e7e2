// What a fine-tuning job is trained on.

/// The train part of a split as training examples, and its validation part as validation examples.
package struct FineTuneDataSpec: Hashable, Sendable, Codable {
    /// The split's name.
    package var split: String
    /// The prompt's name.
    package var prompt: String
    /// How finely the model looks at the image.
    package var detail: ImageDetail
    /// The form of the answer that is taught.
    package var answer: AnswerFormat
    /// Whether the validation part is sent.
    package var validation: Bool
    /// The answer that is not preferred; for `dpo`.
    package var rejected: Rejected
    /// Whether a label may lose all its training images to the provider's image screening.
    package var allowLostLabels: Bool

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
    package enum Rejected: Hashable, Sendable, Codable {
        /// Another label, drawn by this seed.
        case randomLabel(seed: Int)
        /// A CSV file with the columns `path` and `rejected`.
        case table(FileReference)
    }
}
