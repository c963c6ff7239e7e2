// A provider of a kind that a plug-in brings.

/// A provider whose keys its plug-in declares.
package struct OtherProviderSpec: Hashable, Sendable, Codable {
    /// The word in `kind`.
    package var kind: String
    /// The plug-in's own settings by their keys. Together they tell one account from another.
    package var settings: [String: EnvironmentText]
    /// Its secrets by their keys: names of variables, never values.
    package var secrets: [String: EnvironmentText]
    /// Whether plain http may go to another machine.
    package var allowInsecure: Bool
    /// `free` for a server whose requests cost nothing.
    package var price: PriceSpec?

    package init(
        kind: String, settings: [String: EnvironmentText] = [:], secrets: [String: EnvironmentText] = [:],
        allowInsecure: Bool = false, price: PriceSpec? = nil
    ) {
        self.kind = kind
        self.settings = settings
        self.secrets = secrets
        self.allowInsecure = allowInsecure
        self.price = price
    }

    /// The server's address, for every plug-in with a server of its own: the setting `endpoint`.
    package var endpoint: EnvironmentText? { settings["endpoint"] }
}

/// The keys of one kind of provider: decoding, JSON Schema and reference page come from them.
package struct ProviderKeys: Sendable {
    package struct Key: Sendable {
        package var name: String
        package var isRequired: Bool
        /// Whether only a variable's name may be given.
        package var isSecret: Bool
        /// What it means, in a sentence or two of Markdown.
        package var text: String

        package init(_ name: String, isRequired: Bool = false, isSecret: Bool = false, _ text: String) {
            self.name = name
            self.isRequired = isRequired
            self.isSecret = isSecret
            self.text = text
        }
    }

    /// The word in `kind`.
    package var kind: String
    /// One or two sentences in Markdown.
    package var summary: String
    package var keys: [Key]
    package var example: String?

    package init(kind: String, summary: String, keys: [Key], example: String? = nil) {
        self.kind = kind
        self.summary = summary
        self.keys = keys
        self.example = example
    }
}
