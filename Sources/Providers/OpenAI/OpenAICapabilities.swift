// The capabilities of Azure OpenAI and OpenAI (from their pages on batches, fine-tuning and deployments, 2026-11).

import Basics
import ProviderKit
import Specification

extension ProviderCapabilities {
    /// The limits that both share.
    private static let batch = Batch(
        tag: "metadata, listed", matchedBy: "custom_id", maxLines: ShardLimits.batch.lines,
        maxBytes: ShardLimits.batch.bytes)

    /// - Parameter tiers: the values of `training_type`; empty if there is no choice.
    private static func tuning(tiers: [String]) -> Tuning {
        var tuning = Tuning(
            tag: "suffix, listed", methods: [.supervised, .dpo, .reinforcement],
            hyperparameters: [
                HyperparameterKey("n_epochs", .integer(1...50), countsPasses: true, example: 2, "Number of epochs."),
                HyperparameterKey("batch_size", .integer(1...256), "Number of examples per batch."),
                HyperparameterKey(
                    "learning_rate_multiplier", .number(above: 0, from: nil, upTo: 1000), range: "above 0",
                    "A multiplier for the learning rate that the provider chooses."),
                HyperparameterKey(
                    "beta", .number(above: 0, from: nil, upTo: 2), range: "0 to 2", methods: [.dpo],
                    "The strength with which the model is kept close to the base model. Only for `dpo`."),
                HyperparameterKey(
                    "l2_multiplier", .number(above: nil, from: 0, upTo: 1000), range: "0 or more", methods: [.dpo],
                    "Only for `dpo`."),
                HyperparameterKey(
                    "reasoning_effort", .word(["low", "medium", "high"]), methods: [.reinforcement],
                    "Only for `reinforcement`."),
                HyperparameterKey(
                    "compute_multiplier", .number(above: nil, from: 1e-5, upTo: 10), range: "0.00001 to 10",
                    methods: [.reinforcement], "Only for `reinforcement`."),
                HyperparameterKey(
                    "eval_interval", .integer(1...1_000_000), range: "1 or more", methods: [.reinforcement],
                    "Steps between evaluations. Only for `reinforcement`."),
                HyperparameterKey(
                    "eval_samples", .integer(1...1_000_000), range: "1 or more", methods: [.reinforcement],
                    "Samples per evaluation. Only for `reinforcement`."),
            ],
            supportsSeed: true, tiers: tiers, checkpoints: "the two epochs before the last")
        tuning.keptCheckpoints = { epochs in [epochs - 2, epochs - 1].filter { $0 > 0 } }
        return tuning
    }

    /// The request settings that the chat completions API has a parameter for.
    private static let requestKeys = [
        "detail", "answer", "max_tokens", "max_completion_tokens", "reasoning_effort", "seed", "temperature", "top_p",
    ]

    /// Deployments are required and billed by the hour.
    static let azureOpenAI = ProviderCapabilities(
        storage: "Files and Uploads APIs; found by name and size", batch: batch,
        tuning: tuning(tiers: TrainingType.allCases.map(\.rawValue)), hosting: "a deployment, billed by the hour",
        hourly: "deployments of fine-tuned models, for as long as they exist", requestKeys: requestKeys)

    /// Models are asked by name, without deployments.
    static let openAI = ProviderCapabilities(
        storage: "Files and Uploads APIs; found by name and size", batch: batch, tuning: tuning(tiers: []),
        requestKeys: requestKeys)
}

extension ProviderLimits {
    /// Azure OpenAI's quotas and limits (2026-02) and the page on vision fine-tuning. Servers with OpenAI's API state none;
    /// they get the same limits.
    static let openAI: ProviderLimits = {
        var limits = ProviderLimits()
        limits.minExamples = 10
        limits.maxExamples = 50_000
        limits.imagesPerRequest = 10
        // Its troubleshooting table says 10, its limits 64.
        limits.imagesPerExample = 10
        limits.skipsOtherColours = true
        limits.screening = "images of people, faces and CAPTCHAs"
        return limits
    }()
}
