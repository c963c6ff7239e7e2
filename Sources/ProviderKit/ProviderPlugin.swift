// The plug-in interface of a kind of provider: spec keys, capabilities, file formats and connecting.

package import Basics
package import Platform
package import Specification

/// A server that receives a provider's requests.
package struct ProviderDestination: Sendable {
    /// The address as written in the spec.
    package var endpoint: EnvironmentText
    /// Decides which trust the host needs.
    package var content: RequestContent
    /// Describes the data sent there: `the value of OPENAI_API_KEY`.
    package var dataDescription: String
    /// Whether the spec permits plain HTTP.
    package var allowsInsecure: Bool

    /// - Parameter dataDescription: describes the data sent there, for messages.
    package init(endpoint: EnvironmentText, content: RequestContent, dataDescription: String, allowsInsecure: Bool) {
        self.endpoint = endpoint
        self.content = content
        self.dataDescription = dataDescription
        self.allowsInsecure = allowsInsecure
    }

    /// A destination of images and prompts and, if given, the value of a secret.
    package init(endpoint: EnvironmentText, secret: EnvironmentText?, allowsInsecure: Bool) {
        self.init(
            endpoint: endpoint, content: .userData, dataDescription: ProviderDestination.dataDescription(secret),
            allowsInsecure: allowsInsecure)
    }

    /// Describes a secret by the names of its variables, without its value.
    package static func dataDescription(_ secret: EnvironmentText?) -> String {
        guard let secret, !secret.names.isEmpty else { return "images and prompts" }
        return "the value of " + secret.names.joined(separator: " and ")
    }
}

/// The resources with which a plug-in connects. A plug-in opens no connections of its own.
package struct ConnectionContext: Sendable {
    /// The variables of the project and of the process.
    package var environment: Specification.Environment
    /// The variables of the process only, for the machine's identity, which a project must not set.
    package var processEnvironment: [String: String]
    /// For servers on the network; honours the proxy settings.
    package var transport: any HTTPTransport
    /// For servers and services on this machine; bypasses the proxy.
    package var direct: any HTTPTransport
    /// Returns the clock of the server at an address and whether it is an emulator.
    package var clock: @Sendable (String) async -> (clock: any WallClock, isEmulated: Bool)
    /// Called before each repeated attempt, to inform the user.
    package var onRetry: @Sendable (RetryNotice) -> Void
    /// The hosts that the user trusts, for servers that are not named in the spec, such as that of a key file.
    package var trust: HostTrust

    /// - Parameter processEnvironment: excludes the project's variables.
    package init(
        environment: Specification.Environment, processEnvironment: [String: String], transport: any HTTPTransport,
        direct: any HTTPTransport,
        clock: @escaping @Sendable (String) async -> (clock: any WallClock, isEmulated: Bool),
        onRetry: @escaping @Sendable (RetryNotice) -> Void, trust: HostTrust = HostTrust([])
    ) {
        self.trust = trust
        self.environment = environment
        self.processEnvironment = processEnvironment
        self.transport = transport
        self.direct = direct
        self.clock = clock
        self.onRetry = onRetry
    }
}

/// A running emulator of a provider on this machine.
package struct EmulatedAccount: Sendable {
    /// The base address: `http://127.0.0.1:PORT`.
    package var address: String
    /// Accepted by this emulator only.
    package var key: Secret
    /// The name of the emulated account.
    package var account: String
    /// The emulator's simulated time.
    package var clock: any WallClock
    /// The model of the price table that prices the emulator's models.
    package var priceAs: String?

    /// - Parameter address: `http://127.0.0.1:PORT`.
    package init(address: String, key: Secret, account: String, clock: any WallClock, priceAs: String?) {
        self.address = address
        self.key = key
        self.account = account
        self.clock = clock
        self.priceAs = priceAs
    }
}

/// A kind of provider. A folder below `Sources/Providers` implements it, and one line of `builtInProviders` registers
/// it.
package protocol ProviderPlugin: Sendable {
    /// The value of `kind` in a spec.
    var kind: String { get }
    /// The facts about this kind that specs need. Hyperparameters and limits are added from the capability table and the
    /// file formats.
    var keys: ProviderKeys { get }
    /// Shown by `assay providers`; settings outside of it are errors in a spec.
    var capabilities: ProviderCapabilities { get }
    /// The file formats, which steps use without a connection.
    var dialect: any RequestDialect { get }

    /// The plug-in's part of a new spec; `nil` if `assay init` does not offer this kind.
    var starter: StarterSpec? { get }

    /// The settings that may name variables and that a connection needs.
    /// - Parameter deploys: whether to include settings that only deployments need.
    func texts(of settings: ServiceSpec, deploys: Bool) -> [EnvironmentText]
    /// The servers that a connection sends requests to.
    func destinations(of settings: ServiceSpec) -> [ProviderDestination]
    /// Errors and warnings about the use of a provider of this kind in a spec, in addition to those that follow from
    /// the capability table.
    func remarks(on provider: String, in loaded: LoadedSpec) -> [Diagnostic]
    /// Whether a host belongs to the provider, so that it may receive keys and tokens without the user's consent.
    func owns(_ host: String, for content: RequestContent) -> Bool
    /// Connects. Sends nothing before the first call, except for a request for the clock.
    func connect(_ settings: ServiceSpec, _ context: ConnectionContext) async throws -> ConnectedProvider
    /// Connects to an emulator of this kind; `nil` if there is none.
    func connect(_ emulator: EmulatedAccount, _ context: ConnectionContext) -> ConnectedProvider?
    /// An example call of a model without this program; `nil` if none is known.
    /// - Parameters:
    ///   - model: the provider's name of the model, or of its deployment.
    ///   - question: the experiment's question with all settings of its request; its image is `HostedCall.placeholder`.
    func call(_ settings: ServiceSpec, model: String, question: Question) -> HostedCall?
    /// Warnings of `assay doctor` about valid settings, each with advice.
    func advice(on settings: ServiceSpec, in environment: Specification.Environment) -> [(problem: String, advice: String)]
}

extension ProviderPlugin {
    /// Defaults to `nil`.
    package var starter: StarterSpec? { nil }
    /// Defaults to none: for most kinds, the capability table is sufficient.
    package func remarks(on provider: String, in loaded: LoadedSpec) -> [Diagnostic] { [] }
    /// Defaults to all settings that the spec gives.
    package func texts(of settings: ServiceSpec, deploys: Bool) -> [EnvironmentText] { settings.values.texts }
    /// Defaults to `nil`: most kinds have no emulator.
    package func connect(_ emulator: EmulatedAccount, _ context: ConnectionContext) -> ConnectedProvider? { nil }
    /// Defaults to `nil`.
    package func call(_ settings: ServiceSpec, model: String, question: Question) -> HostedCall? { nil }
    /// Defaults to none.
    package func advice(
        on settings: ServiceSpec, in environment: Specification.Environment
    ) -> [(problem: String, advice: String)] { [] }
}

/// Settings lack a key that the plug-in declared as required: a defect of the program, not of a spec.
package struct MissingSetting: Error, CustomStringConvertible {
    /// The kind of the plug-in.
    package var kind: String
    /// The missing key.
    package var name: String

    /// - Parameter name: the missing key.
    package init(kind: String, name: String) {
        self.kind = kind
        self.name = name
    }

    /// The message for a bug report.
    package var description: String { "the settings of a provider of the kind '\(kind)' have no '\(name)'" }
}

/// The plug-ins of this build.
package struct ProviderCatalog: Sendable {
    /// In registration order; the first one's file formats are the default.
    package let plugins: [any ProviderPlugin]
    /// The declarations of all kinds, with the hyperparameters and limits of their plug-ins.
    package let keys: [ProviderKeys]

    /// - Parameter plugins: the first one's file formats apply to steps that name none.
    package init(_ plugins: [any ProviderPlugin]) {
        self.plugins = plugins
        keys = plugins.map { ProviderCatalog.declaration(of: $0) }
    }

    /// The declarations of a plug-in, with its hyperparameters and limits.
    private static func declaration(of plugin: any ProviderPlugin) -> ProviderKeys {
        var declared = plugin.keys
        if let tuning = plugin.capabilities.tuning {
            declared.hyperparameters = tuning.hyperparameters
            declared.keptCheckpoints = tuning.keptCheckpoints
        }
        declared.limits = plugin.dialect.limits
        return declared
    }

    /// The plug-in of a provider; for an emulator, that of the imitated provider.
    /// - Throws: `UnknownProviderKind`.
    package func plugin(for settings: ProviderSpec) throws(UnknownProviderKind) -> any ProviderPlugin {
        switch settings {
        case .service(let service): return try plugin(service.kind)
        case .emulator(let emulator):
            guard let kind = keys.first(where: { $0.emulatedAs == emulator.api })?.kind else {
                throw UnknownProviderKind(kind: emulator.api, known: keys.compactMap(\.emulatedAs))
            }
            return try plugin(kind)
        }
    }

    /// The plug-in for a value of `kind`. Throws `UnknownProviderKind` with the known kinds.
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

    /// Whether a provider's models must be deployed before they can be asked.
    package func deploysModels(_ settings: ProviderSpec) -> Bool {
        (try? plugin(for: settings))?.keys.deploysModels ?? false
    }

    /// Whether a host belongs to any of the providers.
    package func owns(_ host: String, for content: RequestContent) -> Bool {
        plugins.contains { $0.owns(host, for: content) }
    }
}

/// A plan or a spec of another build names a kind of provider that this build lacks.
package struct UnknownProviderKind: Error, Hashable, Sendable, CustomStringConvertible {
    /// The unknown kind.
    package var kind: String
    /// The kinds of this build, for the message.
    package var known: [String]

    /// - Parameter known: the kinds of this build.
    package init(kind: String, known: [String]) {
        self.kind = kind
        self.known = known
    }

    /// The message for the user.
    package var description: String {
        "this version has no provider of the kind '\(kind)'; it has \(known.joined(separator: ", "))"
    }
}
