// Plans models that a provider fine-tunes.

import Artifacts
import Basics
import Foundation
import Specification
import TaskKit
import VisionProtocol

extension VariantPlanner {
    /// The number of passes that a tuning job makes over its examples; `nil` if the spec leaves it to the provider.
    func passes(_ model: FineTunedModelSpec) -> Int? {
        let key = loaded.keys(ofProvider: model.provider)?.hyperparameters.first(where: \.countsPasses)
        return key.flatMap { model.fineTune.hyperparameters[$0.name]?.int }
    }

    mutating func fineTune(_ name: String, _ model: FineTunedModelSpec) throws -> StepID? {
        if let known = fineTunes[name] { return known }
        let tune = model.fineTune
        guard let account = account(of: model.provider), let prompt = spec.prompts[tune.data.prompt] else { return nil }
        let base = "models.\(name).fine_tune"
        var inputs: [StepInput] = []
        var rejected: WriteTrainingData.Rejected?
        var rejectedTable: String?
        if tune.method == .dpo {
            switch tune.data.rejected {
            case .randomLabel(let seed): rejected = .randomLabel(seed: seed)
            case .table(let reference):
                rejectedTable = localPath(reference, at: "\(base).data.rejected")
                rejected = rejectedTable.flatMap { content($0, at: "\(base).data.rejected") }.map { .table($0) }
            }
        }
        for part in [SplitPart.train, .validation] where part == .train || tune.data.validation {
            guard let examples = try examples(SplitReference(split: tune.data.split, part: part)) else { return nil }
            let data = try add(
                StepID("write-training-data:\(name):\(part.rawValue)"),
                .writeTrainingData(
                    WriteTrainingData(
                        identity: .init(
                            prompt: prompt, detail: tune.data.detail, answer: tune.data.answer, method: tune.method,
                            rejected: rejected, dialect: account.dialect, task: askedTask),
                        settings: .init(
                            imageFolder: imageFolder, rejectedTable: rejectedTable,
                            allowLostLabels: tune.data.allowLostLabels))),
                inputs: [examples] + (try shots(of: prompt)),
                places: [
                    "prompt": "prompts.\(tune.data.prompt)", "task": "task", "": "\(base).data", "method": "\(base).method",
                ], model: name)
            inputs.append(StepInput(part.rawValue, from: data, output: WriteTrainingData.data))
        }
        let job = try add(
            StepID("fine-tune:\(name)"),
            .fineTune(
                FineTune(
                    identity: .init(
                        account: account, model: tune.model, method: tune.method, hyperparameters: tune.hyperparameters,
                        seed: tune.seed, trainingType: tune.trainingType, grader: tune.grader,
                        answer: tune.method == .reinforcement ? tune.data.answer : nil,
                        screening: screening(of: model.provider)),
                    settings: .init(
                        provider: providerKey(model.provider), suffix: tune.suffix,
                        allowLostLabels: tune.data.allowLostLabels, passes: passes(model)))),
            inputs: inputs,
            places: [
                "": base, "account": "providers.\(model.provider)",
                "screening": "providers.\(model.provider).screening",
            ], model: name)
        fineTunes[name] = job
        planner.trainings.append(
            Plan.Training(
                variant: variant, model: name, repetition: 0, steps: [job], selection: nil))
        return job
    }
}
