// Hosted models without fine-tuning.

/// A provider's model, queried through existing deployments or, with `deploy`, through one created for the run.
package struct HostedModelSpec: Hashable, Sendable, Codable {
    /// The name of the provider in the spec.
    package var provider: String
    /// The model with its version, such as `gpt-4o-2024-08-06`.
    package var model: String
    /// The existing deployment for online requests.
    package var deployment: EnvironmentText?
    /// The existing deployment for batches.
    package var batchDeployment: EnvironmentText?
    /// The deployment created for the run; `nil` for none.
    package var deploy: DeploySpec?
    /// The maximum number of tokens enqueued in batches at once: the quota of the batch deployment.
    package var enqueuedTokens: Int?
    /// `free` for a model without charges; `nil` for the price table.
    package var price: PriceSpec?

    /// - Parameter enqueuedTokens: the quota of the batch deployment; `nil` when it is unknown.
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
