// An Azure OpenAI account as a provider.

/// An Azure OpenAI account.
package struct AzureOpenAISpec: Hashable, Sendable, Codable {
    /// `https://NAME.openai.azure.com`.
    package var endpoint: EnvironmentText
    /// The key, always by the name of an environment variable.
    package var apiKey: EnvironmentText?
    /// The `api-version` of the classic paths, or `v1` for `/openai/v1`.
    package var apiVersion: String
    /// How requests show who sends them.
    package var auth: AuthSpec
    /// Where deployments are made; needed to deploy.
    package var controlPlane: ControlPlaneSpec?
    /// Whether plain http may go to another machine.
    package var allowInsecure: Bool

    package init(
        endpoint: EnvironmentText, apiKey: EnvironmentText? = nil,
        apiVersion: String = AzureOpenAISpec.defaultAPIVersion, auth: AuthSpec = .apiKey,
        controlPlane: ControlPlaneSpec? = nil, allowInsecure: Bool = false
    ) {
        self.endpoint = endpoint
        self.apiKey = apiKey
        self.apiVersion = apiVersion
        self.auth = auth
        self.controlPlane = controlPlane
        self.allowInsecure = allowInsecure
    }
}

extension AzureOpenAISpec {
    package static let defaultAPIVersion = "2025-04-01-preview"

    /// Whether the version is a date, perhaps with `-preview`, or a word for the paths without dates.
    static func isAPIVersion(_ text: String) -> Bool {
        text == "v1" || text.wholeMatch(of: #/\d{4}-\d{2}-\d{2}(-preview)?/#) != nil
    }

    /// Whether training types and methods are known: since the preview of 2025-04-01, and at `/openai/v1`.
    var knowsTrainingTypes: Bool {
        apiVersion == "v1" || apiVersion.hasSuffix("-preview") && apiVersion >= AzureOpenAISpec.defaultAPIVersion
    }
}
