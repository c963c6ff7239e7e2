// A kind of provider: its keys in a spec, its capabilities, its file formats, and how to connect.

package import Basics
package import Platform
package import Specification

/// A server that a provider's requests go to.
package struct ProviderDestination: Sendable {
    /// The address, as the spec writes it.
    package var endpoint: EnvironmentText
    package var content: RequestContent
    /// What goes there, in words: `the value of OPENAI_API_KEY`.
    package var cargo: String
    package var allowsInsecure: Bool

    package init(endpoint: EnvironmentText, content: RequestContent, cargo: String, allowsInsecure: Bool) {
        self.endpoint = endpoint
        self.content = content
        self.cargo = cargo
        self.allowsInsecure = allowsInsecure
    }

    /// Images and prompts and, where there is one, the value of a secret.
    package init(endpoint: EnvironmentText, secret: EnvironmentText?, allowsInsecure: Bool) {
        self.init(
            endpoint: endpoint, content: .userData, cargo: ProviderDestination.words(secret),
            allowsInsecure: allowsInsecure)
    }

    /// A secret in words, by the names of its variables.
    package static func words(_ secret: EnvironmentText?) -> String {
        guard let secret, !secret.names.isEmpty else { return "images and prompts" }
        return "the value of " + secret.names.joined(separator: " and ")
    }
}

/// What a plug-in gets to connect with. It opens no connection of its own.
package struct ConnectionContext: Sendable {
    /// The variables of the project and of the process.
    package var environment: Specification.Environment
    /// The variables of the process alone: for the identity of the machine, which a project must not name.
    package var processEnvironment: [String: String]
    package var transport: any HTTPTransport
    /// For servers and services of this machine, which no proxy stands before.
    package var direct: any HTTPTransport
    /// The clock of the server at an address, and whether it is an emulator.
    package var clock: @Sendable (String) async -> (clock: any WallClock, isEmulated: Bool)
    package var onRetry: @Sendable (RetryNotice) -> Void

    package init(
        environment: Specification.Environment, processEnvironment: [String: String], transport: any HTTPTransport,
        direct: any HTTPTransport,
        clock: @escaping @Sendable (String) async -> (clock: any WallClock, isEmulated: Bool),
        onRetry: @escaping @Sendable (RetryNotice) -> Void
    ) {
        self.environment = environment
        self.processEnvironment = processEnvironment
        self.transport = transport
        self.direct = direct
        self.clock = clock
        self.onRetry = onRetry
    }
}

/// A running emulator of a provider, on this machine.
package struct EmulatedAccount: Sendable {
    /// `http://127.0.0.1:PORT`.
    package var address: String
    package var key: Secret
    package var account: String
    package var clock: any WallClock
    /// The model of the price table by which its cost accrues.
    package var priceAs: String?

    package init(address: String, key: Secret, account: String, clock: any WallClock, priceAs: String?) {
        self.address = address
        self.key = key
        self.account = account
        self.clock = clock
        self.priceAs = priceAs
    }
}

/// A kind of provider. A folder below `Sources/Providers` implements it, and one line of `builtInProviders` registers it.
package protocol ProviderPlugin: Sendable {
    /// The word in `kind`.
    var kind: String { get }
    /// The keys of the kind in a spec; `nil` for a kind that every spec knows.
    var keys: ProviderKeys? { get }
    var capabilities: ProviderCapabilities { get }
    var dialect: any RequestDialect { get }

    /// The settings that may name variables and that a connection needs.
    /// - Parameter deploys: whether what only deployments need counts, too.
    func texts(of settings: ProviderSpec, deploys: Bool) -> [EnvironmentText]
    /// The servers that a connection sends requests to.
    func destinations(of settings: ProviderSpec) -> [ProviderDestination]
    /// Whether a host belongs to the provider, so that keys and tokens may go there without the user's word.
    func owns(_ host: String, for content: RequestContent) -> Bool
    /// Connects. Nothing is sent before the first call, except to ask for the clock.
    func connect(_ settings: ProviderSpec, _ context: ConnectionContext) async throws -> ConnectedProvider
    /// Connects to an emulator of this kind; `nil` where there is none.
    func connect(_ emulator: EmulatedAccount, _ context: ConnectionContext) -> ConnectedProvider?
}

extension ProviderPlugin {
    package func connect(_ emulator: EmulatedAccount, _ context: ConnectionContext) -> ConnectedProvider? { nil }
}

/// Settings of one kind were given to the plug-in of another: a defect of the program, not of a spec.
package struct ForeignSettings: Error, CustomStringConvertible {
    package var plugin: String
    package var kind: String

    package init(plugin: String, kind: String) {
        self.plugin = plugin
        self.kind = kind
    }

    package var description: String { "settings of the kind '\(kind)' were given to the plug-in '\(plugin)'" }
}

/// The plug-ins that a program was built with.
package struct ProviderCatalog: Sendable {
    package let plugins: [any ProviderPlugin]
    /// The kind that the emulator of a spec imitates.
    private let emulated: String

    /// - Parameters:
    ///   - plugins: the first one's file formats are those of steps that name none.
    ///   - emulated: the kind that the emulator of a spec imitates.
    package init(_ plugins: [any ProviderPlugin], emulated: String) {
        self.plugins = plugins
        self.emulated = emulated
    }

    /// The plug-in of a provider: of an emulator, that of the provider that it imitates.
    /// - Throws: `UnknownProviderKind`.
    package func plugin(for settings: ProviderSpec) throws(UnknownProviderKind) -> any ProviderPlugin {
        try plugin(settings.isEmulated ? emulated : settings.kind)
    }

    package func plugin(_ kind: String) throws(UnknownProviderKind) -> any ProviderPlugin {
        guard let found = plugins.first(where: { $0.kind == kind }) else {
            throw UnknownProviderKind(kind: kind, known: plugins.map(\.kind))
        }
        return found
    }

    /// The file formats that a step names; those of the first plug-in for `nil`.
    package func dialect(_ name: String?) throws(UnknownProviderKind) -> any RequestDialect {
        guard let kind = name ?? plugins.first?.kind else { throw UnknownProviderKind(kind: "", known: []) }
        return try plugin(kind).dialect
    }

    /// Whether a host belongs to any of the providers.
    package func owns(_ host: String, for content: RequestContent) -> Bool {
        plugins.contains { $0.owns(host, for: content) }
    }

    /// The keys of the kinds that plug-ins bring.
    package var keys: [ProviderKeys] { plugins.compactMap(\.keys) }
}

/// A plan or a spec of another build names a kind of provider that this one lacks.
package struct UnknownProviderKind: Error, Hashable, Sendable, CustomStringConvertible {
    package var kind: String
    package var known: [String]

    package init(kind: String, known: [String]) {
        self.kind = kind
        self.known = known
    }

    package var description: String {
        "this program has no provider of the kind '\(kind)'; it has \(known.joined(separator: ", "))"
    }
}
