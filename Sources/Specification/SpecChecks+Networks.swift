// Checks built-in networks.

import Basics
import TaskKit

extension SpecChecks {
    func check(_ recipe: TrainSpec, _ name: String) {
        let path = ["models", name, "train"]
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
                .inconsistentRecipe("a batch of \(recipe.batchSize) is more than the \(train) images that train"),
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
