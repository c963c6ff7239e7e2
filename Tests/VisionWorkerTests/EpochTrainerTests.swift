// Epochs are trained, resumed bit for bit, and rejected if they are inconsistent.

import Basics
import Foundation
import Testing
import VisionProtocol
import VisionWorker

@Suite(.serialized) struct EpochTrainerTests {
    /// A folder of small pictures of three labels that differ in colour.
    struct Pictures: ~Copyable {
        let folder: URL
        let training: [LabelledImage]
        let validation: [LabelledImage]

        init() throws {
            folder = FileManager.default.temporaryDirectory.appendingPathComponent("assay-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            var examples: [LabelledImage] = []
            for index in 0..<18 {
                let label = index % 3
                var random = SeededRandom(seed: UInt64(index))
                var pixels: [UInt8] = []
                for value in 0..<(20 * 24 * 3) {
                    let noise = UInt8(random.next() % 120)
                    pixels.append(value % 3 == label ? 128 + noise : noise)
                }
                let path = folder.appendingPathComponent("\(index).png")
                try ImageEncoder.png(RGBImage(width: 20, height: 24, pixels: pixels)).write(to: path)
                examples.append(LabelledImage(path: path.path, label: label))
            }
            training = Array(examples[..<14])
            validation = Array(examples[14...])
        }

        deinit { try? FileManager.default.removeItem(at: folder) }

        func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

        func call(
            _ recipe: TrainingRecipe, epoch: Int, start: TrainEpochCall.Start, output: String, threads: Int = 1
        ) -> TrainEpochCall {
            TrainEpochCall(
                recipe: recipe, epoch: epoch, start: start, labels: ["red", "green", "blue"], training: training,
                validation: validation, output: output, threads: threads)
        }
    }

    static func recipe(
        _ architecture: ArchitectureName = .smallCNN,
        _ optimizer: OptimizerRecipe = .adamw(learningRate: 3e-3), freezeEpochs: Int = 0, learningLayers: Int? = nil,
        seed: UInt64 = 42
    ) -> TrainingRecipe {
        let augment: [ImageTransform] = [
            .randomResizedCrop(size: 32, scale: 0.7...1), .randomHorizontalFlip(),
            .colorJitter(brightness: 0.2, contrast: 0.2, saturation: 0.2, hue: 0.1),
        ]
        let images = ImageRecipe(
            inputSize: 32, augment: augment, evaluate: [.resize(size: 36), .centerCrop(size: 32)],
            normalize: .imagenet)
        return TrainingRecipe(
            architecture: architecture, images: images, batchSize: 4, optimizer: optimizer,
            schedule: .cosine(epochs: 4, minimum: 0), labelSmoothing: 0.1, freezeEpochs: freezeEpochs,
            learningLayers: learningLayers, seed: seed)
    }

    @Test(arguments: [
        ("small_cnn, adamw", recipe()),
        ("small_cnn, sgd", recipe(.smallCNN, .sgd(learningRate: 0.01, momentum: 0.9, nesterov: true, weightDecay: 0))),
        ("efficientnet_lite0 with dropout, frozen at first", recipe(.efficientNetLite0, freezeEpochs: 1)),
        ("mobilenet_v3_small on two threads", recipe(.mobileNetV3Small)),
    ])
    func resumesBitForBit(id: String, recipe: TrainingRecipe) throws {
        let pictures = try Pictures()
        var checkpoints: [[Data]] = []
        for run in ["a", "b"] {
            var start = TrainEpochCall.Start.fresh
            var bytes: [Data] = []
            for epoch in 1...2 {
                let output = pictures.path("\(run)\(epoch)")
                // The second run trains its first epoch twice: the interrupted attempt has no effect.
                for _ in 0..<(run == "b" && epoch == 1 ? 2 : 1) {
                    let threads = recipe.architecture == .mobileNetV3Small ? 2 : 1
                    let call = pictures.call(recipe, epoch: epoch, start: start, output: output, threads: threads)
                    _ = try EpochTrainer(call).run { _ in }
                }
                bytes.append(try Data(contentsOf: URL(fileURLWithPath: output)))
                start = .checkpoint(path: output)
            }
            checkpoints.append(bytes)
        }
        #expect(checkpoints[0] == checkpoints[1])
        #expect(checkpoints[0][0] != checkpoints[0][1])
    }

    @Test func learnsAndPredicts() throws {
        let pictures = try Pictures()
        var start = TrainEpochCall.Start.fresh
        var losses: [Double] = []
        var events: [TrainingProgress] = []
        for epoch in 1...4 {
            let output = pictures.path("\(epoch)")
            let result = try EpochTrainer(pictures.call(Self.recipe(), epoch: epoch, start: start, output: output))
                .run { events.append($0) }
            losses.append(result.trainLoss)
            start = .checkpoint(path: output)
            #expect(result.validationLoss != nil && result.validationAccuracy != nil)
            #expect(result.record.epoch == epoch)
            #expect(result.record.numerics.threads == 1)
        }
        #expect(losses[3] < losses[0])
        #expect(events.prefix(5).map(\.phase) == [.training, .training, .training, .training, .validation])
        #expect(events.prefix(4).map(\.step) == [1, 2, 3, 4] && events[0].of == 4)

        let call = PredictCall(
            architecture: .smallCNN, images: Self.recipe().images, checkpoint: pictures.path("4"),
            pictures: pictures.training.map(\.path), batchSize: 5, measureLatency: true, threads: 1)
        let predicted = try Predictor(call).run { _ in }
        #expect(predicted.labels == ["red", "green", "blue"])
        let correct = zip(predicted.predictions, pictures.training).count { $0.label == $1.label }
        #expect(correct >= 12)
        #expect(predicted.predictions.allSatisfy { ($0.latencyMilliseconds ?? 0) > 0 && $0.probability > 0.33 })

        // After the update that diverged, all answers were the first label.
        var diverged = try Checkpoint(reading: pictures.path("4"))
        diverged.tensors["classifier.bias"] = StoredTensor([Float](repeating: .nan, count: 3), shape: [3])
        try diverged.write(to: pictures.path("4"))
        #expect(throws: WeightsError.outputNotFinite(path: pictures.training[0].path)) { try Predictor(call).run { _ in } }
    }

    @Test func frozenLayersKeepTheirValues() throws {
        let pictures = try Pictures()
        let recipe = Self.recipe(freezeEpochs: 1)
        var tensors: [[String: StoredTensor]] = []
        var start = TrainEpochCall.Start.fresh
        for epoch in 1...2 {
            let output = pictures.path("\(epoch)")
            _ = try EpochTrainer(pictures.call(recipe, epoch: epoch, start: start, output: output)).run { _ in }
            tensors.append(try Checkpoint(reading: output).tensors)
            start = .checkpoint(path: output)
        }
        let fresh = try Network(Architecture(.smallCNN, classes: 3), generator: TorchGenerator(seed: 42)).stored()
        #expect(tensors[0]["features.0.conv.weight"] == fresh["features.0.conv.weight"])
        #expect(tensors[0]["classifier.weight"] != fresh["classifier.weight"])
        #expect(tensors[1]["features.0.conv.weight"] != fresh["features.0.conv.weight"])
    }

    @Test(arguments: [
        (1, ["classifier"]), (2, ["features.4.norm", "classifier"]),
        (3, ["features.4.conv", "features.4.norm", "classifier"]),
    ])
    func recipeDeterminesTheTrainedLayers(except: Int, learning: [String]) throws {
        let pictures = try Pictures()
        let recipe = Self.recipe(freezeEpochs: 1, learningLayers: except)
        let output = pictures.path("1")
        _ = try EpochTrainer(pictures.call(recipe, epoch: 1, start: .fresh, output: output)).run { _ in }
        let trained = try Checkpoint(reading: output).tensors
        let fresh = try Network(Architecture(.smallCNN, classes: 3), generator: TorchGenerator(seed: 42))
        let stored = try fresh.stored()
        for (name, _) in fresh.parameters {
            let isLearning = learning.contains { name.hasPrefix($0 + ".") }
            #expect((trained[name] != stored[name]) == isLearning, "\(name)")
        }
    }

    /// The rate climbs from batch to batch: the first batch of a warm-up from zero learns nothing, the others do.
    @Test func aWarmUpClimbsWithinTheEpoch() throws {
        let pictures = try Pictures()
        var recipe = Self.recipe(.smallCNN, .sgd(learningRate: 0.01, momentum: 0, nesterov: false, weightDecay: 0))
        recipe.warmUp = LinearWarmUp(epochs: 1, start: 0)
        let output = pictures.path("1")
        let result = try EpochTrainer(pictures.call(recipe, epoch: 1, start: .fresh, output: output)).run { _ in }
        #expect(result.learningRate == 0)
        let trained = try Checkpoint(reading: output).tensors
        let fresh = try Network(Architecture(.smallCNN, classes: 3), generator: TorchGenerator(seed: 42)).stored()
        #expect(trained["classifier.weight"] != fresh["classifier.weight"])
        #expect(abs(recipe.learningRate(epoch: 1, part: 0.5) - 0.005) < 1e-12)
        #expect(abs(recipe.learningRate(epoch: 2, part: 0.5) - 0.01) < 1e-12)
    }

    @Test func seedDecides() throws {
        let pictures = try Pictures()
        let bytes = try [UInt64(1), 2].map { seed in
            let output = pictures.path("\(seed)")
            let call = pictures.call(Self.recipe(seed: seed), epoch: 1, start: .fresh, output: output)
            _ = try EpochTrainer(call).run { _ in }
            return try Data(contentsOf: URL(fileURLWithPath: output))
        }
        #expect(bytes[0] != bytes[1])
    }

    @Test func reportsInvalidTraining() throws {
        let pictures = try Pictures()
        var call = pictures.call(Self.recipe(), epoch: 1, start: .fresh, output: pictures.path("out"))
        func error() -> (any Error)? {
            do {
                _ = try EpochTrainer(call).run { _ in }
                return nil
            } catch { return error }
        }
        call.training.removeAll { $0.label == 1 }
        #expect(error() as? TrainingError == .labelWithoutImages("green"))
        call.training = Array(pictures.training.prefix(3))
        #expect(error() as? TrainingError == .tooFewImages(images: 3, batchSize: 4))
        call.training = pictures.training
        call.training[2].path = pictures.path("none.png")
        #expect(error() is ImageError)
        call.training = pictures.training
        call.recipe.optimizer = .sgd(learningRate: 1e30, momentum: 0, nesterov: false, weightDecay: 0)
        guard case .lossNotFinite(1, _, 1e30)? = error() as? TrainingError else {
            Issue.record("a loss that is not finite is not reported: \(String(describing: error()))")
            return
        }
        #expect(!FileManager.default.fileExists(atPath: call.output))
        call.recipe = Self.recipe()
        call.start = .checkpoint(path: pictures.training[0].path)
        #expect(error() is WeightsError)
    }

    @Test func refusesAnotherCheckpoint() throws {
        let pictures = try Pictures()
        let first = pictures.call(Self.recipe(), epoch: 1, start: .fresh, output: pictures.path("1"))
        _ = try EpochTrainer(first).run { _ in }
        let start = TrainEpochCall.Start.checkpoint(path: pictures.path("1"))
        let third = pictures.call(Self.recipe(), epoch: 3, start: start, output: pictures.path("3"))
        #expect(throws: WeightsError.otherCheckpoint("it ends epoch 1, not 2")) {
            try EpochTrainer(third).run { _ in }
        }
    }
}
