// The account's stored records: each resource's wire form plus internal state.

import AzureWire
import EmulatorCore
import Foundation

/// A file. Its status depends only on time.
struct FileRecord: Codable, Sendable {
    var object: FileObject
    var contentType: String
    var createdAt: Date
    var readyAt: Date
    /// Uploaded in a form that is too large: a job with this file fails.
    var isOverlong: Bool?

    func status(at now: Date) -> FileState {
        if now >= readyAt { return .processed }
        return now < createdAt + readyAt.timeIntervalSince(createdAt) / 2 ? .pending : .running
    }

    func isGone(at now: Date) -> Bool { object.expiresAt.map { $0.date <= now } ?? false }

    /// The file as the API describes it.
    func described(at now: Date) -> FileObject {
        var described = object
        described.status = status(at: now)
        return described
    }

    /// The time of the file's next change.
    func due(after now: Date) -> Date? {
        let middle = createdAt + readyAt.timeIntervalSince(createdAt) / 2
        return [middle, readyAt].first { $0 > now }
    }
}

/// An upload and its parts.
struct UploadRecord: Codable, Sendable {
    struct Part: Codable, Sendable {
        var id: String
        var bytes: Int
    }

    var object: Upload
    var mimeType: String
    var parts: [Part] = []

    func described(at now: Date) -> Upload {
        var described = object
        if object.status == .pending, let end = object.expiresAt, end.date <= now { described.status = .expired }
        return described
    }
}

/// A batch. `dueAt` is the earliest end of its phase; the phase also needs its computation to finish.
struct BatchRecord: Codable, Sendable {
    var object: Batch
    var createdAt: Date
    var dueAt: Date
    var isWorkDone = false
    /// Earliest start of its computation; `nil` for immediately.
    var workFrom: Date?
    var deployment: String?
    /// The model behind the deployment when the batch was accepted, which sets the price.
    var model: String?
    var enqueuedTokens = 0
    var promptTokens = 0
    var completionTokens = 0
    /// Whether it was created through OpenAI's paths, with lines that name a model.
    var isOpenAI: Bool?
    var outputExpiresAfter: Int?
    /// Ids of the result files, assigned when the batch begins to finalize.
    var outputFile: FileID?
    var errorFile: FileID?
    var fault: Fault?

    var id: String { object.id.text }
}

/// A fine-tuning job.
struct JobRecord: Codable, Sendable {
    struct Checkpoint: Codable, Sendable {
        var object: FineTuningCheckpoint
        var epoch: Int
    }

    var object: FineTuningJob
    var createdAt: Date
    var dueAt: Date
    var isWorkDone = false
    /// Earliest start of its computation; `nil` for immediately.
    var workFrom: Date?
    /// When training began; reinforcement jobs are billed by the hour.
    var startedAt: Date?
    /// The last step reported before a pause; after resuming, only later steps are reported.
    var resumesAfter: Int?
    /// The last step reported.
    var step: Int?
    /// Whether it was created through OpenAI's paths.
    var isOpenAI: Bool?
    var checkpoints: [Checkpoint] = []
    var resultFile: FileID?
    /// Tokens trained so far, which a cancelled job is billed for.
    var tokensSoFar = 0
    /// Deleted jobs are no longer listed; their models and costs remain.
    var isDeleted = false
    var fault: Fault?

    var id: String { object.id.text }
    var method: FineTuningMethodType { object.method?.type ?? .supervised }
    /// Whether the next change comes at `dueAt` without a computation.
    var isWaiting: Bool { object.status == .pending || object.status == .resuming }
    /// Hours of training so far; 0 for a failed job.
    func trainingHours(at now: Date) -> Double {
        guard let startedAt, object.error == nil else { return 0 }
        return max(0, (object.finishedAt?.date ?? now).timeIntervalSince(startedAt)) / 3600
    }
    /// Whether it counts against the limit of running jobs.
    var isTraining: Bool { object.status == .running || object.status == .pausing }
    /// The 32 hexadecimal digits used in the model's name.
    var hex: String { String(id.dropFirst("ftjob-".count)) }
}

/// A deployment, kept after deletion for the bill.
struct DeploymentRecord: Codable, Sendable {
    var uid: String
    var object: Deployment
    var createdAt: Date
    var readyAt: Date
    var deletionAskedAt: Date?
    var goneAt: Date?
    /// Chats are rejected until then, even if the control plane reports success.
    var answersAt: Date
    /// Fine-tuned models are billed for hosting by the hour.
    var isFineTuned: Bool
    /// Not created by a client: counts requests that name a model directly.
    var isImplicit: Bool?
    var requests = 0
    var promptTokens = 0
    var completionTokens = 0

    var name: String { object.name ?? "" }
    var modelName: String { object.properties.model?.name ?? "" }
    var sku: SKUName { object.sku?.name ?? .standard }

    /// Time of the last question it answered.
    var askedAt: Date?

    /// The developer tier deletes a deployment after a day.
    private static let developerTierLife = 86_400.0
    /// A fine-tuned model's deployment without requests for this long is deleted; the model remains.
    private static let idleLife = 15 * 86_400.0

    /// When the deployment ceases to exist.
    var end: Date? {
        let day = sku == .developerTier ? createdAt + Self.developerTierLife : nil
        let idle = isFineTuned ? max(readyAt, askedAt ?? readyAt) + Self.idleLife : nil
        return [goneAt, day, idle].compactMap { $0 }.min()
    }

    func isThere(at now: Date) -> Bool { end.map { now < $0 } ?? true }

    func state(at now: Date) -> ProvisioningState {
        if deletionAskedAt != nil { return .deleting }
        return now >= readyAt ? .succeeded : .creating
    }

    func described(at now: Date) -> Deployment {
        var described = object
        described.properties.provisioningState = state(at: now)
        return described
    }

    /// Billed hours of hosting so far: from ready until its deletion is requested, or until its end.
    func hostedHours(at now: Date) -> Double {
        guard isFineTuned, sku != .developerTier else { return 0 }
        return max(0, min(deletionAskedAt ?? end ?? now, now).timeIntervalSince(readyAt)) / 3600
    }

    func due(after now: Date) -> Date? { [readyAt, goneAt].compactMap { $0 }.first { $0 > now } }
}
