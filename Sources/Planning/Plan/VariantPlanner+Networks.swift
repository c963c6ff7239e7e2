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
        let base = "models.\(name).train"
        guard let numerics = numerics(threads: train.threads, device: train.device, at: "\(base).device") else { return nil }
        guard let training = try examples(SplitReference(split: train.data.split, part: .train), as: "train"),
            let validation = try examples(SplitReference(split: train.data.split, part: .validation), as: "validation")
        else { return nil }
        let start = try initialWeights(name, train.weights, at: "\(base).weights")
        let settings = TrainEpoch.Settings(weightsPath: start.path, imageFolder: imageFolder)
        var recipe = TrainingRecipe(train)
        recipe.seed &+= UInt64(repetition)
        recipe.output = learnedOutput
        let suffix = repetition == 0 ? "" : "#\(repetition + 1)"
        var epochs: [StepID] = []
        for epoch in 1...max(1, train.epochs) {
            var inputs = [training, validation]
            if let last = epochs.last {
                inputs.append(StepInput(TrainEpoch.checkpoint, from: last, output: TrainEpoch.checkpoint))
            } else {
                inputs += start.inputs
            }
            epochs.append(
                try add(
                    StepID("train-epoch:\(name)\(suffix):\(epoch)"),
                    .trainEpoch(
                        TrainEpoch(
                            identity: .init(
                                recipe: recipe, epoch: epoch, weights: epoch == 1 ? start.weights : nil,
                                weightsKey: epoch == 1 ? start.key : nil, numerics: numerics),
                            settings: settings)),
                    inputs: inputs,
                    places: [
                        "recipe": base, "recipe.images": base, "recipe.images.input_size": "\(base).augment",
                        "recipe.freeze_epochs": "\(base).freeze",
                        "recipe.learning_layers": "\(base).freeze.except", "recipe.warm_up": "\(base).warmup",
                        "weights": "\(base).weights", "weights_key": "\(base).weights.key", "epoch": "\(base).epochs",
                        "numerics.threads": "\(base).threads", "numerics.device": "\(base).device",
                        "recipe.output": "task",
                    ], model: name))
        }
        return try selectCheckpoint(
            name, rule: train.select, among: epochs, repetition: repetition, at: base)
    }

    /// The initial weights of a network: their part of a key, the file's path, and the input with a fetched file.
    mutating func initialWeights(
        _ name: String, _ spec: WeightsSpec, at place: String
    ) throws -> (weights: TrainEpoch.Weights, key: String?, path: String?, inputs: [StepInput]) {
        guard case .file(let reference, let sha256, let key) = spec else { return (.none, nil, nil, []) }
        switch locate(reference, at: place) {
        case .path(let path)?:
            return (.file(content(path, at: place, pinned: sha256) ?? Digest(of: "")), key, path, [])
        case .url(let url)?:
            let fetch = try add(
                StepID("fetch-archive:\(name)-weights"),
                .fetchArchive(
                    FetchArchive(
                        url: url.absoluteString, sha256: sha256.flatMap(Digest.init(hex:)),
                        shownURL: reference.text.template)),
                places: ["url": "\(place).url", "sha256": "\(place).sha256"], model: name)
            return (.fetched, key, nil, [StepInput("weights", from: fetch, output: FetchArchive.archive)])
        case nil: return (.none, key, nil, [])
        }
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
            let numerics = numerics(threads: train.threads, device: train.device, at: "models.\(name).train.device")
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
                "numerics.threads": "models.\(name).train.threads", "numerics.device": "models.\(name).train.device",
            ], model: name)
    }

    /// The output that a network learns; `nil` for one label per image.
    private var learnedOutput: NetworkOutput? {
        switch loaded.task.flatMap({ type(of: $0).learnedOutput }) {
        case .tags: .tags
        case .count: .count
        case nil: nil
        }
    }

    /// The library and device that a network computes with; `nil`, reported, if they are not there.
    /// - Parameter place: the spec path of the device.
    mutating func numerics(threads: Int?, device: TrainSpec.Device, at place: String) -> Numerics? {
        guard var numerics = numerics(threads: threads), let library = planner.observations.numerics else { return nil }
        if device != .cpu { numerics = Numerics(library, threads: threads, usesAccelerator: true) }
        guard device != .cuda || library.accelerator != nil else {
            report(
                Diagnostic(
                    code: "no-gpu", "'device: cuda' needs a GPU and a libtorch with CUDA, and the vision worker finds none",
                    at: loaded.range(of: place),
                    hint: "'device: auto' uses a GPU if there is one; 'assay doctor' shows what the vision worker finds"))
            return nil
        }
        return numerics
    }

    mutating func numerics(threads: Int?) -> Numerics? {
        guard let library = planner.observations.numerics else {
            report(
                Diagnostic(
                    code: "vision-worker-missing", "the vision worker did not report its numeric library",
                    hint: "build assay-vision next to assay and check the output of 'assay-vision describe'"))
            return nil
        }
        return Numerics(library, threads: threads)
    }
}
