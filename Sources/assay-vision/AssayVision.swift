// The vision worker: pixels and weights in a process of its own.

import ArgumentParser
import VisionWorker

@main
struct AssayVision: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assay-vision",
        abstract: "Works on pixels and weights for assay.",
        version: "0.1.0",
        subcommands: [Serve.self])

    struct Serve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Answers requests, one JSON document a line, until standard input closes.")

        func run() async { await VisionServer.standard().run() }
    }
}
