// A provider's settings as its plug-in declares them.

/// The texts of a provider's settings, by key. A key of a group is written after the group's name and a dot:
/// `control_plane.account`. The word of a choice has the name of the choice.
package struct ServiceValues: Hashable, Sendable, Codable {
    /// The settings that together identify the account.
    package var settings: [String: EnvironmentText]
    /// The settings that decide how the account is reached. They are not part of any cache key.
    package var access: [String: EnvironmentText]
    /// The secrets: names of environment variables, never values.
    package var secrets: [String: EnvironmentText]

    /// - Parameter secrets: each value is one environment variable.
    package init(
        settings: [String: EnvironmentText] = [:], access: [String: EnvironmentText] = [:],
        secrets: [String: EnvironmentText] = [:]
    ) {
        self.settings = settings
        self.access = access
        self.secrets = secrets
    }

    /// The text under a key, whether it identifies the account or not; `nil` without one.
    package subscript(name: String) -> EnvironmentText? { settings[name] ?? access[name] ?? secrets[name] }

    /// All texts, secrets included, in the order of their keys.
    package var texts: [EnvironmentText] {
        [settings, access, secrets].flatMap { $0.sorted { $0.key < $1.key }.map(\.value) }
    }

    /// Whether the spec gives a group of keys.
    package func hasGroup(_ name: String) -> Bool {
        [settings, access, secrets].contains { $0.keys.contains { $0.hasPrefix(name + ".") } }
    }

    mutating func merge(_ other: ServiceValues) {
        settings.merge(other.settings) { $1 }
        access.merge(other.access) { $1 }
        secrets.merge(other.secrets) { $1 }
    }
}

/// A provider of a kind that a plug-in declares.
package struct ServiceSpec: Hashable, Sendable, Codable {
    /// The value of `kind` in the spec.
    package var kind: String
    /// The plug-in's own settings.
    package var values: ServiceValues
    /// Whether unencrypted HTTP to another machine is allowed.
    package var allowInsecure: Bool
    /// `free` for a server without charges; `nil` for the price table.
    package var price: PriceSpec?

    /// - Parameter price: `nil` for the prices of the price table.
    package init(
        kind: String, values: ServiceValues = ServiceValues(), allowInsecure: Bool = false, price: PriceSpec? = nil
    ) {
        self.kind = kind
        self.values = values
        self.allowInsecure = allowInsecure
        self.price = price
    }

    /// The settings that together identify the account.
    package var settings: [String: EnvironmentText] { values.settings }
    /// The settings that decide how the account is reached.
    package var access: [String: EnvironmentText] { values.access }
    /// The secrets: names of environment variables, never values.
    package var secrets: [String: EnvironmentText] { values.secrets }
    /// The server's address, for kinds with the key `endpoint`.
    package var endpoint: EnvironmentText? { values["endpoint"] }
}
