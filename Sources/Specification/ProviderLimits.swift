// The limits of a provider that a spec or its data can violate.

/// The limits of a provider. An unknown limit is `nil` and is not checked.
package struct ProviderLimits: Hashable, Sendable {
    /// The smallest number of training examples of a fine-tuning job.
    package var minExamples: Int?
    /// The largest number of training examples with images.
    package var maxExamples: Int?
    /// The largest number of validation examples.
    package var maxValidationExamples: Int?
    /// The largest size of the validation data, as a share of the training data's.
    package var validationShare: Double?
    /// The largest number of images of a request.
    package var imagesPerRequest: Int?
    /// The largest size of an image in a request, in bytes.
    package var requestImageBytes: Int?
    /// The largest number of images of a training example.
    package var imagesPerExample: Int?
    /// The largest size of an image in a training example, in bytes.
    package var trainingImageBytes: Int?
    /// Whether training silently skips images that are neither RGB nor RGBA.
    package var skipsOtherColours = false
    /// Further images that training rejects unpredictably, as the object of a sentence; `nil` if nothing is known.
    package var screening: String?

    /// No known limit.
    package init() {}
}
