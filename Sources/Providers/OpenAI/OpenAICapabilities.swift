// The capabilities of Azure OpenAI and OpenAI (from their pages on batches, fine-tuning and deployments, 2026-11).

import ProviderKit
import Specification

extension ProviderCapabilities {
    /// The limits that both share.
    private static let batch = Batch(
        tag: "metadata, listed", matchedBy: "custom_id", mostLines: ShardLimits.batch.lines,
        mostBytes: ShardLimits.batch.bytes)

    /// - Parameter tiers: the values of `training_type`; empty if there is no choice.
    private static func tuning(tiers: [String]) -> Tuning {
        Tuning(
            tag: "suffix, listed", methods: [.supervised, .dpo, .reinforcement],
            hyperparameters: [
                Hyperparameter("n_epochs", "1 to 50"),
                Hyperparameter("batch_size", "1 to 256"),
                Hyperparameter("learning_rate_multiplier", "above 0"),
                Hyperparameter("beta", "0 to 2", methods: [.dpo]),
                Hyperparameter("l2_multiplier", "0 or more", methods: [.dpo]),
                Hyperparameter("reasoning_effort", "low, medium or high", methods: [.reinforcement]),
                Hyperparameter("compute_multiplier", "0.00001 to 10", methods: [.reinforcement]),
                Hyperparameter("eval_interval", "1 or more", methods: [.reinforcement]),
                Hyperparameter("eval_samples", "1 or more", methods: [.reinforcement]),
            ],
            takesSeed: true, tiers: tiers)
    }

    /// The request settings that the chat completions API has a parameter for.
    private static let requestKeys = [
        "detail", "answer", "max_tokens", "max_completion_tokens", "reasoning_effort", "seed", "temperature", "top_p",
    ]

    /// Deployments are required and billed by the hour.
    static let azureOpenAI = ProviderCapabilities(
        storage: "Files and Uploads APIs; found by name and size", batch: batch,
        tuning: tuning(tiers: TrainingType.allCases.map(\.rawValue)), hosting: "a deployment, billed by the hour",
        requestKeys: requestKeys)

    /// Models are asked by name, without deployments.
    static let openAI = ProviderCapabilities(
        storage: "Files and Uploads APIs; found by name and size", batch: batch, tuning: tuning(tiers: []),
        requestKeys: requestKeys)
}
