// How requests to an Azure OpenAI account show who sends them.

/// The source of the credential; tokens are for the account and, apart, for the control plane.
package enum AuthSpec: Hashable, Sendable, Codable {
    /// The `api-key` header; the control plane is then asked as `azureCLI`.
    case apiKey
    /// The token of an installed and logged-in `az`.
    case azureCLI
    case managedIdentity(clientID: EnvironmentText?)
    case clientCredentials(tenant: EnvironmentText, clientID: EnvironmentText, clientSecret: EnvironmentText)
    /// A bearer token that something else renews.
    case bearer(EnvironmentText)
}
