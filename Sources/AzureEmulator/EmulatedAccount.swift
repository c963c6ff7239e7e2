// The emulated account's state, on disk and in memory.

import AzureWire
import Basics
import EmulatorCore
import Foundation
import VisionProtocol

/// One account of the provider. Every change is written to disk before it is reported to a client.
actor EmulatedAccount: EmulatedService {
    private static let version = 1

    let settings: EmulatorSettings
    nonisolated var clockTrigger: ClockTrigger { settings.clockTrigger }
    nonisolated var models: [CatalogueModel] { settings.models }
    let folder: StateFolder
    let head: AccountHead
    let clock: EmulatorClock
    let vision: any VisionModel

    var files: [String: FileRecord] = [:]
    var uploads: [String: UploadRecord] = [:]
    var batches: [String: BatchRecord] = [:]
    var jobs: [String: JobRecord] = [:]
    /// By uid, because a name can be reused after a deletion.
    var deployments: [String: DeploymentRecord] = [:]

    /// Rate limits of deployments, by uid.
    var meters: [String: RateMeter] = [:]

    /// Times of the uploads of the last second.
    var uploadTimes: [Date] = []

    var work = RunningWork()

    /// Opens or creates the account's folder.
    /// - Parameter base: the clock from which virtual time is derived.
    init(_ settings: EmulatorSettings, vision: any VisionModel, base: any WallClock) async throws {
        self.settings = settings
        self.vision = vision
        folder = try StateFolder(settings.state, kinds: StateFolder.Kind.all)
        folder.removeLeftovers(.files)
        head = try AccountHead(version: Self.version, account: settings.account).opened(in: folder)
        clock = EmulatorClock(base: base, jumped: head.secondsJumped)
        for record in try folder.load(.files, as: FileRecord.self) { files[record.object.id.text] = record }
        for record in try folder.load(.uploads, as: UploadRecord.self) { uploads[record.object.id.text] = record }
        for record in try folder.load(.batches, as: BatchRecord.self) { batches[record.id] = record }
        for record in try folder.load(.jobs, as: JobRecord.self) { jobs[record.id] = record }
        for record in try folder.load(.deployments, as: DeploymentRecord.self) { deployments[record.uid] = record }
        try await saveHead()
        let now = await clock.now()
        try prepareDeployments(at: now)
        try settle(at: now)
    }

    // MARK: Records

    func save(_ record: FileRecord) throws {
        try folder.save(record, .files, record.object.id.fileName)
        files[record.object.id.text] = record
    }

    func save(_ record: UploadRecord) throws {
        try folder.save(record, .uploads, record.object.id.fileName)
        uploads[record.object.id.text] = record
    }

    func save(_ record: BatchRecord) throws {
        try folder.save(record, .batches, record.object.id.fileName)
        batches[record.id] = record
    }

    func save(_ record: JobRecord) throws {
        try folder.save(record, .jobs, record.object.id.fileName)
        jobs[record.id] = record
    }

    func save(_ record: DeploymentRecord) throws {
        try folder.save(record, .deployments, SafeName(record.uid))
        deployments[record.uid] = record
    }

    /// 32 hexadecimal digits, as in the service's ids.
    nonisolated static func hexDigits() -> String { UUID().uuidString.replacing("-", with: "").lowercased() }

    // MARK: Models

    /// The network behind a model's name: a catalogue model, a fine-tuned model or a checkpoint.
    func network(_ name: String) -> EmulatedModel? {
        if let listed = settings.models.first(where: { $0.name == name }) { return listed.model }
        for job in jobs.values {
            guard var network = network(job.object.model) else { continue }
            if job.object.fineTunedModel == name, let last = job.checkpoints.last {
                guard let checkpoint = try? checkpoint(last.epoch, of: job) else { return nil }
                network.checkpoint = checkpoint
                return network
            }
            if let kept = job.checkpoints.first(where: { $0.object.fineTunedModelCheckpoint == name }) {
                guard let checkpoint = try? checkpoint(kept.epoch, of: job) else { return nil }
                network.checkpoint = checkpoint
                return network
            }
        }
        return nil
    }

    func isFineTuned(_ name: String) -> Bool { !settings.models.contains { $0.name == name } }

    /// The catalogue model from which a model was fine-tuned; a catalogue model's own name.
    func baseName(_ name: String) -> String {
        var name = name
        while let job = jobs.values.first(where: { job in
            job.object.fineTunedModel == name
                || job.checkpoints.contains { $0.object.fineTunedModelCheckpoint == name }
        }) {
            name = job.object.model
        }
        return name
    }

    func checkpoint(_ epoch: Int, of job: JobRecord) throws(UnsafeName) -> String {
        folder.checkpoints(of: try job.object.id.fileName).appending(path: "epoch-\(epoch).safetensors").path
    }

    /// The deployment with this name, if it exists at this time.
    func deployment(_ name: String, at now: Date) -> DeploymentRecord? {
        deployments.values
            .filter { $0.isImplicit != true && $0.name.lowercased() == name.lowercased() && $0.isThere(at: now) }
            .max { $0.createdAt < $1.createdAt }
    }
}
