// The knobs of a fine-tuning job.

/// A value, or left to the service. The service answers `-1` for what it chooses itself; OpenAI writes `"auto"`.
package enum AutoOr<Value: Codable & Hashable & Sendable>: Hashable, Sendable, Codable {
    case auto
    case value(Value)

    package var value: Value? { if case .value(let value) = self { value } else { nil } }

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

    /// Writes `-1` for auto, as Azure does in its answers. A request leaves the key out instead.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .auto: try container.encode(-1)
        case .value(let value): try container.encode(value)
        }
    }
}

/// Hyperparameters of all methods; each job uses those of its own.
package struct Hyperparameters: Hashable, Sendable, Codable {
    /// 1 to 50.
    package var nEpochs: AutoOr<Int>?
    /// 1 to 256.
    package var batchSize: AutoOr<Int>?
    package var learningRateMultiplier: AutoOr<Double>?
    /// dpo: 0 to 2.
    package var beta: AutoOr<Double>?
    /// dpo.
    package var l2Multiplier: AutoOr<Double>?
    /// reinforcement: `low`, `medium`, `high`, `default`.
    package var reasoningEffort: String?
    /// reinforcement: 0.00001 to 10.
    package var computeMultiplier: AutoOr<Double>?
    /// reinforcement.
    package var evalInterval: AutoOr<Int>?
    /// reinforcement.
    package var evalSamples: AutoOr<Int>?

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

    package var isEmpty: Bool { self == Hyperparameters() }

    /// These, and where one is missing that of `other`.
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
