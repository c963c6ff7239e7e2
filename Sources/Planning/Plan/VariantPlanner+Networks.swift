// Plans built-in networks: one step per epoch, the choice among them, predictions.

import Artifacts
import Basics
import Foundation
import Specification
import TaskKit
import VisionProtocol

extension VariantPlanner {
    mutating func network(_ name: String, _ train: TrainSpec, repetition: Int) throws -> StepID? {
        let memo = "\(name)#\(repetition)"
        if let known = networks[memo] { return known }
        guard let numerics = numerics(threads: train.threads) else { return nil }
        let base = "models.\(name).train"
        guard let training = try examples(SplitReference(split: train.data.split, part: .train), as: "train"),
            let validation = try examples(SplitReference(split: train.data.split, part: .validation), as: "validation")
        else { return nil }
        var settings = TrainEpoch.Settings(weightsPath: nil, imageFolder: imageFolder)
        var weights = TrainEpoch.Weights.none
        var weightsKey: String?
        var start: [StepInput] = []
        switch train.weights {
        case .none: break
        case .file(let reference, let sha256, let key):
            weightsKey = key
            switch locate(reference, at: "\(base).weights") {
            case .path(let path)?:
                settings.weightsPath = path
                weights = .file(content(path, at: "\(base).weights", pinned: sha256) ?? Digest(of: ""))
            case .url(let url)?:
                let fetch = try add(
                    StepID("fetch-archive:\(name)-weights"),
                    .fetchArchive(
                        FetchArchive(
                            url: url.absoluteString, sha256: sha256.flatMap(Digest.init(hex:)),
                            shownURL: reference.text.template)),
                    places: ["url": "\(base).weights.url", "sha256": "\(base).weights.sha256"], model: name)
                start = [StepInput("weights", from: fetch, output: FetchArchive.archive)]
                weights = .fetched
            case nil: break
            }
        }
        var recipe = TrainingRecipe(train)
        recipe.seed &+= UInt64(repetition)
        let suffix = repetition == 0 ? "" : "#\(repetition + 1)"
        var epochs: [StepID] = []
        for epoch in 1...max(1, train.epochs) {
            var inputs = [training, validation]
            if let last = epochs.last {
                inputs.append(StepInput(TrainEpoch.checkpoint, from: last, output: TrainEpoch.checkpoint))
            } else {
                inputs += start
            }
            epochs.append(
                try add(
                    StepID("train-epoch:\(name)\(suffix):\(epoch)"),
                    .trainEpoch(
                        TrainEpoch(
                            identity: .init(
                                recipe: recipe, epoch: epoch, weights: epoch == 1 ? weights : nil,
                                weightsKey: epoch == 1 ? weightsKey : nil, numerics: numerics),
                            settings: settings)),
                    inputs: inputs,
                    places: [
                        "recipe": base, "recipe.images": base, "recipe.images.input_size": "\(base).augment",
                        "recipe.freeze_epochs": "\(base).freeze",
                        "recipe.learning_layers": "\(base).freeze.except", "recipe.warm_up": "\(base).warmup",
                        "weights": "\(base).weights", "weights_key": "\(base).weights.key", "epoch": "\(base).epochs",
                        "numerics.threads": "\(base).threads",
                    ], model: name))
        }
        return try selectCheckpoint(
            name, rule: train.select, among: epochs, repetition: repetition, at: base)
    }

    /// Plans the choice among the checkpoints of a model's epochs, and remembers the training.
    mutating func selectCheckpoint(
        _ name: String, rule: TrainSpec.Selection, among epochs: [StepID], repetition: Int, at base: String
    ) throws -> StepID {
        let suffix = repetition == 0 ? "" : "#\(repetition + 1)"
        let choice = try add(
            StepID("select-checkpoint:\(name)\(suffix)"),
            .selectCheckpoint(SelectCheckpoint(rule: rule, epochs: epochs.count)),
            inputs: epochs.enumerated().flatMap { index, id in
                [
                    StepInput("metrics-\(index + 1)", from: id, output: TrainEpoch.metrics),
                    StepInput("checkpoint-\(index + 1)", from: id, output: TrainEpoch.checkpoint),
                ]
            },
            places: ["rule": "\(base).select", "epochs": "\(base).epochs"], model: name)
        networks["\(name)#\(repetition)"] = choice
        planner.trainings.append(
            Plan.Training(
                variant: variant, model: name, repetition: repetition, steps: epochs, selection: choice))
        return choice
    }

    mutating func predict(
        _ name: String, _ train: TrainSpec, examples: StepInput, reference: SplitReference, repetition: Int,
        evaluation: EvaluationSpec, named evaluationName: String
    ) throws -> StepID? {
        guard let choice = try network(name, train, repetition: repetition),
            let numerics = numerics(threads: train.threads)
        else { return nil }
        let latency = latency(evaluation)
        let suffix = repetition == 0 ? "" : "#\(repetition + 1)"
        let recipe = TrainingRecipe(train)
        return try add(
            StepID(latency == nil ? "predict:\(name)\(suffix):\(reference)" : "predict:\(name)\(suffix):\(evaluationName)"),
            .predict(
                Predict(
                    identity: .init(
                        architecture: recipe.architecture, images: recipe.images.forPrediction, numerics: numerics,
                        latency: latency),
                    settings: .init(imageFolder: imageFolder))),
            inputs: [examples, StepInput(SelectCheckpoint.checkpoint, from: choice, output: SelectCheckpoint.checkpoint)],
            places: [
                "images": "models.\(name).train", "architecture": "models.\(name).train.architecture",
                "latency.concurrency": "evaluations.\(evaluationName).concurrency",
                "numerics.threads": "models.\(name).train.threads",
            ], model: name)
    }

    mutating func numerics(threads: Int?) -> Numerics? {
        guard let library = planner.observations.numerics else {
            report(
                Diagnostic(
                    code: "vision-worker-missing", "the vision worker cannot be asked what it computes with",
                    hint: "build assay-vision beside assay and see what 'assay-vision describe' says"))
            return nil
        }
        return Numerics(library, threads: threads)
    }
}
