// Checks evaluations: their requests, models and images.

import Basics
import TaskKit

extension SpecChecks {
    func check(_ evaluation: EvaluationSpec, _ name: String) {
        let path = ["evaluations", name]
        requirePart(evaluation.split, at: path + ["split"])
        var learners: [[String]: (part: SplitReference, models: [String])] = [:]
        var others: [(model: String, split: SplitReference)] = []
        for (model, asked) in evaluation.models {
            let place = path + ["models", model]
            if let split = asked.split {
                requirePart(split, at: place + ["split"])
                if split != evaluation.split { others.append((model, split)) }
            }
            guard let position = keyPlace("evaluations", name, "models", model) else { continue }
            let known = names(of: "model")
            guard known.contains(model) else {
                reading.report(
                    .unknownReference(kind: "model", name: model, nearest: known.nearest(to: model), known: known),
                    at: position)
                continue
            }
            if let request = asked.ask?.request {
                let key = if case .batch? = asked.ask { "batch" } else { "online" }
                requireReference(to: "request", request, at: "evaluations", name, "models", model, key)
            }
            guard let model = spec.models[model].map({ (model, $0) }) else { continue }
            check(asked.ask, of: model.1, model.0, at: place, position)
            if let request = asked.ask?.request { checkBoxes(request, of: model.1, model.0) }
            let part = asked.split ?? evaluation.split
            if mayHaveLearned(model.1, from: part) {
                learners[asked.split == nil ? path + ["split"] : place + ["split"], default: (part, [])].1
                    .append(model.0)
            }
        }
        for (path, learner) in learners {
            reading.report(.testedOnTraining(learner.part, models: learner.models), at: self.place(path))
        }
        if let other = others.first, evaluation.models.count > 1 {
            let names = evaluation.models.names
            let rest = names.first { name in !others.contains { $0.model == name } } ?? names[0]
            if others.count < names.count || Set(others.map(\.split)).count > 1 {
                reading.report(
                    .differentImages([rest == other.model ? names[names.count - 1] : rest, other.model]),
                    at: self.place(path + ["models", other.model, "split"]),
                    notes: [.init(.usedHere(evaluation.split.description), at: self.place(path + ["split"]))])
            }
        }
    }

    /// Whether a part may contain images that a model was trained on.
    func mayHaveLearned(_ model: ModelSpec, from part: SplitReference) -> Bool {
        let learned: String? =
            switch model {
            case .hosted, .recorded: nil
            case .fineTuned(let tuned): tuned.fineTune.data.split
            case .trained(let recipe): recipe.data.split
            case .programTrained(let trainer): trainer.data.split
            case .probe(let probe): probe.data.split
            case .command(let command): command.data?.split
            }
        guard let learned, let ours = spec.splits[learned], let theirs = spec.splits[part.split] else { return false }
        // The parts of one split are disjoint; so are those of two splits with the same images for train and
        // validation.
        var same = ours
        same.test = theirs.test
        return part.part == .train || same != theirs
    }
}
