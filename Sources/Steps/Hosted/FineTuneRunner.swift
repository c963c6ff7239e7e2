// Trains a hosted model on examples: one job for the same data, model, method, hyperparameters and seed.

import Artifacts
import AzureOpenAI
import AzureWire
package import Basics
import Execution
import Foundation
import Ledger
import Planning
import Platform
import Specification

/// The model that a fine-tuning job gave.
package struct TunedModel: Hashable, Sendable, Codable {
    package struct Checkpoint: Hashable, Sendable, Codable {
        package var model: String
        package var step: Int
    }

    /// The provider's name of it, to be deployed or asked.
    package var model: String
    package var base: String
    package var job: String
    /// `nil` where they could not be read.
    package var checkpoints: [Checkpoint]?

    /// The same with the model of so many epochs before the last in the place of the final one.
    func asked(_ before: Int?) throws(StepFailure) -> TunedModel {
        guard let before else { return self }
        guard let checkpoints else { throw .unreadCheckpoints(job: job) }
        let kept = checkpoints.sorted { $0.step < $1.step }
        // The last one in the list is the final model itself.
        guard before < kept.count else { throw .noCheckpoint(before: before, kept: kept.count) }
        var asked = self
        asked.model = kept[kept.count - 1 - before].model
        return asked
    }
}

/// What a training reported of its steps.
package struct TrainingCurve: Hashable, Sendable, Codable {
    package struct Point: Hashable, Sendable, Codable {
        package var step: Int
        package var trainLoss: Double?
        package var trainMeanTokenAccuracy: Double?
        package var validLoss: Double?
        package var validMeanTokenAccuracy: Double?
        package var fullValidLoss: Double?
        package var fullValidMeanTokenAccuracy: Double?
    }

    package var points: [Point]
}

struct FineTuneRunner: StepRunner {
    /// The kind of the step's paid job, in the ledger.
    static let jobKind = "fine-tune"

    let work: FineTune
    let services: StepServices

    func run(_ context: StepContext) async throws -> StepOutcome {
        let identity = work.identity
        let account = identity.account.name
        if try services.jobs.livingParts(kind: FineTuneRunner.jobKind, account: account, key: context.key).isEmpty {
            // Before the provider is connected: that may send something too.
            try await services.requireConsent(context)
        }
        let provider = try await services.providers.provider(work.settings.provider)
        let training = try context.input(SplitPart.train.rawValue)
        let validation = context.inputs[SplitPart.validation.rawValue]
        let lines = try LineFile(path: training.path).count()
        let fingerprint = Digest(of: [
            try JSONValue(encoding: identity).canonical, training.digest.hex, validation?.digest.hex ?? "",
        ].joined(separator: " "))
        let service = FineTuneService(
            provider: provider, identity: identity, prefix: work.settings.suffix, training: training.digest,
            validation: validation?.digest, redact: await provider.client.redactor(),
            files: {
                let trainingID = try await upload(training, provider, account, context)
                guard let validation else { return (trainingID, nil) }
                return (trainingID, try await upload(validation, provider, account, context))
            })
        let kept = context.journal(Digest(of: "fine-tune \(context.key)"))
        let known = try kept.lines().last.flatMap { try? FineTuningJob(json: $0) }
        let (job, done) = try await finished(
            known: known, service: service, fingerprint: fingerprint, provider: provider, context)
        guard let model = done.fineTunedModel else {
            throw RemoteJobError.ended(
                remoteID: done.id.text,
                reason: "it succeeded and names no model; the next run asks for it again, without paying")
        }
        if known == nil { try kept.append(Data(JSONValue(encoding: done).canonical.utf8), durable: true) }
        // What else the job left must not cost the model: it is paid for.
        var unread = UnreadByproducts()
        let checkpoints = try await unread.read("checkpoints") {
            try await provider.client.fineTuning.checkpoints(of: done.id)
        }
        let results = try await unread.read("metrics") { try await provider.client.fineTuning.results(of: done) }
        let curve = results.flatMap(\.self)
        let events = try await unread.read("events") { try await provider.client.fineTuning.events(of: done.id) } ?? []
        for problem in unread.problems { context.note(problem) }
        let warnings = events.filter { $0.level == .warning }.map { ProviderText.line(service.redact($0.message)) }
        let screened = events.filter(ImageScreening.isReported)
        for event in events where event.level == .warning && !screened.contains(event) {
            context.note(ProviderText.line(service.redact(event.message)))
        }
        let leftOut = TrainingCount.leftOut(
            of: lines, events: events, job: done, steps: curve?.rows.compactMap(\.step).max())
        if leftOut > 0, warnings.isEmpty {
            context.note("the job's steps cannot have held all \(lines) examples: at least \(leftOut) were left out")
        }
        let screenings = try [SplitPart.train, .validation].compactMap { part -> ImageScreening? in
            guard !screened.isEmpty || leftOut > 0, let file = part == .train ? training : validation else { return nil }
            return ImageScreening(
                part, labels: try ImageScreening.labels(inFileAt: file.path, answer: ImageScreening.label), events: events,
                unexplained: part == .train ? leftOut : 0)
        }
        for screening in screenings where screening.accepted < screening.submitted {
            context.note("image screening: \(screening.text)")
            if !screening.labelsInDoubt.isEmpty {
                context.note(
                    "these labels may have lost all their images: \(screening.labelsInDoubt.prefix(20).joined(separator: ", "))")
            }
        }
        let seconds = trainingSeconds(done, events)
        let bill = bill(done, seconds: seconds, context)
        if bill.isEstimated { context.note("the job does not say what it is billed for; its cost is estimated by the forecast") }
        await services.settleConsent(bill.cost, context)
        let spend = services.spending.spend(
            bill.cost, what: "training", receipt: "fine-tune:\(done.id)", account: account, emulated: provider.isEmulated,
            context: context,
            detail: ["trained_tokens": .int(Int64(bill.tokens ?? 0)), "estimated": .bool(bill.isEstimated)])
        let lost = screenings.first?.lostLabels ?? []
        if !lost.isEmpty, !work.settings.allowLostLabels {
            // The job is paid for and stays as it is: with the key it is collected without another one.
            try services.spending.settle(spend, context: context)
            throw StepFailure.lostLabels(lost, afterJob: true)
        }
        if let job { try services.jobs.collected(job, spend: spend) }
        let tuned = TunedModel(
            model: model, base: identity.model, job: done.id.text,
            checkpoints: checkpoints?.map { .init(model: $0.fineTunedModelCheckpoint, step: $0.stepNumber) })
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var facts: [String: JSONValue] = [
            "route": "fine-tune", "model": .string(identity.model), "fine_tuned_model": .string(model),
            "job": .string(done.id.text), "trained_tokens": .int(Int64(bill.tokens ?? 0)),
            "examples": .int(Int64(lines)), "left_out": .int(Int64(leftOut)),
            "method": .string(identity.method.rawValue), "warnings": .array(warnings.map { .string($0) }),
        ]
        if screenings.contains(where: { $0.accepted < $0.submitted }) {
            facts["screening"] = .object(Dictionary(
                screenings.map { ($0.part.rawValue, $0.facts) }, uniquingKeysWith: { first, _ in first }))
        }
        if let type = identity.trainingType { facts["training_type"] = .string(type.rawValue) }
        if let seconds { facts["job_seconds"] = .double(seconds) }
        if bill.isEstimated { facts["is_estimated"] = true }
        if let hours = bill.hours { facts["billed_hours"] = .double(hours) }
        if !unread.names.isEmpty {
            facts[FineTune.unread] = .array(unread.names.map { .string($0) })
            facts[StepOutcome.problems] = .array(unread.problems.map { .string($0) })
        }
        return StepOutcome(
            [
                FineTune.model: .data(try encoder.encode(tuned)),
                FineTune.curve: .data(try encoder.encode(TrainingCurve(points: (curve?.rows ?? []).map { row in
                    .init(
                        step: row.step ?? 0, trainLoss: row.trainLoss,
                        trainMeanTokenAccuracy: row.trainMeanTokenAccuracy, validLoss: row.validLoss,
                        validMeanTokenAccuracy: row.validMeanTokenAccuracy, fullValidLoss: row.fullValidLoss,
                        fullValidMeanTokenAccuracy: row.fullValidMeanTokenAccuracy)
                }))),
            ],
            facts: .object(facts))
    }

    /// What a job is billed for.
    private struct Bill {
        var cost: Money?
        var tokens: Int?
        /// Of reinforcement, which is billed by the hour.
        var hours: Double?
        /// Whether the job did not say it, and the forecast stands in its place.
        var isEstimated = false
    }

    private func bill(_ job: FineTuningJob, seconds: Double?, _ context: StepContext) -> Bill {
        let pricing = services.prices.of(work.settings.provider)
        let model = work.identity.model
        let told = job.trainedTokens.flatMap { $0 > 0 ? $0 : nil }
        if work.identity.method == .reinforcement {
            let known = seconds.flatMap { $0 > 0 ? $0 / 3600 : nil }
            let hours = known ?? PriceTable.likelyReinforcementHours
            return Bill(
                cost: pricing.trainingCost(hours: hours, model: model), tokens: told, hours: hours,
                isEstimated: known == nil)
        }
        let epochs = job.hyperparameters?.nEpochs?.value ?? work.identity.hyperparameters.nEpochs?.value
            ?? PriceTable.likelyEpochs
        let tokens = told ?? services.forecast(context.step)?.load.map { $0.input.expected * epochs }
        return Bill(
            cost: tokens.flatMap {
                pricing.trainingCost(tokens: $0, model: model, type: work.identity.trainingType ?? .standard)
            }, tokens: tokens, isEstimated: told == nil)
    }

    /// Waits until the job is done.
    /// - Parameter known: the job as an earlier run found it done. Where the provider has forgotten it, that is what
    ///   counts: nothing is paid for again to fetch what else it left.
    /// - Returns: the job in the ledger, where it is to be closed, and the provider's last answer.
    private func finished(
        known: FineTuningJob?, service: FineTuneService, fingerprint: Digest, provider: ConnectedProvider,
        _ context: StepContext
    ) async throws -> (job: RemoteJob?, done: FineTuningJob) {
        if let known {
            do {
                _ = try await provider.client.fineTuning.get(known.id)
            } catch let error as ProviderError {
                context.note("\(known.id) is done and its model known; the provider does not show it: \(error)")
                return (nil, known)
            }
        }
        let (job, snapshot) = try await context.lanes.run(in: .remote, isLocal: provider.isEmulated) {
            try await services.jobs.complete(
                RemoteJobRequest(
                    kind: FineTuneRunner.jobKind, account: work.identity.account.name, emulated: provider.isEmulated,
                    key: context.key, step: context.step.id, part: "", fingerprint: fingerprint,
                    reserve: services.jobReservation(context.step), looksTwice: provider.listLags,
                    consent: { try await services.requireConsent(context) }),
                service: service, pace: .fineTune, clock: provider.clock, note: { context.note($0) },
                progress: { context.progress($0.fraction, "fine-tuning \($0.text)") })
        }
        return (job, try snapshot.detail.decoded(as: FineTuningJob.self))
    }

    /// From the start of the training, or of the job where no event tells that, to its end.
    private func trainingSeconds(_ job: FineTuningJob, _ events: [FineTuningEvent]) -> Double? {
        let start = events.first { $0.message.hasPrefix("Job started") }?.createdAt ?? job.createdAt
        guard let start, let end = job.finishedAt else { return nil }
        return Double(end.seconds - start.seconds)
    }

    private func upload(
        _ input: InputArtifact, _ provider: ConnectedProvider, _ account: String, _ context: StepContext
    ) async throws -> String {
        try await context.lanes.run(in: .transfer, isLocal: false) {
            try await services.files.ensure(
                path: input.path, digest: input.digest, purpose: FineTuneService.purpose, account: account,
                emulated: provider.isEmulated, service: FileService(
                    provider: provider, purpose: .fineTune,
                    progressPath: try context.persistentPath("upload", input.digest), note: { context.note($0) }),
                note: { context.note($0) },
                progress: { context.progress($0, "uploading \(Int(saturating: $0 * 100)) %") })
        }
    }
}

/// A fine-tuning job as a paid job. The tag travels in its suffix.
struct FineTuneService: RemoteJobService {
    let provider: ConnectedProvider
    let identity: FineTune.Identity
    let prefix: String?
    let training: Digest
    let validation: Digest?
    /// Takes secrets out of the provider's texts.
    let redact: @Sendable (String) -> String
    /// Uploads the data and gives the ids; called only when a job will be created.
    let files: @Sendable () async throws -> (training: String, validation: String?)

    static let purpose = "fine-tune"

    func prepare() async throws { _ = try await files() }

    func create(tag: String) async throws -> RemoteSnapshot {
        let (training, validation) = try await files()
        let hyperparameters = Hyperparameters(identity.hyperparameters)
        let isPlain = identity.method == .supervised
        let job = try await provider.client.fineTuning.create(FineTuningJobCreateRequest(
            model: identity.model, trainingFile: FileID(training), validationFile: validation.map { FileID($0) },
            hyperparameters: isPlain && !hyperparameters.isEmpty ? hyperparameters : nil,
            method: isPlain
                ? nil
                : FineTuningMethod(
                    type: FineTuningMethodType(rawValue: identity.method.rawValue),
                    hyperparameters: hyperparameters.isEmpty ? nil : hyperparameters,
                    grader: identity.grader?.wire(identity.answer ?? .text),
                    responseFormat: identity.grader == nil ? nil : identity.answer?.wire),
            suffix: suffix(tag), seed: identity.seed,
            trainingType: identity.trainingType.map { AzureWire.TrainingType(rawValue: $0.rawValue) }))
        return try snapshot(job, job.tags.contains(tag) ? .tagged : .sameRequest)
    }

    /// At most 23 characters of the user's, `-`, 16 hex digits: 40 are allowed.
    private func suffix(_ tag: String) -> String { (prefix.map { String($0.prefix(23)) + "-" } ?? "assay-") + tag }

    func failure(of error: any Error) -> CreateFailure {
        guard let error = error as? ProviderError else { return .notCreated }
        if error.isRateLimited || error.code == "quotaExceeded" { return .busy(retryAfter: error.failure?.retryAfter) }
        if error.isFileNotProcessed { return .busy(retryAfter: 10) }
        return error.outcome == .surelyNotDone ? .notCreated : .unknown
    }

    func find(tag: String) async throws -> [RemoteSnapshot] {
        let jobs = try await listed { try await provider.client.fineTuning.list() }
            .sorted { ($0.createdAt?.seconds ?? 0, $0.id.text) < ($1.createdAt?.seconds ?? 0, $1.id.text) }
        let tagged = jobs.filter { $0.tags.contains(tag) }
        guard tagged.isEmpty, !jobs.contains(where: \.keepsTag) else {
            return try tagged.map { try snapshot($0) }
        }
        var files = RemoteFileNames(client: provider.client)
        var found: [RemoteSnapshot] = []
        for job in jobs where job.tags.isEmpty && !job.showsAnother(than: suffix(tag)) {
            if let identity = await likeness(of: job, &files) { found.append(try snapshot(job, identity)) }
        }
        return found
    }

    func place(of tag: String) -> String { "suffix ends in \(tag)" }

    /// How sure it is that a job without a tag is the wanted one; `nil` when it surely is not.
    private func likeness(of job: FineTuningJob, _ files: inout RemoteFileNames) async -> RemoteSnapshot.Identity? {
        if !job.model.isEmpty, !job.model.hasPrefix(identity.model), !identity.model.hasPrefix(job.model) { return nil }
        if (job.validationFile == nil) != (validation == nil) { return nil }
        let names = [
            await files.isNamed(job.trainingFile, RemoteFiles.name(digest: training, purpose: FineTuneService.purpose)),
            await files.isNamed(
                job.validationFile, validation.map { RemoteFiles.name(digest: $0, purpose: FineTuneService.purpose) }),
        ]
        if names.contains(false) { return nil }
        let wanted = identity.wireParameters
        let shown = job.parameters
        for (name, value) in wanted {
            if let other = shown[name], other != value { return nil }
        }
        let isWhole = !names.contains(nil) && wanted.keys.allSatisfy { shown[$0] != nil }
        if isWhole { return .sameRequest }
        // One that failed has nothing to lose.
        return job.phase == .failed ? nil : .unclear
    }

    func snapshot(of id: String) async throws -> RemoteSnapshot {
        try snapshot(await provider.client.fineTuning.get(FineTuningJobID(id)))
    }

    func isTransient(_ error: any Error) -> Bool { (error as? ProviderError)?.isTransient ?? false }
    func isGone(_ error: any Error) -> Bool { (error as? ProviderError)?.isNotFound ?? false }

    private func snapshot(
        _ job: FineTuningJob, _ identity: RemoteSnapshot.Identity = .tagged
    ) throws -> RemoteSnapshot {
        let phase: RemoteSnapshot.Phase = switch job.phase {
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

extension FineTune.Identity {
    /// The parameters that the create call sets, by names of their own, to be compared with those that a job shows.
    fileprivate var wireParameters: [String: String] {
        var parameters = Hyperparameters(hyperparameters).parameters
        if let seed { parameters["seed"] = "\(seed)" }
        if method != .supervised { parameters["method"] = method.rawValue }
        if let grader { parameters["grader"] = grader.wire(answer ?? .text).canonical }
        if let trainingType { parameters["training_type"] = trainingType.rawValue }
        return parameters
    }
}

extension FineTuningJob {
    /// The parameters that the job shows, by the names of `FineTune.Identity.wireParameters`.
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
    /// Why the job failed, by the provider's words.
    fileprivate var reason: String {
        let parts = [error?.code, error?.message, error?.param.map { "param \($0)" }].compactMap(\.self)
        let word = status.rawValue.isEmpty ? "failed" : status.rawValue
        return parts.isEmpty ? word : "\(word): " + parts.joined(separator: ": ")
    }
}

/// What a finished job left besides its model, and could not be read.
struct UnreadByproducts {
    private(set) var names: [String] = []
    private(set) var problems: [String] = []

    /// Reads one of them.
    /// - Returns: `nil` where it could not be read.
    mutating func read<Value>(_ name: String, _ read: () async throws -> Value) async throws -> Value? {
        do {
            return try await read()
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            names.append(name)
            problems.append(
                "the job's \(name) could not be read: \(explanation(of: error)). The model is kept; "
                    + "'assay run --retry' fetches them again")
            return nil
        }
    }
}

extension Hyperparameters {
    /// The hyperparameters of a spec on the wire; what the provider chooses is left out.
    init(_ spec: HyperparametersSpec) {
        func wire<Value: Codable & Hashable & Sendable>(_ value: Automatic<Value>?) -> AutoOr<Value>? {
            value?.value.map { .value($0) }
        }
        self.init()
        nEpochs = wire(spec.nEpochs)
        batchSize = wire(spec.batchSize)
        learningRateMultiplier = wire(spec.learningRateMultiplier)
        beta = wire(spec.beta)
        l2Multiplier = wire(spec.l2Multiplier)
        reasoningEffort = spec.reasoningEffort?.rawValue
        computeMultiplier = wire(spec.computeMultiplier)
        evalInterval = wire(spec.evalInterval)
        evalSamples = wire(spec.evalSamples)
    }
}

extension GraderSpec {
    /// The grader as the provider's reference writes it, for answers of a form.
    func wire(_ answer: AnswerFormat) -> JSONValue { wire(answer, name: "label") }

    private func wire(_ answer: AnswerFormat, name: String) -> JSONValue {
        let input: JSONValue =
            switch answer {
            case .text: "{{sample.output_text}}"
            case .json(let property, _): .string("{{sample.output_json.\(property)}}")
            }
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
                "graders": .object(Dictionary(
                    graders.map { ($0.name, $0.value.wire(answer, name: $0.name)) }, uniquingKeysWith: { first, _ in first })),
            ]
        }
    }
}

extension AnswerFormat {
    /// `response_format` of a structured answer; none for plain text.
    var wire: JSONValue? {
        guard case .json(let property, let name) = self else { return nil }
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
