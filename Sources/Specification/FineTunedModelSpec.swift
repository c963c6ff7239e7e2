// Hosted models that are fine-tuned first.

/// A provider's model that is fine-tuned on a split and deployed for the run.
package struct FineTunedModelSpec: Hashable, Sendable, Codable {
    /// The name of the provider in the spec.
    package var provider: String
    /// The training job.
    package var fineTune: FineTuneSpec
    /// The deployment created for the run.
    package var deploy: DeploySpec
    /// `free` for a model without charges for training and requests; `nil` for the price table.
    package var price: PriceSpec?

    /// - Parameter price: `nil` for the prices of the price table.
    package init(
        provider: String, fineTune: FineTuneSpec, deploy: DeploySpec = DeploySpec(), price: PriceSpec? = nil
    ) {
        self.provider = provider
        self.fineTune = fineTune
        self.deploy = deploy
        self.price = price
    }
}
