// Plans models that a program trains: one step per epoch, the selection of a checkpoint, and predictions.

import Basics
import Specification

extension VariantPlanner {
    /// Plans a trainer's epochs and the selection of its checkpoint, and returns the selection step.
    mutating func trainer(_ name: String, _ train: TrainerSpec, repetition: Int) throws -> StepID? {
        let memo = "\(name)#\(repetition)"
        if let known = networks[memo] { return known }
        let base = "models.\(name).train"
        guard let training = try examples(SplitReference(split: train.data.split, part: .train), as: "train"),
            let validation = try examples(SplitReference(split: train.data.split, part: .validation), as: "validation")
        else { return nil }
        let (program, settings, files) = try trainerProgram(name, train, repetition: repetition)
        let suffix = repetition == 0 ? "" : "#\(repetition + 1)"
        var epochs: [StepID] = []
        for epoch in 1...max(1, train.epochs) {
            var inputs = [training, validation] + files
            if let last = epochs.last {
                inputs.append(StepInput(TrainEpoch.checkpoint, from: last, output: TrainEpoch.checkpoint))
            }
            epochs.append(
                try add(
                    StepID("trainer-epoch:\(name)\(suffix):\(epoch)"),
                    .trainerEpoch(TrainerEpoch(identity: .init(program: program, epoch: epoch), settings: settings)),
                    inputs: inputs, places: trainerPlaces(base), model: name))
        }
        return try selectCheckpoint(
            name, rule: train.select, among: epochs, repetition: repetition, at: base)
    }

    /// Plans the predictions of a trainer for one part of a split, from the selected checkpoint.
    mutating func predict(
        _ name: String, _ train: TrainerSpec, examples: StepInput, reference: SplitReference, repetition: Int,
        evaluation: EvaluationSpec, named evaluationName: String
    ) throws -> StepID? {
        guard let choice = try trainer(name, train, repetition: repetition) else { return nil }
        var (program, settings, files) = try trainerProgram(name, train, repetition: repetition)
        settings.allowsMissing = evaluation.allowMissing
        let latency = latency(evaluation)
        let suffix = repetition == 0 ? "" : "#\(repetition + 1)"
        return try add(
            StepID("trainer-predict:\(name)\(suffix):\(latency == nil ? "\(reference)" : evaluationName)"),
            .trainerPredict(TrainerPredict(identity: .init(program: program, latency: latency), settings: settings)),
            inputs: [
                examples, StepInput(SelectCheckpoint.checkpoint, from: choice, output: SelectCheckpoint.checkpoint),
            ] + files,
            places: trainerPlaces("models.\(name).train").merging([
                "latency.concurrency": "evaluations.\(evaluationName).concurrency",
                "latency.warmup": "evaluations.\(evaluationName).warmup",
            ]) { $1 },
            model: name)
    }

    func trainerPlaces(_ base: String) -> [String: String] {
        [
            "program": base, "program.command": "\(base).program", "program.files": "\(base).inputs",
            "program.environment": "\(base).environment", "program.versions": "\(base).versions",
            "program.floats": "\(base).hyperparameters", "program.python": "\(base).python",
            "program.task": "task", "epoch": "\(base).epochs",
        ]
    }

    /// The trainer's part of a key, its settings, and the command outputs that it reads.
    /// - Parameter base: the position of the program's keys in the spec; the model's `train` unless given.
    mutating func trainerProgram(
        _ name: String, _ train: TrainerSpec, repetition: Int, at base: String? = nil
    ) throws -> (TrainerProgram, TrainerSettings, [StepInput]) {
        let (work, inputs) = try runCommand(train.command, at: base ?? "models.\(name).train", predictions: nil)
        let versions = train.versions.flatMap {
            planner.observations.versions[VersionCommand(command: $0, python: work.settings.pythonFolder)]
        }
        let program = TrainerProgram(
            command: work.identity.command, files: work.identity.files, environment: work.identity.environment,
            versions: versions, python: work.identity.python, hyperparameters: train.hyperparameters,
            seed: train.seed &+ repetition, task: base == nil ? askedTask : nil)
        let settings = TrainerSettings(
            sources: work.settings.sources, imageFolder: imageFolder, pythonFolder: work.settings.pythonFolder,
            timeLimitSeconds: work.settings.timeLimitSeconds, isLongLived: train.isLongLived,
            resources: train.resources, machine: planner.observations.machine)
        return (program, settings, inputs)
    }
}
