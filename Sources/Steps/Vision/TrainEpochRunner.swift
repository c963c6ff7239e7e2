// Trains one epoch of a network in the vision worker.

import Basics
import Execution
import Foundation
import Planning
import VisionProtocol

struct TrainEpochRunner: StepRunner {
    let work: TrainEpoch
    let vision: VisionWorkerClient

    func run(_ context: StepContext) async throws -> StepOutcome {
        let identity = work.identity
        let training = try SplitExamples(decoding: context.data("train"))
        let validation = try SplitExamples(decoding: context.data("validation"))
        try training.requireOneImageEach()
        if identity.recipe.output == nil {
            let withImages = Set(training.examples.map(\.label))
            let without = training.labels.filter { !withImages.contains($0) }
            guard without.isEmpty else { throw StepFailure.labelsWithoutImages(without) }
        } else {
            try training.requireOneQuestion()
        }
        guard training.examples.count >= identity.recipe.batchSize else {
            throw StepFailure.tooFewImages(
                part: "train", have: training.examples.count, need: identity.recipe.batchSize)
        }
        let start: TrainEpochCall.Start
        if let checkpoint = context.inputs[TrainEpoch.checkpoint] {
            start = .checkpoint(path: checkpoint.path)
        } else if let weights = context.inputs["weights"]?.path ?? work.settings.weightsPath {
            start = .weights(path: weights, key: identity.weightsKey)
        } else {
            start = .fresh
        }
        let output = context.scratch + "/checkpoint.safetensors"
        let call = TrainEpochCall(
            recipe: identity.recipe, epoch: identity.epoch, start: start, labels: training.labels,
            training: try labelled(training, context), validation: try labelled(validation, context), output: output,
            threads: identity.numerics.threads, device: identity.numerics.computeDevice)
        let result = try await context.inOwnLane {
            try await vision.call(call) { progress in
                let share = progress.phase == .training ? 0.9 * Double(progress.step) / Double(max(1, progress.of)) : 0.95
                context.progress(
                    share,
                    "\(progress.phase.rawValue) batch \(progress.step) of \(progress.of)"
                        + (progress.phase == .training ? String(format: ", loss %.3f", progress.loss) : ""))
            }
        }
        if !result.replaced.isEmpty {
            context.note(
                "newly initialized, because the weights have no matching tensor: \(result.replaced.joined(separator: ", "))")
        }
        if !result.weightsNotes.isEmpty { context.note("weights: \(result.weightsNotes.joined(separator: "; "))") }
        var facts = TrainEpochFacts()
        facts.seconds = result.seconds
        facts.imagesPerSecond = result.imagesPerSecond
        facts.trainLoss = result.trainLoss
        facts.trainAccuracy = result.trainAccuracy
        facts.weights = result.weightsNotes
        return StepOutcome(
            [
                TrainEpoch.checkpoint: .file(output),
                TrainEpoch.metrics: .data(try EpochMetrics(result).encoded()),
            ],
            facts: facts)
    }

    private func labelled(_ part: SplitExamples, _ context: StepContext) throws -> [VisionProtocol.LabelledImage] {
        let index = Dictionary(
            part.labels.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        return try part.examples.map { example in
            let path = try context.imagePath(example.digest, example.path, folder: work.settings.imageFolder)
            switch work.identity.recipe.output ?? .label {
            case .label: return VisionProtocol.LabelledImage(path: path, label: index[example.label] ?? 0)
            case .tags:
                let names = example.item?.reference.array?.compactMap(\.string) ?? []
                return VisionProtocol.LabelledImage(path: path, tags: names.compactMap { index[$0] }.sorted())
            case .count:
                guard let number = example.item?.reference.double else {
                    throw StepFailure.outputMissing("the count of \(example.name)")
                }
                return VisionProtocol.LabelledImage(path: path, count: number)
            }
        }
    }
}

extension SplitExamples {
    /// Checks whether all items ask the same, because a network sees only the image.
    /// - Throws: `StepFailure.severalQuestions`.
    func requireOneQuestion() throws {
        let questions = examples.compactMap { $0.item?.variables?.filter { $0.key != "type" } }
        guard let first = questions.first, let other = questions.first(where: { $0 != first }) else { return }
        throw StepFailure.severalQuestions(
            [first, other].map { $0.sorted { $0.key < $1.key }.map(\.value).joined(separator: " · ") })
    }

    /// Checks whether every example has one image, which is all that a network sees.
    /// - Throws: `StepFailure.severalImages`.
    func requireOneImageEach() throws {
        guard let several = examples.first(where: { $0.more != nil }) else { return }
        throw StepFailure.severalImages(item: several.name)
    }
}
