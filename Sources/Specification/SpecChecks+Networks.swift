// Checks built-in networks.

import Basics
import TaskKit

extension SpecChecks {
    /// Checks the input size of a network that accepts only one. The last operation that sets a size counts.
    private func checkSize(
        of architecture: ArchitectureName, augment: [AugmentOperation], evaluate: [EvaluateOperation], at path: [String]
    ) {
        guard let needed = architecture.fixedInputSize else { return }
        let augmented = augment.compactMap { operation -> Int? in
            switch operation {
            case .randomResizedCrop(let size, _, _), .centerCrop(let size): size
            default: nil
            }
        }
        let evaluated = evaluate.compactMap { if case .centerCrop(let size) = $0 { size } else { nil } }
        for (key, sizes) in [("augment", augmented), ("evaluate", evaluated)] {
            guard let size = sizes.last, size != needed else { continue }
            reading.report(
                .inconsistentRecipe(
                    "'\(architecture.rawValue)' reads images of \(needed) pixels, but '\(key)' gives \(size)"),
                at: place(path + [key]))
        }
    }

    func check(_ probe: ProbeSpec, _ name: String) {
        let path = ["models", name, "probe"]
        requirePart(SplitReference(split: probe.data.split, part: .train), at: path + ["data", "split"])
        if probe.head.choices > 1, size(SplitReference(split: probe.data.split, part: .validation)) == 0 {
            reading.report(
                .inconsistentRecipe(
                    "the validation part must select one of \(probe.head.choices) settings, but it has no images; add images, or "
                        + "specify one setting: 'head: { logistic: { c: [1] } }' or 'head: { knn: { k: [5] } }'"),
                at: place(path + ["head"]))
        }
        switch probe.backbone {
        case .network(let network):
            checkSize(of: network.architecture, augment: [], evaluate: network.evaluate, at: path + ["backbone"])
        case .program(let program): checkInputs(program.trainer(probe.data).command, at: path + ["backbone"])
        }
        for (evaluationName, evaluation) in spec.evaluations
        where evaluation.measuresLatency && evaluation.models.names.contains(name) {
            reading.report(
                .inconsistentRecipe("the latency of a probe is not measured; remove '\(name)' from '\(evaluationName)'"),
                at: place(["evaluations", evaluationName, "models", name]))
        }
    }

    func check(_ recipe: TrainSpec, _ name: String) {
        let path = ["models", name, "train"]
        checkSize(of: recipe.architecture, augment: recipe.augment, evaluate: recipe.evaluate, at: path)
        requirePart(SplitReference(split: recipe.data.split, part: .train), at: path + ["data", "split"])
        if case .sgd(let sgd) = recipe.optimizer, sgd.nesterov, sgd.momentum == 0 {
            reading.report(
                .inconsistentRecipe("'nesterov' needs a 'momentum' above 0"),
                at: place(path + ["optimizer", "sgd", "nesterov"]))
        }
        if let each = size(SplitReference(split: recipe.data.split, part: .train)), let labels = labelCount, each > 0,
            !countsGroups,
            recipe.batchSize > each * labels
        {
            let train = each * labels
            reading.report(
                .inconsistentRecipe("a batch of \(recipe.batchSize) is more than the \(train) training images"),
                at: place(path + ["batch_size"]))
        }
        if recipe.select == .bestValidationAccuracy,
            size(SplitReference(split: recipe.data.split, part: .validation)) == 0
        {
            reading.report(
                .inconsistentRecipe("'select: best-validation-accuracy' needs validation images; write 'select: last'"),
                at: place(path + ["select"]))
        }
    }
}
