// Batch prediction jobs and their life cycle.
//
//   PENDING (or QUEUED) -> RUNNING -> SUCCEEDED | PARTIALLY_SUCCEEDED | FAILED | EXPIRED
//          \-> EXPIRED         \-> CANCELLING -> CANCELLED
//
// Answering runs for real; a phase ends when its computation has finished and its virtual time has passed.

import Basics
import EmulatorCore
import Foundation
import VertexWire

/// A batch prediction job. `dueAt` is the earliest end of its phase; the phase also needs its computation to finish.
struct BatchRecord: Codable, Sendable {
    var id: String
    var location: String
    /// The client's request, in normalized JSON.
    var asked: [String: JSONValue]
    /// The catalogue's or tuned model's name that answers and sets the price.
    var model: String
    var state = JobState.pending
    var createdAt: Date
    var updatedAt: Date
    var startedAt: Date?
    var endedAt: Date?
    var dueAt: Date
    var isWorkDone = false
    var error: JSONValue?
    /// `gs://bucket/prefix/prediction-model-TIME`, once the job has written.
    var directory: String?
    var progress = BatchWriter.Progress()
    var fault: Fault?
    var isDeleted = false

    var name: String { EmulatedProject.parent(location) + "batchPredictionJobs/" + id }
    var labels: [String: String] { (asked["labels"]?.object ?? [:]).compactMapValues(\.string) }

    /// The job as the API describes it.
    var described: JSONValue {
        var members = asked
        members["name"] = .string(name)
        members["state"] = .string(state.rawValue)
        members["createTime"] = .string(createdAt.googleStamp)
        members["updateTime"] = .string(updatedAt.googleStamp)
        members["modelVersionId"] = "1"
        if let startedAt { members["startTime"] = .string(startedAt.googleStamp) }
        if let endedAt { members["endTime"] = .string(endedAt.googleStamp) }
        if let error { members["error"] = error }
        if let directory { members["outputInfo"] = ["gcsOutputDirectory": .string(directory)] }
        if startedAt != nil, progress != .init() {
            members["completionStats"] = [
                "successfulCount": .string(String(progress.successful)), "failedCount": .string(String(progress.failed)),
                "incompleteCount": .string(String(progress.incomplete)),
            ]
        }
        if state == .partiallySucceeded, progress.failed > 0 {
            members["partialFailures"] = [["code": 13, "message": "Internal error encountered."]]
        }
        return .object(members)
    }
}

extension EmulatedProject {
    private func batch(_ call: GoogleCall) throws(GoogleError) -> BatchRecord {
        guard let record = batches[call.route.ids[0]], !record.isDeleted, record.location == call.route.location else {
            throw .notFound("The BatchPredictionJob \"\(call.route.ids[0])\" does not exist.")
        }
        return record
    }

    /// `POST …/batchPredictionJobs`.
    func createBatch(_ call: GoogleCall, fault: Fault?) async throws -> Reply {
        let json = try await call.json("BatchPredictionJob")
        let now = await clock.now()
        guard case .object(var asked) = json else { throw GoogleError.invalid("The request body is not an object.") }
        guard asked["displayName"]?.string?.isEmpty == false else {
            throw GoogleError.invalid("Field: display_name; Message: Required field is not set.")
        }
        for key in Self.outputOnly { asked[key] = nil }
        try Labels.check((asked["labels"]?.object ?? [:]).compactMapValues(\.string))
        let input = asked["inputConfig"]
        guard input?["instancesFormat"] == "jsonl", let uris = input?["gcsSource"]?["uris"]?.array?.compactMap(\.string) else {
            throw GoogleError.invalid("The emulator reads batches from Cloud Storage: instancesFormat jsonl with gcsSource.")
        }
        guard uris.count == 1, let source = StorageURI(uris[0]), !source.name.isEmpty else {
            throw GoogleError.invalid("Only one GCS source URI of the form gs://bucket/object is supported for this model.")
        }
        let output = asked["outputConfig"]
        guard output?["predictionsFormat"] == "jsonl",
            let target = output?["gcsDestination"]?["outputUriPrefix"]?.string.flatMap({ StorageURI($0) })
        else {
            throw GoogleError.invalid(
                "The emulator writes batches to Cloud Storage: predictionsFormat jsonl with gcsDestination.")
        }
        _ = try bucket(source.bucket)
        _ = try bucket(target.bucket)
        let model = try batchModel(asked["model"]?.string ?? "", location: call.route.location)
        asked["model"] = .string(model.name)
        var record = BatchRecord(
            id: Self.newID(), location: call.route.location, asked: asked, model: model.network, createdAt: now,
            updatedAt: now, dueAt: now + settings.durations.batchQueue)
        record.fault = fault
        if let stall = fault?.stalls {
            record.state = .queued
            record.dueAt = now + min(stall, settings.durations.batchQueueLimit)
        }
        try save(record)
        return try Reply(200, record.described)
    }

    private static let outputOnly = [
        "name", "state", "createTime", "updateTime", "startTime", "endTime", "error", "outputInfo", "completionStats",
        "partialFailures", "modelVersionId", "resourcesConsumed", "satisfiesPzi", "satisfiesPzs",
    ]

    /// The model of a batch: a publisher model, or a tuned model of the second generation outside of `global`.
    private func batchModel(_ name: String, location: String) throws(GoogleError) -> (name: String, network: String) {
        let parts = name.split(separator: "/").map(String.init)
        if let at = parts.firstIndex(of: "publishers"), parts.count == at + 4, parts[at + 1] == "google",
            parts[at + 2] == "models"
        {
            let family = ModelFamily(parts[at + 3])
            guard models.contains(where: { $0.name == family.name }) else { throw noSuchModel(parts[at + 3], location) }
            return ("publishers/google/models/" + parts[at + 3], family.name)
        }
        guard parts.count == 6, parts[0] == "projects", parts[4] == "models" else {
            throw .invalid("Invalid Model resource name: '\(name)'.")
        }
        let id = String(parts[5].prefix { $0 != "@" })
        guard let tuned = tunedModels[id], !tuned.isDeleted else { throw .notFound("The Model \"\(name)\" does not exist.") }
        guard ModelFamily(tuned.base).answersTunedBatches, location != "global" else {
            throw .precondition("Batch prediction is not supported for tuned models of \(tuned.base).")
        }
        return (name, "tuned:" + id)
    }

    /// `GET …/batchPredictionJobs`, newest first.
    func listBatches(_ call: GoogleCall, hidingNewest stale: Double?) async throws -> Reply {
        let now = await clock.now()
        let filter = try ListFilter(call.query["filter"])
        let records = try batches.values
            .filter { !$0.isDeleted && $0.location == call.route.location }
            .filter { stale == nil || $0.createdAt <= now - (stale ?? 0) }
            .filter { record in
                try filter.matches(labels: record.labels) { field in
                    switch field {
                    case "display_name", "displayName": record.asked["displayName"]?.string
                    case "model_display_name": record.model
                    case "state": record.state.rawValue
                    case "create_time": record.createdAt.googleStamp
                    default: nil
                    }
                }
            }
            .sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
        return try ResourcePage.reply("batchPredictionJobs", records.map { ($0.id, $0.described) }, call)
    }

    /// `GET …/batchPredictionJobs/{id}`.
    func getBatch(_ call: GoogleCall) async throws -> Reply {
        let record = try batch(call)
        _ = try await poll(record.state.isTerminal || record.isBusy ? nil : record.dueAt)
        return try Reply(200, batch(call).described)
    }

    /// `POST …/batchPredictionJobs/{id}:cancel`: an empty answer; a finished job stays as it is.
    func cancelBatch(_ call: GoogleCall) async throws -> Reply {
        let now = await clock.now()
        var record = try batch(call)
        if !record.state.isTerminal, record.state != .cancelling {
            record.state = .cancelling
            record.updatedAt = now
            record.dueAt = now + settings.durations.batchCancelling
            record.isWorkDone = works[record.id] == nil
            try save(record)
        }
        return try Reply(200, JSONValue.object([:]))
    }

    /// `DELETE …/batchPredictionJobs/{id}`: an operation; only for finished jobs. The output stays.
    func deleteBatch(_ call: GoogleCall) async throws -> Reply {
        let record = try batch(call)
        guard record.state.isTerminal else {
            throw GoogleError.precondition(
                "The BatchPredictionJob \"\(record.name)\" is in state \(record.state.rawValue) and cannot be deleted.")
        }
        return try await begin(.deleteBatch(record.id), under: String(Self.parent(record.location).dropLast()), call)
    }

    // MARK: Life cycle

    /// Makes at most one due state change of a batch; returns false if none is due.
    func advanceBatch(_ id: String, at now: Date) throws -> Bool {
        guard var record = batches[id], !record.state.isTerminal else { return false }
        if record.isBusy {
            guard works[id] == nil else { return false }
            guard record.state == .cancelling else {
                try startAnswering(record)
                return false
            }
            // Cancelled before a restart: nothing computes any more.
            record.isWorkDone = true
        }
        guard now >= record.dueAt else { return false }
        record.updatedAt = now
        switch record.state {
        case .queued where now >= record.createdAt + settings.durations.batchQueueLimit:
            record.state = .expired
            record.endedAt = now
        case .queued, .pending:
            record.state = .running
            record.startedAt = now
            record.dueAt = now + settings.durations.batchRun
        case .running:
            if record.error != nil {
                record.state = .failed
            } else {
                try publish(&record, at: now)
                record.state =
                    record.fault?.expiresAt != nil
                    ? .expired : record.fault?.partly != nil ? .partiallySucceeded : .succeeded
            }
            record.endedAt = now
        case .cancelling:
            if record.startedAt != nil, record.error == nil { try publish(&record, at: now) }
            record.state = .cancelled
            record.error = ["code": 1, "message": "CANCELED"]
            record.endedAt = now
        default: return false
        }
        try save(record)
        return true
    }

    private func predictions(of id: String) throws -> URL { try folder.file(.batches, SafeName(id), ".predictions.jsonl") }

    /// Puts the predictions into a new folder below the job's output prefix.
    private func publish(_ record: inout BatchRecord, at now: Date) throws {
        let file = try predictions(of: record.id)
        guard FileManager.default.fileExists(atPath: file.path) else { return }
        if record.fault?.repeatsLines == true {
            let lines = try Data(contentsOf: file)
            try (lines + lines).write(to: file)
        }
        nameDirectory(&record, at: now)
        try put(file, as: "predictions.jsonl", of: record, at: now)
        if let place = record.directory.flatMap({ StorageURI($0) }) {
            try removeObject(place.bucket, place.name + "/" + Self.partialName)
        }
    }

    private static let partialName = "incremental_predictions.jsonl"

    private func nameDirectory(_ record: inout BatchRecord, at now: Date) {
        guard record.directory == nil, var prefix = record.asked["outputConfig"]?["gcsDestination"]?["outputUriPrefix"]?.string
        else { return }
        while prefix.hasSuffix("/") { prefix.removeLast() }
        record.directory = "\(prefix)/prediction-model-\(now.googleStamp)"
    }

    private func put(_ file: URL, as name: String, of record: BatchRecord, at now: Date) throws {
        guard let place = record.directory.flatMap({ StorageURI($0) }), buckets[place.bucket] != nil else { return }
        var head = try ObjectHead([:], name: place.name + "/" + name)
        head.contentType = "application/jsonl"
        _ = try store(head, in: place.bucket, content: file, sums: Checksums.of(file), at: now)
    }

    private func startAnswering(_ record: BatchRecord) throws {
        let id = record.id
        let source = record.asked["inputConfig"]?["gcsSource"]?["uris"]?.array?.first?.string ?? ""
        if let failure = record.fault?.fails {
            start(id) { await self.answered(id, GoogleError(400, failure.code, failure.message)) }
            return
        }
        guard let object = object(at: source), let network = network(of: record.model) else {
            start(id) {
                await self.answered(id, GoogleError.invalid("Failed to import data. Not found: \(source)"))
            }
            return
        }
        guard object.size <= settings.limits.inputBytes else {
            start(id) {
                await self.answered(id, GoogleError.invalid("Failed to import data. The input file is larger than 1 GB."))
            }
            return
        }
        let writer = BatchWriter(
            input: try content(of: object), output: try predictions(of: id),
            reader: reader(ModelFamily(baseName(of: record.model))),
            answerer: GeminiAnswerer(vision: vision, model: network), startedAt: record.startedAt ?? record.createdAt,
            limits: settings.limits, share: record.fault?.expiresAt ?? record.fault?.partly,
            failsRest: record.fault?.partly != nil, blocked: record.fault?.filters ?? 0)
        start(id) {
            do {
                try await writer.run { await self.progressed(id, $0) }
                await self.answered(id, nil)
            } catch let unusable as BatchWriter.Unusable {
                await self.answered(id, unusable.error)
            } catch {
                await self.answered(id, GoogleError(500, "INTERNAL", "\(error)"))
            }
        }
    }

    /// Records progress; returns false if answering must stop.
    private func progressed(_ id: String, _ progress: BatchWriter.Progress) async -> Bool {
        let now = await clock.now()
        guard !isClosing, var record = batches[id] else { return false }
        record.progress = progress
        if record.directory == nil, progress.successful + progress.failed > 0 {
            // A partial dump exists next to the predictions while the job runs.
            nameDirectory(&record, at: now)
            let copy = folder.incoming(.objects)
            if let file = try? predictions(of: id), (try? FileManager.default.copyItem(at: file, to: copy)) != nil {
                try? put(copy, as: Self.partialName, of: record, at: now)
            }
        }
        try? save(record)
        return record.state == .running
    }

    private func answered(_ id: String, _ error: GoogleError?) {
        guard !isClosing, var record = batches[id] else { return }
        if let error, record.state == .running { record.error = error.rpcStatus }
        record.isWorkDone = true
        try? save(record)
    }
}

extension BatchRecord {
    /// Whether the phase has a computation.
    fileprivate var isBusy: Bool { !isWorkDone && (state == .running || state == .cancelling) }

    /// The time of the next change that needs no computation; `nil` if there is none.
    var due: Date? { state.isTerminal || isBusy ? nil : dueAt }
}
