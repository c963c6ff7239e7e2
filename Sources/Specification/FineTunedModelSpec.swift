// A hosted model that is fine-tuned first.

/// A provider's model, fine-tuned on a split, deployed for the run.
package struct FineTunedModelSpec: Hashable, Sendable, Codable {
    /// The provider's name.
    package var provider: String
    /// The training job.
    package var fineTune: FineTuneSpec
    /// The deployment made for the run.
    package var deploy: DeploySpec

    package init(provider: String, fineTune: FineTuneSpec, deploy: DeploySpec = DeploySpec()) {
        self.provider = provider
        self.fineTune = fineTune
        self.deploy = deploy
    }
}
