// Dispatches each operation to its implementation.

import AzureWire
import Foundation

extension EmulatedAccount {
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
        case .emulatorClock: try Reply(200, await reading())
        case .emulatorAdvance: try await advanceClock(call)
        case .emulatorWait: try await wait(call)
        case .emulatorCosts: try await costs()
        case .emulatorModels: try await emulatedModels()
        case .emulatorLog: throw ServiceError.noSuchPath
        }
    }

    private struct Seconds: Decodable { var seconds: Double }
    private static let longestWait = 366.0 * 86_400

    private func seconds(_ call: Call) async throws -> Double {
        let asked: Seconds = try await call.json()
        guard (0...Self.longestWait).contains(asked.seconds) else {
            throw ServiceError.invalidPayload("'seconds' must be from 0 to a year.", parameter: "seconds")
        }
        return asked.seconds
    }

    private func wait(_ call: Call) async throws -> Reply {
        try await Reply(200, wait(seconds: seconds(call)))
    }

    private func advanceClock(_ call: Call) async throws -> Reply {
        try await advance(to: await clock.now().addingTimeInterval(seconds(call)))
        return try Reply(200, await reading())
    }
}
