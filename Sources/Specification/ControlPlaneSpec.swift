// Where the deployments of an Azure OpenAI account are made.

/// The account as the control plane knows it.
package struct ControlPlaneSpec: Hashable, Sendable, Codable {
    /// The subscription's id.
    package var subscription: EnvironmentText
    /// The resource group.
    package var resourceGroup: EnvironmentText
    /// The account's name.
    package var account: EnvironmentText
    /// The control plane's address.
    package var endpoint: EnvironmentText
    /// Its `api-version`.
    package var apiVersion: String

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
    package static let defaultAPIVersion = "2025-09-01"
}
