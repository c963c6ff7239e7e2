// Tuning jobs and their life cycle.
//
//   QUEUED -> PENDING -> RUNNING -> SUCCEEDED | FAILED
//        \-> CANCELLING -> CANCELLED, from any of these
//
// Training runs for real in the vision worker. After a restart, a running job trains again from the start: equal data
// give an equal model. Every kept checkpoint is deployed to a separate endpoint.

import Basics
import EmulatorCore
import Foundation
import VertexWire
import VisionProtocol

extension EmulatedProject {
    private static let seed: UInt64 = 0
    private static let maxCheckpoints = 10
    private static let maxEpochs = 100

    private func job(_ call: GoogleCall) throws(GoogleError) -> TuningRecord {
        guard let record = jobs[call.route.ids[0]], record.location == call.route.location else {
            throw .notFound("TuningJob \"\(call.route.ids[0])\" not found.")
        }
        return record
    }

    /// `POST …/tuningJobs`.
    func createJob(_ call: GoogleCall, fault: Fault?) async throws -> Reply {
        let json = try await call.json(call.route.isBeta ? "v1beta1.TuningJob" : "TuningJob")
        let now = await clock.now()
        let asked: TuningJob
        do { asked = try TuningJob(proto: json) } catch { throw GoogleError.invalid("The request body is not a tuning job.") }
        for key in [
            "preferenceOptimizationSpec", "distillationSpec", "fullFineTuningSpec", "reinforcementTuningSpec", "veoTuningSpec",
        ]
        where json[key] != nil {
            throw GoogleError.invalid("The emulator tunes with supervised_tuning_spec only, not with \(key).")
        }
        guard let spec = asked.supervisedTuningSpec else {
            throw GoogleError.invalid("Required field is not set: supervised_tuning_spec.")
        }
        let base = try tuningBase(asked, location: call.route.location)
        try check(spec, of: json, ModelFamily(base))
        if let name = asked.tunedModelDisplayName, name.count > settings.limits.displayName {
            throw GoogleError.invalid("tuned_model_display_name has more than \(settings.limits.displayName) characters.")
        }
        try Labels.check(asked.labels ?? [:])
        var record = TuningRecord(
            id: Self.newID(), location: call.route.location, job: Self.sent(asked), base: base, state: .queued,
            createdAt: now, updatedAt: now, dueAt: now + settings.durations.tuningQueue)
        record.fault = fault
        try save(record)
        return try Reply(200, record.described(isBeta: call.route.isBeta))
    }

    /// The fields that a client sets.
    private static func sent(_ asked: TuningJob) -> TuningJob {
        TuningJob {
            $0.baseModel = asked.baseModel
            $0.preTunedModel = asked.preTunedModel
            $0.supervisedTuningSpec = asked.supervisedTuningSpec
            $0.tunedModelDisplayName = asked.tunedModelDisplayName
            $0.description = asked.description
            $0.labels = asked.labels
            $0.serviceAccount = asked.serviceAccount
        }
    }

    /// The base model's name, of a new tuning or of one that continues.
    private func tuningBase(_ asked: TuningJob, location: String) throws(GoogleError) -> String {
        let base: String
        if let earlier = asked.preTunedModel {
            guard asked.baseModel == nil else {
                throw .invalid("Only one of base_model and pre_tuned_model may be set.")
            }
            base = try tuned(earlier).model.base
        } else {
            base = asked.baseModel.map { String($0.split(separator: "/").last ?? "") } ?? ""
            guard models.contains(where: { $0.name == base }) else {
                throw .invalid("Base model \(base) is not supported.")
            }
        }
        guard location != "global", !["us", "eu"].contains(location) else {
            throw .precondition("Tuning is not supported in the location '\(location)'.")
        }
        if let locations = ModelFamily(base).tuningLocations, !locations.contains(location) {
            throw .precondition(
                "Tuning of \(base) is not supported in the location '\(location)': use \(locations.joined(separator: " or ")).")
        }
        return base
    }

    /// The model and checkpoint from which a tuning continues.
    private func tuned(_ earlier: TuningJob.PreTunedModel) throws(GoogleError) -> (model: ModelRecord, weights: String) {
        let id = (earlier.tunedModelName ?? "").split(separator: "/").last.map { String($0.prefix { $0 != "@" }) } ?? ""
        guard let model = tunedModels[id], !model.isDeleted else {
            throw .notFound("The tuned model \"\(earlier.tunedModelName ?? "")\" does not exist.")
        }
        let wanted = earlier.checkpointId ?? model.defaultCheckpoint
        guard let checkpoint = model.checkpoints.first(where: { $0.id == wanted }) else {
            throw .notFound("The tuned model has no checkpoint \"\(wanted ?? "")\".")
        }
        guard let weights = try? weights(of: model.job, epoch: checkpoint.epoch) else {
            throw .notFound("The checkpoint no longer exists.")
        }
        return (model, weights)
    }

    private func check(_ spec: TuningJob.SupervisedTuningSpec, of json: JSONValue, _ family: ModelFamily) throws(GoogleError) {
        let field = "tuning_job.supervised_tuning_spec."
        let training = try dataset(spec.trainingDatasetUri, field + "training_dataset_uri", "training_dataset_uri")
        if let uri = spec.validationDatasetUri {
            let validation = try dataset(uri, field + "validation_dataset_uri", "validation_dataset_uri")
            guard Double(validation.size) <= Double(training.size) * settings.limits.validationShare else {
                throw .fieldViolation(
                    field + "validation_dataset_uri",
                    "The validation dataset has \(validation.size) bytes; at most 25% of the training dataset's \(training.size) are supported."
                )
            }
        }
        let parameters = spec.hyperParameters
        if let epochs = parameters?.epochCount?.value, !(1...Self.maxEpochs).contains(epochs) {
            throw .fieldViolation(field + "hyper_parameters.epoch_count", "epoch_count must be from 1 to \(Self.maxEpochs).")
        }
        if let multiplier = parameters?.learningRateMultiplier?.value, multiplier <= 0 {
            throw .fieldViolation(
                field + "hyper_parameters.learning_rate_multiplier", "learning_rate_multiplier must be above 0.")
        }
        if let size = parameters?.adapterSize, size != "ADAPTER_SIZE_UNSPECIFIED", !family.adapterSizes.contains(size.rawValue) {
            throw .invalid("The adapter size is not supported for this base model.")
        }
        let sent = json["supervisedTuningSpec"]?["hyperParameters"]
        for (key, name) in [("batchSize", "batch_size"), ("learningRate", "learning_rate")] where sent?[key] != nil {
            throw .fieldViolation(field + "hyper_parameters." + name, "\(name) is only available for open source models.")
        }
    }

    private func dataset(_ uri: String?, _ field: String, _ name: String) throws(GoogleError) -> StoredObject {
        guard let uri, let place = StorageURI(uri), place.name.hasSuffix(".jsonl") else {
            throw .fieldViolation(field, "\(name) should be a GCS object of type JSONL.")
        }
        guard let object = object(at: uri) else { throw .fieldViolation(field, "\(name): the object '\(uri)' does not exist.") }
        guard object.size <= settings.limits.inputBytes else { throw .fieldViolation(field, "\(name) is larger than 1 GB.") }
        return object
    }

    /// `GET …/tuningJobs`, newest first.
    func listJobs(_ call: GoogleCall, hidingNewest stale: Double?) async throws -> Reply {
        let now = await clock.now()
        let filter = try ListFilter(call.query["filter"])
        let records = try jobs.values
            .filter { $0.location == call.route.location && (stale == nil || $0.createdAt <= now - (stale ?? 0)) }
            .filter { record in
                try filter.matches(labels: record.job.labels ?? [:]) { field in
                    switch field {
                    case "state": record.state.rawValue
                    case "tuned_model_display_name", "tunedModelDisplayName": record.job.tunedModelDisplayName ?? ""
                    case "base_model", "baseModel": record.job.baseModel ?? ""
                    case "create_time": record.createdAt.googleStamp
                    default: nil
                    }
                }
            }
            .sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
        return try ResourcePage.reply(
            "tuningJobs", records.map { ($0.id, try JSONValue(encoding: $0.described(isBeta: call.route.isBeta))) }, call)
    }

    /// `GET …/tuningJobs/{id}`.
    func getJob(_ call: GoogleCall) async throws -> Reply {
        let record = try job(call)
        _ = try await poll(record.due)
        return try Reply(200, job(call).described(isBeta: call.route.isBeta))
    }

    /// `POST …/tuningJobs/{id}:cancel`: an empty answer; a finished job stays as it is.
    func cancelJob(_ call: GoogleCall) async throws -> Reply {
        let now = await clock.now()
        var record = try job(call)
        if !record.state.isTerminal, record.state != .cancelling {
            record.state = .cancelling
            record.updatedAt = now
            record.workFrom = nil
            record.dueAt = now + settings.durations.tuningCancelling
            record.isWorkDone = works[record.id] == nil
            try save(record)
            works[record.id]?.cancel()
        }
        return try Reply(200, JSONValue.object([:]))
    }

    // MARK: Life cycle

    /// Makes at most one due state change of a job; returns false if none is due.
    func advanceJob(_ id: String, at now: Date) throws -> Bool {
        guard var record = jobs[id], !record.state.isTerminal else { return false }
        if record.isBusy {
            guard works[id] == nil else { return false }
            guard record.state == .cancelling else {
                if now >= record.workFrom ?? now { startTraining(id) }
                return false
            }
            // Cancelled before a restart: nothing computes any more.
            record.isWorkDone = true
        }
        guard now >= record.dueAt else { return false }
        switch record.state {
        case .queued:
            let running = jobs.values.filter { $0.state == .pending || $0.state == .running || $0.state == .cancelling }.count
            guard running < settings.limits.runningJobs else { return false }
            record.state = .pending
            record.dueAt = now + settings.durations.tuningPreparation
        case .pending:
            record.state = .running
            record.startedAt = now
            record.dueAt = now + settings.durations.tuningRun
            if let stall = record.fault?.stalls {
                record.workFrom = now + stall
                record.dueAt = now + stall + settings.durations.tuningRun
            }
        case .running:
            record.endedAt = now
            if record.failure != nil {
                record.state = .failed
                // A failure after the training leaves a model without an endpoint.
                if record.fault?.fails?.code == "13" { try addModel(&record, hasEndpoints: false, at: now) }
            } else {
                try addModel(&record, hasEndpoints: true, at: now)
                record.state = .succeeded
            }
        case .cancelling:
            record.endedAt = now
            record.state = .cancelled
            record.failure = RPCStatus {
                $0.code = 1
                $0.message = "The tuning job was cancelled."
            }
        default: return false
        }
        record.updatedAt = now
        try save(record)
        return true
    }

    /// Registers the model and deploys each checkpoint to a separate endpoint.
    private func addModel(_ record: inout TuningRecord, hasEndpoints: Bool, at now: Date) throws {
        let model = Self.newID()
        let title = record.job.tunedModelDisplayName ?? "tuned-\(record.base)-\(record.id)"
        if hasEndpoints {
            for index in record.checkpoints.indices {
                let checkpoint = record.checkpoints[index]
                let endpoint = EndpointRecord(
                    id: Self.newID(), location: record.location, model: model, base: record.base, checkpoint: checkpoint,
                    weights: try weights(of: record.id, epoch: checkpoint.epoch), displayName: title,
                    labels: record.job.labels ?? [:], createdAt: now, deployedID: Self.newID(),
                    answersAt: now + (record.fault?.notReady ?? 0))
                try save(endpoint)
                record.checkpoints[index].endpoint = endpoint.id
            }
        }
        try save(
            ModelRecord(
                id: model, location: record.location, job: record.id, base: record.base, displayName: title,
                labels: record.job.labels ?? [:], createdAt: now, updatedAt: now,
                defaultCheckpoint: record.defaultCheckpoint?.id, checkpoints: record.checkpoints))
        record.modelID = model
    }

    /// The folder of a job's checkpoints.
    private func output(of job: String) throws -> URL { folder.folder(.jobs).appending(try SafeName(job), isFolder: true) }

    /// The weights of an epoch's checkpoint.
    func weights(of job: String, epoch: Int) throws -> String {
        try output(of: job).appending(path: "epoch-\(epoch).safetensors").path
    }

    private func startTraining(_ id: String) {
        start(id) {
            do {
                try await self.train(id)
            } catch let error as GoogleError {
                await self.trainingEnded(id, failure: error.rpcStatus)
            } catch is CancellationError {
                await self.trainingEnded(id, failure: nil)
            } catch {
                await self.trainingEnded(id, failure: GoogleError(500, "INTERNAL", "\(error)").rpcStatus)
            }
        }
    }

    private func trainingEnded(_ id: String, failure: JSONValue?) {
        guard !isClosing, var record = jobs[id] else { return }
        if let failure, record.state == .running {
            record.failure = try? RPCStatus(proto: failure)
            record.tokens = 0
        }
        record.isWorkDone = true
        try? save(record)
    }

    private func train(_ id: String) async throws {
        guard var record = jobs[id], let spec = record.job.supervisedTuningSpec else { return }
        guard let training = object(at: spec.trainingDatasetUri ?? "") else {
            throw GoogleError.notFound("The training dataset no longer exists.")
        }
        let validation = spec.validationDatasetUri.flatMap { object(at: $0) }
        var network = models.first { $0.name == record.base }?.model
        if let earlier = record.job.preTunedModel { network?.checkpoint = try tuned(earlier).weights }
        guard let network else { throw GoogleError.notFound("The base model no longer exists.") }
        let output = try output(of: id)
        try? FileManager.default.removeItem(at: output)
        try FileManager.default.createDirectory(at: output, withIntermediateDirectories: true)
        try Data().write(to: metrics(of: id))
        record.checkpoints = []
        record.tokens = 0
        try save(record)
        let survey = try await survey(training, as: "training.jsonl", in: output, record, isValidation: false)
        if let failure = record.fault?.fails, failure.code != "13" {
            throw GoogleError(Int(failure.code) ?? 400, failure.code, failure.message)
        }
        var checked: URL?
        if let validation {
            let counted = try await self.survey(validation, as: "validation.jsonl", in: output, record, isValidation: true)
            guard counted.count <= settings.limits.validationExamples else {
                throw GoogleError.invalid("The validation dataset has more than \(settings.limits.validationExamples) examples.")
            }
            if !counted.examples.isEmpty { checked = output.appending(path: "validation.jsonl") }
        }
        guard !survey.examples.isEmpty else {
            throw GoogleError.invalid(
                "No examples left: all \(survey.count) were dropped. \(survey.dropped.values.sorted().first ?? "")")
        }
        guard survey.count <= settings.limits.examples else {
            throw GoogleError.invalid("The training dataset has more than \(settings.limits.examples) examples.")
        }
        let used = survey.examples.count
        let epochs = spec.hyperParameters?.epochCount?.value ?? 3
        let batchSize = min(256, max(4, used / 500))
        let multiplier = spec.hyperParameters?.learningRateMultiplier?.value ?? 1
        let steps = (used + batchSize - 1) / batchSize * epochs
        guard var current = jobs[id], current.state == .running else { return }
        // The response states the values that the service chose.
        current.job.supervisedTuningSpec?.hyperParameters = TuningJob.HyperParameters {
            $0.epochCount = ProtoInt64(epochs)
            $0.learningRateMultiplier = ProtoDouble(multiplier)
            $0.adapterSize = spec.hyperParameters?.adapterSize ?? "ADAPTER_SIZE_FOUR"
        }
        current.stats = survey.described(steps: steps)
        current.steps = steps
        try save(current)
        let call = FineTuneCall(
            model: network, trainingFile: output.appending(path: "training.jsonl").path, validationFile: checked?.path,
            batchSize: batchSize, learningRateMultiplier: multiplier, epochs: epochs, seed: Self.seed,
            output: output.path, threads: settings.threads)
        let (events, continuation) = AsyncStream.makeStream(of: FineTuneStep.self)
        async let trained = {
            defer { continuation.finish() }
            return try await self.vision.fineTune(call) { continuation.yield($0) }
        }()
        let tokens = survey.tokens
        for await step in events {
            try await stepped(id, step, epochs: epochs, tokens: tokens)
            await Task.yield()
        }
        let result = try await trained
        try finishTraining(id, survey: survey, skipped: result.skipped, steps: result.steps.count)
    }

    private func survey(
        _ object: StoredObject, as name: String, in output: URL, _ record: TuningRecord, isValidation: Bool
    ) async throws -> TuningSurvey {
        let file = try content(of: object)
        let limits = settings.limits
        let family = ModelFamily(record.base)
        let rule = settings.screening
        let excluded = isValidation ? 0 : record.fault?.skipsImages ?? 0
        let stored = self.stored
        let survey = try await Task.detached {
            try await TuningSurvey.of(
                file, writing: output.appending(path: name), family: family, limits: limits,
                rejected: { count in
                    (rule?.rejected(of: count, isValidation: isValidation) ?? []).union(0..<min(max(0, excluded), count))
                }, stored: stored)
        }.value
        guard survey.problems.isEmpty else {
            throw GoogleError.invalid("The dataset '\(object.uri)' is not valid. \(survey.problems.joined(separator: " "))")
        }
        return survey
    }

    private func stepped(_ id: String, _ step: FineTuneStep, epochs: Int, tokens: Int) async throws {
        let now = await clock.now()
        guard !isClosing, var record = jobs[id], record.state == .running else { return }
        try note(step, of: id, at: now)
        record.step = step.step
        let share: Double = Double(step.step) / Double(max(1, step.of))
        record.tokens = Int(saturating: Double(tokens * epochs) * share)
        if step.endsEpoch {
            record.epoch = step.epoch
            if Self.isKept(step.epoch, of: epochs, onlyLast: record.job.supervisedTuningSpec?.exportLastCheckpointOnly == true) {
                record.checkpoints.append(
                    TuningRecord.Checkpoint(id: String(record.checkpoints.count + 1), epoch: step.epoch, step: step.step))
            }
            try save(record)
        } else {
            jobs[id] = record
        }
    }

    /// Up to ten epochs keep a checkpoint each; more keep ten that are evenly spaced, the last among them.
    private static func isKept(_ epoch: Int, of epochs: Int, onlyLast: Bool) -> Bool {
        if onlyLast { return epoch == epochs }
        guard epochs > maxCheckpoints else { return true }
        for number in 1...maxCheckpoints {
            let spaced: Int = number * epochs + maxCheckpoints - 1
            if spaced / maxCheckpoints == epoch { return true }
        }
        return false
    }

    private func finishTraining(_ id: String, survey: TuningSurvey, skipped: [SkippedExample], steps: Int) throws {
        guard !isClosing, var record = jobs[id], record.state == .running else { return }
        var survey = survey
        // Lines of the worker's file are the kept ones, in order.
        let kept = survey.examples.keys.sorted()
        for example in skipped where kept.indices.contains(example.line - 1) {
            let line = kept[example.line - 1]
            survey.dropped[line] = "Invalid image: \(example.reason)"
            survey.examples[line] = nil
        }
        record.stats = survey.described(steps: steps)
        let epochs = record.job.supervisedTuningSpec?.hyperParameters?.epochCount?.value ?? 1
        record.tokens = survey.tokens * epochs
        if let failure = record.fault?.fails {
            record.failure = RPCStatus {
                $0.code = 13
                $0.message = failure.message
            }
        }
        record.isWorkDone = true
        try save(record)
    }
}
