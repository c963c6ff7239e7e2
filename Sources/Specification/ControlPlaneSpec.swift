// The control plane that creates the deployments of an Azure OpenAI account.

/// The Azure resource of an account, as the control plane addresses it.
package struct ControlPlaneSpec: Hashable, Sendable, Codable {
    /// The subscription ID.
    package var subscription: EnvironmentText
    /// The name of the resource group.
    package var resourceGroup: EnvironmentText
    /// The name of the account within the resource group.
    package var account: EnvironmentText
    /// The address of the control plane; Azure's public cloud by default.
    package var endpoint: EnvironmentText
    /// The `api-version` parameter of control plane requests.
    package var apiVersion: String

    /// - Parameter endpoint: another address than the public cloud's, for sovereign clouds and tests.
    package init(
        subscription: EnvironmentText, resourceGroup: EnvironmentText, account: EnvironmentText,
        endpoint: EnvironmentText = EnvironmentText("https://management.azure.com"),
        apiVersion: String = ControlPlaneSpec.defaultAPIVersion
    ) {
        self.subscription = subscription
        self.resourceGroup = resourceGroup
        self.account = account
        self.endpoint = endpoint
        self.apiVersion = apiVersion
    }
}

extension ControlPlaneSpec {
    /// The `api-version` of specs without one.
    package static let defaultAPIVersion = "2025-09-01"
}
