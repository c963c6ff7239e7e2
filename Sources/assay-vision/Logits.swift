// Computes a network's logits for an input that another program wrote, for scripts/bench-cnn.

import ArgumentParser
import Basics
import Foundation
import VisionWorker

struct Logits: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints the logits of the tensor 'input', (images, 3, height, width), by a file of weights.",
        shouldDisplay: false)

    @Option var architecture: String
    @Option(help: "safetensors or .pth, with a last layer for 1000 classes.") var weights: String
    @Option(help: "safetensors.") var input: String
    @Option var threads = 2

    func run() async throws {
        guard let name = ArchitectureName(rawValue: architecture) else {
            throw ValidationError("no architecture '\(architecture)'")
        }
        try Torch.require()
        guard let batch = try WeightsFile.read(input).tensors["input"], let values = batch.floats() else {
            throw ValidationError("'\(input)' has no tensor 'input' of type F32")
        }
        let logits = try Torch.with(threads: threads, recordingGradients: false) {
            let network = try Network(Architecture(name, classes: 1000), generator: TorchGenerator(seed: 0))
            _ = try network.load(WeightsFile.read(weights), replacingClassifier: false)
            return try network.forward(Tensor(values, shape: batch.shape).channelsLast()).floats()
        }
        print(String(decoding: try JSONEncoder().encode(logits), as: UTF8.self))
    }
}
