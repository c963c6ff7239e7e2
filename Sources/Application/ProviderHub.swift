// Connects to a plan's providers on first use; starts emulators.

import Basics
import EmulatorCore
import Foundation
import Planning
import Platform
import ProviderKit
import Providers
import Specification
import Steps
import VisionProtocol

/// Why a provider cannot be used.
enum ProviderHubError: Error {
    /// Variables that the provider needs are not set.
    case missingEnvironment(provider: String, names: [String])
    /// The plan has no provider with this name.
    case unknown(String)
    /// Another process uses the emulated account.
    case accountInUse(String)
    /// The provider's address is not that of a server.
    case badAddress(provider: String, BadServerAddress)
    /// Plain http to another machine.
    case insecure(provider: String, host: String)
    /// A sign-in token would be sent over plain http.
    case unencryptedToken(provider: String, host: String, dataDescription: String)
    /// The user has not trusted the host with the data to be sent.
    /// - Parameter shown: the host for messages, with `${NAME}` as in the spec.
    case untrusted(provider: String, host: TrustedHost, shown: String, dataDescription: String)
}

extension ProviderHubError: CustomStringConvertible {
    var description: String { message + (hint.map { "; \($0)" } ?? "") }

    /// The error message.
    var message: String {
        switch self {
        case .badAddress(let provider, let error):
            "the address of provider '\(provider)' is not a server address: \(error.explanation)"
        case .insecure(let provider, let host):
            "provider '\(provider)' would use plain http to \(host), which exposes keys and data to the network"
        case .unencryptedToken(let provider, let host, let dataDescription):
            "provider '\(provider)' would send \(dataDescription) to \(host) over plain http"
        case .untrusted(let provider, _, let shown, let dataDescription):
            "provider '\(provider)' would send \(dataDescription) to \(shown), a host that you have not trusted"
        case .missingEnvironment(let provider, let names):
            "provider '\(provider)' needs \(names.joined(separator: ", ")): set it, or write it to a .env file next to the spec"
        case .accountInUse(let account): "another process uses the emulated account '\(account)'"
        case .unknown(let name): "the plan names a provider '\(name)' that it does not have"
        }
    }

    /// The recommended action; `nil` if there is none.
    var hint: String? {
        switch self {
        case .insecure: "use https, or add 'allow_insecure: true' to the provider"
        case .unencryptedToken: "use https: such a token is never sent to another machine unencrypted"
        case .untrusted(_, _, let shown, _): ProviderHubError.trustHint(shown)
        case .missingEnvironment, .accountInUse, .badAddress, .unknown: nil
        }
    }

    /// - Parameter shown: the host as returned by `EnvironmentText.shownHost`.
    static func trustHint(_ shown: String) -> String {
        shown.utf8.contains(UInt8(ascii: "$"))
            ? "to allow this: 'assay trust HOST', or ASSAY_TRUST=HOST for one command, with the values filled in"
            : "if it may have that: 'assay trust \(shown)', or ASSAY_TRUST=\(shown) for one command"
    }
}

/// The providers of one run. Connects each on first use; `close` ends the emulators that it started.
actor ProviderHub: ProviderConnecting {
    private let plan: Plan
    private let environment: Specification.Environment
    private let prices: PriceTable?
    private let folder: String
    private let waitsForAccounts: Bool
    /// Created with the first connection, because its threads are unnecessary for a run without requests.
    private lazy var transport: any HTTPTransport = FaultInjectionHooks.transport()
    /// For emulators and this machine's identity service, which are reached without a proxy.
    private lazy var direct: any HTTPTransport = FaultInjectionHooks.transport([:])
    private let note: @Sendable (String) -> Void
    private var connected: [String: Task<ConnectedProvider, any Error>] = [:]
    private var emulators: [any Emulator] = []
    private var models: [any VisionModel] = []
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

    /// Locks the emulated accounts of providers for this process, as an account's state supports one emulator at a
    /// time. A run does so before its first step: a step that waited for an account while holding a lock that the
    /// account's user waits for would deadlock.
    func takeAccounts(of names: Set<String>) async throws {
        for name in names.sorted() {
            if case .emulator(let spec)? = plan.providers[name], try outsideEmulator(spec.api) == nil {
                try await take(spec.account)
            }
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
            note("another process uses the emulated account '\(account)'; waiting until it ends")
        }
    }

    /// The emulator named by the process's own environment. A project's `.env` cannot name one.
    private func outsideEmulator(_ api: String) throws -> OutsideEmulator? {
        try OutsideEmulator(ProcessInfo.processInfo.environment, api: api)
    }

    /// Stops the emulators that this hub started.
    func close() async {
        for emulator in emulators { await emulator.stop() }
        for model in models { await model.close() }
        emulators = []
        locks = [:]
    }

    /// The unset variables that a provider needs.
    static func missing(_ spec: ProviderSpec, in environment: Specification.Environment, deploys: Bool) -> [String] {
        if case .emulator(let emulator) = spec {
            let files = [emulator.weights, emulator.classes, emulator.faults] + emulator.inputs
            return files.flatMap { $0?.text.missing(in: environment) ?? [] }
        }
        let texts = spec.service.flatMap { try? builtInProviders.plugin(for: spec).texts(of: $0, deploys: deploys) } ?? []
        return texts.flatMap { $0.missing(in: environment) }
    }

    // MARK: Connecting

    private func connect(_ name: String, _ spec: ProviderSpec) async throws -> ConnectedProvider {
        let missing = ProviderHub.missing(spec, in: environment, deploys: true)
        guard missing.isEmpty else { throw ProviderHubError.missingEnvironment(provider: name, names: missing) }
        // Every command connects here: nothing is sent, and no token fetched, before this check.
        let trust = try TrustedHosts().trust()
        for server in try ProviderServer.all(of: spec, named: name, in: environment) {
            if let obstacle = server.obstacle(trust) { throw obstacle }
        }
        let plugin = try builtInProviders.plugin(for: spec)
        if case .emulator(let emulator) = spec { return try await connect(name, emulator, plugin) }
        guard let service = spec.service else { throw ProviderHubError.unknown(name) }
        return try await plugin.connect(service, context)
    }

    private var context: ConnectionContext {
        ConnectionContext(
            environment: environment, processEnvironment: ProcessInfo.processInfo.environment, transport: transport,
            direct: direct, clock: { await self.clock(of: $0) },
            onRetry: { [note] notice in
                note("\(notice.error); trying again in \(String(format: "%.1f", notice.delay)) s")
            }, trust: (try? TrustedHosts().trust()) ?? HostTrust([]))
    }

    /// The clock of a provider, and whether it is an emulator: waits for an emulator on this machine use its virtual
    /// time, and its dollars are not counted as real.
    private func clock(of base: String) async -> (clock: any WallClock, isEmulated: Bool) {
        guard let url = URL(string: base), let host = url.host(), ["127.0.0.1", "localhost"].contains(host),
            let scheme = url.scheme, let port = url.port
        else { return (SystemWallClock(), false) }
        let address = "\(scheme)://\(host):\(port)"
        let probe = HTTPRequestValue(.get, address + "/emulator/clock", timeout: 10)
        guard let answer = try? await direct.send(probe), answer.isSuccess,
            (try? JSONValue(parsing: answer.body))?["now"]?.double != nil
        else { return (SystemWallClock(), false) }
        return (RemoteEmulatorClock(address: address, transport: direct), true)
    }

    // MARK: Emulators

    /// Connects to the running emulator in `ASSAY_EMULATOR`, otherwise to one started here.
    private func connect(
        _ name: String, _ spec: EmulatorSpec, _ plugin: any ProviderPlugin
    ) async throws -> ConnectedProvider {
        let address: String
        let key: String
        if let outside = try outsideEmulator(spec.api) {
            // Its answers would be stored as those of the program.
            guard spec.program == nil else {
                throw Refusal(
                    "provider '\(name)' has a program, but the emulator in ASSAY_EMULATOR does not start programs: unset "
                        + "ASSAY_EMULATOR, or start that emulator with --program and remove 'program' from the spec",
                    code: .invalid)
            }
            (address, key) = (outside.address, outside.key)
        } else {
            if spec.program == nil { try NetworkLibrary.require() }
            try await take(spec.account)
            let model = try emulatedModel(spec)
            let use = EmulatorUse(plan: plan, provider: name)
            var settings = try AccountSettings(
                spec, environment: environment, stateFolder: folder + "/emulator", use: use, prices: prices)
            key = AccountSettings.randomKey()
            settings.apiKey = key
            let emulator = try emulatedCloud(spec.api).emulator(
                settings, deployments: use.deployments, vision: model, base: SystemWallClock())
            address = try await emulator.start().absoluteString
            emulators.append(emulator)
            models.append(model)
        }
        let clock = RemoteEmulatorClock(address: address, transport: direct)
        let account = EmulatedAccount(
            address: address, key: Secret(key), account: spec.account.text, clock: clock, priceAs: spec.priceAs)
        guard let provider = plugin.connect(account, context) else {
            throw MissingCapability(provider: name, capability: "emulator")
        }
        return provider
    }
}

extension ProviderHub {
    /// The model behind an emulator: the program of the spec in a folder with its inputs, or the worker's.
    private func emulatedModel(_ spec: EmulatorSpec) throws -> any VisionModel {
        guard let program = spec.program else { return WorkerVisionModel() }
        let place = URL(fileURLWithPath: folder + "/emulator").appending(spec.account, isFolder: true)
            .appending(path: "program")
        // Recreated, so that it contains only what the spec names.
        try? FileManager.default.removeItem(at: place)
        try LocalFileSystem().makeFolder(place.path)
        for reference in spec.inputs {
            guard case .path(let path) = try reference.location(in: environment) else { continue }
            let local = URL(fileURLWithPath: path).standardizedFileURL.path
            let target = place.appending(path: reference.nameInFolder(at: path))
            try LocalFileSystem().makeFolder(target.deletingLastPathComponent().path)
            do {
                try FileManager.default.copyItem(atPath: local, toPath: target.path)
            } catch {
                throw Refusal("'\(local)' cannot be copied for the program: \(error.localizedDescription)", code: .failure)
            }
        }
        return ProgramVisionModel(
            AnswerProgram(
                program, environment: ProcessInfo.processInfo.environment, folder: place.path, stays: spec.isLongLived,
                timeLimit: spec.timeLimit, pictures: place.appending(path: ".pictures")))
    }
}

extension AnswerProgram {
    /// A program that sees the variables every program of an experiment sees.
    init(
        _ line: Specification.CommandLine, environment: [String: String], folder: String?, stays: Bool, timeLimit: Duration?,
        pictures: URL
    ) {
        let words: [String] =
            switch line {
            case .arguments(let words): words
            case .shell(let text): ["/bin/sh", "-c", text]
            }
        let name: String =
            switch line {
            case .arguments(let words): words.joined(separator: " ")
            case .shell(let text): text
            }
        let seen = environment.filter { ProgramFolder.usualVariables.contains($0.key) || $0.key == "TMPDIR" }
        self.init(
            ChildCommand(
                words.first ?? "", Array(words.dropFirst()), environment: seen, inheritsEnvironment: false,
                workingFolder: folder),
            name: "'\(name.prefix(60))'", stays: stays, timeLimit: timeLimit ?? .seconds(60), pictures: pictures)
    }
}

/// A running emulator, named by `ASSAY_EMULATOR`.
struct OutsideEmulator {
    /// `http://127.0.0.1:PORT`.
    let address: String
    let key: String

    /// Parses `ASSAY_EMULATOR=http://KEY@127.0.0.1:PORT`; the key may also be in `ASSAY_EMULATOR_KEY`. For another API
    /// than the usual one, a variable with its name takes precedence, such as `ASSAY_EMULATOR_VERTEX`, so that a run can use
    /// one server of each cloud. `nil` if the variable is not set.
    /// - Throws: `Refusal` for an address that is not on this machine.
    init?(_ environment: [String: String], api: String = EmulatorSpec.defaultAPI) throws {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let own =
            api == EmulatorSpec.defaultAPI ? "ASSAY_EMULATOR" : "ASSAY_EMULATOR_" + api.uppercased().replacing("-", with: "_")
        let variable = value(own) == nil ? "ASSAY_EMULATOR" : own
        guard var text = value(variable) else { return nil }
        var key = environment["ASSAY_EMULATOR_KEY"] ?? ""
        if let scheme = text.firstRange(of: "://"), let at = text.lastIndex(of: "@"), at > scheme.upperBound {
            key = String(text[scheme.upperBound..<at])
            text.removeSubrange(scheme.upperBound...at)
        }
        while text.hasSuffix("/") { text.removeLast() }
        guard let server = try? ServerAddress(text), server.isLoopback else {
            throw Refusal(
                "\(variable) does not name an emulator on this machine: write http://KEY@127.0.0.1:PORT, as "
                    + "'assay emulate' prints it", code: .invalid)
        }
        address = text
        self.key = key.isEmpty ? "emulator" : key
    }
}

/// An emulator's virtual time, read and advanced through its own endpoints.
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

    /// Advances the emulator's time to its next due time, but by at most `seconds`.
    func sleep(seconds: Double) async throws {
        try Task.checkCancellation()
        let body = Data("{\"seconds\":\(seconds)}".utf8)
        _ = try await transport.send(
            HTTPRequestValue(
                .post, address + "/emulator/wait", fields: ["content-type": "application/json"], body: [.bytes(body)],
                timeout: nil))
        try Task.checkCancellation()
    }
}
