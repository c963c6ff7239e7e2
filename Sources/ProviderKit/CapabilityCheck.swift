// Checks a spec against its providers' capabilities: an unsupported setting is an error and never dropped.

package import Basics
package import Specification

extension ProviderCatalog {
    /// The settings of a spec that its providers do not support. Each diagnostic has the position and the supported
    /// alternatives.
    package func unsupported(in loaded: LoadedSpec) -> [Diagnostic] {
        var check = CapabilityCheck(catalog: self, loaded: loaded)
        check.run()
        return check.diagnostics
    }
}

/// The check of one spec.
private struct CapabilityCheck {
    let catalog: ProviderCatalog
    let loaded: LoadedSpec
    var diagnostics: [Diagnostic] = []

    mutating func run() {
        for (name, model) in loaded.spec.models {
            switch model {
            case .hosted(let hosted): checkHosting(of: name, at: hosted.provider)
            case .fineTuned(let tuned):
                checkHosting(of: name, at: tuned.provider)
                checkTuning(tuned.fineTune, of: name, at: tuned.provider)
            case .trained, .programTrained, .probe, .command, .recorded: break
            }
        }
        for (evaluation, spec) in loaded.spec.evaluations {
            for (model, asked) in spec.models {
                guard let ask = asked.ask, let provider = loaded.spec.models[model]?.providerName else { continue }
                if case .batch = ask, let can = capabilities(of: provider), can.batch == nil {
                    report(
                        provider, "it has no batches; use 'online'", at: "evaluations.\(evaluation).models.\(model)")
                }
                checkRequest(ask.request, at: provider)
            }
        }
        for (name, settings) in loaded.spec.providers {
            guard let plugin = try? catalog.plugin(for: settings) else { continue }
            diagnostics += plugin.remarks(on: name, in: loaded).filter { !diagnostics.contains($0) }
        }
    }

    private func capabilities(of provider: String) -> ProviderCapabilities? {
        guard let settings = loaded.spec.providers[provider] else { return nil }
        return try? catalog.plugin(for: settings).capabilities
    }

    private mutating func checkHosting(of model: String, at provider: String) {
        guard loaded.range(of: "models.\(model).deploy") != nil, let can = capabilities(of: provider), can.hosting == nil
        else { return }
        report(
            provider, "it has no deployments and addresses models by name; remove 'deploy'", at: "models.\(model).deploy"
        )
    }

    private mutating func checkTuning(_ job: FineTuneSpec, of model: String, at provider: String) {
        guard let can = capabilities(of: provider) else { return }
        let path = "models.\(model).fine_tune"
        guard let tuning = can.tuning else { return report(provider, "it does not support fine-tuning", at: path) }
        if !tuning.methods.contains(job.method) {
            let known = tuning.methods.map(\.rawValue).joined(separator: ", ")
            report(
                provider, "it supports the tuning methods \(known); the method '\(job.method.rawValue)' cannot be used",
                at: path + ".method")
        }
        let known = tuning.hyperparameters.filter { $0.methods.contains(job.method) }
        let offered = known.map { "\($0.name), \($0.range)" }.joined(separator: "; ")
        let written = loaded.root.node(at: "\(path).hyperparameters")?.pairs ?? []
        for name in written.map(\.key) {
            let place = "\(path).hyperparameters.\(name)"
            guard let key = tuning.hyperparameters.first(where: { $0.name == name }) else {
                report(
                    provider,
                    "\(job.model) is tuned by \(offered.isEmpty ? "nothing that can be set" : offered); \(name) cannot be set",
                    at: place, instead: instead(of: name, tuning))
                continue
            }
            if let value = job.hyperparameters[name], !key.accepts(value) {
                report(
                    provider, "\(name) is \(key.range) there; \(value.canonical) cannot be set", at: place,
                    instead: "write \(key.range)")
            }
        }
        checkDetail(job.data.detail, can, at: provider, path + ".data.detail")
        if job.seed != nil, !tuning.supportsSeed {
            report(
                provider, "tuning jobs have no seed; seed cannot be set", at: path + ".seed",
                instead: "remove it: a job there cannot be repeated exactly")
        }
        if let tier = job.trainingType, !tuning.tiers.contains(tier.rawValue) {
            let tiers =
                tuning.tiers.isEmpty
                ? "the location of a job cannot be chosen" : "a job runs as \(tuning.tiers.joined(separator: ", "))"
            report(provider, "\(tiers); training_type cannot be \(tier.rawValue)", at: path + ".training_type")
        }
    }

    private mutating func checkDetail(
        _ detail: ImageDetail, _ can: ProviderCapabilities, at provider: String, _ path: String
    ) {
        guard !can.details.contains(detail), can.requestKeys.contains("detail") else { return }
        let known = can.details.map(\.rawValue).joined(separator: ", ")
        report(provider, "an image is seen at the detail \(known); \(detail.rawValue) cannot be set", at: path)
    }

    private mutating func checkRequest(_ request: String, at provider: String) {
        guard let can = capabilities(of: provider) else { return }
        if let detail = loaded.spec.requests[request]?.detail {
            checkDetail(detail, can, at: provider, "requests.\(request).detail")
        }
        for name in RequestSpec.settingNames
        where !can.requestKeys.contains(name) && loaded.range(of: "requests.\(request).\(name)") != nil {
            let known = can.requestKeys.isEmpty ? "no settings" : can.requestKeys.joined(separator: ", ")
            report(provider, "a request supports \(known); \(name) cannot be set", at: "requests.\(request).\(name)")
        }
    }

    /// The provider's own name for a hyperparameter that another provider counts its passes by.
    private func instead(of name: String, _ tuning: ProviderCapabilities.Tuning) -> String {
        let countsPasses = catalog.keys.flatMap(\.hyperparameters).contains { $0.name == name && $0.countsPasses }
        guard countsPasses, let own = tuning.hyperparameters.first(where: \.countsPasses) else { return "remove it" }
        return "write '\(own.name)'"
    }

    /// - Parameter instead: what to write; `nil` if the text says it.
    private mutating func report(_ provider: String, _ text: String, at path: String, instead: String? = nil) {
        let kind = loaded.spec.providers[provider]?.kind ?? provider
        let diagnostic = Diagnostic(
            code: "unsupported-setting", "\(kind): \(text)", at: loaded.place(of: path),
            hint: (instead.map { $0 + "; " } ?? "") + "'assay providers' shows what each kind of provider supports")
        if !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
    }
}

extension ModelSpec {
    /// The provider that answers for the model; `nil` for a model that runs on this machine.
    fileprivate var providerName: String? {
        switch self {
        case .hosted(let model): model.provider
        case .fineTuned(let model): model.provider
        case .trained, .programTrained, .probe, .command, .recorded: nil
        }
    }
}
