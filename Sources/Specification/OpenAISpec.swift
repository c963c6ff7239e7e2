// OpenAI, or a server that speaks its API, as a provider.

/// OpenAI or any OpenAI-compatible server.
package struct OpenAISpec: Hashable, Sendable, Codable {
    /// The address up to and with `/v1`.
    package var endpoint: EnvironmentText
    /// The key, always by the name of an environment variable; a local server may need none.
    package var apiKey: EnvironmentText?
    /// `OpenAI-Organization`.
    package var organization: EnvironmentText?
    /// `OpenAI-Project`.
    package var project: EnvironmentText?
    /// Whether plain http may go to another machine.
    package var allowInsecure: Bool

    package init(
        endpoint: EnvironmentText = EnvironmentText(OpenAISpec.defaultEndpoint),
        apiKey: EnvironmentText? = nil, organization: EnvironmentText? = nil,
        project: EnvironmentText? = nil, allowInsecure: Bool = false
    ) {
        self.endpoint = endpoint
        self.apiKey = apiKey
        self.organization = organization
        self.project = project
        self.allowInsecure = allowInsecure
    }
}

extension OpenAISpec {
    package static let defaultEndpoint = "https://api.openai.com/v1"
}
