// Checks prompts, models of each kind, and evaluations.

import Basics
import TaskKit

extension SpecChecks {
    func check(_ model: ModelSpec, _ name: String) {
        if let provider = model.provider { requireReference(to: "provider", provider, at: "models", name, "provider") }
        switch model {
        case .hosted, .recorded: break
        case .fineTuned(let tuned): check(tuned, name)
        case .trained(let recipe): check(recipe, name)
        case .programTrained(let trainer):
            requirePart(
                SplitReference(split: trainer.data.split, part: .train), at: ["models", name, "train", "data", "split"])
            checkInputs(trainer.command, at: ["models", name, "train"])
        case .probe(let probe): check(probe, name)
        case .command(let command):
            if let data = command.data {
                requirePart(SplitReference(split: data.split, part: .train), at: ["models", name, "data", "split"])
            }
            checkInputs(command.command, at: ["models", name, "command"])
        }
        if let sku = model.deploy?.sku, sku.isBatch, case .fineTuned = model {
            report(.batchSKUForOnline(sku: sku.rawValue), at: "models", name, "deploy", "sku")
        }
    }

    /// Checks whether a model supports a request mode.
    func check(
        _ ask: ModelEvaluationSpec.Ask?, of model: ModelSpec, _ name: String, at path: [String],
        _ position: YAMLPosition
    ) {
        let defined = keyPlace("models", name).map { [Finding.Note(.definedHere(name), at: $0)] } ?? []
        let keys = model.provider.flatMap { spec.providers[$0] }.flatMap { reading.vocabulary.keys(of: $0) }
        switch (model, ask) {
        case (.trained, nil), (.programTrained, nil), (.probe, nil), (.command, nil), (.recorded, nil): break
        case (.trained, _?), (.programTrained, _?), (.probe, _?), (.command, _?):
            reading.report(.localModelAsked(model: name), at: position, notes: defined)
        case (.recorded, _?):
            reading.report(.recordedModelAsked(model: name), at: position, notes: defined)
        case (.hosted, nil), (.fineTuned, nil):
            reading.report(.missingAsk(model: name), at: position, notes: defined)
        case (.fineTuned, .batch(let request)?):
            reading.report(
                .fineTunedInBatch(model: name, request: request), at: place(path + ["batch"]), notes: defined)
        case (.fineTuned(let tuned), .online?):
            checkDeployments(of: name, at: tuned.provider, position, defined)
        case (.hosted(let hosted), let ask?):
            // Without deployments, a model is addressed by its own name. A provider with errors of its own is of no
            // known kind.
            guard let keys, keys.deploysModels else { break }
            let isBatch = if case .batch = ask { true } else { false }
            if let deploy = hosted.deploy, deploy.sku.isBatch == isBatch {
                checkDeployments(of: name, at: hosted.provider, position, defined)
            } else if isBatch ? hosted.batchDeployment == nil : hosted.deployment == nil {
                reading.report(
                    .missingDeployment(model: name, key: isBatch ? "batch_deployment" : "deployment"),
                    at: place(path + [isBatch ? "batch" : "online"]), notes: defined)
            }
        }
    }

    /// Checks whether a provider that must deploy a model has the keys that deploying needs.
    private func checkDeployments(of model: String, at provider: String, _ position: YAMLPosition, _ notes: [Finding.Note]) {
        guard let service = spec.providers[provider]?.service, let keys = reading.vocabulary.keys(of: .service(service)),
            let group = keys.deploymentGroup, !service.values.hasGroup(group)
        else { return }
        reading.report(
            .missingControlPlane(
                model: model, provider: provider, group: group, keys: keys.requiredKeys(ofGroup: group)), at: position,
            notes: notes)
    }
}
