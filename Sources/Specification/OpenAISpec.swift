// OpenAI, or a server with a compatible API, as a provider.

/// OpenAI or an OpenAI-compatible server.
package struct OpenAISpec: Hashable, Sendable, Codable {
    /// The base address, up to and including `/v1`.
    package var endpoint: EnvironmentText
    /// The API key, always given as the name of an environment variable; `nil` for a server that needs none.
    package var apiKey: EnvironmentText?
    /// The `OpenAI-Organization` header.
    package var organization: EnvironmentText?
    /// The `OpenAI-Project` header.
    package var project: EnvironmentText?
    /// Whether unencrypted HTTP to another machine is allowed.
    package var allowInsecure: Bool
    /// `free` for a server without charges; `nil` for the price table.
    package var price: PriceSpec?

    /// - Parameter endpoint: the base address, up to and including `/v1`.
    package init(
        endpoint: EnvironmentText = EnvironmentText(OpenAISpec.defaultEndpoint),
        apiKey: EnvironmentText? = nil, organization: EnvironmentText? = nil,
        project: EnvironmentText? = nil, allowInsecure: Bool = false, price: PriceSpec? = nil
    ) {
        self.endpoint = endpoint
        self.apiKey = apiKey
        self.organization = organization
        self.project = project
        self.allowInsecure = allowInsecure
        self.price = price
    }
}

extension OpenAISpec {
    /// The base address of specs without one: OpenAI's own server.
    package static let defaultEndpoint = "https://api.openai.com/v1"
}
