// `assay emulate`: serves the emulated provider on a local port.

import Application
import ArgumentParser
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
    @Option(
        help: "A line for the shell that answers in place of the model: $ASSAY_IMAGE is the picture, its output the answer.")
    var program: String?
    @Flag(help: "Ask one process of the program, by lines of JSON, instead of starting it for each question.")
    var programLongLived = false
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
        if program != nil, weights != nil || classes != nil {
            throw ValidationError("--program replaces the model: leave out --weights and --classes.")
        }
        if program == nil, programLongLived { throw ValidationError("--program-long-lived needs --program.") }
        guard (0...65_535).contains(port) else { throw ValidationError("--port takes a number from 0 to 65535, not \(port).") }
    }

    func run() async throws {
        try await Reporter.explaining {
            let server = try await EmulatorServer.start(request)
            Terminal.writeLine("listening on \(server.address.absoluteString)")
            Terminal.writeLine("key: \(server.key)")
            Terminal.writeLine("ASSAY_EMULATOR=\(server.variable) makes runs use it")
            let (ended, end) = AsyncStream.makeStream(of: Void.self)
            let signals = SignalWatch(.terminal) { end.finish() }
            for await _ in ended {}
            await server.stop()
            signals.stop()
        }
    }

    private var request: EmulatorRequest {
        var request = EmulatorRequest()
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
        request.followsPolls = followPolls
        request.recordsBodies = recordBodies
        return request
    }
}
