// Hyperparameters of fine-tuning jobs, named as in the provider's API.

package import Basics

/// Hyperparameters of a fine-tuning job. A `nil` value is not sent; `auto` is sent as `auto`.
package struct HyperparametersSpec: Hashable, Sendable, Codable {
    /// `n_epochs`, 1 to 50.
    package var nEpochs: Automatic<Int>?
    /// `batch_size`, 1 to 256.
    package var batchSize: Automatic<Int>?
    /// `learning_rate_multiplier`, above 0.
    package var learningRateMultiplier: Automatic<Double>?
    /// `beta` of `dpo`, above 0 and at most 2.
    package var beta: Automatic<Double>?
    /// `l2_multiplier` of `dpo`.
    package var l2Multiplier: Automatic<Double>?
    /// `reasoning_effort` of `reinforcement`.
    package var reasoningEffort: ReasoningEffort?
    /// `compute_multiplier` of `reinforcement`, 0.00001 to 10.
    package var computeMultiplier: Automatic<Double>?
    /// `eval_interval` of `reinforcement`.
    package var evalInterval: Automatic<Int>?
    /// `eval_samples` of `reinforcement`.
    package var evalSamples: Automatic<Int>?
    /// `epochs` of Vertex AI, its name for the number of passes.
    package var epochs: Automatic<Int>?
    /// `adapter_size` of Vertex AI: 1, 2, 4, 8 or 16.
    package var adapterSize: Automatic<Int>?

    /// Leaves every absent hyperparameter to the provider.
    package init(
        nEpochs: Automatic<Int>? = nil, batchSize: Automatic<Int>? = nil,
        learningRateMultiplier: Automatic<Double>? = nil, beta: Automatic<Double>? = nil,
        l2Multiplier: Automatic<Double>? = nil, reasoningEffort: ReasoningEffort? = nil,
        computeMultiplier: Automatic<Double>? = nil, evalInterval: Automatic<Int>? = nil,
        evalSamples: Automatic<Int>? = nil, epochs: Automatic<Int>? = nil, adapterSize: Automatic<Int>? = nil
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
        self.epochs = epochs
        self.adapterSize = adapterSize
    }

    /// The number of passes over the data, under whichever name the provider has for it; `nil` for the provider's
    /// choice.
    package var passes: Automatic<Int>? { nEpochs ?? epochs }
}

extension HyperparametersSpec {
    /// The hyperparameters that identify the model. `auto` leaves the choice to the provider, as an absent key does.
    package var sent: HyperparametersSpec {
        func given<Value>(_ value: Automatic<Value>?) -> Automatic<Value>? { value == .auto ? nil : value }
        return HyperparametersSpec(
            nEpochs: given(nEpochs), batchSize: given(batchSize), learningRateMultiplier: given(learningRateMultiplier),
            beta: given(beta), l2Multiplier: given(l2Multiplier), reasoningEffort: reasoningEffort,
            computeMultiplier: given(computeMultiplier), evalInterval: given(evalInterval),
            evalSamples: given(evalSamples), epochs: given(epochs), adapterSize: given(adapterSize))
    }

    /// The keys of all hyperparameters in specs.
    package static let names = [
        "n_epochs", "batch_size", "learning_rate_multiplier", "beta", "l2_multiplier", "reasoning_effort",
        "compute_multiplier", "eval_interval", "eval_samples", "epochs", "adapter_size",
    ]

    /// The values that are set, by their keys in specs, which are those of the provider's API.
    package var values: [String: JSONValue] {
        var values: [String: JSONValue] = [:]
        func add(_ name: String, _ value: Int?) { values[name] = value.map { .int(Int64($0)) } }
        func add(_ name: String, _ value: Double?) { values[name] = value.map { .double($0) } }
        add("n_epochs", nEpochs?.value)
        add("batch_size", batchSize?.value)
        add("learning_rate_multiplier", learningRateMultiplier?.value)
        add("beta", beta?.value)
        add("l2_multiplier", l2Multiplier?.value)
        values["reasoning_effort"] = reasoningEffort.map { .string($0.rawValue) }
        add("compute_multiplier", computeMultiplier?.value)
        add("eval_interval", evalInterval?.value)
        add("eval_samples", evalSamples?.value)
        add("epochs", epochs?.value)
        add("adapter_size", adapterSize?.value)
        return values
    }
}

extension HyperparametersSpec {
    /// The `reasoning_effort` values of reinforcement fine-tuning.
    package enum ReasoningEffort: String, Hashable, Sendable, Codable, CaseIterable {
        case low, medium, high
    }
}

/// A value, or `auto` for the provider's choice.
package enum Automatic<Value: Hashable & Sendable & Codable>: Hashable, Sendable, Codable {
    case auto
    case value(Value)

    /// The value; `nil` for `auto`.
    package var value: Value? {
        if case .value(let value) = self { value } else { nil }
    }
}
