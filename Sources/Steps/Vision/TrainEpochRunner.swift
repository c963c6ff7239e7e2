// Trains one epoch of a network in the vision worker.

import Basics
import Execution
import Foundation
import Planning
package import VisionProtocol

/// What an epoch measured: the artifact that the choice of a checkpoint and the curves are made from. Times are no
/// part of it, so that an epoch trained again is the same artifact.
package struct EpochMetrics: Hashable, Sendable, Codable {
    package var epoch: Int
    package var learningRate: Double
    package var trainLoss: Double
    package var trainAccuracy: Double
    package var validationLoss: Double?
    package var validationAccuracy: Double?

    init(_ result: EpochResult) {
        epoch = result.epoch
        learningRate = result.learningRate
        trainLoss = result.trainLoss
        trainAccuracy = result.trainAccuracy
        validationLoss = result.validationLoss
        validationAccuracy = result.validationAccuracy
    }
}

struct TrainEpochRunner: StepRunner {
    let work: TrainEpoch
    let vision: VisionWorkerClient

    func run(_ context: StepContext) async throws -> StepOutcome {
        let identity = work.identity
        let training = try SplitExamples(decoding: context.data("train"))
        let validation = try SplitExamples(decoding: context.data("validation"))
        let withImages = Set(training.examples.map(\.label))
        let without = training.labels.filter { !withImages.contains($0) }
        guard without.isEmpty else { throw StepFailure.labelsWithoutImages(without) }
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
            threads: identity.numerics.threads)
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
            context.note("made anew, as the weights have none that fits: \(result.replaced.joined(separator: ", "))")
        }
        if !result.weightsNotes.isEmpty { context.note("weights: \(result.weightsNotes.joined(separator: "; "))") }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var facts = TrainEpochFacts()
        facts.seconds = result.seconds
        facts.imagesPerSecond = result.imagesPerSecond
        facts.trainLoss = result.trainLoss
        facts.trainAccuracy = result.trainAccuracy
        facts.weights = result.weightsNotes
        return StepOutcome(
            [
                TrainEpoch.checkpoint: .file(output),
                TrainEpoch.metrics: .data(try encoder.encode(EpochMetrics(result))),
            ],
            facts: facts)
    }

    private func labelled(_ part: SplitExamples, _ context: StepContext) throws -> [VisionProtocol.LabelledImage] {
        let index = Dictionary(
            part.labels.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        return try part.examples.map { example in
            VisionProtocol.LabelledImage(
                path: try context.imagePath(example.digest, example.path, folder: work.settings.imageFolder),
                label: index[example.label] ?? 0)
        }
    }
}
