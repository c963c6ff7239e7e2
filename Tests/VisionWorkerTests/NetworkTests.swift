// The networks compute what PyTorch computes.

import Basics
import Foundation
import Testing
import VisionProtocol

@testable import VisionWorker

@Suite(.serialized) struct NetworkTests {
    struct LogitsCase: CustomTestStringConvertible, Sendable {
        var golden: TorchGoldens.Logits
        var testDescription: String { "\(golden.architecture) at \(golden.side) pixels" }
    }

    @Test(arguments: TorchGoldens.all.logits.map { LogitsCase(golden: $0) })
    func logitsEqualPyTorch(_ test: LogitsCase) throws {
        let golden = test.golden
        let name = try #require(ArchitectureName(rawValue: golden.architecture))
        let logits = try Torch.with(threads: 1, recordingGradients: false) {
            let network = try TorchGoldens.network(Architecture(name, classes: 10))
            let input = try Tensor(
                TorchGoldens.unitValues("input \(golden.side)", count: 2 * 3 * golden.side * golden.side),
                shape: [2, 3, golden.side, golden.side])
            return try network.forward(input.channelsLast()).floats()
        }
        #expect(logits.count == golden.logits.count)
        let difference = zip(logits, golden.logits).map { abs($0 - $1) }.max() ?? .infinity
        // The logits of the deep networks are up to 25.
        let tolerance: Float = [.mobileNetV3Small, .efficientNetLite0, .smallCNN].contains(name) ? 1e-5 : 1e-4
        #expect(difference < tolerance, "the largest difference is \(difference)")
    }

    /// Every architecture can be exported: each layer has its operators, and the graph's output is a row of logits.
    @Test(arguments: ArchitectureName.allCases) func exportsAsONNX(_ name: ArchitectureName) throws {
        let architecture = Architecture(name, classes: 7)
        let network = try Network(architecture, generator: TorchGenerator(seed: 0))
        let side = name.fixedInputSize ?? 96
        var graph = ONNXGraph(tensors: try network.stored())
        let output = try architecture.layers.emit(.init(name: ONNXGraph.inputName, shape: [3, side, side]), into: &graph)
        #expect(output.shape == [7])
        let file = graph.file(input: [3, side, side], output: output, metadata: ["labels": "[]"])
        #expect(file.count > network.parameters.map(\.tensor.count).reduce(0, +) * 4)
        #expect(file.starts(with: [0x08, 0x08, 0x12, 0x05] + Array("assay".utf8)))
    }

    /// Requirements for every architecture: it returns a row of logits, and its tensors have unique names.
    @Test(arguments: ArchitectureName.allCases) func isWhole(_ name: ArchitectureName) throws {
        let network = try Network(Architecture(name, classes: 7), generator: TorchGenerator(seed: 0))
        #expect(Set(network.declarations.map(\.name)).count == network.declarations.count)
        let side = name.fixedInputSize ?? 64
        let input = try Tensor(TorchGoldens.unitValues("input", count: 2 * 3 * side * side), shape: [2, 3, side, side])
        let logits = try Torch.with(threads: 1, recordingGradients: false) {
            try network.forward(input.channelsLast())
        }
        #expect(logits.shape == [2, 7])
        #expect(try logits.floats().allSatisfy(\.isFinite))
        let other = try Network(Architecture(name, classes: 5), generator: TorchGenerator(seed: 1))
        let last = network.parametersOfLastLayers(1)
        #expect(try Set(other.load(network.stored(), replacingClassifier: true)) == last && !last.isEmpty)
    }

    /// A file from timm is read by timm's names, and errors use these for missing tensors.
    @Test func readsTheNamesOfTimm() throws {
        let golden = TorchGoldens.all.timm
        var file: [String: StoredTensor] = [:]
        for (name, shape) in golden.shapes { file[name] = TorchGoldens.synthetic(name, shape: shape) }
        let network = try Network(Architecture(.efficientNetLite0, classes: 10), generator: TorchGenerator(seed: 0))
        #expect(try network.load(file, replacingClassifier: false) == [])
        let logits = try Torch.with(threads: 1, recordingGradients: false) {
            let values = TorchGoldens.unitValues("input \(golden.side)", count: 2 * 3 * golden.side * golden.side)
            let input = try Tensor(values, shape: [2, 3, golden.side, golden.side])
            return try network.forward(input.channelsLast()).floats()
        }
        let difference = zip(logits, golden.logits).map { abs($0 - $1) }.max() ?? .infinity
        #expect(difference < 1e-5, "the largest difference is \(difference)")

        let other = try Network(Architecture(.efficientNetLite0, classes: 7), generator: TorchGenerator(seed: 0))
        #expect(try other.load(file, replacingClassifier: true) == ["classifier.weight", "classifier.bias"])
        file["blocks.1.0.conv_pwl.weight"] = nil
        #expect(throws: WeightsError.missing(["blocks.1.0.conv_pwl.weight"])) {
            try network.load(file, replacingClassifier: false)
        }
    }

    static let optimizers: [String: OptimizerRecipe] = [
        "adamw": .adamw(learningRate: 3e-3, weightDecay: 0.05),
        "sgd": .sgd(learningRate: 0.05, momentum: 0, nesterov: false, weightDecay: 0.01),
        "sgd-momentum": .sgd(learningRate: 0.02, momentum: 0.9, nesterov: false, weightDecay: 0),
        "sgd-nesterov": .sgd(learningRate: 0.02, momentum: 0.9, nesterov: true, weightDecay: 0.01),
    ]

    @Test(arguments: optimizers.keys.sorted())
    func trainingEqualsPyTorch(_ name: String) throws {
        let golden = try #require(TorchGoldens.all.training.first { $0.optimizer == name })
        let recipe = try #require(Self.optimizers[name])
        let (losses, bias) = try Torch.with(threads: 1, recordingGradients: true) {
            let network = try TorchGoldens.network(Architecture(.smallCNN, classes: 5))
            let generator = try TorchGenerator(seed: 0)
            for (_, tensor) in network.parameters { tensor.requireGradient(true) }
            let optimizer = try Optimizer(recipe, parameters: network.parameters)
            let losses = try golden.losses.indices.map { step in
                let input = try Tensor(
                    TorchGoldens.unitValues("batch \(step)", count: 6 * 3 * 32 * 32), shape: [6, 3, 32, 32])
                let logits = try network.forward(input.channelsLast(), training: generator)
                let targets = try Tensor.indices((0..<6).map { (step + $0) % 5 })
                let loss = try logits.crossEntropy(targets, labelSmoothing: 0.1)
                try loss.backward()
                try optimizer.step(learningRate: recipe.learningRate)
                return try loss.floats()[0]
            }
            return (losses, try network.parameters.last?.tensor.floats() ?? [])
        }
        // AdamW's step hardly depends on a gradient's size, so rounding shows more there.
        let tolerance: Float = name == "adamw" ? 2e-3 : 2e-4
        for (ours, theirs) in zip(losses, golden.losses) { #expect(abs(ours - theirs) < tolerance) }
        #expect(bias.count == golden.bias.count)
        for (ours, theirs) in zip(bias, golden.bias) { #expect(abs(ours - theirs) < 1e-3) }
    }

    @Test(arguments: [
        ("constant", LearningRateSchedule.constant, nil),
        ("step", .step(epochs: 3, factor: 0.5), nil),
        ("cosine", .cosine(epochs: 8, minimum: 0), nil),
        ("warm-up, cosine", .cosine(epochs: 8, minimum: 0.01), LinearWarmUp(epochs: 3, start: 0.1)),
    ])
    func learningRatesEqualPyTorch(id: String, schedule: LearningRateSchedule, warmUp: LinearWarmUp?) throws {
        let golden = try #require(TorchGoldens.all.schedules[id])
        let recipe = TrainingRecipe(
            architecture: .smallCNN, images: .plain(size: 32, normalize: .imagenet), batchSize: 1,
            optimizer: .sgd(learningRate: 0.1, momentum: 0, nesterov: false, weightDecay: 0), schedule: schedule,
            warmUp: warmUp, seed: 0)
        for (index, rate) in golden.enumerated() {
            #expect(abs(recipe.learningRate(epoch: index + 1) - rate) < 1e-9, "epoch \(index + 1)")
        }
    }

    @Test func replacedLastLayerIsDetected() throws {
        let stored = try TorchGoldens.network(Architecture(.smallCNN, classes: 5)).stored()
        let network = try Network(Architecture(.smallCNN, classes: 7), generator: TorchGenerator(seed: 1))
        #expect(try network.load(stored, replacingClassifier: true) == ["classifier.weight", "classifier.bias"])
        #expect(throws: WeightsError.shape(name: "classifier.weight", found: [5, 128], needed: [7, 128])) {
            try network.load(stored, replacingClassifier: false)
        }
        var lacking = stored
        lacking["features.0.norm.bias"] = nil
        #expect(throws: WeightsError.missing(["features.0.norm.bias"])) {
            try network.load(lacking, replacingClassifier: true)
        }
        var narrow = stored
        narrow["features.1.norm.bias"] = StoredTensor([0], shape: [1])
        #expect(throws: WeightsError.shape(name: "features.1.norm.bias", found: [1], needed: [32])) {
            try network.load(narrow, replacingClassifier: true)
        }
    }
}
