// Plans probes: features of each part, the classifier fitted on them, predictions.

import Artifacts
import Basics
import Foundation
import Specification
import VisionProtocol

extension VariantPlanner {
    /// Plans a probe's classifier and returns the step that fits it.
    mutating func probe(_ name: String, _ probe: ProbeSpec) throws -> StepID? {
        if let known = networks["probe:\(name)"] { return known }
        let base = "models.\(name).probe"
        let train = SplitReference(split: probe.data.split, part: .train)
        let validation = SplitReference(split: probe.data.split, part: .validation)
        guard let training = try examples(train, as: "train"), let checking = try examples(validation, as: "validation"),
            let trainFeatures = try features(name, probe, of: train), let numerics = probeNumerics(probe),
            let validationFeatures = try features(name, probe, of: validation)
        else { return nil }
        let head: ProbeHead =
            switch probe.head {
            case .logistic(let c): .logistic(c: c)
            case .knn(let k): .knn(k: k)
            }
        let step = try add(
            StepID("fit-probe:\(name)"), .fitProbe(FitProbe(identity: .init(head: head, numerics: numerics))),
            inputs: [
                training, checking,
                StepInput("train-features", from: trainFeatures, output: ExtractFeatures.features),
                StepInput("validation-features", from: validationFeatures, output: ExtractFeatures.features),
            ],
            places: ["head": "\(base).head", "numerics.threads": "\(base).backbone.threads"], model: name)
        networks["probe:\(name)"] = step
        return step
    }

    /// Plans the predictions of a probe for one part of a split.
    mutating func predict(
        _ name: String, _ probe: ProbeSpec, examples: StepInput, reference: SplitReference
    ) throws -> StepID? {
        guard let fitted = try self.probe(name, probe), let features = try features(name, probe, of: reference),
            let numerics = probeNumerics(probe)
        else { return nil }
        return try add(
            StepID("predict-probe:\(name):\(reference)"),
            .predictProbe(PredictProbe(identity: .init(numerics: numerics))),
            inputs: [
                examples, StepInput(FitProbe.probe, from: fitted, output: FitProbe.probe),
                StepInput(ExtractFeatures.features, from: features, output: ExtractFeatures.features),
            ],
            places: ["numerics.threads": "models.\(name).probe.backbone.threads"], model: name)
    }

    private mutating func probeNumerics(_ probe: ProbeSpec) -> Numerics? {
        if case .network(let network) = probe.backbone { return numerics(threads: network.threads) }
        return numerics(threads: nil)
    }

    /// Plans the features of one part. Probes with the same backbone share the step.
    private mutating func features(_ name: String, _ probe: ProbeSpec, of reference: SplitReference) throws -> StepID? {
        guard let examples = try examples(reference) else { return nil }
        let base = "models.\(name).probe.backbone"
        let id = StepID("extract-features:\(name):\(reference)")
        switch probe.backbone {
        case .network(let network):
            guard let numerics = numerics(threads: network.threads) else { return nil }
            let start = try initialWeights(name, network.weights, at: "\(base).weights")
            let images = TrainingRecipe(
                TrainSpec(
                    architecture: network.architecture, data: probe.data, epochs: 1, evaluate: network.evaluate,
                    normalize: network.normalize)
            ).images.forPrediction
            return try add(
                id,
                .extractFeatures(
                    ExtractFeatures(
                        identity: .init(
                            network: .init(
                                architecture: network.architecture, images: images, weights: start.weights,
                                weightsKey: start.key, numerics: numerics)),
                        settings: .init(weightsPath: start.path, imageFolder: imageFolder))),
                inputs: [examples] + start.inputs,
                places: [
                    "network": base, "network.images": "\(base).evaluate", "network.weights": "\(base).weights",
                    "network.weights_key": "\(base).weights.key", "network.numerics.threads": "\(base).threads",
                ], model: name)
        case .program(let backbone):
            let (program, settings, files) = try trainerProgram(
                name, backbone.trainer(probe.data), repetition: 0, at: base)
            return try add(
                id,
                .extractFeatures(
                    ExtractFeatures(
                        identity: .init(program: program),
                        settings: .init(imageFolder: imageFolder, trainer: settings))),
                inputs: [examples] + files, places: trainerPlaces(base), model: name)
        }
    }
}
