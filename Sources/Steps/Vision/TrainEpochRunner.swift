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
        let result = try await context.lanes.run(in: .vision) {
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
        var facts: [String: JSONValue] = [
            "seconds": .double(result.seconds), "images_per_second": .double(result.imagesPerSecond),
            "train_loss": .double(result.trainLoss), "train_accuracy": .double(result.trainAccuracy),
        ]
        if !result.weightsNotes.isEmpty { facts["weights"] = .array(result.weightsNotes.map { .string($0) }) }
        return StepOutcome(
            [
                TrainEpoch.checkpoint: .file(output),
                TrainEpoch.metrics: .data(try EpochMetrics(result).encoded()),
            ],
            facts: .object(facts))
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
