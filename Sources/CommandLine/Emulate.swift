// `assay emulate`: the provider on loopback, on a port of its own.

import Application
import ArgumentParser
import AzureEmulator
import Basics
import Foundation

struct Emulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "emulate",
        abstract: "Serve an emulated Azure OpenAI account on 127.0.0.1, with a real small model behind it.")

    @Option(help: "The port; 0 takes a free one.")
    var port = 0
    @Option(help: "The account's name.")
    var account = "local"
    @Option(help: "The key that it takes, also from ASSAY_EMULATOR_KEY; by default a random one.")
    var key: String?
    @Option(help: "The folder that holds the account's state.")
    var folder: String?
    @Option(help: "Weights of the model for photographs, safetensors.")
    var weights: String?
    @Option(help: "Class names of those weights: index, synset, names, separated by tabs.")
    var classes: String?
    @Option(parsing: .singleValue, help: "A model of the catalogue; given once for each.")
    var model: [String] = ["shapes-base"]
    @Option(parsing: .singleValue, help: ArgumentHelp("A deployment that is there from the start.", valueName: "name=model:sku"))
    var deployment: [String] = []
    @Option(help: "A fault script, YAML: what goes wrong, when and how often.")
    var faults: String?
    @Flag(help: "Let time jump at each poll, for clients that know nothing of emulators.")
    var followPolls = false
    @Flag(help: "Keep the JSON bodies of requests and answers beside the log.")
    var recordBodies = false

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port takes a number from 0 to 65535, not \(port).") }
    }

    func run() async throws {
        try await Reporter.explaining {
            // It names a folder.
            let account: SafeName
            do { account = try SafeName(self.account) } catch {
                throw Refusal("--account: \(error)", code: .invalid)
            }
            let state = URL(fileURLWithPath: try folder ?? Workspace.emulatorFolder())
                .appending(account, isFolder: true)
            var settings = EmulatorSettings(
                account: account, state: state,
                models: model.map { CatalogueModel.named($0, weights: weights, classes: classes) })
            settings.port = port
            let key = key ?? ProcessInfo.processInfo.environment["ASSAY_EMULATOR_KEY"].flatMap { $0.isEmpty ? nil : $0 }
                ?? EmulatorSettings.randomKey()
            settings.apiKey = key
            settings.deployments = try deployment.map(Emulate.prepared)
            settings.clockFollows = followPolls ? .polls : .waits
            settings.recordsBodies = recordBodies
            settings.faults = try faults.map { try FaultScript(file: $0) }
            let vision = WorkerVisionModel()
            let emulator = AzureEmulator(settings, vision: vision)
            let address = try await emulator.start()
            Terminal.writeLine("listening on \(address.absoluteString)")
            Terminal.writeLine("key: \(key)")
            let named = address.absoluteString.replacing("://", with: "://\(key)@")
            Terminal.writeLine("ASSAY_EMULATOR=\(named) makes runs use it")
            let (ended, end) = AsyncStream.makeStream(of: Void.self)
            let signals = SignalWatch(.terminal) { end.finish() }
            for await _ in ended {}
            await emulator.stop()
            await vision.close()
            signals.stop()
        }
    }

    private static func prepared(_ text: String) throws -> PreparedDeployment {
        guard let match = text.wholeMatch(of: #/([^=]+)=([^:]+)(?::(.+))?/#) else {
            throw ValidationError("--deployment takes name=model or name=model:sku, not '\(text)'.")
        }
        return PreparedDeployment(
            name: String(match.output.1), model: String(match.output.2),
            sku: match.output.3.map(String.init) ?? "GlobalStandard")
    }
}
