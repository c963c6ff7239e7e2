// Fits the classifier of a probe in the vision worker.

import Basics
import Execution
import Foundation
import Planning
import VisionProtocol

struct FitProbeRunner: StepRunner {
    let work: FitProbe
    let vision: VisionWorkerClient

    func run(_ context: StepContext) async throws -> StepOutcome {
        let training = try SplitExamples(decoding: context.data("train"))
        let validation = try SplitExamples(decoding: context.data("validation"))
        let withImages = Set(training.examples.map(\.label))
        let without = training.labels.filter { !withImages.contains($0) }
        guard without.isEmpty else { throw StepFailure.labelsWithoutImages(without) }
        if case .knn(let k) = work.identity.head, let most = k.max(), most > training.examples.count {
            throw StepFailure.tooManyNeighbours(k: most, images: training.examples.count)
        }
        let output = context.scratch + "/probe.safetensors"
        let call = FitProbeCall(
            head: work.identity.head, labels: training.labels,
            training: try part(training, "train-features", context),
            validation: try part(validation, "validation-features", context), output: output,
            threads: work.identity.numerics.threads)
        let start = ContinuousClock.now
        let result = try await context.inOwnLane {
            try await vision.call(call) { progress in
                context.progress(
                    Double(progress.done) / Double(max(1, progress.of)), "\(progress.done) of \(progress.of) settings")
            }
        }
        let chosen = result.trials[result.chosen]
        let name = work.identity.head.settingName
        for trial in result.trials where !trial.hasConverged {
            context.note(
                "\(name) \(trial.setting): the fit did not reach its tolerance after \(trial.iterations ?? 0) iterations")
        }
        if let accuracy = chosen.validationAccuracy, result.trials.count > 1 {
            context.note(
                "\(name) \(FitProbeFacts.text(chosen.setting)) of \(result.trials.count) settings, with a validation accuracy of "
                    + String(format: "%.1f%%", 100 * accuracy))
        }
        let facts = FitProbeFacts(
            setting: "\(name) \(FitProbeFacts.text(chosen.setting))", validationAccuracy: chosen.validationAccuracy,
            trainAccuracy: chosen.trainAccuracy, seconds: (ContinuousClock.now - start) / .seconds(1))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return StepOutcome(
            [FitProbe.probe: .file(output), FitProbe.metrics: .data(try encoder.encode(result))], facts: facts)
    }

    private func part(_ part: SplitExamples, _ features: String, _ context: StepContext) throws -> FitProbeCall.Part {
        let index = Dictionary(part.labels.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        return FitProbeCall.Part(
            features: try context.input(features).path, labels: part.examples.map { index[$0.label] ?? -1 })
    }
}
