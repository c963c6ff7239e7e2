// Checks fine-tuned models.

import Basics
import TaskKit

extension SpecChecks {
    func check(_ model: FineTunedModelSpec, _ name: String) {
        let job = model.fineTune
        let path = ["models", name, "fine_tune"]
        requirePart(SplitReference(split: job.data.split, part: .train), at: path + ["data", "split"])
        requireReference(to: "prompt", job.data.prompt, at: "models", name, "fine_tune", "data", "prompt")
        let keys = spec.providers[model.provider].flatMap { reading.vocabulary.keys(of: $0) }
        if let fewest = keys?.limits.minExamples, let size = size(SplitReference(split: job.data.split, part: .train)),
            let count = labelCount, size > 0, !countsGroups, size * count < fewest
        {
            reading.report(.tooFewExamples(size * count, limit: fewest), at: place(path + ["data", "split"]))
        }
        if let share = keys?.limits.validationShare, job.data.validation,
            let training = size(SplitReference(split: job.data.split, part: .train)), training > 0,
            let validation = size(SplitReference(split: job.data.split, part: .validation)),
            Double(validation) > Double(training) * share
        {
            reading.report(
                .tooMuchValidation(validation, of: training, share: share), at: place(path + ["data", "split"]))
        }
        func belongs(_ key: String, in place: [String], to methods: Set<FineTuneSpec.Method>, if given: Bool) {
            guard given, !methods.contains(job.method) else { return }
            let words = FineTuneSpec.Method.allCases.filter(methods.contains).map { "'method: \($0.rawValue)'" }
            reading.report(
                .wrongMethod(key: key, method: job.method.rawValue, belongsTo: words.joined(separator: " or ")),
                at: self.place(path + place + [key]))
        }
        // A hyperparameter of another kind of provider is reported by the check of capabilities.
        let written = root.node(at: (path + ["hyperparameters"]).joined(separator: "."))
        for key in keys?.hyperparameters ?? [] {
            belongs(key.name, in: ["hyperparameters"], to: key.methods, if: written?[key.name] != nil)
        }
        belongs(
            "rejected", in: ["data"], to: [.dpo],
            if: root.node(at: (path + ["data", "rejected"]).joined(separator: ".")) != nil)
        belongs("grader", in: [], to: [.reinforcement], if: job.grader != nil)
        if job.method == .reinforcement, job.grader == nil {
            reading.report(.missingGrader, at: place(path + ["method"]))
        }
        if let keys, let service = spec.providers[model.provider]?.service {
            switch keys.trainingTypes(service) {
            case .supported: break
            case .unknown:
                if job.trainingType != nil {
                    reading.report(.noTrainingTypes(provider: keys.kind), at: place(path + ["training_type"]))
                }
            case .needsVersion(let version, let hint):
                for (key, isGiven) in [("training_type", job.trainingType != nil), ("method", job.method != .supervised)]
                where isGiven {
                    reading.report(
                        .needsVersion(key: key, provider: model.provider, version: version, hint: hint), at: place(path + [key]))
                }
            }
        }
        let passes = keys?.hyperparameters.first(where: \.countsPasses)?.name
        if job.evaluateCheckpoints, passes.flatMap({ job.hyperparameters[$0] }) == nil {
            reading.report(.checkpointsWithoutEpochs(key: passes), at: place(path + ["evaluate_checkpoints"]))
        }
    }
}
