// Fine-tuning jobs and their life cycle.
//
//   pending -> running -> succeeded | failed
//       |         \-> pausing -> paused -> resuming -> running
//       \-> cancelled, from any of these
//
// Training runs for real in the vision worker; its steps become events as they happen. After a restart, a running job
// trains again from the start: equal data and seed give an equal model.

import AzureWire
import Basics
import EmulatorCore
import Foundation
import VisionProtocol

extension EmulatedAccount {
    private static let maxSuffixLength = 40
    private static let checkpointsKept = 3

    private func job(_ id: String) throws(ServiceError) -> JobRecord {
        guard let record = jobs[id], !record.isDeleted else { throw .notFound("fine-tuning job", id) }
        return record
    }

    /// `POST /fine_tuning/jobs`.
    func createJob(_ call: Call, fault: Fault?) async throws -> Reply {
        let request: FineTuningJobCreateRequest = try await call.json()
        let now = await clock.now()
        guard network(request.model) != nil else {
            throw ServiceError.invalidPayload(
                "The specified base model does not support fine-tuning: '\(request.model)'.", parameter: "model")
        }
        for (name, isGiven) in [("method", request.method != nil), ("trainingType", request.trainingType != nil)]
        where isGiven && (!call.isPreview || name == "trainingType" && call.route.surface == .openAI) {
            throw ServiceError.invalidPayload("'\(name)' is not known here.", parameter: name)
        }
        try checkHyperparameters(request)
        if let suffix = request.suffix {
            guard suffix.count <= Self.maxSuffixLength, suffix.allSatisfy({ $0.isASCIILetterDigitOr("-_") }) else {
                throw ServiceError.invalidPayload(
                    "'suffix' is up to \(Self.maxSuffixLength) of letters, digits, '-' and '_'.", parameter: "suffix")
            }
        }
        if let seed = request.seed, Int32(exactly: seed) == nil || seed < 0 {
            throw ServiceError.invalidPayload("'seed' must be a number from 0 to 2147483647.", parameter: "seed")
        }
        if let type = request.trainingType, !type.isKnown {
            throw ServiceError.invalidPayload("'\(type)' is not a training type.", parameter: "trainingType")
        }
        try checkFile(request.trainingFile, "training_file", call, at: now)
        if let validation = request.validationFile { try checkFile(validation, "validation_file", call, at: now) }
        try checkJobSlots()
        var record = JobRecord(
            object: FineTuningJob(
                id: FineTuningJobID("ftjob-" + Self.hexDigits()), createdAt: UnixTime(now), status: .pending,
                model: request.model, trainingFile: request.trainingFile, validationFile: request.validationFile,
                hyperparameters: Self.asked(request.allHyperparameters), method: request.method,
                suffix: request.suffix, seed: request.seed ?? Int.random(in: 0...Int(Int32.max)),
                trainingType: request.trainingType),
            createdAt: now, dueAt: now + settings.durations.fineTuneQueue)
        record.object.estimatedFinish = UnixTime(
            now + settings.durations.fineTuneQueue + settings.durations.fineTuneRun)
        record.fault = fault
        record.isOpenAI = call.route.surface == .openAI
        try save(record)
        try addEvent(record, "Job enqueued. Waiting for jobs ahead to complete.", at: now)
        // Classic paths return 201 and the job's location; v1 returns 200.
        if call.isVersionless { return try Reply(200, call.rendered(record.object)) }
        return try Reply(
            201, call.rendered(record.object),
            headers: ["Location": "\(call.origin)/openai/fine_tuning/jobs/\(record.id)?api-version=\(call.apiVersion)"])
    }

    private func checkHyperparameters(_ request: FineTuningJobCreateRequest) throws(ServiceError) {
        let asked = request.allHyperparameters
        try checkMethod(request, asked)
        if let epochs = asked.nEpochs?.value, !(1...50).contains(epochs) {
            throw .invalidPayload("'n_epochs' must be from 1 to 50.", parameter: "n_epochs")
        }
        if let size = asked.batchSize?.value, !(1...256).contains(size) {
            throw .invalidPayload("'batch_size' must be from 1 to 256.", parameter: "batch_size")
        }
        if let multiplier = asked.learningRateMultiplier?.value, !(multiplier > 0 && multiplier.isFinite) {
            throw .invalidPayload(
                "'learning_rate_multiplier' must be above 0.", parameter: "learning_rate_multiplier")
        }
    }

    /// Checks hyperparameters that only one method has, and the grader, which only reinforcement has.
    private func checkMethod(
        _ request: FineTuningJobCreateRequest, _ asked: Hyperparameters
    ) throws(ServiceError) {
        let type = request.method?.type ?? .supervised
        guard type.isKnown else {
            throw .invalidPayload("'\(type)' is not a method of fine-tuning.", parameter: "method")
        }
        func only(_ method: FineTuningMethodType, _ name: String, _ isGiven: Bool) throws(ServiceError) {
            guard isGiven, type != method else { return }
            throw .invalidPayload("'\(name)' is not a hyperparameter of the method '\(type)'.", parameter: name)
        }
        try only(.dpo, "beta", asked.beta != nil)
        try only(.dpo, "l2_multiplier", asked.l2Multiplier != nil)
        try only(.reinforcement, "reasoning_effort", asked.reasoningEffort != nil)
        try only(.reinforcement, "compute_multiplier", asked.computeMultiplier != nil)
        try only(.reinforcement, "eval_interval", asked.evalInterval != nil)
        try only(.reinforcement, "eval_samples", asked.evalSamples != nil)
        if let beta = asked.beta?.value, !(beta > 0 && beta <= 2) {
            throw .invalidPayload("'beta' must be above 0 and at most 2.", parameter: "beta")
        }
        if let factor = asked.l2Multiplier?.value, !(factor >= 0 && factor.isFinite) {
            throw .invalidPayload("'l2_multiplier' must not be below 0.", parameter: "l2_multiplier")
        }
        if let effort = asked.reasoningEffort, !["default", "low", "medium", "high"].contains(effort) {
            throw .invalidPayload("'\(effort)' is not a reasoning effort.", parameter: "reasoning_effort")
        }
        if let factor = asked.computeMultiplier?.value, !(1e-5...10).contains(factor) {
            throw .invalidPayload("'compute_multiplier' must be from 0.00001 to 10.", parameter: "compute_multiplier")
        }
        for (name, count) in [("eval_interval", asked.evalInterval), ("eval_samples", asked.evalSamples)] {
            if let count = count?.value, count < 1 {
                throw .invalidPayload("'\(name)' must be above 0.", parameter: name)
            }
        }
        _ = try Self.objective(of: request.method)
    }

    /// The training objective for the emulated model.
    private static func objective(
        of method: FineTuningMethod?
    ) throws(ServiceError) -> FineTuneObjective {
        let asked = method?.hyperparameters ?? Hyperparameters()
        switch method?.type {
        case .dpo?:
            // 0.1 is the default of the DPO paper; 0.01 is AdamW's usual weight decay.
            return .preference(beta: asked.beta?.value ?? 0.1, weightDecay: 0.01 * (asked.l2Multiplier?.value ?? 1))
        case .reinforcement?:
            guard let grader = method?.grader else {
                throw .invalidPayload("The method 'reinforcement' needs a grader.", parameter: "grader")
            }
            var key: String?
            if let format = method?.responseFormat {
                guard let wanted = try? format.decoded(as: ResponseFormat.self) else {
                    throw .invalidPayload("'response_format' is not valid.", parameter: "response_format")
                }
                if case .json(let property, _) = try AnswerForm(wanted) { key = property }
            }
            do {
                return .reward(try RewardGrader(grader), answerKey: key)
            } catch {
                throw .invalidPayload("The grader cannot be used: \(error)", parameter: "grader")
            }
        default: return .supervised
        }
    }

    /// The hyperparameters that the create response shows: -1 for those left to the service. Parameters of one method
    /// are in `method`.
    private static func asked(_ hyperparameters: Hyperparameters) -> Hyperparameters {
        Hyperparameters(
            nEpochs: hyperparameters.nEpochs ?? .auto, batchSize: hyperparameters.batchSize ?? .auto,
            learningRateMultiplier: hyperparameters.learningRateMultiplier ?? .auto)
    }

    private func checkFile(_ id: FileID, _ parameter: String, _ call: Call, at now: Date) throws(ServiceError) {
        let record = try file(id.text, at: now)
        guard record.object.purpose == .fineTune else {
            throw .invalidPayload(
                "The file '\(id)' has the purpose '\(record.object.purpose)', not 'fine-tune'.", parameter: parameter)
        }
        // OpenAI itself waits for the file.
        guard record.status(at: now) == .processed || call.route.surface == .openAI else {
            throw ServiceError(
                400, "unexpectedEntityState",
                "The file '\(id)' is not processed yet: its status is '\(record.status(at: now))'.",
                parameter: parameter)
        }
    }

    private func checkJobSlots() throws(ServiceError) {
        let waiting = jobs.values.filter { $0.object.status == .pending }.count
        guard jobs.values.filter({ !$0.isDeleted }).count < settings.limits.fineTuneJobs else {
            throw ServiceError(
                400, "quotaExceeded", "The resource already has the maximum number of fine-tuning jobs. Delete some first.")
        }
        guard waiting < settings.limits.queuedJobs else {
            throw ServiceError(429, "quotaExceeded", "Too many fine-tuning jobs are waiting on this resource.")
        }
    }

    /// `GET /fine_tuning/jobs`.
    func listJobs(_ call: Call, hidingNewest stale: Double?) async throws -> Reply {
        let now = await clock.now()
        let records = jobs.values
            .filter { !$0.isDeleted && (stale == nil || $0.createdAt <= now - (stale ?? 0)) }
            .sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
        let shown = try records.map { try call.rendered($0.object) }
        return try Self.list(shown, id: { $0["id"]?.string ?? "" }, limit: 20, call)
    }

    /// `GET /fine_tuning/jobs/{id}`.
    func getJob(_ call: Call) async throws -> Reply {
        let id = call.route.ids[0]
        let record = try job(id)
        let isDue = !record.object.status.isTerminal && (record.isWorkDone || record.isWaiting)
        _ = try await poll(isDue ? record.dueAt : record.workFrom)
        return try Reply(200, call.rendered(job(id).object))
    }

    /// `DELETE /fine_tuning/jobs/{id}`.
    func deleteJob(_ call: Call) throws -> Reply {
        var record = try job(call.route.ids[0])
        guard record.object.status.isTerminal else {
            throw ServiceError(
                409, "conflict", "The job '\(record.id)' cannot be deleted: it is \(record.object.status).")
        }
        record.isDeleted = true
        try save(record)
        return Reply(204)
    }

    /// `POST /fine_tuning/jobs/{id}/cancel`.
    func cancelJob(_ call: Call) async throws -> Reply {
        let now = await clock.now()
        var record = try job(call.route.ids[0])
        guard !record.object.status.isTerminal else {
            throw ServiceError(
                409, "conflict", "The job '\(record.id)' cannot be cancelled: it is \(record.object.status).")
        }
        record.object.status = .cancelled
        record.object.finishedAt = UnixTime(now)
        try save(record)
        try addEvent(record, "Job cancelled.", at: now)
        works[record.id]?.cancel()
        return try Reply(200, call.rendered(record.object))
    }

    /// `POST /fine_tuning/jobs/{id}/pause`: a job that has made a step pauses at the end of its epoch; that epoch's
    /// checkpoint can be deployed.
    func pauseJob(_ call: Call) async throws -> Reply {
        var record = try job(call.route.ids[0])
        guard record.object.status == .running, record.step != nil else {
            throw ServiceError(
                400, "unexpectedEntityState",
                "The job '\(record.id)' cannot be paused: it is \(record.object.status)"
                    + (record.object.status == .running ? " and has made no step yet." : "."))
        }
        record.object.status = .pausing
        try save(record)
        return try Reply(200, call.rendered(record.object))
    }

    /// `POST /fine_tuning/jobs/{id}/resume`.
    func resumeJob(_ call: Call) async throws -> Reply {
        var record = try job(call.route.ids[0])
        guard record.object.status == .paused else {
            throw ServiceError(
                400, "unexpectedEntityState",
                "The job '\(record.id)' cannot be resumed: it is \(record.object.status).")
        }
        let now = await clock.now()
        record.object.status = .resuming
        record.dueAt = now
        record.resumesAfter = record.step
        try save(record)
        try addEvent(record, "Job resumed.", at: now)
        return try Reply(200, call.rendered(record.object))
    }

    /// `GET /fine_tuning/jobs/{id}/events`, newest first.
    func listEvents(_ call: Call) async throws -> Reply {
        let record = try job(call.route.ids[0])
        let events = try events(of: record.id).reversed()
        return try Self.list(Array(events), id: { $0.id ?? "" }, limit: 20, call)
    }

    /// `GET /fine_tuning/jobs/{id}/checkpoints`, newest first.
    func listCheckpoints(_ call: Call) throws -> Reply {
        let record = try job(call.route.ids[0])
        let page = try ListPage.page(
            record.checkpoints.map(\.object).reversed(), id: { $0.id }, after: call.query["after"],
            limit: call.limit(default: 10))
        return try Reply(200, call.isVersionless ? page : page.withoutEnds)
    }

    private static func list<Item: Codable & Sendable>(
        _ items: [Item], id: (Item) -> String, limit: Int, _ call: Call
    ) throws -> Reply {
        let page = try ListPage.page(
            items, id: id, after: call.query["after"], limit: call.limit(default: limit))
        return try Reply(200, page.withoutEnds)
    }

    // MARK: Events

    private func addEvent(
        _ record: JobRecord, _ message: String, level: EventLevel = .info, data: TrainingMetrics? = nil,
        note: JSONValue? = nil, at now: Date
    ) throws {
        let event = FineTuningEvent(
            id: "ftevent-" + Self.hexDigits(), createdAt: UnixTime(now), level: level, message: message,
            type: data == nil ? .message : .metrics, data: try data.map { try JSONValue(encoding: $0) } ?? note)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let line = try encoder.encode(event) + [10]
        let handle = try FileHandle.appending(to: folder.events(of: record.object.id.fileName))
        try handle.write(contentsOf: line)
        try handle.close()
    }

    private func events(of job: String) throws -> [FineTuningEvent] {
        let place = try folder.events(of: SafeName(job))
        guard FileManager.default.fileExists(atPath: place.path) else { return [] }
        var reader = try LineReader(place)
        var events: [FineTuningEvent] = []
        while let line = try reader.next() {
            if let event = try? FineTuningEvent(json: line) { events.append(event) }
        }
        return events
    }

    /// Removes the events of an interrupted training after the job's start.
    private func forgetTraining(of id: String) throws {
        let kept = try events(of: id).prefix { $0.message != Self.started }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let text = try kept.map { try encoder.encode($0) + [10] }.reduce(Data(), +)
        try text.write(to: folder.events(of: SafeName(id)), options: .atomic)
    }

    private static let started = "Job started."

    // MARK: Life cycle

    /// Makes at most one due state change of a job; returns false if none is due.
    func advanceJob(_ id: String, at now: Date) throws -> Bool {
        guard var record = jobs[id], !record.object.status.isTerminal else { return false }
        switch record.object.status {
        case .pending, .resuming:
            let isDeveloper = record.object.trainingType == .developerTier
            let running = jobs.values
                .filter { $0.isTraining && ($0.object.trainingType == .developerTier) == isDeveloper }.count
            let most = isDeveloper ? settings.limits.runningDeveloperJobs : settings.limits.runningJobs
            // The training of a job paused just now may still be ending.
            guard now >= record.dueAt, running < most, works[id] == nil else { return false }
            record.object.status = .running
            record.startedAt = record.startedAt ?? now
            record.dueAt = now + settings.durations.fineTuneRun
            if let stall = record.fault?.stalls {
                record.workFrom = now + stall
                record.dueAt = now + stall + settings.durations.fineTuneRun
            }
            try save(record)
            return true
        case .running, .pausing:
            if !record.isWorkDone {
                if works[id] == nil, now >= record.workFrom ?? now { startTraining(id) }
                return false
            }
            guard now >= record.dueAt else { return false }
            try finish(&record, at: now)
            return true
        default: return false
        }
    }

    private func finish(_ record: inout JobRecord, at now: Date) throws {
        record.object.finishedAt = UnixTime(now)
        record.object.estimatedFinish = UnixTime(now)
        if let error = record.object.error {
            record.object.status = .failed
            try save(record)
            try addEvent(record, "Job failed: \(error.message ?? "")", level: .error, at: now)
            return
        }
        let file = record.resultFile ?? FileID("file-" + Self.hexDigits())
        let rows = try events(of: record.id).compactMap(\.metrics)
        let content = folder.incoming()
        try Data(ResultFile(rows: rows).text.utf8).write(to: content)
        try addServiceFile(file, name: "results.csv", purpose: .fineTuneResults, content: content, life: nil, at: now)
        record.resultFile = file
        record.object.resultFiles = [file]
        record.object.fineTunedModel = modelName(of: record)
        record.object.trainedTokens = record.tokensSoFar
        record.object.status = .succeeded
        try save(record)
        try addEvent(record, "Job succeeded.", at: now)
    }

    /// `<model>.ft-<hex>-<suffix>`; a model fine-tuned again keeps only its base model's name. OpenAI uses
    /// `ft:<model>:<organisation>:<suffix>:<hex>`.
    private func modelName(of record: JobRecord) -> String {
        let base = baseName(record.object.model)
        let suffix = record.object.suffix
        if record.isOpenAI == true { return "ft:\(base):emulated:\(suffix ?? ""):\(record.hex.prefix(8))" }
        return "\(base).ft-\(record.hex)" + (suffix.map { "-" + $0 } ?? "")
    }

    private func startTraining(_ id: String) {
        start(id) {
            do {
                try await self.train(id)
            } catch {
                await self.trainingFailed(id, code: "500", message: "\(error)")
            }
        }
    }

    private func train(_ id: String) async throws {
        guard var record = jobs[id], let network = network(record.object.model) else { return }
        let training = try folder.content(of: SafeName(record.object.trainingFile?.text ?? ""))
        let validation = try record.object.validationFile.map { try folder.content(of: $0.fileName) }
        if record.resumesAfter == nil {
            try forgetTraining(of: id)
            record.checkpoints = []
            record.tokensSoFar = 0
            record.step = nil
            try save(record)
            try addEvent(record, Self.started, at: await clock.now())
        }
        let method = record.method
        let limits = settings.limits
        guard FileManager.default.fileExists(atPath: training.path) else {
            return trainingFailed(id, code: "notFound", message: "The training file no longer exists.")
        }
        if [record.object.trainingFile, record.object.validationFile].compactMap({ $0.flatMap { files[$0.text] } })
            .contains(where: { $0.isOverlong == true })
        {
            return trainingFailed(
                id, code: "500", message: "A system error was encountered, please try again later.")
        }
        let survey = try await Task.detached { try await TrainingSurvey.of(training, method: method, limits: limits) }.value
        if let failure = record.fault?.fails {
            return trainingFailed(id, code: failure.code, message: failure.message)
        }
        guard survey.problems.isEmpty else {
            return trainingFailed(
                id, code: "jsonlValidationFailed", message: survey.problems.joined(separator: " "))
        }
        let chosen = Self.chosen(record.object.hyperparameters ?? Hyperparameters(), examples: survey.examples)
        let tokens = survey.tokens.reduce(0, +)
        guard let current = jobs[id], current.isTraining else { return }
        record = current
        record.object.hyperparameters = Hyperparameters(
            nEpochs: .value(chosen.epochs), batchSize: .value(chosen.batchSize),
            learningRateMultiplier: .value(chosen.multiplier))
        try save(record)
        guard tokens.saturatingMultiplied(by: chosen.epochs) <= limits.trainedTokens else {
            return trainingFailed(
                id, code: "quotaExceeded", message: "Tokens times epochs exceed \(limits.trainedTokens).")
        }
        if survey.crowded > 0, record.resumesAfter == nil {
            try addEvent(
                record, "\(survey.crowded) examples have more than 10 images.", level: .warning, at: await clock.now())
        }
        let output = folder.checkpoints(of: try SafeName(id))
        if record.resumesAfter == nil { try? FileManager.default.removeItem(at: output) }
        try FileManager.default.createDirectory(at: output, withIntermediateDirectories: true)
        var skipped = survey.skipped
        for line in 0..<min(max(0, record.fault?.skipsImages ?? 0), survey.examples) {
            skipped[line] = "excluded by a fault script"
        }
        let screened = settings.screening?.rejected(of: survey.tokens.count, isValidation: false) ?? []
        for line in screened where skipped[line] == nil { skipped[line] = "" }
        let (input, lines) = try Self.trainingInput(training, skipping: Set(skipped.keys), in: output)
        let checked = try await screenedValidation(validation, method: method, in: output)
        guard survey.examples > skipped.count else {
            return trainingFailed(
                id, code: "jsonlValidationFailed",
                message: "No examples left: all \(survey.examples) were skipped because of their images.")
        }
        let call = FineTuneCall(
            model: network, objective: try Self.objective(of: record.object.method), trainingFile: input.path,
            validationFile: checked?.file.path, batchSize: chosen.batchSize,
            learningRateMultiplier: chosen.multiplier, epochs: chosen.epochs,
            seed: UInt64(bitPattern: Int64(record.object.seed ?? 0)), output: output.path, threads: settings.threads)
        let (steps, continuation) = AsyncStream.makeStream(of: FineTuneStep.self)
        async let trained = {
            defer { continuation.finish() }
            return try await self.vision.fineTune(call) { continuation.yield($0) }
        }()
        let perStep = Double(tokens * chosen.epochs)
        for await step in steps {
            try await stepped(id, step, tokens: Int(saturating: perStep * Double(step.step) / Double(step.of)))
            // Yields so that a pause request can run between two steps.
            await Task.yield()
        }
        let result = try await trained
        for example in result.skipped {
            skipped[lines.isEmpty ? example.line - 1 : lines[example.line - 1]] = example.reason
        }
        try await trainingDone(id, skipped: skipped, validation: checked, survey: survey, epochs: chosen.epochs)
    }

    /// The validation file without examples that the screening rejects, and the reasons for skipping them.
    private func screenedValidation(
        _ file: URL?, method: FineTuningMethodType, in folder: URL
    ) async throws -> (file: URL, skipped: [Int: String], examples: Int)? {
        guard let file else { return nil }
        guard let rule = settings.screening else { return (file, [:], 0) }
        let limits = settings.limits
        let survey = try await Task.detached { try await TrainingSurvey.of(file, method: method, limits: limits) }.value
        var skipped = survey.skipped
        for line in rule.rejected(of: survey.tokens.count, isValidation: true) where skipped[line] == nil {
            skipped[line] = ""
        }
        // If no example would remain, the file is used unfiltered.
        guard !skipped.isEmpty, skipped.count < survey.examples else { return (file, [:], survey.examples) }
        let (input, _) = try Self.trainingInput(file, skipping: Set(skipped.keys), in: folder, named: "validation.jsonl")
        return (input, skipped, survey.examples)
    }

    /// The service's defaults: three epochs, a batch size of 0.2% of the examples but at least four, and a learning
    /// rate multiplier of 1.
    static func chosen(
        _ asked: Hyperparameters, examples: Int
    ) -> (epochs: Int, batchSize: Int, multiplier: Double) {
        (
            asked.nEpochs?.value ?? 3, asked.batchSize?.value ?? min(256, max(4, examples / 500)),
            asked.learningRateMultiplier?.value ?? 1
        )
    }

    /// The training file, or a copy without skipped lines and without a byte order mark. With a copy come the
    /// original positions of its lines, counted from 0.
    private static func trainingInput(
        _ file: URL, skipping: Set<Int>, in folder: URL, named name: String = "training.jsonl"
    ) throws -> (URL, [Int]) {
        var reader = try LineReader(file)
        guard var line = try reader.next(), !skipping.isEmpty || line.starts(with: BatchSurvey.bom) else {
            return (file, [])
        }
        if line.starts(with: BatchSurvey.bom) { line = Data(line.dropFirst(BatchSurvey.bom.count)) }
        let copy = folder.appending(path: name)
        let handle = try FileHandle.truncating(copy)
        var index = 0
        var kept: [Int] = []
        var next: Data? = line
        while let line = next {
            if !skipping.contains(index) {
                try handle.write(contentsOf: line + [10])
                kept.append(index)
            }
            index += 1
            next = try reader.next()
        }
        try handle.close()
        return (copy, kept)
    }

    private func stepped(_ id: String, _ step: FineTuneStep, tokens: Int) async throws {
        let now = await clock.now()
        guard !isClosing, var record = jobs[id], record.isTraining, step.step > record.resumesAfter ?? 0 else { return }
        let metrics = TrainingMetrics(
            step: step.step, trainLoss: step.trainLoss, trainMeanTokenAccuracy: step.trainMeanTokenAccuracy,
            validLoss: step.fullValidLoss, validMeanTokenAccuracy: step.fullValidMeanTokenAccuracy,
            fullValidLoss: step.fullValidLoss, fullValidMeanTokenAccuracy: step.fullValidMeanTokenAccuracy)
        try addEvent(record, "Step \(step.step): training loss=\(step.trainLoss)", data: metrics, at: now)
        record.tokensSoFar = tokens
        record.step = step.step
        jobs[id] = record
        guard step.endsEpoch else { return }
        let named =
            record.isOpenAI == true ? modelName(of: record) : "\(baseName(record.object.model)).ft-\(record.hex)"
        let checkpoint = FineTuningCheckpoint(
            id: "ftchkpt-" + Self.hexDigits(), createdAt: UnixTime(now),
            fineTunedModelCheckpoint: "\(named):ckpt-step-\(step.step)", stepNumber: step.step,
            metrics: metrics, fineTuningJobID: record.object.id)
        record.checkpoints.append(JobRecord.Checkpoint(object: checkpoint, epoch: step.epoch))
        if record.checkpoints.count > Self.checkpointsKept {
            let dropped = record.checkpoints.removeFirst()
            try? FileManager.default.removeItem(atPath: try self.checkpoint(dropped.epoch, of: record))
        }
        let isPausing = record.object.status == .pausing && step.step < step.of
        if isPausing { record.object.status = .paused }
        try save(record)
        try addEvent(record, "Checkpoint created at step \(step.step).", at: now)
        if isPausing {
            try addEvent(record, "Job paused.", at: now)
            works[id]?.cancel()
        }
    }

    private func trainingDone(
        _ id: String, skipped: [Int: String],
        validation: (file: URL, skipped: [Int: String], examples: Int)?, survey: TrainingSurvey, epochs: Int
    ) async throws {
        let now = await clock.now()
        guard !isClosing, var record = jobs[id], record.isTraining else { return }
        let used = survey.tokens.enumerated().filter { skipped[$0.offset] == nil }.map(\.element)
        record.tokensSoFar = used.reduce(0, +).saturatingMultiplied(by: epochs)
        try tellSkipped(record, skipped, of: survey.examples, "", at: now)
        if let validation { try tellSkipped(record, validation.skipped, of: validation.examples, "validation ", at: now) }
        record.isWorkDone = true
        try save(record)
    }

    /// Reports skipped examples; the screening gives no reason. The event also lists the rejected lines, which the
    /// real service does not report.
    private func tellSkipped(
        _ record: JobRecord, _ skipped: [Int: String], of examples: Int, _ file: String, at now: Date
    ) throws {
        guard !skipped.isEmpty else { return }
        let reasons = Set(skipped.values).subtracting([""]).sorted().prefix(3).joined(separator: "; ")
        try addEvent(
            record,
            "\(skipped.count) of \(examples) \(file)examples skipped" + (reasons.isEmpty ? "" : ": image \(reasons)"),
            level: .warning,
            note: [
                "image_screening": [
                    "submitted": .int(Int64(examples)), "rejected": .int(Int64(skipped.count)),
                    "rejected_lines": .array(skipped.keys.sorted().map { .int(Int64($0 + 1)) }),
                ]
            ], at: now)
    }

    private func trainingFailed(_ id: String, code: String, message: String) {
        guard !isClosing, var record = jobs[id], record.isTraining else { return }
        record.object.error = FineTuningJobError(code: code, message: message)
        record.isWorkDone = true
        record.tokensSoFar = 0
        try? save(record)
    }
}
