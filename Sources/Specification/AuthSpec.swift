// The authentication of requests to an Azure OpenAI account.

/// The source of credentials. The data plane and the control plane use separate tokens.
package enum AuthSpec: Hashable, Sendable, Codable {
    /// The `api-key` header; requests to the control plane then authenticate as with `azureCLI`.
    case apiKey
    /// The token of an installed and logged-in Azure CLI (`az`).
    case azureCLI
    case managedIdentity(clientID: EnvironmentText?)
    case clientCredentials(tenant: EnvironmentText, clientID: EnvironmentText, clientSecret: EnvironmentText)
    /// A bearer token that is renewed outside of the program.
    case bearer(EnvironmentText)
}
