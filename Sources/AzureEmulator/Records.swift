// What the account remembers of each thing: its wire form, and what the wire does not tell.

import AzureWire
import Foundation

/// A file. Its status follows from the time alone.
struct FileRecord: Codable, Sendable {
    var object: FileObject
    var contentType: String
    var createdAt: Date
    var readyAt: Date
    /// Sent in one form although it is too large for that: a job with it fails.
    var isOverlong: Bool?

    func status(at now: Date) -> FileState {
        if now >= readyAt { return .processed }
        return now < createdAt + readyAt.timeIntervalSince(createdAt) / 2 ? .pending : .running
    }

    func isGone(at now: Date) -> Bool { object.expiresAt.map { $0.date <= now } ?? false }

    /// As the API describes it.
    func described(at now: Date) -> FileObject {
        var described = object
        described.status = status(at: now)
        return described
    }

    /// The next moment at which something about it changes.
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

/// A batch. `dueAt` is when its phase may end; it ends when its work is done too.
struct BatchRecord: Codable, Sendable {
    var object: Batch
    var createdAt: Date
    var dueAt: Date
    var isWorkDone = false
    /// Its computation begins no earlier; `nil` for at once.
    var workFrom: Date?
    var deployment: String?
    /// The model behind the deployment when the batch was taken, for its price.
    var model: String?
    var enqueuedTokens = 0
    var promptTokens = 0
    var completionTokens = 0
    /// Whether it was created by OpenAI's paths: its lines name a model.
    var isOpenAI: Bool?
    var outputExpiresAfter: Int?
    /// Ids for the result files, given when the batch begins to finalize.
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
    /// Its computation begins no earlier; `nil` for at once.
    var workFrom: Date?
    /// When it began to train; a reinforcement job is billed by the hour.
    var startedAt: Date?
    /// The last step that was told before a pause: training again tells only what comes after it.
    var resumesAfter: Int?
    /// The last step that was told.
    var step: Int?
    /// Whether it was created by OpenAI's paths.
    var isOpenAI: Bool?
    var checkpoints: [Checkpoint] = []
    var resultFile: FileID?
    /// Trained tokens so far: what a cancelled job is billed for.
    var tokensSoFar = 0
    /// Deleted jobs are no longer told of; their models and their bill stay.
    var isDeleted = false
    var fault: Fault?

    var id: String { object.id.text }
    var method: FineTuningMethodType { object.method?.type ?? .supervised }
    /// Whether the next change comes at `dueAt` by itself.
    var isWaiting: Bool { object.status == .pending || object.status == .resuming }
    /// Hours of training until now; none for a job that failed.
    func trainingHours(at now: Date) -> Double {
        guard let startedAt, object.error == nil else { return 0 }
        return max(0, (object.finishedAt?.date ?? now).timeIntervalSince(startedAt)) / 3600
    }
    /// Whether it holds one of the places for running jobs.
    var isTraining: Bool { object.status == .running || object.status == .pausing }
    /// 32 hexadecimal digits that name the model.
    var hex: String { String(id.dropFirst("ftjob-".count)) }
}

/// A deployment, kept after its deletion for the bill.
struct DeploymentRecord: Codable, Sendable {
    var uid: String
    var object: Deployment
    var createdAt: Date
    var readyAt: Date
    var deletionAskedAt: Date?
    var goneAt: Date?
    /// Chats are refused until then, whatever the control plane says.
    var answersAt: Date
    /// A fine-tuned model is hosted by the hour.
    var isFineTuned: Bool
    /// Not one that anybody made: it counts what a model was asked by its own name.
    var isImplicit: Bool?
    var requests = 0
    var promptTokens = 0
    var completionTokens = 0

    var name: String { object.name ?? "" }
    var modelName: String { object.properties.model?.name ?? "" }
    var sku: SKUName { object.sku?.name ?? .standard }

    /// The last question that it answered.
    var askedAt: Date?

    /// The developer tier takes a deployment away after a day.
    private static let developerTierLife = 86_400.0
    /// A fine-tuned model's deployment that nobody asks for so long is deleted; the model stays.
    private static let idleLife = 15 * 86_400.0

    /// When it stopped, or will stop, to be there.
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

    /// Hours of hosting that were billed until now: from ready to the moment its deletion was asked for, or to its end.
    func hostedHours(at now: Date) -> Double {
        guard isFineTuned, sku != .developerTier else { return 0 }
        return max(0, min(deletionAskedAt ?? end ?? now, now).timeIntervalSince(readyAt)) / 3600
    }

    func due(after now: Date) -> Date? { [readyAt, goneAt].compactMap { $0 }.first { $0 > now } }
}
