// Serves requests for the emulator's model: loading, answering, fine-tuning.

import Basics
import Foundation
package import VisionProtocol

/// The models behind the emulator, cached in memory once loaded.
///
/// A model is a trained network with fixed features, and last-layer rows: zero-shot, the rows of the classes that a
/// label may mean; after fine-tuning, the rows of its labels.
package actor EmulatedModels {
    private var networks: [EmulatedModel: EmulatedNetwork] = [:]
    private var knowledgeByModel: [EmulatedModel: LabelKnowledge] = [:]
    /// By checkpoint; the base reader has none.
    private var readers: [String?: TextReader] = [:]

    /// The weights of the text reader; `nil` for the bundled ones.
    private let readerWeights: String?

    /// Creates an empty cache; models are loaded on first use.
    /// - Parameter readerWeights: a path to use instead of the bundled weights of the text reader.
    package init(readerWeights: String? = nil) { self.readerWeights = readerWeights }

    /// Serves `load-model`.
    ///
    /// - Throws: ``VisionFailure``, `badWeights` or `badCheckpoint`, naming the file.
    package func load(_ call: LoadModelCall) throws -> LoadModelCall.Result {
        let network = try network(of: call.model)
        let knowledge = try knowledge(of: call.model)
        return LoadModelCall.Result(
            architecture: network.title, classes: network.classNames.count + knowledge.learned.count,
            digest: network.digest.hex)
    }

    /// Serves `answer`. An image that does not decode gets an answer with the reason.
    package func answer(_ call: AnswerCall) async throws -> AnswerCall.Result {
        let network = try network(of: call.model)
        let knowledge = try knowledge(of: call.model)
        var answers: [AnswerCall.Answer] = []
        for start in stride(from: 0, to: call.images.count, by: Self.batchSize) {
            let batch = Array(call.images[start..<min(start + Self.batchSize, call.images.count)])
            let pipeline = network.eyes.pipeline
            let pictures = try await parallelMap(count: batch.count, threads: 2, run: 8) { index in
                let name = "image \(start + index + 1)"
                return Result {
                    let bytes = try Self.bytes(of: batch[index], name: name)
                    return (bytes: bytes, picture: try pipeline.prepared(bytes, name: name))
                }
            }
            let readable = pictures.compactMap { try? $0.get().picture }
            let features =
                readable.isEmpty ? [] : try network.eyes.features(of: readable, threads: Torch.defaultThreads)
            let width = network.eyes.featureCount
            var at = 0
            for picture in pictures {
                switch picture {
                case .success(let picture):
                    answers.append(
                        knowledge.answer(
                            labels: call.labels, features: features[at..<(at + width)], picture: picture.bytes))
                    at += width
                case .failure(let error):
                    answers.append(AnswerCall.Answer(label: nil, confidence: 0, unreadable: "\(error)"))
                }
            }
        }
        return AnswerCall.Result(answers: answers, known: call.labels.filter(knowledge.knows).count)
    }

    static func bytes(of image: AnswerCall.Image, name: String) throws -> Data {
        switch image {
        case .path(let path): return try ImageDecoder.read(path)
        case .base64(let text):
            guard let bytes = Data(base64Encoded: text) else {
                throw ImageError.unreadable(name: name, reason: "it is not base64")
            }
            return bytes
        }
    }

    /// Serves `fine-tune`: computes features once, then trains the labels' rows on them.
    ///
    /// Each row starts from the base model: from the class that the label means, or from the mean of all rows if it
    /// is not a class. Equal files, settings, library and threads give equal checkpoints.
    ///
    /// - Throws: ``VisionFailure``, `tooFewImages` if no example is usable; the errors of loading;
    ///   `CancellationError`.
    package func fineTune(
        _ call: FineTuneCall, progress: @Sendable (FineTuneStep) -> Void = { _ in }
    ) async throws -> FineTuneCall.Result {
        guard call.batchSize > 0, call.epochs > 0, call.learningRateMultiplier > 0 else {
            throw VisionFailure(
                code: .badRequest, message: "batch size, epochs and learning rate multiplier must be above zero")
        }
        if case .supervised = call.objective, try TextExampleFile.asksForText(call.trainingFile) {
            return try await fineTuneReader(call, progress: progress)
        }
        if let path = call.model.checkpoint, try TextCheckpoint(path: path) != nil {
            throw VisionFailure(
                code: .badRequest,
                message: "\(call.trainingFile): asks for labels, preferences or rewards, but this model was fine-tuned to read "
                    + "text: train it on supervised examples that ask for text")
        }
        let network = try network(of: call.model)
        let knowledge = try knowledge(of: call.model)
        let file = try await ExampleFile.read(
            call.trainingFile, objective: call.objective, through: network.eyes, threads: call.threads)
        guard file.labels.count > 0 else {
            throw VisionFailure(
                code: .tooFewImages,
                message: "\(call.trainingFile): has no usable training example"
                    + (file.skipped.first.map { "; line \($0.line) \($0.reason)" } ?? ""))
        }
        let beginning = knowledge.beginning(for: file)
        let training = FeatureExamples(file, objective: call.objective, labels: beginning.labels)
        var validation: FeatureExamples?
        if let path = call.validationFile {
            let read = try await ExampleFile.read(
                path, objective: call.objective, through: network.eyes, threads: call.threads)
            validation = FeatureExamples(read, objective: call.objective, labels: beginning.labels)
        }
        let steps = try train(
            call, from: beginning, training: training, validation: validation, digest: network.digest,
            learningRate: network.baseLearningRate * call.learningRateMultiplier, progress: progress)
        return FineTuneCall.Result(steps: steps, trained: training.count, skipped: file.skipped)
    }

    private func train(
        _ call: FineTuneCall, from beginning: LabelKnowledge.Beginning, training: FeatureExamples,
        validation: FeatureExamples?, digest: Digest, learningRate: Double,
        progress: @Sendable (FineTuneStep) -> Void
    ) throws -> [FineTuneStep] {
        try Torch.with(threads: call.threads, recordingGradients: true) {
            let stepsPerEpoch = (training.count + call.batchSize - 1) / call.batchSize
            // A preference pair moves two rows in opposite directions, which at the full rate degrades the other
            // rows.
            let rate = if case .preference = call.objective { learningRate * 0.3 } else { learningRate }
            let trainer = try RowTrainer(
                beginning.rows, objective: call.objective, learningRate: rate, steps: stepsPerEpoch * call.epochs)
            var steps: [FineTuneStep] = []
            for epoch in 1...call.epochs {
                var random = SeededRandom(seed: call.seed, stream: .order, epoch)
                let order = random.permutation(of: training.count)
                for first in stride(from: 0, to: order.count, by: call.batchSize) {
                    try Task.checkCancellation()
                    let batch = order[first..<min(first + call.batchSize, order.count)]
                    let (loss, accuracy) = try trainer.step(training, batch: batch)
                    guard loss.isFinite else {
                        throw VisionFailure(
                            code: .lossNotFinite,
                            message: "the loss is not finite at step \(steps.count + 1): "
                                + "try a learning_rate_multiplier below \(call.learningRateMultiplier)")
                    }
                    var step = FineTuneStep(
                        step: steps.count + 1, of: stepsPerEpoch * call.epochs, epoch: epoch, trainLoss: loss,
                        trainMeanTokenAccuracy: accuracy)
                    if first + call.batchSize >= order.count {
                        try LabelCheckpoint(labels: beginning.labels, rows: trainer.rows(), base: digest)
                            .write(to: "\(call.output)/epoch-\(epoch).safetensors")
                        step.endsEpoch = true
                        if let validation, validation.count > 0 {
                            let (loss, accuracy) = try trainer.evaluate(validation)
                            step.fullValidLoss = loss
                            step.fullValidMeanTokenAccuracy = accuracy
                        }
                    }
                    steps.append(step)
                    progress(step)
                }
            }
            return steps
        }
    }

    // MARK: Loading

    /// Number of images in one pass through the network.
    static let batchSize = 64

    private func network(of model: EmulatedModel) throws -> EmulatedNetwork {
        var base = model
        base.checkpoint = nil
        if let network = networks[base] { return network }
        let network = try EmulatedNetwork(base)
        networks[base] = network
        return network
    }

    private func knowledge(of model: EmulatedModel) throws -> LabelKnowledge {
        if let knowledge = knowledgeByModel[model] { return knowledge }
        let network = try network(of: model)
        var knowledge = LabelKnowledge(classes: network.classNames, classRows: try network.eyes.classifier())
        if let path = model.checkpoint, try TextCheckpoint(path: path) == nil {
            let checkpoint = try LabelCheckpoint(path: path, base: network.digest)
            knowledge = knowledge.learning(checkpoint.labels, rows: checkpoint.rows)
        }
        knowledgeByModel[model] = knowledge
        return knowledge
    }

    /// The reader of a model: the one of its checkpoint, or the bundled one if its checkpoint has labels.
    func reader(of model: EmulatedModel) throws -> TextReader {
        if let reader = readers[model.checkpoint] { return reader }
        let reader = try TextReader(weights: readerWeights, checkpoint: model.checkpoint.flatMap { try TextCheckpoint(path: $0) })
        readers[model.checkpoint] = reader
        return reader
    }
}
