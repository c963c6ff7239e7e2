// The emulated project's state, on disk and in memory.

import Basics
import EmulatorCore
import Foundation
import VisionProtocol

extension StateFolder.Kind {
    static let buckets = Self("buckets")
    static let objects = Self("objects")
    static let uploads = Self("uploads")
    static let batches = Self("batches")
    static let jobs = Self("jobs")
    static let models = Self("models")
    static let endpoints = Self("endpoints")
    static let operations = Self("operations")
    static let usage = Self("usage")

    static let all = [buckets, objects, uploads, batches, jobs, models, endpoints, operations, usage]
}

/// One Google Cloud project. Every change is written to disk before it is reported to a client.
actor EmulatedProject: EmulatedService {
    private static let version = 1
    /// The project's number, which Google's answers name in place of the project id.
    static let number = "123456789012"

    let settings: VertexEmulatorSettings
    let folder: StateFolder
    let head: AccountHead
    let clock: EmulatorClock
    let vision: any VisionModel
    let tokens: TokenIssuer
    nonisolated var clockTrigger: ClockTrigger { settings.clockTrigger }
    nonisolated var models: [CatalogueModel] { settings.models }

    var work = RunningWork()
    var buckets: [String: StorageBucket] = [:]
    /// Live objects by bucket and name.
    var objects: [String: [String: StoredObject]] = [:]
    var uploads: [String: UploadSession] = [:]
    var batches: [String: BatchRecord] = [:]
    var jobs: [String: TuningRecord] = [:]
    var tunedModels: [String: ModelRecord] = [:]
    var endpoints: [String: EndpointRecord] = [:]
    var operations: [String: OperationRecord] = [:]
    /// Online usage by the name of the asked model or endpoint.
    var usage: [String: UsageRecord] = [:]
    /// Upload sessions that a request is sending to.
    var receiving: Set<String> = []
    private var latestGeneration: Int64 = 0

    /// Opens or creates the project's folder.
    /// - Parameter base: the clock from which virtual time is derived.
    init(_ settings: VertexEmulatorSettings, vision: any VisionModel, base: any WallClock) async throws {
        self.settings = settings
        self.vision = vision
        folder = try StateFolder(settings.state, kinds: StateFolder.Kind.all)
        folder.removeLeftovers(.objects)
        head = try AccountHead(version: Self.version, account: settings.account, service: "vertex").opened(in: folder)
        clock = EmulatorClock(base: base, jumped: head.secondsJumped)
        tokens = TokenIssuer(key: settings.apiKey, base: base)
        for bucket in try folder.load(.buckets, as: StorageBucket.self) { buckets[bucket.name] = bucket }
        for object in try folder.load(.objects, as: StoredObject.self) {
            // The folder may belong to an untrusted project.
            guard object.isPossible else {
                throw DamagedFile(
                    path: folder.folder(.objects).path, reason: "object \(object.generation) has impossible numbers")
            }
            let held = objects[object.bucket]?[object.name]
            // A kill between the two writes of an overwrite leaves both generations.
            if held == nil || object.generation > held?.generation ?? 0 {
                objects[object.bucket, default: [:]][object.name] = object
            }
            latestGeneration = max(latestGeneration, object.generation)
        }
        for session in try folder.load(.uploads, as: UploadSession.self) { uploads[session.id] = session }
        for record in try folder.load(.batches, as: BatchRecord.self) { batches[record.id] = record }
        for record in try folder.load(.jobs, as: TuningRecord.self) { jobs[record.id] = record }
        for record in try folder.load(.models, as: ModelRecord.self) { tunedModels[record.id] = record }
        for record in try folder.load(.endpoints, as: EndpointRecord.self) { endpoints[record.id] = record }
        for record in try folder.load(.operations, as: OperationRecord.self) { operations[record.id] = record }
        for record in try folder.load(.usage, as: UsageRecord.self) { usage[record.name] = record }
        try await saveHead()
        let now = await clock.now()
        if buckets[settings.account.text] == nil {
            try save(StorageBucket(name: settings.account.text, location: "US", createdAt: now))
        }
        try settle(at: now)
    }

    // MARK: Records

    func save(_ bucket: StorageBucket) throws {
        try folder.save(bucket, .buckets, SafeName(bucket.name))
        buckets[bucket.name] = bucket
    }

    func save(_ record: BatchRecord) throws {
        try folder.save(record, .batches, SafeName(record.id))
        batches[record.id] = record
    }

    func save(_ record: TuningRecord) throws {
        try folder.save(record, .jobs, SafeName(record.id))
        jobs[record.id] = record
    }

    func save(_ record: ModelRecord) throws {
        try folder.save(record, .models, SafeName(record.id))
        tunedModels[record.id] = record
    }

    func save(_ record: EndpointRecord) throws {
        try folder.save(record, .endpoints, SafeName(record.id))
        endpoints[record.id] = record
    }

    func save(_ record: OperationRecord) throws {
        try folder.save(record, .operations, SafeName(record.id))
        operations[record.id] = record
    }

    func save(_ session: UploadSession) throws {
        try folder.save(session, .uploads, SafeName(session.id))
        uploads[session.id] = session
    }

    /// A new resource id: 19 decimal digits.
    nonisolated static func newID() -> String {
        String(UInt64.random(in: 1_000_000_000_000_000_000...9_223_372_036_854_775_807))
    }

    /// A generation of an object: the time in microseconds, and always greater than the one before.
    func newGeneration(at now: Date) -> Int64 {
        latestGeneration = max(latestGeneration + 1, Int64(saturating: now.timeIntervalSince1970 * 1_000_000))
        return latestGeneration
    }

    /// `projects/NUMBER/locations/LOCATION/`, with which names in answers begin.
    nonisolated static func parent(_ location: String) -> String { "projects/\(number)/locations/\(location)/" }
}
