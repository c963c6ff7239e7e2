// Runs a trainer for one epoch, and stores its checkpoint and metrics.

import Basics
import Execution
import Foundation
import Planning
import Platform
import VisionProtocol

struct TrainerEpochRunner: StepRunner {
    let work: TrainerEpoch
    let trainer: TrainerRun
    let vision: VisionWorkerClient

    func run(_ context: StepContext) async throws -> StepOutcome {
        let training = try context.examples("train")
        let validation = try SplitExamples(decoding: context.data("validation"))
        let folder = try trainer.prepare(context)
        let images = try await ProgramImages(
            training.examples + validation.examples, folder: work.settings.imageFolder, context, vision: vision)
        try ExampleTable.write(training.examples, labelled: true, to: folder.path + "/train.csv", images)
        try ExampleTable.write(validation.examples, labelled: true, to: folder.path + "/validation.csv", images)
        let request = TrainerRequest(
            action: .epoch, epoch: work.identity.epoch, seed: work.identity.program.seed,
            hyperparameters: work.identity.program.typedHyperparameters, labels: training.labels,
            task: work.identity.program.task, train: folder.path + "/train.csv", validation: folder.path + "/validation.csv",
            checkpoint: context.inputs[TrainEpoch.checkpoint] == nil ? nil : folder.checkpoint, output: folder.output)
        let start = ContinuousClock.now
        let output = try await trainer.perform(request, in: folder, context)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let files = LocalFileSystem()
        let checkpoint = folder.output + "/checkpoint"
        guard try files.status(checkpoint)?.kind == .folder else {
            throw StepFailure.trainerOutput("there is no folder 'checkpoint' below the request's 'output'")
        }
        let metrics: EpochMetrics
        do {
            metrics = try EpochMetrics(
                trainerFile: files.read(folder.output + "/metrics.json", limit: FileSizeLimit.text),
                epoch: work.identity.epoch)
        } catch FileError.missing {
            throw StepFailure.trainerOutput("there is no 'metrics.json' below the request's 'output'")
        }
        let packed = context.temporary + "/checkpoint.tar"
        do {
            try FolderArchive.pack(checkpoint, to: packed)
        } catch let error as FolderArchiveError {
            throw StepFailure.trainerOutput("checkpoint: \(error)")
        }
        var facts = TrainEpochFacts()
        facts.seconds = seconds
        facts.imagesPerSecond = Double(training.examples.count) / max(seconds, 1e-9)
        facts.trainLoss = metrics.trainLoss
        facts.trainAccuracy = metrics.trainAccuracy
        var outcome = StepOutcome(
            [TrainEpoch.checkpoint: .file(packed), TrainEpoch.metrics: .data(try metrics.encoded())],
            facts: facts)
        if !output.isEmpty { outcome.outputs[RunCommand.log] = .data(Data(output.utf8)) }
        return outcome
    }
}
