// `assay emulate`: serves the emulated provider on a local port.

import Application
import ArgumentParser
import Foundation
import Specification

struct Emulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "emulate",
        abstract:
            "Serve an emulated \(emulatedTitles.joined(separator: " or ")) on 127.0.0.1, with a real small model behind it.")

    @Option(
        help: ArgumentHelp("The API to emulate: \(emulatedAPIs.joined(separator: " or ")).", valueName: "api"))
    var api = EmulatorSpec.defaultAPI
    @Option(help: "The port. 0 selects a free port.")
    var port = 0
    @Option(help: "The account's name.")
    var account = "local"
    @Option(help: "The API key. Default: ASSAY_EMULATOR_KEY, or a random key.")
    var key: String?
    @Option(help: "The folder for the account's state.")
    var folder: String?
    @Option(help: "Weights of the model for photographs (safetensors).")
    var weights: String?
    @Option(help: "Class names of those weights: index, synset and names, separated by tabs.")
    var classes: String?
    @Option(
        help:
            "A shell command that answers instead of the model. $ASSAY_IMAGE is the path of the picture; the output is the answer."
    )
    var program: String?
    @Flag(help: "Send all questions to one process as lines of JSON instead of starting the program for each question.")
    var programLongLived = false
    @Option(parsing: .singleValue, help: "A model to serve. Repeat the option for each model.")
    var model: [String] = ["shapes-base"]
    @Option(parsing: .singleValue, help: ArgumentHelp("A deployment that exists from the start.", valueName: "name=model:sku"))
    var deployment: [String] = []
    @Option(help: "A fault script (YAML): which faults occur, when and how often.")
    var faults: String?
    @Flag(help: "Advance the clock at each poll, for clients that do not use the emulator's own paths.")
    var followPolls = false
    @Flag(help: "Store the JSON bodies of requests and responses next to the log.")
    var recordBodies = false

    func validate() throws {
        if program != nil, weights != nil || classes != nil {
            throw ValidationError("--program replaces the model: remove --weights and --classes.")
        }
        if program == nil, programLongLived { throw ValidationError("--program-long-lived needs --program.") }
        guard emulatedAPIs.contains(api) else {
            throw ValidationError("--api takes \(emulatedAPIs.joined(separator: " or ")), not '\(api)'.")
        }
        guard (0...65_535).contains(port) else { throw ValidationError("--port takes a number from 0 to 65535, not \(port).") }
    }

    func run() async throws {
        try await Reporter.explaining {
            let server = try await EmulatorServer.start(request)
            Terminal.writeLine("listening on \(server.address.absoluteString)")
            Terminal.writeLine("key: \(server.key)")
            Terminal.writeLine("ASSAY_EMULATOR=\(server.variable) makes runs use this server")
            let (ended, end) = AsyncStream.makeStream(of: Void.self)
            let signals = SignalWatch(.terminal, of: .server) { end.finish() }
            for await _ in ended {}
            await server.stop()
            signals.stop()
        }
    }

    private var request: EmulatorRequest {
        var request = EmulatorRequest()
        request.api = api
        request.port = port
        request.account = account
        request.key =
            key
            ?? ProcessInfo.processInfo.environment["ASSAY_EMULATOR_KEY"].flatMap { $0.isEmpty ? nil : $0 }
        request.folder = folder
        request.weights = weights
        request.classes = classes
        request.program = program
        request.isProgramLongLived = programLongLived
        request.models = model
        request.deployments = deployment
        request.faults = faults
        request.advancesOnPolls = followPolls
        request.recordsBodies = recordBodies
        return request
    }
}
