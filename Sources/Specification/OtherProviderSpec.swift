// Providers of kinds defined by plug-ins.

/// A provider with keys that are declared by its plug-in.
package struct OtherProviderSpec: Hashable, Sendable, Codable {
    /// The value of `kind` in the spec.
    package var kind: String
    /// The plug-in's own settings, by key. Together they identify the account.
    package var settings: [String: EnvironmentText]
    /// The plug-in's settings that decide how the account is reached, by key. They are not part of any cache key.
    package var access: [String: EnvironmentText]
    /// The secrets, by key: names of environment variables, never values.
    package var secrets: [String: EnvironmentText]
    /// Whether unencrypted HTTP to another machine is allowed.
    package var allowInsecure: Bool
    /// `free` for a server without charges; `nil` for the price table.
    package var price: PriceSpec?

    /// - Parameter secrets: each value is one environment variable.
    package init(
        kind: String, settings: [String: EnvironmentText] = [:], access: [String: EnvironmentText] = [:],
        secrets: [String: EnvironmentText] = [:], allowInsecure: Bool = false, price: PriceSpec? = nil
    ) {
        self.kind = kind
        self.settings = settings
        self.access = access
        self.secrets = secrets
        self.allowInsecure = allowInsecure
        self.price = price
    }

    /// The server's address, for plug-ins with their own server: the setting `endpoint`.
    package var endpoint: EnvironmentText? { settings["endpoint"] }
}

/// The keys of one kind of provider, from which parsing, JSON Schema and the reference page are generated.
package struct ProviderKeys: Sendable {
    /// One key of a provider.
    package struct Key: Sendable {
        /// The key as written in the spec.
        package var name: String
        /// Whether a spec without the key is invalid.
        package var isRequired: Bool
        /// Whether only the name of an environment variable is accepted.
        package var isSecret: Bool
        /// Whether the value distinguishes accounts and is therefore part of every cache key. A path of credentials or
        /// a folder for files does not.
        package var identifiesAccount: Bool
        /// The meaning of the key, in one or two sentences of Markdown.
        package var text: String

        /// - Parameter text: the meaning of the key, in one or two sentences of Markdown.
        package init(
            _ name: String, isRequired: Bool = false, isSecret: Bool = false, identifiesAccount: Bool = true, _ text: String
        ) {
            self.identifiesAccount = identifiesAccount
            self.name = name
            self.isRequired = isRequired
            self.isSecret = isSecret
            self.text = text
        }
    }

    /// The value of `kind` in specs.
    package var kind: String
    /// One or two sentences of Markdown for the reference page.
    package var summary: String
    /// The plug-in's own keys, in the order of the reference page.
    package var keys: [Key]
    /// A YAML example for the reference page; `nil` for none.
    package var example: String?

    /// - Parameter keys: without `kind` and the keys that all providers have.
    package init(kind: String, summary: String, keys: [Key], example: String? = nil) {
        self.kind = kind
        self.summary = summary
        self.keys = keys
        self.example = example
    }
}
