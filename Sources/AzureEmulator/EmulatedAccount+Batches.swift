// Batches and their life cycle.
//
//   validating -> in_progress -> finalizing -> completed | expired
//       \-> failed    \-> cancelling -> cancelled
//
// Validation and answering run for real; a phase ends when its computation has finished and its virtual time has
// passed.

import AzureWire
import Basics
import EmulatorCore
import Foundation
import VisionProtocol

extension EmulatedAccount {
    private static let window = 86_400.0

    private func batch(_ id: String) throws(ServiceError) -> BatchRecord {
        guard let record = batches[id] else { throw .notFound("batch", id) }
        return record
    }

    /// `POST /batches`.
    func createBatch(_ call: Call, fault: Fault?) async throws -> Reply {
        let request: BatchCreateRequest = try await call.json()
        let now = await clock.now()
        guard request.completionWindow == "24h" else {
            throw ServiceError.invalidPayload("'completion_window' must be '24h'.", parameter: "completion_window")
        }
        guard !request.endpoint.path.hasSuffix("/responses") else { throw ServiceError.noResponses }
        guard request.endpoint.means(.azureChat) else {
            throw ServiceError.invalidPayload(
                "'\(request.endpoint.path)' is not an endpoint for batches.", parameter: "endpoint")
        }
        if let metadata = request.metadata {
            guard metadata.count <= 16,
                metadata.allSatisfy({ $0.key.count <= 64 && $0.value.count <= 512 })
            else {
                throw ServiceError.invalidPayload(
                    "'metadata' can have at most 16 pairs, names of 64 and values of 512 characters.",
                    parameter: "metadata")
            }
        }
        let input = try file(request.inputFileID.text, at: now)
        guard input.object.purpose == .batch else {
            throw ServiceError.invalidPayload(
                "The file '\(request.inputFileID)' has the purpose '\(input.object.purpose)', not 'batch'.",
                parameter: "input_file_id")
        }
        let isOpenAI = call.route.surface == .openAI
        guard input.status(at: now) == .processed || isOpenAI else {
            throw ServiceError(
                400, "unexpectedEntityState",
                "The file '\(request.inputFileID)' is not processed yet: its status is '\(input.status(at: now))'.",
                parameter: "input_file_id")
        }
        // Azure returns the path without its version; OpenAI returns it as given and requires the version.
        guard !isOpenAI || request.endpoint == .openAIChat else {
            throw ServiceError.invalidPayload(
                "'\(request.endpoint.path)' is not an endpoint for batches.", parameter: "endpoint")
        }
        let endpoint = isOpenAI ? request.endpoint : BatchEndpoint(request.endpoint.withoutVersion)
        if settings.limits.quotaCheck == .atCreate {
            let survey = try await BatchSurvey.of(
                folder.content(of: request.inputFileID.fileName), endpoint: endpoint, limits: settings.limits)
            if let refusal = overQuota(survey.model, survey.promptTokens) {
                throw ServiceError(400, "token_limit_exceeded", refusal)
            }
        }
        var record = BatchRecord(
            object: Batch(
                id: BatchID("batch_" + UUID().uuidString.lowercased()), endpoint: endpoint,
                inputFileID: request.inputFileID, status: .validating, createdAt: UnixTime(now),
                expiresAt: UnixTime(now + Self.window), metadata: request.metadata),
            createdAt: now, dueAt: now + settings.durations.batchValidation)
        record.isOpenAI = isOpenAI
        record.outputExpiresAfter = request.outputExpiresAfter?.seconds
        record.fault = fault
        record.object.requestCounts = BatchRequestCounts()
        try save(record)
        try settle(at: now)
        // The stable version returns 200, previews return 201.
        let status = call.route.surface == .authoring && call.isPreview ? 201 : 200
        return try Reply(status, call.rendered(record.object))
    }

    /// `GET /batches`.
    func listBatches(_ call: Call, hidingNewest stale: Double?) async throws -> Reply {
        let now = await clock.now()
        let records = batches.values
            .filter { stale == nil || $0.createdAt <= now - (stale ?? 0) }
            .sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
        let page = try ListPage.page(
            try records.map { try call.rendered($0.object) }, id: { $0["id"]?.string ?? "" }, after: call.query["after"],
            limit: call.limit(default: 20))
        var headers: [String: String] = [:]
        if call.isPreview {
            let enqueued = batches.values.filter { !$0.object.status.isTerminal }.map(\.enqueuedTokens).reduce(0, +)
            headers["deployment-enqueued-tokens"] = String(enqueued)
            headers["deployment-maximum-enqueued-tokens"] = String(settings.limits.enqueuedTokens)
        }
        return try Reply(200, page, headers: headers)
    }

    /// `GET /batches/{id}`.
    func getBatch(_ call: Call) async throws -> Reply {
        let id = call.route.ids[0]
        let record = try batch(id)
        let due = record.object.status.isTerminal ? nil : record.isWorkDone ? record.dueAt : record.workFrom
        _ = try await poll(due)
        return try Reply(200, call.rendered(batch(id).object))
    }

    /// `POST /batches/{id}/cancel`.
    func cancelBatch(_ call: Call) async throws -> Reply {
        let now = await clock.now()
        var record = try batch(call.route.ids[0])
        switch record.object.status {
        case .validating, .inProgress, .finalizing:
            record.object.status = .cancelling
            record.object.cancellingAt = UnixTime(now)
            record.dueAt = now + settings.durations.batchCancelling
            record.workFrom = nil
            nameResultFiles(of: &record)
            try save(record)
        case .cancelling: break
        default:
            throw ServiceError(
                409, "conflict", "The batch '\(record.id)' cannot be cancelled: it is \(record.object.status).")
        }
        return try Reply(200, call.rendered(record.object))
    }

    // MARK: Life cycle

    /// Makes at most one due state change of a batch; returns false if none is due.
    func advanceBatch(_ id: String, at now: Date) throws -> Bool {
        guard var record = batches[id], !record.object.status.isTerminal else { return false }
        if !record.isWorkDone {
            guard works[id] == nil, now >= record.workFrom ?? now else { return false }
            guard record.object.status == .cancelling else {
                try startWork(of: record)
                return false
            }
            record.isWorkDone = true
            try save(record)
        }
        guard now >= record.dueAt else { return false }
        switch record.object.status {
        case .validating:
            if record.object.errors != nil {
                record.object.status = .failed
                record.object.failedAt = UnixTime(now)
            } else {
                record.object.status = .inProgress
                record.object.inProgressAt = UnixTime(now)
                record.isWorkDone = false
                record.dueAt = now + settings.durations.batchRun
                if let stall = record.fault?.stalls {
                    record.workFrom = now + stall
                    record.dueAt = now + stall + settings.durations.batchRun
                }
            }
        case .inProgress:
            if record.object.errors != nil {
                record.object.status = .failed
                record.object.failedAt = UnixTime(now)
            } else {
                record.object.status = .finalizing
                record.object.finalizingAt = UnixTime(now)
                record.dueAt = now + settings.durations.batchFinalizing
                nameResultFiles(of: &record)
            }
        case .finalizing:
            try publishResults(of: &record, at: now)
            if record.fault?.expiresAt != nil {
                record.object.status = .expired
                record.object.expiredAt = UnixTime(now)
            } else {
                record.object.status = .completed
                record.object.completedAt = UnixTime(now)
            }
        case .cancelling:
            if record.object.inProgressAt != nil { try publishResults(of: &record, at: now) }
            record.object.status = .cancelled
            record.object.cancelledAt = UnixTime(now)
        default: return false
        }
        try save(record)
        return true
    }

    private func nameResultFiles(of record: inout BatchRecord) {
        record.outputFile = record.outputFile ?? FileID("file-" + Self.hexDigits())
        record.errorFile = record.errorFile ?? FileID("file-" + Self.hexDigits())
    }

    /// Publishes the computed results as files. Both files exist even if they are empty.
    private func publishResults(of record: inout BatchRecord, at now: Date) throws {
        let results = [
            (record.outputFile, try folder.batchOutput(record.object.id.fileName), "_output"),
            (record.errorFile, try folder.batchErrors(record.object.id.fileName), "_error"),
        ]
        if record.fault?.repeatsLines == true, let lines = try? Data(contentsOf: folder.batchOutput(record.object.id.fileName)) {
            try (lines + lines).write(to: folder.batchOutput(record.object.id.fileName))
        }
        for (file, content, ending) in results {
            guard let file else { continue }
            try addServiceFile(
                file, name: record.id + ending + ".jsonl", purpose: .batchOutput, content: content,
                life: record.outputExpiresAfter, at: now)
        }
        record.object.outputFileID = record.outputFile
        record.object.errorFileID = record.errorFile
    }

    private func startWork(of record: BatchRecord) throws {
        let id = record.id
        let input = try folder.content(of: SafeName(record.object.inputFileID?.text ?? ""))
        let limits = settings.limits
        switch record.object.status {
        case .validating:
            let endpoint = record.object.endpoint ?? .azureChat
            start(id) {
                let survey = try? await BatchSurvey.of(input, endpoint: endpoint, limits: limits)
                await self.validated(id, survey)
            }
        case .inProgress:
            guard let name = record.model, let network = network(name) else { return }
            let runner = BatchRunner(
                input: input, output: try folder.batchOutput(SafeName(id)), errors: try folder.batchErrors(SafeName(id)),
                served: ServedModel(model: network, name: name), answerer: ChatAnswerer(vision: vision),
                limits: limits, startedAt: record.object.inProgressAt?.date ?? record.createdAt,
                maxLines: Self.maxLines(of: record), filtered: record.fault?.filters ?? 0,
                leftOver: record.fault?.expiresAt != nil ? .expired : .failed)
            start(id) {
                do {
                    try await runner.run { await self.progressed(id, $0) }
                    await self.worked(id, nil)
                } catch {
                    await self.worked(id, error)
                }
            }
        default: break
        }
    }

    private static func maxLines(of record: BatchRecord) -> Int? {
        guard let share = record.fault?.expiresAt ?? record.fault?.partly else { return nil }
        return Int(saturating: Double(record.object.requestCounts?.total ?? 0) * share)
    }

    /// Records the result of validation.
    private func validated(_ id: String, _ survey: BatchSurvey?) async {
        let now = await clock.now()
        guard !isClosing, var record = batches[id] else { return }
        var errors =
            survey?.errors ?? [
                BatchError(code: "input_no_permissions", message: "The input file no longer exists.")
            ]
        if let survey {
            if errors.isEmpty { errors = refusals(of: survey, isOpenAI: record.isOpenAI == true, at: now) }
            record.deployment = survey.model
            record.model = survey.model.flatMap {
                record.isOpenAI == true ? $0 : deployment($0, at: now)?.modelName
            }
            record.enqueuedTokens = survey.promptTokens
            record.object.requestCounts = BatchRequestCounts(total: errors.isEmpty ? survey.lines : 0)
        }
        if let failure = record.fault?.fails {
            errors = [BatchError(code: failure.code, message: failure.message)]
        }
        if !errors.isEmpty { record.object.errors = BatchErrors(errors) }
        record.isWorkDone = true
        try? save(record)
    }

    /// Errors of the deployment and the quota for a batch with a valid file.
    private func refusals(of survey: BatchSurvey, isOpenAI: Bool, at now: Date) -> [BatchError] {
        if isOpenAI {
            if survey.model.flatMap({ network($0) }) == nil {
                return [
                    BatchError(
                        code: "model_not_found", message: "The model '\(survey.model ?? "")' does not exist.")
                ]
            }
            return overQuota(survey.model, survey.promptTokens).map {
                [BatchError(code: "token_limit_exceeded", message: $0)]
            } ?? []
        }
        guard let name = survey.model, let deployment = deployment(name, at: now) else {
            return [
                BatchError(
                    code: "model_not_found",
                    message: "The provided model deployment '\(survey.model ?? "")' was not found in this resource.")
            ]
        }
        guard deployment.sku.isBatch else {
            return [
                BatchError(
                    code: "invalid_request",
                    message: "The deployment SKU '\(deployment.sku)' is not supported for batches: it must be "
                        + "globalbatch or datazonebatch.")
            ]
        }
        guard !deployment.isFineTuned else {
            return [BatchError(code: "invalid_request", message: "Fine-tuned models are not supported for batches.")]
        }
        if let refusal = overQuota(name, survey.promptTokens) {
            return [BatchError(code: "token_limit_exceeded", message: refusal)]
        }
        return []
    }

    /// The error message if the tokens exceed the deployment's queue, including batches already in it; otherwise
    /// `nil`.
    private func overQuota(_ deployment: String?, _ tokens: Int) -> String? {
        let limit = settings.limits.enqueuedTokens
        let enqueued = batches.values
            .filter { !$0.object.status.isTerminal && $0.deployment == deployment }.map(\.enqueuedTokens).reduce(0, +)
        guard enqueued + tokens > limit else { return nil }
        return "Enqueued token limit reached for deployment \(deployment ?? ""). Limit: \(limit) enqueued tokens. "
            + "Please try again once some in_progress batches have been completed. (token_limit_exceeded)"
    }

    /// Records progress; returns false if answering must stop.
    private func progressed(_ id: String, _ progress: BatchRunner.Progress) -> Bool {
        guard !isClosing, var record = batches[id] else { return false }
        record.object.requestCounts?.completed = progress.completed
        record.object.requestCounts?.failed = progress.failed
        record.promptTokens = progress.promptTokens
        record.completionTokens = progress.completionTokens
        try? save(record)
        return record.object.status == .inProgress
    }

    private func worked(_ id: String, _ error: (any Error)?) {
        guard !isClosing, var record = batches[id] else { return }
        if let error, record.object.status == .inProgress {
            record.object.errors = BatchErrors([BatchError(code: "internal_failure", message: "\(error)")])
        }
        record.isWorkDone = true
        try? save(record)
    }
}
