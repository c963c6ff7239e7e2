// Connects to the providers of a plan when a step first needs one; starts emulators.

import AzureEmulator
import AzureOpenAI
import Basics
import Foundation
import Planning
import Platform
import Specification
import Steps
import VisionProtocol

/// Why a provider cannot be used.
enum ProviderHubError: Error {
    case missingEnvironment(provider: String, names: [String])
    case unknown(String)
    /// Another process uses the emulated account.
    case accountInUse(String)
    case badAddress(provider: String, BadServerAddress)
    /// Plain http to another machine.
    case insecure(provider: String, host: String)
    /// A sign-in's token over plain http.
    case unencryptedToken(provider: String, host: String, cargo: String)
    /// The user has not trusted the host with what would go there.
    /// - Parameter shown: the host for messages, with `${NAME}` where the spec has it.
    case untrusted(provider: String, host: TrustedHost, shown: String, cargo: String)
}

extension ProviderHubError: CustomStringConvertible {
    var description: String { message + (hint.map { "; \($0)" } ?? "") }

    /// What keeps a provider from being used.
    var message: String {
        switch self {
        case .badAddress(let provider, let error):
            "the address of provider '\(provider)' is not that of a server: \(error.explanation)"
        case .insecure(let provider, let host):
            "provider '\(provider)' would use plain http to \(host), which shows keys and data to everybody on the way"
        case .unencryptedToken(let provider, let host, let cargo):
            "provider '\(provider)' would send \(cargo) to \(host) over plain http"
        case .untrusted(let provider, _, let shown, let cargo):
            "provider '\(provider)' would send \(cargo) to \(shown), a host that you have not trusted"
        case .missingEnvironment(let provider, let names):
            "provider '\(provider)' needs \(names.joined(separator: ", ")): set it, or write it to a .env file beside the spec"
        case .accountInUse(let account): "another process uses the emulated account '\(account)'"
        case .unknown(let name): "the plan names a provider '\(name)' that it does not have"
        }
    }

    /// What to do about it, where there is something.
    var hint: String? {
        switch self {
        case .insecure: "use https, or add 'allow_insecure: true' to the provider"
        case .unencryptedToken: "use https: such a token never goes to another machine unencrypted"
        case .untrusted(_, _, let shown, _): ProviderHubError.trustHint(shown)
        case .missingEnvironment, .accountInUse, .badAddress, .unknown: nil
        }
    }

    /// - Parameter shown: the host as `EnvironmentText.shownHost` has it.
    static func trustHint(_ shown: String) -> String {
        shown.utf8.contains(UInt8(ascii: "$"))
            ? "if it may have that: 'assay trust HOST', or ASSAY_TRUST=HOST for one call, with the values in their places"
            : "if it may have that: 'assay trust \(shown)', or ASSAY_TRUST=\(shown) for one call"
    }
}

/// The providers of one run.
actor ProviderHub: ProviderConnecting {
    private let plan: Plan
    private let environment: Specification.Environment
    private let prices: PriceTable?
    private let folder: String
    private let waitsForAccounts: Bool
    /// Made when the first provider is connected: its threads are work for a run that asks nobody.
    private lazy var transport: any HTTPTransport = TestDoor.transport()
    /// For emulators and for this machine's identity service, which no proxy stands before.
    private lazy var direct: any HTTPTransport = TestDoor.transport([:])
    private let note: @Sendable (String) -> Void
    private var connected: [String: Task<ConnectedProvider, any Error>] = [:]
    private var emulators: [AzureEmulator] = []
    private var models: [WorkerVisionModel] = []
    private var locks: [SafeName: FileLock] = [:]

    init(
        plan: Plan, environment: Specification.Environment, prices: PriceTable?, stateFolder: String,
        waitsForAccounts: Bool = true, note: @escaping @Sendable (String) -> Void
    ) {
        self.plan = plan
        self.environment = environment
        self.prices = prices
        self.note = note
        self.waitsForAccounts = waitsForAccounts
        folder = stateFolder
    }

    func provider(_ name: String) async throws -> ConnectedProvider {
        if let task = connected[name] { return try await task.value }
        guard let spec = plan.providers[name] else { throw ProviderHubError.unknown(name) }
        let task = Task { try await self.connect(name, spec) }
        connected[name] = task
        return try await task.value
    }

    /// Takes the emulated accounts of providers for this process, as an account's state serves one emulator at a time.
    /// A run does so before its first step: a step that waited for an account while it holds its own lock, which the
    /// account's user waits for, would wait for ever.
    func takeAccounts(of names: Set<String>) async throws {
        for name in names.sorted() {
            if case .emulator(let spec)? = plan.providers[name], try outsideEmulator == nil { try await take(spec.account) }
        }
    }

    private func take(_ account: SafeName) async throws {
        guard locks[account] == nil else { return }
        try LocalFileSystem().makeFolder(folder + "/emulator")
        let path = (folder + "/emulator").appending(try account.adding(".lock"))
        if !waitsForAccounts {
            guard let lock = try FileLock.tryAcquire(path) else { throw ProviderHubError.accountInUse(account.text) }
            locks[account] = lock
            return
        }
        locks[account] = try await FileLock.acquire(path) { @Sendable [note] in
            note("another process uses the emulated account '\(account)'; waiting for its end")
        }
    }

    /// The emulator that the process's own environment names. A project's `.env` names none.
    private var outsideEmulator: OutsideEmulator? {
        get throws { try OutsideEmulator(ProcessInfo.processInfo.environment) }
    }

    /// Ends the emulators that were started here.
    func close() async {
        for emulator in emulators { await emulator.stop() }
        for model in models { await model.close() }
        emulators = []
        locks = [:]
    }

    /// The variables that a provider needs and that are not set.
    static func missing(_ spec: ProviderSpec, in environment: Specification.Environment, deploys: Bool) -> [String] {
        var texts: [EnvironmentText?] = []
        switch spec {
        case .azureOpenAI(let azure):
            texts = [azure.endpoint]
            switch azure.auth {
            case .apiKey: texts.append(azure.apiKey)
            case .azureCLI: break
            case .managedIdentity(let client): texts.append(client)
            case .clientCredentials(let tenant, let client, let secret): texts += [tenant, client, secret]
            case .bearer(let token): texts.append(token)
            }
            if deploys, let control = azure.controlPlane {
                texts += [control.subscription, control.resourceGroup, control.account, control.endpoint]
            }
        case .openAI(let openAI): texts = [openAI.endpoint, openAI.apiKey, openAI.organization, openAI.project]
        case .emulator(let emulator):
            texts = [emulator.weights?.text, emulator.classes?.text, emulator.faults?.text]
        }
        return texts.flatMap { $0?.missing(in: environment) ?? [] }
    }

    // MARK: Connecting

    private func connect(_ name: String, _ spec: ProviderSpec) async throws -> ConnectedProvider {
        let missing = ProviderHub.missing(spec, in: environment, deploys: true)
        guard missing.isEmpty else { throw ProviderHubError.missingEnvironment(provider: name, names: missing) }
        // Every command connects here: nothing is sent, and no token fetched, before this.
        let trust = try TrustedHosts().trust()
        for destination in try ProviderDestination.all(of: spec, named: name, in: environment) {
            if let obstacle = destination.obstacle(trust) { throw obstacle }
        }
        switch spec {
        case .azureOpenAI(let azure): return try await connect(azure)
        case .openAI(let openAI): return try await connect(openAI)
        case .emulator(let emulator): return try await connect(name, emulator)
        }
    }

    private func connection(
        _ credential: ProviderCredential, clock: any WallClock, fields: [String: String] = [:],
        over own: (any HTTPTransport)? = nil
    ) -> ProviderConnection {
        ProviderConnection(
            credential: credential, transport: own ?? transport, clock: clock,
            random: SeededRandom(seed: UInt64.random(in: .min ... .max)), fields: fields,
            onRetry: { [note] notice in
                note("\(notice.error); trying again in \(String(format: "%.1f", notice.delay)) s")
            })
    }

    /// The clock of a provider, and whether it is an emulator: one that was started by hand on this machine is waited
    /// for by its own virtual time, and its dollars are not counted as real.
    private func clock(of base: String) async -> (clock: any WallClock, isEmulated: Bool) {
        guard let url = URL(string: base), let host = url.host(), ["127.0.0.1", "localhost"].contains(host),
            let scheme = url.scheme, let port = url.port
        else { return (SystemWallClock(), false) }
        let address = "\(scheme)://\(host):\(port)"
        let probe = HTTPRequestValue(.get, address + "/emulator/clock", timeout: 2)
        guard let answer = try? await direct.send(probe), answer.isSuccess,
            (try? JSONValue(parsing: answer.body))?["now"]?.double != nil
        else { return (SystemWallClock(), false) }
        return (RemoteEmulatorClock(address: address, transport: direct), true)
    }

    private func connect(_ azure: AzureOpenAISpec) async throws -> ConnectedProvider {
        let base = try azure.endpoint.resolved(in: environment)
        let (clock, isEmulated) = await clock(of: base)
        // Tokens end by real time, whatever the provider's.
        let tokenClock = SystemWallClock()
        let surface: ProviderEndpoint.Surface =
            azure.apiVersion == "v1" ? .azureV1(apiVersion: nil) : .azure(apiVersion: azure.apiVersion)
        let endpoint = ProviderEndpoint(baseURL: base, surface: surface)
        let plane = try azure.controlPlane.map { spec in
            ControlPlane(
                baseURL: try spec.endpoint.resolved(in: environment),
                subscription: try spec.subscription.resolved(in: environment),
                resourceGroup: try spec.resourceGroup.resolved(in: environment),
                account: try spec.account.resolved(in: environment), apiVersion: spec.apiVersion)
        }
        try plane?.checkNames()
        // Behind a gateway, the control plane tells which cloud the account is in.
        let cloud = try [base, plane?.baseURL].compactMap(\.self)
            .compactMap { AzureCloud(host: try ServerAddress($0).host) }.first ?? .global
        let data: ProviderCredential
        var control: ProviderCredential = .tokens(TokenCache(source: AzureCLI(cloud: cloud), clock: tokenClock))
        switch azure.auth {
        case .apiKey: data = .apiKey(Secret(try azure.apiKey?.resolved(in: environment) ?? ""))
        case .azureCLI: data = control
        case .bearer(let token):
            data = .bearer(Secret(try token.resolved(in: environment)))
            control = data
        case .managedIdentity(let client):
            data = .tokens(TokenCache(
                source: ManagedIdentity(
                    clientID: try client?.resolved(in: environment), cloud: cloud,
                    environment: ProcessInfo.processInfo.environment, transport: direct),
                clock: tokenClock))
            control = data
        case .clientCredentials(let tenant, let client, let secret):
            data = .tokens(TokenCache(
                source: EntraClientCredentials(
                    tenant: try tenant.resolved(in: environment), clientID: try client.resolved(in: environment),
                    clientSecret: Secret(try secret.resolved(in: environment)), cloud: cloud, transport: transport),
                clock: tokenClock))
            control = data
        }
        return ConnectedProvider(
            client: ProviderClient(
                endpoint: endpoint, connection: connection(data, clock: clock),
                controlPlane: plane.map { ($0, connection(control, clock: clock)) }),
            clock: clock, isEmulated: isEmulated, priceAs: nil)
    }

    private func connect(_ openAI: OpenAISpec) async throws -> ConnectedProvider {
        let base = try openAI.endpoint.resolved(in: environment)
        let (clock, isEmulated) = await clock(of: base)
        let key = try openAI.apiKey?.resolved(in: environment)
        var fields: [String: String] = [:]
        fields["openai-organization"] = try openAI.organization?.resolved(in: environment)
        fields["openai-project"] = try openAI.project?.resolved(in: environment)
        let endpoint = ProviderEndpoint(baseURL: base, surface: .openAI)
        return ConnectedProvider(
            client: ProviderClient(
                endpoint: endpoint,
                connection: connection(key.map { .bearer(Secret($0)) } ?? .none, clock: clock, fields: fields)),
            clock: clock, isEmulated: isEmulated, priceAs: nil)
    }

    // MARK: Emulators

    /// A running emulator whose address stands in `ASSAY_EMULATOR`, else one of our own.
    private func connect(_ name: String, _ spec: EmulatorSpec) async throws -> ConnectedProvider {
        let address: String
        let key: String
        if let outside = try outsideEmulator {
            (address, key) = (outside.address, outside.key)
        } else {
            try await take(spec.account)
            let model = WorkerVisionModel()
            var settings = try EmulatorSettings(
                spec, environment: environment, stateFolder: folder + "/emulator",
                use: EmulatorUse(plan: plan, provider: name), prices: prices)
            key = EmulatorSettings.randomKey()
            settings.apiKey = key
            let emulator = AzureEmulator(settings, vision: model)
            address = try await emulator.start().absoluteString
            emulators.append(emulator)
            models.append(model)
        }
        let clock = RemoteEmulatorClock(address: address, transport: direct)
        let credential = ProviderCredential.bearer(Secret(key))
        return ConnectedProvider(
            client: ProviderClient(
                endpoint: ProviderEndpoint(
                    baseURL: address, surface: .azure(apiVersion: AzureOpenAISpec.defaultAPIVersion)),
                connection: connection(credential, clock: clock, over: direct),
                controlPlane: (
                    ControlPlane(
                        baseURL: address, subscription: "emulator", resourceGroup: "emulator", account: spec.account.text),
                    connection(credential, clock: clock, over: direct)
                )),
            clock: clock, isEmulated: true, priceAs: spec.priceAs)
    }
}

/// A running emulator that `ASSAY_EMULATOR` names.
struct OutsideEmulator {
    /// `http://127.0.0.1:PORT`.
    let address: String
    let key: String

    /// Reads `ASSAY_EMULATOR=http://KEY@127.0.0.1:PORT`; the key may also be in `ASSAY_EMULATOR_KEY`. `nil` without the
    /// variable.
    /// - Throws: `Refusal` for an address that is not on this machine.
    init?(_ environment: [String: String]) throws {
        guard var text = environment["ASSAY_EMULATOR"], !text.isEmpty else { return nil }
        var key = environment["ASSAY_EMULATOR_KEY"] ?? ""
        if let scheme = text.firstRange(of: "://"), let at = text.lastIndex(of: "@"), at > scheme.upperBound {
            key = String(text[scheme.upperBound..<at])
            text.removeSubrange(scheme.upperBound...at)
        }
        while text.hasSuffix("/") { text.removeLast() }
        guard let server = try? ServerAddress(text), server.isLoopback else {
            throw Refusal(
                "ASSAY_EMULATOR does not name an emulator on this machine: write http://KEY@127.0.0.1:PORT, as "
                    + "'assay emulate' prints it", code: .invalid)
        }
        address = text
        self.key = key.isEmpty ? "emulator" : key
    }
}

/// An emulator's virtual time, read and waited for over its own endpoints.
struct RemoteEmulatorClock: WallClock {
    let address: String
    let transport: any HTTPTransport

    private struct Reading: Decodable {
        var now: Double
    }

    func now() async -> Date {
        guard let answer = try? await transport.send(HTTPRequestValue(.get, address + "/emulator/clock")),
            let reading = try? Reading(json: answer.body)
        else { return Date() }
        return Date(timeIntervalSince1970: reading.now)
    }

    /// Lets the emulator's time pass to its next due moment, at most so far.
    func sleep(seconds: Double) async throws {
        try Task.checkCancellation()
        let body = Data("{\"seconds\":\(seconds)}".utf8)
        _ = try await transport.send(HTTPRequestValue(
            .post, address + "/emulator/wait", fields: ["content-type": "application/json"], body: [.bytes(body)],
            timeout: nil))
        try Task.checkCancellation()
    }
}
