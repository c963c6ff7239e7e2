// The capabilities of Vertex AI (documentation on batches and tuning, 2026-10).

import Basics
import ProviderKit
import Specification

extension ProviderCapabilities {
    /// Up to here, every epoch leaves a checkpoint; longer jobs leave about ten, evenly spaced.
    static let maxEpochsWithAllCheckpoints = 10

    /// Tuned models answer at their own endpoints, without a deployment.
    static let vertex = ProviderCapabilities(
        storage: "Cloud Storage; created only if no object of the name exists",
        batch: Batch(
            tag: "labels, listed", matchedBy: "request.labels, otherwise content", maxLines: 200_000, maxBytes: 1_000_000_000),
        tuning: Tuning(
            tag: "labels and display name, listed", methods: [.supervised],
            hyperparameters: [
                HyperparameterKey(
                    "epochs", .integer(1...100), methods: [.supervised], countsPasses: true, example: 2,
                    "Number of passes over the examples. Only for `vertex`, instead of `n_epochs`."),
                HyperparameterKey(
                    "learning_rate_multiplier", .number(above: 0, from: nil, upTo: 1000), range: "above 0",
                    methods: [.supervised], "A multiplier for the learning rate that the provider chooses."),
                HyperparameterKey(
                    "adapter_size", .integer(1...16), range: "1, 2, 4, 8 or 16", methods: [.supervised],
                    "The size of the trained adapter: 1, 2, 4, 8 or 16. Only for `vertex`."),
            ], supportsSeed: false, checkpoints: "every epoch of a job of up to \(maxEpochsWithAllCheckpoints) epochs",
            keptCheckpoints: { $0 <= maxEpochsWithAllCheckpoints ? Array(1..<max(1, $0)) : [] }),
        hourly: "nothing: the price page lists no charge for idle endpoints of tuned models",
        requestKeys: [
            "detail", "answer", "max_tokens", "max_completion_tokens", "reasoning_effort", "seed", "temperature", "top_p",
        ], details: ImageDetail.allCases)
}

extension VertexPlugin {
    /// Errors and warnings that depend on the model: the capability table is the same for all.
    func remarks(on provider: String, in loaded: LoadedSpec) -> [Diagnostic] {
        var remarks = Remarks(provider: provider, loaded: loaded)
        remarks.run()
        return remarks.found
    }

    private struct Remarks {
        let provider: String
        let loaded: LoadedSpec
        var found: [Diagnostic] = []

        mutating func run() {
            checkPlaces()
            for (name, model) in loaded.spec.models {
                if case .hosted(let hosted) = model, hosted.provider == provider { checkDeployments(of: name) }
                guard case .fineTuned(let tuned) = model, tuned.provider == provider else { continue }
                check(tuned.fineTune, at: "models.\(name).fine_tune")
            }
            for (_, evaluation) in loaded.spec.evaluations {
                for (model, asked) in evaluation.models {
                    guard let ask = asked.ask, let base = base(of: model), let request = loaded.spec.requests[ask.request]
                    else { continue }
                    check(request, of: base, at: "requests.\(ask.request)")
                }
            }
        }

        private func base(of model: String) -> String? {
            switch loaded.spec.models[model] {
            case .hosted(let hosted)? where hosted.provider == provider: hosted.model
            case .fineTuned(let tuned)? where tuned.provider == provider: tuned.fineTune.model
            default: nil
            }
        }

        /// A location becomes a part of a host's name.
        private mutating func checkPlaces() {
            guard let vertex = loaded.spec.providers[provider]?.service else { return }
            for (key, text) in [("location", vertex.settings["location"]), ("tuning_location", vertex.access["tuning_location"])]
            {
                guard let text, let value = try? text.resolved(in: loaded.environment), !value.isEmpty else { continue }
                let path = "providers.\(provider).\(key)"
                if !GoogleHosts.isLocation(value.lowercased()) {
                    error(
                        "bad-format", "'\(value)' is not a location of Google", at: path,
                        "write a region such as us-central1, or 'global'")
                } else if key == "tuning_location", ["global", "us", "eu"].contains(value.lowercased()) {
                    error(
                        "unsupported-setting", "models are not tuned in '\(value)'", at: path,
                        "write 'us-central1' or 'europe-west4'")
                }
            }
        }

        /// The name of a deployment would be asked as a model, under the name and at the price of another one.
        private mutating func checkDeployments(of model: String) {
            for key in ["deployment", "batch_deployment"] {
                let path = "models.\(model).\(key)"
                guard loaded.range(of: path) != nil else { continue }
                error(
                    "unsupported-setting", "it has no deployments and addresses models by name", at: path,
                    "remove it; 'model' is what is asked")
            }
        }

        private mutating func check(_ job: FineTuneSpec, at path: String) {
            if BuiltInPrices.untunableGemini.contains(job.model.lowercased()) {
                error(
                    "unsupported-setting", "\(job.model) cannot be tuned", at: path + ".model",
                    "write a model that can be tuned, such as \(BuiltInPrices.tunableGemini.prefix(2).joined(separator: " or "))")
            }
            let family = GeminiFamily(job.model)
            let place = path + ".hyperparameters.adapter_size"
            if let epochs = job.hyperparameters["epochs"]?.int, job.evaluateCheckpoints,
                epochs > ProviderCapabilities.maxEpochsWithAllCheckpoints
            {
                error(
                    "unsupported-setting",
                    "a job of more than \(ProviderCapabilities.maxEpochsWithAllCheckpoints) epochs does not keep the model of "
                        + "each epoch; evaluate_checkpoints cannot be set",
                    at: path + ".evaluate_checkpoints", "remove it, or tune for fewer epochs")
            }
            if let size = job.hyperparameters["adapter_size"]?.int {
                let sizes = [1, 2, 4, 8, 16].filter { $0 <= family.maxAdapterSize }
                if !sizes.contains(size) {
                    error(
                        "unsupported-setting", "\(job.model) has no adapter of the size \(size)", at: place,
                        "write one of \(sizes.map(String.init).joined(separator: ", "))")
                }
            }
            if let regions = family.tuningRegions, let vertex = loaded.spec.providers[provider]?.service,
                let text = vertex.access["tuning_location"],
                let value = (try? text.resolved(in: loaded.environment))?.lowercased(),
                GoogleHosts.isLocation(value), !["global", "us", "eu"].contains(value), !regions.contains(value)
            {
                warn(
                    "\(job.model) is tuned in \(regions.joined(separator: " and ")) only, according to the documentation",
                    at: "providers.\(provider).tuning_location", "write one of them")
            }
        }

        private mutating func check(_ request: RequestSpec, of model: String, at path: String) {
            let family = GeminiFamily(model)
            if family.ignoresSampling {
                for (key, isSet) in [("temperature", request.temperature != nil), ("top_p", request.topP != nil)] where isSet {
                    warn(
                        "\(model) ignores \(key)", at: "\(path).\(key)",
                        "remove it: it has no effect but is part of the cache key")
                }
            }
            let levels = family.refusesMinimalThinking ? "low, medium or high" : "minimal, low, medium or high"
            switch request.reasoningEffort {
            case .off? where !family.canSwitchThinkingOff:
                error(
                    "unsupported-setting", "\(model) does not support disabling thinking", at: "\(path).reasoning_effort",
                    "write \(levels)")
            case .xhigh?:
                error(
                    "unsupported-setting", "Gemini has no reasoning effort 'xhigh'", at: "\(path).reasoning_effort",
                    "write \(levels)")
            case .minimal? where family.refusesMinimalThinking:
                error("unsupported-setting", "\(model) refuses 'minimal'", at: "\(path).reasoning_effort", "write \(levels)")
            case .minimal?, .low?, .medium?, .high?:
                if !family.hasThinkingLevels {
                    error(
                        "unsupported-setting", "\(model) has no levels of thinking", at: "\(path).reasoning_effort",
                        "write 'none', or remove it")
                }
            case .off?, nil: break
            }
        }

        private mutating func error(_ code: String, _ text: String, at path: String, _ hint: String) {
            add(Diagnostic(code: code, "vertex: \(text)", at: loaded.range(of: path), hint: hint))
        }

        private mutating func warn(_ text: String, at path: String, _ hint: String) {
            add(Diagnostic(.warning, code: "ignored-setting", "vertex: \(text)", at: loaded.range(of: path), hint: hint))
        }

        private mutating func add(_ diagnostic: Diagnostic) {
            if !found.contains(diagnostic) { found.append(diagnostic) }
        }
    }
}

extension ProviderLimits {
    /// Google's pages on tuning and on image understanding (2026-09 to 2026-10). The smallest number of examples and what
    /// colour mode or content training rejects are not documented; the job reports dropped examples.
    static let vertex: ProviderLimits = {
        var limits = ProviderLimits()
        limits.maxExamples = 300_000
        limits.maxValidationExamples = 5_000
        limits.validationShare = 0.25
        limits.imagesPerRequest = 3_000
        // Of an image within the request; newer pages state more for the newest models only.
        limits.requestImageBytes = 7_000_000
        limits.imagesPerExample = 30
        limits.trainingImageBytes = 20_000_000
        return limits
    }()
}
