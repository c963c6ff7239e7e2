// Checks fine-tuned models.

import Basics
import TaskKit

extension SpecChecks {
    func check(_ model: FineTunedModelSpec, _ name: String) {
        let job = model.fineTune
        let path = ["models", name, "fine_tune"]
        requirePart(SplitReference(split: job.data.split, part: .train), at: path + ["data", "split"])
        requireReference(to: "prompt", job.data.prompt, at: "models", name, "fine_tune", "data", "prompt")
        if let size = size(SplitReference(split: job.data.split, part: .train)), let count = labelCount, size > 0, !countsGroups,
            size * count < ProviderLimits.fewestExamples
        {
            reading.report(
                .tooFewExamples(size * count, limit: ProviderLimits.fewestExamples),
                at: place(path + ["data", "split"]))
        }
        func belongs(_ key: String, in place: [String], to method: FineTuneSpec.Method, if given: Bool) {
            guard given, job.method != method else { return }
            reading.report(
                .wrongMethod(key: key, method: job.method.rawValue, belongsTo: "'method: \(method.rawValue)'"),
                at: self.place(path + place + [key]))
        }
        let given = job.hyperparameters
        let hyperparameters = ["hyperparameters"]
        belongs("beta", in: hyperparameters, to: .dpo, if: given.beta != nil)
        belongs("l2_multiplier", in: hyperparameters, to: .dpo, if: given.l2Multiplier != nil)
        belongs("reasoning_effort", in: hyperparameters, to: .reinforcement, if: given.reasoningEffort != nil)
        belongs("compute_multiplier", in: hyperparameters, to: .reinforcement, if: given.computeMultiplier != nil)
        belongs("eval_interval", in: hyperparameters, to: .reinforcement, if: given.evalInterval != nil)
        belongs("eval_samples", in: hyperparameters, to: .reinforcement, if: given.evalSamples != nil)
        belongs(
            "rejected", in: ["data"], to: .dpo,
            if: root.node(at: (path + ["data", "rejected"]).joined(separator: ".")) != nil)
        belongs("grader", in: [], to: .reinforcement, if: job.grader != nil)
        if job.method == .reinforcement, job.grader == nil {
            reading.report(.missingGrader, at: place(path + ["method"]))
        }
        let provider = model.provider
        if case .azureOpenAI(let azure)? = spec.providers[provider], !azure.knowsTrainingTypes {
            for (key, isGiven) in [
                ("training_type", job.trainingType != nil), ("method", job.method != .supervised),
            ] where isGiven {
                reading.report(
                    .needsPreview(key: key, provider: provider, version: azure.apiVersion), at: place(path + [key]))
            }
        }
        if case .openAI? = spec.providers[provider], job.trainingType != nil {
            reading.report(.azureOnly(key: "training_type"), at: place(path + ["training_type"]))
        }
        if job.evaluateCheckpoints, given.passes?.value == nil {
            reading.report(.checkpointsWithoutEpochs, at: place(path + ["evaluate_checkpoints"]))
        }
    }
}
