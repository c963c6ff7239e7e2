// A fine-tuning job of OpenAI or Azure as a paid job. Its suffix carries the tag.

import AzureOpenAI
import AzureWire
import Basics
import Platform
import ProviderKit
import Specification

/// A fine-tuning job as a paid job.
struct FineTuneService: RemoteJobService {
    let client: ProviderClient
    let recipe: TuningRecipe
    /// The readable part of the suffix; `nil` for `assay`.
    let prefix: String?
    /// The file names of the uploaded data.
    let trainingName: String
    let validationName: String?
    /// Redacts secrets in the provider's texts.
    let redact: @Sendable (String) -> String
    /// Uploads the data and returns the ids; only called when a job will be created.
    let files: @Sendable () async throws -> (training: String, validation: String?)

    func prepare() async throws { _ = try await files() }

    func create(tag: String) async throws -> RemoteSnapshot {
        let (training, validation) = try await files()
        let hyperparameters = try Hyperparameters(recipe.hyperparameters)
        let isPlain = recipe.method == .supervised
        let job = try await client.fineTuning.create(
            FineTuningJobCreateRequest(
                model: recipe.model, trainingFile: FileID(training), validationFile: validation.map { FileID($0) },
                hyperparameters: isPlain && !hyperparameters.isEmpty ? hyperparameters : nil,
                method: isPlain
                    ? nil
                    : FineTuningMethod(
                        type: FineTuningMethodType(rawValue: recipe.method.rawValue),
                        hyperparameters: hyperparameters.isEmpty ? nil : hyperparameters,
                        grader: recipe.grader?.wire(recipe.graded ?? .text),
                        responseFormat: recipe.grader == nil ? nil : recipe.graded?.wire),
                suffix: suffix(tag), seed: recipe.seed,
                trainingType: recipe.tier.map { AzureWire.TrainingType(rawValue: $0) }))
        return try snapshot(job, job.tags.contains(tag) ? .tagged : .sameRequest)
    }

    /// At most 23 characters of the user's prefix, `-`, and 16 hex digits: the service allows 40.
    private func suffix(_ tag: String) -> String { (prefix.map { String($0.prefix(23)) + "-" } ?? "assay-") + tag }

    func failure(of error: any Error) -> CreateFailure {
        guard let error = error as? ProviderError else { return .notCreated }
        if error.isRateLimited || error.code == "quotaExceeded" { return .busy(retryAfter: error.failure?.retryAfter) }
        if error.isFileNotProcessed { return .busy(retryAfter: 10) }
        return error.outcome == .surelyNotDone ? .notCreated : .unknown
    }

    func find(tag: String) async throws -> [RemoteSnapshot] {
        let jobs = try await listed { try await client.fineTuning.list() }
            .sorted { ($0.createdAt?.seconds ?? 0, $0.id.text) < ($1.createdAt?.seconds ?? 0, $1.id.text) }
        let tagged = jobs.filter { $0.tags.contains(tag) }
        guard tagged.isEmpty, !jobs.contains(where: \.keepsTag) else {
            return try tagged.map { try snapshot($0) }
        }
        var files = RemoteFileNames(client: client)
        var found: [RemoteSnapshot] = []
        for job in jobs where job.tags.isEmpty && !job.showsAnother(than: suffix(tag)) {
            if let identity = await likeness(of: job, &files) { found.append(try snapshot(job, identity)) }
        }
        return found
    }

    func place(of tag: String) -> String { "suffix ends in \(tag)" }

    /// The certainty that a job without a tag is the requested one; `nil` if it certainly is not.
    private func likeness(of job: FineTuningJob, _ files: inout RemoteFileNames) async -> RemoteSnapshot.Identity? {
        if !job.model.isEmpty, !job.model.hasPrefix(recipe.model), !recipe.model.hasPrefix(job.model) { return nil }
        if (job.validationFile == nil) != (validationName == nil) { return nil }
        let names = [
            await files.isNamed(job.trainingFile, trainingName), await files.isNamed(job.validationFile, validationName),
        ]
        if names.contains(false) { return nil }
        let wanted = recipe.wireParameters
        let shown = job.parameters
        for (name, value) in wanted {
            if let other = shown[name], other != value { return nil }
        }
        let isWhole = !names.contains(nil) && wanted.keys.allSatisfy { shown[$0] != nil }
        if isWhole { return .sameRequest }
        // A failed job is not worth adopting.
        return job.phase == .failed ? nil : .unclear
    }

    func snapshot(of id: String) async throws -> RemoteSnapshot {
        try snapshot(await client.fineTuning.get(FineTuningJobID(id)))
    }

    func isTransient(_ error: any Error) -> Bool { (error as? ProviderError)?.isTransient ?? false }
    func isGone(_ error: any Error) -> Bool { (error as? ProviderError)?.isNotFound ?? false }

    private func snapshot(
        _ job: FineTuningJob, _ identity: RemoteSnapshot.Identity = .tagged
    ) throws -> RemoteSnapshot {
        let phase: RemoteSnapshot.Phase =
            switch job.phase {
            case .succeeded: .completed
            case .failed: .ended(reason: ProviderText.line(redact(job.reason)))
            case .working: .running
            case .unknown: .unknown
            }
        return RemoteSnapshot(
            id: job.id.text, phase: phase, identity: identity,
            text: ProviderText.line(job.status.rawValue, limit: ProviderText.wordLimit),
            detail: try JSONValue(encoding: job))
    }
}

extension TuningRecipe {
    /// The parameters that the create call sets, under internal names, for comparison with those that a job reports.
    fileprivate var wireParameters: [String: String] {
        var parameters = ((try? Hyperparameters(hyperparameters)) ?? Hyperparameters()).parameters
        if let seed { parameters["seed"] = "\(seed)" }
        if method != .supervised { parameters["method"] = method.rawValue }
        if let grader { parameters["grader"] = grader.wire(graded ?? .text).canonical }
        if let tier { parameters["training_type"] = tier }
        return parameters
    }
}

extension FineTuningJob {
    /// The parameters that the job reports, under the names of `TuningRecipe.wireParameters`.
    fileprivate var parameters: [String: String] {
        var parameters = (method?.hyperparameters ?? Hyperparameters()).filled(from: hyperparameters ?? Hyperparameters())
            .parameters
        if let seed { parameters["seed"] = "\(seed)" }
        if let method { parameters["method"] = method.type.rawValue }
        if let grader = method?.grader { parameters["grader"] = grader.canonical }
        if let trainingType { parameters["training_type"] = trainingType.rawValue }
        return parameters
    }
}

extension Hyperparameters {
    /// The values that are set and not left to the provider.
    fileprivate var parameters: [String: String] {
        var parameters: [String: String] = [:]
        parameters["n_epochs"] = nEpochs?.value.map { "\($0)" }
        parameters["batch_size"] = batchSize?.value.map { "\($0)" }
        parameters["learning_rate_multiplier"] = learningRateMultiplier?.value.map { "\($0)" }
        parameters["beta"] = beta?.value.map { "\($0)" }
        parameters["compute_multiplier"] = computeMultiplier?.value.map { "\($0)" }
        return parameters
    }
}

extension FineTuningJob {
    /// The reason why the job failed, as reported by the provider.
    fileprivate var reason: String {
        let parts = [error?.code, error?.message, error?.param.map { "param \($0)" }].compactMap(\.self)
        let word = status.rawValue.isEmpty ? "failed" : status.rawValue
        return parts.isEmpty ? word : "\(word): " + parts.joined(separator: ": ")
    }
}

extension Hyperparameters {
    /// Hyperparameters from their names on the wire. Null means the provider's choice, like an absent name.
    /// - Throws: `UnknownHyperparameter` for an unknown name, which is never dropped.
    init(_ values: [String: JSONValue]) throws {
        self.init()
        for (name, value) in values where !value.isNull {
            switch name {
            case "n_epochs": nEpochs = value.int.map { .value($0) }
            case "batch_size": batchSize = value.int.map { .value($0) }
            case "learning_rate_multiplier": learningRateMultiplier = value.double.map { .value($0) }
            case "beta": beta = value.double.map { .value($0) }
            case "l2_multiplier": l2Multiplier = value.double.map { .value($0) }
            case "reasoning_effort": reasoningEffort = value.string
            case "compute_multiplier": computeMultiplier = value.double.map { .value($0) }
            case "eval_interval": evalInterval = value.int.map { .value($0) }
            case "eval_samples": evalSamples = value.int.map { .value($0) }
            default: throw UnknownHyperparameter(name: name)
            }
        }
    }
}

/// A hyperparameter that this provider does not have.
struct UnknownHyperparameter: Error, Hashable, CustomStringConvertible {
    var name: String
    var description: String { "the hyperparameter '\(name)' is not supported by this provider" }
}

extension GraderSpec {
    /// The grader in the form of the provider's reference, for answers of the given form.
    func wire(_ answer: AnswerFormat) -> JSONValue { wire(answer, name: "label") }

    private func wire(_ answer: AnswerFormat, name: String) -> JSONValue {
        let input: JSONValue =
            answer.schema.map { .string("{{sample.output_json.\($0.property)}}") } ?? "{{sample.output_text}}"
        return switch self {
        case .stringCheck(let operation):
            [
                "type": "string_check", "name": .string(name), "operation": .string(operation.rawValue),
                "input": input, "reference": "{{item.reference_answer}}",
            ]
        case .textSimilarity(let metric):
            [
                "type": "text_similarity", "name": .string(name), "evaluation_metric": .string(metric),
                "input": input, "reference": "{{item.reference_answer}}",
            ]
        case .scoreModel(let model, let prompt, let range):
            [
                "type": "score_model", "name": .string(name), "model": .string(model),
                "input": [["role": "user", "content": .string(prompt)]],
                "range": [.double(range.lowerBound), .double(range.upperBound)],
            ]
        case .multi(let graders, let formula):
            [
                "type": "multi", "name": .string(name), "calculate_output": .string(formula),
                "graders": .object(
                    Dictionary(
                        graders.map { ($0.name, $0.value.wire(answer, name: $0.name)) }, uniquingKeysWith: { first, _ in first })),
            ]
        }
    }
}

extension AnswerFormat {
    /// The `response_format` of a structured answer; `nil` for plain text.
    var wire: JSONValue? {
        guard let (property, name) = schema else { return nil }
        return [
            "type": "json_schema",
            "json_schema": [
                "name": .string(name), "strict": true,
                "schema": [
                    "type": "object", "properties": .object([property: ["type": "string"]]),
                    "required": [.string(property)], "additionalProperties": false,
                ],
            ],
        ]
    }
}
