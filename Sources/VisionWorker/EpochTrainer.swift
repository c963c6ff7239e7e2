// Trains one epoch of a CNN and writes its checkpoint.

import Basics
import Foundation
package import VisionProtocol

/// Trains one epoch. The result does not depend on which thread loads an image: order, augmentation and
/// initialization come from the seed. The numeric library's number of threads does affect the result, so it is part
/// of the request.
package struct EpochTrainer {
    private let call: TrainEpochCall
    private var recipe: TrainingRecipe { call.recipe }

    /// Creates a trainer without reading any file.
    package init(_ call: TrainEpochCall) { self.call = call }

    /// Trains the epoch and writes its checkpoint.
    /// - Throws: `TrainingError`, `WeightsError`, `ImageError`, `TorchError`.
    package func run(progress: (TrainingProgress) -> Void) throws -> EpochResult {
        do {
            return try Torch.on(call.device) {
                try Torch.with(threads: call.threads, recordingGradients: true) {
                    try train(progress: progress)
                }
            }
        } catch TorchError.outOfMemory {
            throw TrainingError.outOfMemory(batchSize: recipe.batchSize)
        }
    }

    private func train(progress: (TrainingProgress) -> Void) throws -> EpochResult {
        try check()
        let clock = ContinuousClock()
        let start = clock.now
        let augment = try pipeline(recipe.images.augment)
        let evaluate = try pipeline(recipe.images.evaluate)

        let generator = try TorchGenerator(seed: recipe.seed)
        let objective = Objective(recipe.output, labels: call.labels.count, training: call.training)
        let architecture = Architecture(
            recipe.architecture, classes: objective.output.width(labels: call.labels.count))
        let network = try Network(architecture, generator: generator)
        let optimizer = try Optimizer(recipe.optimizer, parameters: network.parameters)
        let loaded = try begin(network, optimizer, generator)
        freeze(network)

        let steps = (call.training.count + recipe.batchSize - 1) / recipe.batchSize
        var step = 0
        let trained = try pass(augment, objective, progress: progress) { batch, images in
            let learningRate = recipe.learningRate(epoch: call.epoch, part: Double(step) / Double(steps))
            step += 1
            let logits = try Torch.inPrecision(recipe.precision) { try network.forward(batch, training: generator) }
            let loss = try objective.loss(logits, images, labelSmoothing: recipe.labelSmoothing)
            try loss.backward()
            try optimizer.step(learningRate: learningRate)
            return (loss, logits)
        }
        let trainSeconds = (clock.now - start).seconds
        let validated = try Torch.with(threads: call.threads, recordingGradients: false) {
            try validate(network, objective, evaluate, progress: progress)
        }

        let record = CheckpointRecord(
            format: Checkpoint.format, architecture: recipe.architecture, labels: call.labels, epoch: call.epoch,
            numerics: Torch.numerics(threads: call.threads, device: call.device), output: recipe.output,
            scale: objective.recordedScale)
        let checkpoint = try Checkpoint(record, network: network, optimizer: optimizer, generator: generator)
        try checkpoint.write(to: call.output)
        return EpochResult(
            epoch: call.epoch, learningRate: recipe.learningRate(epoch: call.epoch), trainLoss: trained.loss,
            trainAccuracy: trained.accuracy, validationLoss: validated?.loss,
            validationAccuracy: validated?.accuracy, seconds: (clock.now - start).seconds,
            imagesPerSecond: Double(call.training.count) / trainSeconds, replaced: loaded.replaced,
            weightsNotes: loaded.notes, record: record)
    }

    private func check() throws(TrainingError) {
        func check(_ label: Int, of image: LabelledImage) throws(TrainingError) {
            guard !call.labels.indices.contains(label) else { return }
            throw .labelOutOfRange(path: image.path, label: label, labels: call.labels.count)
        }
        switch recipe.output ?? .label {
        case .label:
            for example in call.training + call.validation { try check(example.label, of: example) }
            let present = Set(call.training.map(\.label))
            for (index, label) in call.labels.enumerated() where !present.contains(index) {
                throw .labelWithoutImages(label)
            }
        case .tags:
            for example in call.training + call.validation { for tag in example.tags ?? [] { try check(tag, of: example) } }
        case .count: break
        }
        guard recipe.batchSize > 0, call.training.count >= recipe.batchSize else {
            throw .tooFewImages(images: call.training.count, batchSize: recipe.batchSize)
        }
    }

    private func pipeline(_ transforms: [ImageTransform]) throws -> ImagePipeline {
        try ImagePipeline(transforms, for: recipe.images)
    }

    /// Initializes the network for the epoch.
    ///
    /// - Returns: the tensors taken from a weights file, and those of the last layer that kept their initial values.
    private func begin(
        _ network: Network, _ optimizer: Optimizer, _ generator: TorchGenerator
    ) throws -> LoadedWeights {
        switch call.start {
        case .fresh: return LoadedWeights()
        case .weights(let path, let key):
            let stored = try WeightsFile.read(path)
            do {
                return try network.load(stored, key: key, replacingClassifier: true)
            } catch let error as WeightsError {
                throw WeightsError.inFile(path: path, reason: "\(error)")
            }
        case .checkpoint(let path):
            let checkpoint = try Checkpoint(reading: path)
            try checkContinues(checkpoint.record)
            try network.restore(checkpoint.tensors)
            try optimizer.restore(checkpoint.tensors)
            guard let state = checkpoint.generatorState else { throw WeightsError.missing(["generator"]) }
            try generator.restore(state)
            return LoadedWeights()
        }
    }

    private func checkContinues(_ record: CheckpointRecord) throws(WeightsError) {
        guard record.architecture == recipe.architecture else {
            throw .otherCheckpoint("it is a \(record.architecture.rawValue)")
        }
        guard record.labels == call.labels, record.output == recipe.output else {
            throw .otherCheckpoint("it has different labels")
        }
        guard record.epoch == call.epoch - 1 else {
            throw .otherCheckpoint("it ends epoch \(record.epoch), not \(call.epoch - 1)")
        }
    }

    private func freeze(_ network: Network) {
        let isFrozen = call.epoch <= recipe.freezeEpochs
        let learning = network.parametersOfLastLayers(recipe.learningLayers ?? 1)
        for (name, tensor) in network.parameters {
            tensor.requireGradient(!isFrozen || learning.contains(name))
        }
    }

    private struct Score {
        var loss = 0.0
        var correct = 0
        var images = 0
    }

    /// Passes the training images to `step` in batches, in the epoch's order.
    private func pass(
        _ pipeline: ImagePipeline, _ objective: Objective, progress: (TrainingProgress) -> Void,
        step: (Tensor, ArraySlice<LabelledImage>) throws -> (loss: Tensor, logits: Tensor)
    ) throws -> (loss: Double, accuracy: Double) {
        var random = SeededRandom(seed: recipe.seed, stream: .order, call.epoch)
        let order = random.permutation(of: call.training.count)
        let (training, seed, epoch) = (call.training, recipe.seed, call.epoch)
        return try batches(order.map { training[$0] }, pipeline, objective, .training, progress, step: step) { index in
            SeededRandom(seed: seed, stream: .augmentation, epoch, order[index])
        }
    }

    private func validate(
        _ network: Network, _ objective: Objective, _ pipeline: ImagePipeline, progress: (TrainingProgress) -> Void
    ) throws -> (loss: Double, accuracy: Double)? {
        guard !call.validation.isEmpty else { return nil }
        return try batches(call.validation, pipeline, objective, .validation, progress) { batch, images in
            let logits = try network.forward(batch)
            return (try objective.loss(logits, images), logits)
        } random: { _ in
            SeededRandom(seed: 0)
        }
    }

    private func batches(
        _ examples: [LabelledImage], _ pipeline: ImagePipeline, _ objective: Objective, _ phase: TrainingProgress.Phase,
        _ progress: (TrainingProgress) -> Void,
        step: (Tensor, ArraySlice<LabelledImage>) throws -> (loss: Tensor, logits: Tensor),
        random: @escaping @Sendable (Int) -> SeededRandom
    ) throws -> (loss: Double, accuracy: Double) {
        let loader = BatchLoader(
            count: examples.count, batchSize: recipe.batchSize, side: recipe.images.inputSize, threads: call.threads
        ) { index in
            var random = random(index)
            return pipeline.transformed(try ImageDecoder.decode(path: examples[index].path), random: &random)
        }
        defer { loader.stop() }
        let steps = (examples.count + recipe.batchSize - 1) / recipe.batchSize
        var score = Score()
        for number in 0..<steps {
            guard let batch = try loader.next() else { break }
            let images = examples[(number * recipe.batchSize)...].prefix(batch.count)
            let result = try step(.pictures(batch, tables: pipeline.tables), images)
            let loss = objective.reported(Double(try result.loss.floats()[0]))
            guard loss.isFinite else {
                throw TrainingError.lossNotFinite(
                    epoch: call.epoch, step: number + 1, learningRate: recipe.learningRate(epoch: call.epoch))
            }
            score.loss += loss * Double(batch.count)
            score.correct += try objective.correct(result.logits, images)
            score.images += batch.count
            progress(TrainingProgress(phase: phase, step: number + 1, of: steps, loss: loss))
        }
        return (score.loss / Double(score.images), Double(score.correct) / Double(score.images))
    }
}

extension Duration {
    var seconds: Double { self / .seconds(1) }
}

extension ImagePipeline {
    /// A recipe's transforms, which must produce the network's input size.
    init(_ transforms: [ImageTransform], for recipe: ImageRecipe) throws(TrainingError) {
        do {
            try self.init(transforms, normalize: recipe.normalize)
        } catch {
            throw .pipeline("\(error)")
        }
        guard outputSize.width == recipe.inputSize, outputSize.height == recipe.inputSize else {
            throw .otherInputSize(found: outputSize.width, needed: recipe.inputSize)
        }
    }
}
