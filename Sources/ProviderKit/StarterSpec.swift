// The part of a new spec that depends on the kind of provider.

/// A plug-in's part of the spec that `assay init --answers KIND` writes: lines of YAML without their indentation.
package struct StarterSpec: Sendable {
    /// Fine-tuning in a new spec.
    package enum Tuning: Sendable {
        /// Nobody can fine-tune, or only few users can: the reason, as comment lines.
        case unavailable(reason: [String])
        /// An entry of `models:` as a comment, since fine-tuning costs money.
        case example(TunedModel, introduction: [String])
    }

    /// A fine-tuned model.
    package struct TunedModel: Sendable {
        /// The model that is fine-tuned.
        package var model: String
        /// Keys of `fine_tune:` after `model` and `data`, such as hyperparameters.
        package var settings: [String]
        /// Further keys of the model, such as `deploy`.
        package var keys: [String]

        /// - Parameter keys: keys of the model besides `provider` and `fine_tune`.
        package init(model: String, settings: [String], keys: [String] = []) {
            self.model = model
            self.settings = settings
            self.keys = keys
        }
    }

    /// How the settings receive their values, as comment lines.
    package var introduction: [String]
    /// The provider's settings, with `kind`.
    package var provider: [String]
    /// A current model that accepts images and has a built-in price.
    package var model: String
    /// Keys of the model besides `provider` and `model`.
    package var modelKeys: [String]
    /// Completes the comment "The base model"; empty for nothing to add.
    package var modelNote: String
    /// Settings of requests for plain text, which the model accepts.
    package var requestSettings: [String]
    /// Fine-tuning of the provider's models.
    package var tuning: Tuning

    /// - Parameters:
    ///   - modelNote: completes the comment "The base model".
    ///   - requestSettings: settings of requests for plain text.
    package init(
        introduction: [String], provider: [String], model: String, modelKeys: [String] = [], modelNote: String = "",
        requestSettings: [String], tuning: Tuning
    ) {
        self.introduction = introduction
        self.provider = provider
        self.model = model
        self.modelKeys = modelKeys
        self.modelNote = modelNote
        self.requestSettings = requestSettings
        self.tuning = tuning
    }
}
