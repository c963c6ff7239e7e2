// An Azure OpenAI account as a provider.

/// An Azure OpenAI account, configured by `kind: azure-openai`.
package struct AzureOpenAISpec: Hashable, Sendable, Codable {
    /// The address of the account: `https://NAME.openai.azure.com`.
    package var endpoint: EnvironmentText
    /// The API key, always given as the name of an environment variable; `nil` for other kinds of authentication.
    package var apiKey: EnvironmentText?
    /// The `api-version` of the classic paths, or `v1` for `/openai/v1`.
    package var apiVersion: String
    /// The authentication of requests.
    package var auth: AuthSpec
    /// The control plane that creates deployments; required for `deploy`.
    package var controlPlane: ControlPlaneSpec?
    /// Whether unencrypted HTTP to another machine is allowed.
    package var allowInsecure: Bool
    /// `free` for a server without charges; `nil` for the price table.
    package var price: PriceSpec?

    /// - Parameter price: `nil` for the prices of the price table.
    package init(
        endpoint: EnvironmentText, apiKey: EnvironmentText? = nil,
        apiVersion: String = AzureOpenAISpec.defaultAPIVersion, auth: AuthSpec = .apiKey,
        controlPlane: ControlPlaneSpec? = nil, allowInsecure: Bool = false, price: PriceSpec? = nil
    ) {
        self.endpoint = endpoint
        self.apiKey = apiKey
        self.apiVersion = apiVersion
        self.auth = auth
        self.controlPlane = controlPlane
        self.allowInsecure = allowInsecure
        self.price = price
    }
}

extension AzureOpenAISpec {
    /// The `api-version` of specs without one; a preview version, because training types need one.
    package static let defaultAPIVersion = "2025-04-01-preview"

    /// Whether the text is a date, optionally with `-preview`, or a word for paths without dates.
    static func isAPIVersion(_ text: String) -> Bool {
        text == "v1" || text.wholeMatch(of: #/\d{4}-\d{2}-\d{2}(-preview)?/#) != nil
    }

    /// Whether the API version supports training types and methods: since the 2025-04-01 preview, and at
    /// `/openai/v1`.
    var knowsTrainingTypes: Bool {
        apiVersion == "v1" || apiVersion.hasSuffix("-preview") && apiVersion >= AzureOpenAISpec.defaultAPIVersion
    }
}
