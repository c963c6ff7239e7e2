// Writes a file of weights as ONNX: for scripts/check-networks.

import ArgumentParser
import Basics
import Foundation
import VisionWorker

struct ExportWeights: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes a network with a file of weights as ONNX.", shouldDisplay: false)

    @Option var architecture: String
    @Option(help: "safetensors or .pth, with a last layer for 1000 classes.") var weights: String
    @Option(help: "Width and height of the input.") var side: Int
    @Option var output: String

    func run() async throws {
        guard let name = ArchitectureName(rawValue: architecture) else {
            throw ValidationError("no architecture '\(architecture)'")
        }
        try Torch.require()
        let architecture = Architecture(name, classes: 1000)
        let network = try Network(architecture, generator: TorchGenerator(seed: 0))
        _ = try network.load(WeightsFile.read(weights), replacingClassifier: false)
        try NetworkExporter.onnx(architecture, tensors: network.stored(), side: side, metadata: [:])
            .write(to: URL(fileURLWithPath: output))
    }
}
