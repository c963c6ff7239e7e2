// The models that an account offers.

/// What a model can do there.
package struct ModelCapabilities: Hashable, Sendable, Codable {
    package var fineTune: Bool
    package var inference: Bool
    package var completion: Bool
    package var chatCompletion: Bool
    package var embeddings: Bool

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

/// When a model stops being offered.
package struct ModelDeprecation: Hashable, Sendable, Codable {
    package var fineTune: UnixTime?
    package var inference: UnixTime?

    package init(fineTune: UnixTime?, inference: UnixTime?) {
        self.fineTune = fineTune
        self.inference = inference
    }

    enum CodingKeys: String, CodingKey {
        case inference
        case fineTune = "fine_tune"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        fineTune = container.optional(.fineTune)
        inference = container.optional(.inference)
    }
}

/// A base or fine-tuned model; OpenAI and compatible servers send only `id`, `object` and when it was made.
package struct ModelObject: Hashable, Sendable, Codable {
    package var object: String
    package var id: String
    package var createdAt: UnixTime?
    package var status: FineTuningStatus?
    /// Of a fine-tuned model: the model that it came from.
    package var model: String?
    /// Of a fine-tuned model: the job that made it.
    package var fineTune: String?
    package var capabilities: ModelCapabilities?
    package var lifecycleStatus: String?
    package var deprecation: ModelDeprecation?

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
