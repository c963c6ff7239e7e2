// The account as an emulated service: checks, errors, due changes, and the implementation of each operation.

import AzureWire
import EmulatorCore
import Foundation

extension EmulatedAccount {
    nonisolated func operation(of request: ReceivedRequest) -> String? {
        Route(method: request.method, path: request.path)?.operation.rawValue
    }

    func admit(_ request: ReceivedRequest) async throws {
        guard let route = Route(method: request.method, path: request.path) else {
            throw request.path.hasSuffix("/responses") ? ServiceError.noResponses : ServiceError.noSuchPath
        }
        try CallCheck(settings: settings).check(Call(request, route))
    }

    func answer(_ request: ReceivedRequest, fault: Fault?) async throws -> Reply {
        guard let route = Route(method: request.method, path: request.path) else { throw ServiceError.noSuchPath }
        return try await handle(Call(request, route), fault: fault)
    }

    nonisolated func reply(to error: any Error, of request: ReceivedRequest) throws -> Reply {
        let surface = Route(method: request.method, path: request.path)?.surface ?? .authoring
        let rejection = ServiceError(describing: error)
        return try Reply(rejection.status, rejection.body(for: surface), headers: rejection.headers)
    }

    nonisolated func error(of fault: Fault, status: Int) -> any Error {
        let message = fault.message ?? "A scripted fault."
        var error =
            fault.code == "content_filter"
            ? ServiceError.contentFilter(message) : ServiceError(status, fault.code ?? String(status), message)
        error.status = status
        error.headers = fault.headers ?? [:]
        return error
    }

    nonisolated func fields(id: String) -> [String: String] { ["apim-request-id": id, "x-ms-region": "emulator"] }

    /// Applies all due changes and starts computations that may begin.
    func settle(at now: Date) throws {
        guard !isClosing else { return }
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
        moments += files.values.compactMap { $0.due(after: now) }
        moments += deployments.values.compactMap { $0.due(after: now) }
        for batch in batches.values where !batch.object.status.isTerminal {
            if batch.isWorkDone { moments.append(batch.dueAt) }
            if let start = batch.workFrom { moments.append(start) }
        }
        for job in jobs.values where !job.object.status.isTerminal {
            if job.isWorkDone || job.isWaiting { moments.append(job.dueAt) }
            if let start = job.workFrom { moments.append(start) }
        }
        return moments.filter { $0 > now }.min()
    }

    /// Executes a call. Throws `ServiceError` for rejected requests.
    /// - Parameter fault: the fault that affects the call's result rather than its connection.
    func handle(_ call: Call, fault: Fault?) async throws -> Reply {
        try settle(at: await clock.now())
        return switch call.route.operation {
        case .filesCreate: try await createFile(call)
        case .filesList: try await listFiles(call, hidingNewest: fault?.stale)
        case .filesGet: try await getFile(call)
        case .filesContent: try await fileContent(call)
        case .filesDelete: try await deleteFile(call)
        case .filesImport:
            throw ServiceError(400, "fileImportFailed", "The emulator fetches nothing from the network.")
        case .uploadsCreate: try await createUpload(call)
        case .uploadsPart: try await addPart(call)
        case .uploadsComplete: try await completeUpload(call)
        case .uploadsCancel: try await cancelUpload(call)
        case .batchesCreate: try await createBatch(call, fault: fault)
        case .batchesList: try await listBatches(call, hidingNewest: fault?.stale)
        case .batchesGet: try await getBatch(call)
        case .batchesCancel: try await cancelBatch(call)
        case .jobsCreate: try await createJob(call, fault: fault)
        case .jobsList: try await listJobs(call, hidingNewest: fault?.stale)
        case .jobsGet: try await getJob(call)
        case .jobsDelete: try deleteJob(call)
        case .jobsCancel: try await cancelJob(call)
        case .jobsPause: try await pauseJob(call)
        case .jobsResume: try await resumeJob(call)
        case .jobsEvents: try await listEvents(call)
        case .jobsCheckpoints: try listCheckpoints(call)
        case .modelsList: try listModels(call)
        case .modelsGet: try getModel(call)
        case .modelsDelete:
            throw ServiceError(400, "unexpectedEntityState", "The emulator does not delete models.")
        case .chat: try await chat(call)
        case .deploymentsPut: try await putDeployment(call, fault: fault)
        case .deploymentsPatch: try await patchDeployment(call)
        case .deploymentsGet: try await getDeployment(call)
        case .deploymentsDelete: try await deleteDeployment(call)
        case .deploymentsList: try await listDeployments(call, hidingNewest: fault?.stale)
        case .operationsGet: try await getOperation(call)
        }
    }
}
