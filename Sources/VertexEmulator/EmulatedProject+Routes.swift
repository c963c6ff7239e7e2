// The project as an emulated service: credentials, errors, due changes, and the implementation of each operation.

import Basics
import EmulatorCore
import Foundation

extension EmulatedProject {
    nonisolated func operation(of request: ReceivedRequest) -> String? { GoogleRoute(request)?.operation.rawValue }

    func admit(_ request: ReceivedRequest) async throws {
        guard let route = GoogleRoute(request) else { throw GoogleError.noSuchPath }
        switch route.operation {
        // The token endpoint gives out the credentials; an upload session's URI is one.
        case .token, .uploadsPut, .uploadsStatus, .uploadsCancel: return
        default:
            let header = request.headers["authorization"] ?? ""
            let token = header.lowercased().hasPrefix("bearer ") ? String(header.dropFirst(7)) : nil
            try await tokens.check(token)
        }
    }

    nonisolated func reply(to error: any Error, of request: ReceivedRequest) throws -> Reply {
        let error = GoogleError(describing: error)
        return try Reply(error.code, error.body(GoogleRoute(request)?.form ?? .rpc), headers: error.headers)
    }

    nonisolated func error(of fault: Fault, status: Int) -> any Error {
        var error = GoogleError(http: status, fault.message ?? "A scripted fault.")
        if let code = fault.code {
            error.status = code
            error.reason = code
        }
        error.headers = fault.headers ?? [:]
        if let delay = fault.retryDelay {
            error.details.append(
                ["@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": .string("\(delay)s")])
        }
        return error
    }

    nonisolated func fields(id: String) -> [String: String] { ["X-Emulator-Request-Id": id] }

    func settle(at now: Date) throws {
        guard !isClosing else { return }
        for id in operations.keys.sorted() { _ = try advanceOperation(id, at: now) }
        for id in batches.keys.sorted() {
            while try advanceBatch(id, at: now) {}
        }
        let waiting = jobs.values.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
        for id in waiting.map(\.id) {
            while try advanceJob(id, at: now) {}
        }
    }

    func nextDue(after now: Date) -> Date? {
        var moments: [Date] = []
        for operation in operations.values where !operation.isDone { moments.append(operation.endsAt) }
        for batch in batches.values { if let due = batch.due { moments.append(due) } }
        for job in jobs.values { if let due = job.due { moments.append(due) } }
        return moments.filter { $0 > now }.min()
    }

    func answer(_ request: ReceivedRequest, fault: Fault?) async throws -> Reply {
        guard let route = GoogleRoute(request) else { throw GoogleError.noSuchPath }
        let call = GoogleCall(route: route, request: request)
        try settle(at: await clock.now())
        return switch route.operation {
        case .token: try await tokens.answer(request)
        case .bucketsInsert: try await insertBucket(call)
        case .bucketsList: try listBuckets(call)
        case .bucketsGet: try getBucket(call)
        case .objectsInsert: try await insertObject(call)
        case .uploadsStart: try await startUpload(call)
        case .uploadsPut: try await putChunk(call)
        case .uploadsStatus: try await uploadStatus(call)
        case .uploadsCancel: try await cancelUpload(call)
        case .objectsList: try await listObjects(call, hidingNewest: fault?.stale)
        case .objectsGet: try getObject(call)
        case .objectsDownload: try download(call)
        case .objectsPatch: try await patchObject(call)
        case .objectsDelete: try deleteObject(call)
        case .batchesCreate: try await createBatch(call, fault: fault)
        case .batchesList: try await listBatches(call, hidingNewest: fault?.stale)
        case .batchesGet: try await getBatch(call)
        case .batchesCancel: try await cancelBatch(call)
        case .batchesDelete: try await deleteBatch(call)
        case .jobsCreate: try await createJob(call, fault: fault)
        case .jobsList: try await listJobs(call, hidingNewest: fault?.stale)
        case .jobsGet: try await getJob(call)
        case .jobsCancel: try await cancelJob(call)
        case .endpointsList: try await listEndpoints(call, hidingNewest: fault?.stale)
        case .endpointsGet: try getEndpoint(call)
        case .endpointsUndeploy: try await undeploy(call)
        case .endpointsDelete: try await deleteEndpoint(call)
        case .modelsList: try await listModels(call, hidingNewest: fault?.stale)
        case .modelsGet: try getModel(call)
        case .modelsPatch: try await patchModel(call)
        case .modelsDelete: try await deleteModel(call)
        case .modelsDeleteVersion: try deleteVersion(call)
        case .modelsListVersions: try listVersions(call)
        case .modelsListCheckpoints: try listCheckpoints(call)
        case .operationsGet, .operationsWait: try await getOperation(call)
        case .contextsGet: try getContext(call)
        case .contextsList: try listContexts(call)
        case .seriesList: try listSeries(call)
        case .seriesRead: try readSeries(call)
        case .publisherModelsGet: try publisherModel(call)
        case .generate, .streamGenerate: try await generate(call, fault: fault)
        case .count: try await count(call)
        }
    }
}

extension GoogleCall {
    /// The JSON body in normalized form. Throws 400 if it is not JSON or has unknown names or wrong types.
    func json(_ message: String, limit: Int = 16 << 20) async throws -> JSONValue {
        let bytes = try await request.body.bytes(limit: limit)
        let parsed: JSONValue
        do { parsed = bytes.isEmpty ? [:] : try JSONValue(parsing: bytes) } catch {
            throw GoogleError.invalid("Invalid JSON payload received. \(error)")
        }
        return try ProtoJSON.normalized(parsed, as: message)
    }
}
