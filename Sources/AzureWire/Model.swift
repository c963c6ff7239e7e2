// Wire types of the Models API.

/// The operations that a model supports in this account.
package struct ModelCapabilities: Hashable, Sendable, Codable {
    /// Whether fine-tuning jobs can start from it.
    package var fineTune: Bool
    /// Whether it can be deployed and queried.
    package var inference: Bool
    /// Whether it serves the older completions API.
    package var completion: Bool
    /// Whether it serves chat completions, which Assay uses.
    package var chatCompletion: Bool
    /// Whether it serves embeddings; not used here.
    package var embeddings: Bool

    /// All five members are required on the wire.
    package init(fineTune: Bool, inference: Bool, completion: Bool, chatCompletion: Bool, embeddings: Bool) {
        self.fineTune = fineTune
        self.inference = inference
        self.completion = completion
        self.chatCompletion = chatCompletion
        self.embeddings = embeddings
    }

    enum CodingKeys: String, CodingKey {
        case inference, completion, embeddings
        case fineTune = "fine_tune"
        case chatCompletion = "chat_completion"
    }
}

/// The retirement dates of a model.
package struct ModelDeprecation: Hashable, Sendable, Codable {
    /// No new fine-tuning jobs after this time; `nil` if not stated.
    package var fineTune: UnixTime?
    /// No answers after this time; `nil` if not stated.
    package var inference: UnixTime?

    /// - Parameter fineTune: the end of fine-tuning, not of inference.
    package init(fineTune: UnixTime?, inference: UnixTime?) {
        self.fineTune = fineTune
        self.inference = inference
    }

    enum CodingKeys: String, CodingKey {
        case inference
        case fineTune = "fine_tune"
    }

    /// A malformed date decodes as `nil`.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        fineTune = container.optional(.fineTune)
        inference = container.optional(.inference)
    }
}

/// A base or fine-tuned model. OpenAI and compatible servers only send `id`, `object` and the creation time.
package struct ModelObject: Hashable, Sendable, Codable {
    /// The API's name for this type of object; set to its constant where a server omits it.
    package var object: String
    /// The name to deploy, tune or ask.
    package var id: String
    /// The creation time; `nil` if not reported.
    package var createdAt: UnixTime?
    /// For a fine-tuned model: the status of its training.
    package var status: FineTuningStatus?
    /// For a fine-tuned model: its base model.
    package var model: String?
    /// For a fine-tuned model: the id of its job.
    package var fineTune: String?
    /// Azure only.
    package var capabilities: ModelCapabilities?
    /// Azure only, such as `generally-available`.
    package var lifecycleStatus: String?
    /// Azure only.
    package var deprecation: ModelDeprecation?

    /// Creates a model as the emulator and tests report it.
    package init(
        id: String, createdAt: UnixTime?, status: FineTuningStatus? = .succeeded, model: String? = nil,
        fineTune: String? = nil, capabilities: ModelCapabilities?, lifecycleStatus: String?,
        deprecation: ModelDeprecation?
    ) {
        object = "model"
        self.id = id
        self.createdAt = createdAt
        self.status = status
        self.model = model
        self.fineTune = fineTune
        self.capabilities = capabilities
        self.lifecycleStatus = lifecycleStatus
        self.deprecation = deprecation
    }

    enum CodingKeys: String, CodingKey {
        case object, id, status, model, capabilities, deprecation
        case createdAt = "created_at"
        case fineTune = "fine_tune"
        case lifecycleStatus = "lifecycle_status"
    }

    /// Only `id` is required.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        object = container.optionalText(.object) ?? "model"
        id = try container.text(.id)
        createdAt = container.optional(.createdAt)
        status = container.optional(.status)
        model = container.optionalText(.model)
        fineTune = container.optionalText(.fineTune)
        capabilities = container.optional(.capabilities)
        lifecycleStatus = container.optionalText(.lifecycleStatus)
        deprecation = container.optional(.deprecation)
    }
}
