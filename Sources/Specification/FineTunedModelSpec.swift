// A hosted model that is fine-tuned first.

/// A provider's model, fine-tuned on a split, deployed for the run.
package struct FineTunedModelSpec: Hashable, Sendable, Codable {
    /// The provider's name.
    package var provider: String
    /// The training job.
    package var fineTune: FineTuneSpec
    /// The deployment made for the run.
    package var deploy: DeploySpec
    /// `free` for a model whose training and requests cost nothing.
    package var price: PriceSpec?

    package init(
        provider: String, fineTune: FineTuneSpec, deploy: DeploySpec = DeploySpec(), price: PriceSpec? = nil
    ) {
        self.provider = provider
        self.fineTune = fineTune
        self.deploy = deploy
        self.price = price
    }
}
