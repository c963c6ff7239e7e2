// The hyperparameters of a fine-tuning job.

/// A value, or the service's choice. On the wire, Azure writes `-1` and OpenAI `"auto"` for the latter.
package enum AutoOr<Value: Codable & Hashable & Sendable>: Hashable, Sendable, Codable {
    /// The service chooses, often by the size of the data.
    case auto
    /// The value to use.
    case value(Value)

    /// `nil` for the service's choice.
    package var value: Value? { if case .value(let value) = self { value } else { nil } }

    /// Reads `-1` and `"auto"` as the service's choice; any other word is an error.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let word = try? container.decode(String.self) {
            guard word.lowercased() == "auto" else {
                throw DecodingError.dataCorruptedError(
                    in: container, debugDescription: "neither a number nor 'auto': \(word)")
            }
            self = .auto
        } else if let number = try? container.decode(Double.self), number == -1 {
            self = .auto
        } else {
            self = .value(try container.decode(Value.self))
        }
    }

    /// Writes `-1` for `auto`, as Azure does in its responses. Requests omit the key instead.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .auto: try container.encode(-1)
        case .value(let value): try container.encode(value)
        }
    }
}

/// The hyperparameters of all methods; a job uses those of its method.
package struct Hyperparameters: Hashable, Sendable, Codable {
    /// Passes over the training data, 1 to 50.
    package var nEpochs: AutoOr<Int>?
    /// Examples per step, 1 to 256.
    package var batchSize: AutoOr<Int>?
    /// Scales the service's default learning rate.
    package var learningRateMultiplier: AutoOr<Double>?
    /// DPO: weight of the penalty for departing from the base model, 0 to 2.
    package var beta: AutoOr<Double>?
    /// DPO: weight of the L2 regularization.
    package var l2Multiplier: AutoOr<Double>?
    /// Reinforcement: `low`, `medium`, `high` or `default`.
    package var reasoningEffort: String?
    /// Reinforcement: scales the exploration per example, 0.00001 to 10.
    package var computeMultiplier: AutoOr<Double>?
    /// Reinforcement: steps between evaluations.
    package var evalInterval: AutoOr<Int>?
    /// Reinforcement: samples per example in an evaluation.
    package var evalSamples: AutoOr<Int>?

    /// Members left `nil` are not sent, so that the service chooses.
    package init(
        nEpochs: AutoOr<Int>? = nil, batchSize: AutoOr<Int>? = nil, learningRateMultiplier: AutoOr<Double>? = nil,
        beta: AutoOr<Double>? = nil, l2Multiplier: AutoOr<Double>? = nil, reasoningEffort: String? = nil,
        computeMultiplier: AutoOr<Double>? = nil, evalInterval: AutoOr<Int>? = nil, evalSamples: AutoOr<Int>? = nil
    ) {
        self.nEpochs = nEpochs
        self.batchSize = batchSize
        self.learningRateMultiplier = learningRateMultiplier
        self.beta = beta
        self.l2Multiplier = l2Multiplier
        self.reasoningEffort = reasoningEffort
        self.computeMultiplier = computeMultiplier
        self.evalInterval = evalInterval
        self.evalSamples = evalSamples
    }

    enum CodingKeys: String, CodingKey {
        case nEpochs = "n_epochs"
        case batchSize = "batch_size"
        case learningRateMultiplier = "learning_rate_multiplier"
        case beta
        case l2Multiplier = "l2_multiplier"
        case reasoningEffort = "reasoning_effort"
        case computeMultiplier = "compute_multiplier"
        case evalInterval = "eval_interval"
        case evalSamples = "eval_samples"
    }

    /// Whether every member is left to the service's default.
    package var isEmpty: Bool { self == Hyperparameters() }

    /// A copy in which members that are `nil` are taken from `other`.
    package func filled(from other: Hyperparameters) -> Hyperparameters {
        Hyperparameters(
            nEpochs: nEpochs ?? other.nEpochs, batchSize: batchSize ?? other.batchSize,
            learningRateMultiplier: learningRateMultiplier ?? other.learningRateMultiplier,
            beta: beta ?? other.beta, l2Multiplier: l2Multiplier ?? other.l2Multiplier,
            reasoningEffort: reasoningEffort ?? other.reasoningEffort,
            computeMultiplier: computeMultiplier ?? other.computeMultiplier,
            evalInterval: evalInterval ?? other.evalInterval, evalSamples: evalSamples ?? other.evalSamples)
    }
}
