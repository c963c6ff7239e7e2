// A hosted model as it comes.

/// A provider's model, asked through deployments that exist or, with `deploy`, through one that is made for the run.
package struct HostedModelSpec: Hashable, Sendable, Codable {
    /// The provider's name.
    package var provider: String
    /// The model with its version, as `gpt-4o-2024-08-06`.
    package var model: String
    /// The deployment that answers online requests.
    package var deployment: EnvironmentText?
    /// The deployment that answers batches.
    package var batchDeployment: EnvironmentText?
    /// A deployment made for the run.
    package var deploy: DeploySpec?
    /// Tokens that may wait in batches at once: the quota of the batch deployment.
    package var enqueuedTokens: Int?
    /// `free` for a model whose requests cost nothing.
    package var price: PriceSpec?

    package init(
        provider: String, model: String, deployment: EnvironmentText? = nil,
        batchDeployment: EnvironmentText? = nil, deploy: DeploySpec? = nil, enqueuedTokens: Int? = nil,
        price: PriceSpec? = nil
    ) {
        self.provider = provider
        self.model = model
        self.deployment = deployment
        self.batchDeployment = batchDeployment
        self.deploy = deploy
        self.enqueuedTokens = enqueuedTokens
        self.price = price
    }
}
