// Batches of Vertex AI, with their input and results in Cloud Storage.

import Basics
import Foundation
import Platform
import ProviderKit
import VertexWire

/// The labels by which this program finds its jobs.
enum VertexLabel {
    /// The tag of the create call.
    static let tag = "assay"
    /// The two halves of the digest of the requests; a label's value has at most 63 characters.
    static let requests = ("assay-requests-1", "assay-requests-2")

    static func labels(tag: String, fingerprint: Digest?) -> [String: String] {
        var labels = [VertexLabel.tag: tag]
        if let hex = fingerprint?.hex {
            labels[requests.0] = String(hex.prefix(32))
            labels[requests.1] = String(hex.suffix(32))
        }
        return labels
    }

    static func fingerprint(_ labels: [String: String]?) -> Digest? {
        guard let first = labels?[requests.0], let second = labels?[requests.1] else { return nil }
        return Digest(hex: first + second)
    }

    /// The tags in a label and in a display name, which carries the tag as well.
    static func tags(_ labels: [String: String]?, displayName: String?) -> [String] {
        if let tag = labels?[VertexLabel.tag] { return [tag.lowercased()] }
        return displayName.map { JobTag.all(in: $0) } ?? []
    }
}

/// Batch prediction over files of lines.
struct VertexBatching: Batching {
    let client: VertexClient
    let storage: StorageClient

    /// The maximum number of files with the results of one batch. All of them together have the size of one download.
    private static let maxShards = 10_000

    func job(_ request: BatchRequest) async -> any RemoteJobService {
        VertexBatchService(
            client: client, storage: storage, model: request.model, fingerprint: request.fingerprint,
            redact: await client.connection.credential.redactor(), input: request.input)
    }

    /// One reference for all shards: the folder, the input for matching lines without their label, and the state, which
    /// decides whether an empty folder is an error.
    func resultFiles(of batch: JSONValue) throws -> [ResultFileReference] {
        let job = try BatchPredictionJob(proto: batch)
        guard let folder = job.outputInfo?.gcsOutputDirectory, !folder.isEmpty else { return [] }
        let parts = [folder, job.inputConfig?.gcsSource?.uris?.values.first ?? "", job.state?.rawValue ?? ""]
        return [ResultFileReference(id: parts.joined(separator: "\n"), isErrorFile: false)]
    }

    func download(_ file: ResultFileReference, to path: String) async throws {
        let parts = file.id.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3 else { throw ProviderError.unsafeID(file.id) }
        let folder = try StorageAddress(parts[0].hasSuffix("/") ? parts[0] : parts[0] + "/")
        let shards = try await storage.list(prefix: folder).filter { object in
            (object.name ?? "").dropFirst(folder.name.count).wholeMatch(of: #/predictions\.jsonl(-\d+-of-\d+)?/#) != nil
        }
        guard shards.count <= VertexBatching.maxShards else {
            throw ProviderError.unreadable(
                operation: "read results", status: 200,
                reason: "\(folder) contains \(shards.count) files of predictions; the limit is \(VertexBatching.maxShards)")
        }
        if shards.isEmpty, [JobState.succeeded, .partiallySucceeded].contains(JobState(rawValue: parts[2]).named) {
            throw ProviderError.unreadable(
                operation: "read results", status: 200,
                reason: "\(folder) contains no predictions.jsonl although the job succeeded")
        }
        var local: [String] = []
        defer { for path in local { try? FileManager.default.removeItem(atPath: path) } }
        var room = StorageClient.maxDownloadBytes
        for (number, shard) in shards.enumerated() {
            let target = "\(path).shard-\(number)"
            local.append(target)
            try await storage.download(
                StorageAddress("gs://\(folder.bucket)/\(shard.name ?? "")"), bytes: shard.size?.value.map(Int64.init),
                to: target, limit: room)
            room -= try LocalFileSystem().status(target)?.size ?? 0
            try await client.connection.credential.redact(fileAt: target)
        }
        var results = BatchResults(shards: local)
        try results.scan()
        if results.hasLinesWithoutID, !parts[1].isEmpty {
            let input = path + ".input"
            local.append(input)
            let address = try StorageAddress(parts[1])
            if try await storage.find(address) != nil {
                try await storage.download(address, bytes: nil, to: input)
                try results.match(inputAt: input)
            }
        }
        try results.write(to: path)
    }

    func forEachLine(ofFileAt path: String, _ body: (ResultLine) throws -> Void) throws {
        let file = try LineFile(path: path)
        while let line = try file.next() {
            if line.contains(where: { $0 > 0x20 }) { try body(ResultLine(gemini: line)) }
        }
    }

    func taggedJob(_ id: String) async throws -> TaggedJob {
        tagged(
            try await client.job("look for batch", id, "batchPredictionJobs", in: [client.endpoint.location]))
    }

    func taggedJobs() async throws -> AccountList<TaggedJob> { AccountList(try await client.batches().map(tagged)) }

    func cancel(_ id: String) async throws { try await client.cancel(id) }

    private func tagged(_ job: BatchPredictionJob) -> TaggedJob {
        TaggedJob(
            id: job.name ?? "", tags: VertexLabel.tags(job.labels, displayName: job.displayName),
            fingerprint: VertexLabel.fingerprint(job.labels), status: job.state?.rawValue ?? "",
            isEnd: job.state?.isEnd ?? false)
    }
}

/// A batch as a paid job. Its labels and its display name carry the tag.
struct VertexBatchService: RemoteJobService {
    let client: VertexClient
    let storage: StorageClient
    let model: String
    let fingerprint: Digest
    /// Redacts secrets in the provider's texts.
    let redact: @Sendable (String) -> String
    /// Uploads the lines and returns the file's address.
    let input: @Sendable () async throws -> String

    func prepare() async throws { _ = try await input() }

    func create(tag: String) async throws -> RemoteSnapshot {
        let source = try await input()
        let endpoint = client.endpoint
        let output = StorageAddress(bucket: endpoint.bucket, name: endpoint.object("assay/results/\(tag)"))
        let wanted = BatchPredictionJob {
            $0.displayName = "assay-\(tag)"
            $0.model = "publishers/google/models/\(model)"
            $0.inputConfig = .init {
                $0.instancesFormat = "jsonl"
                $0.gcsSource = .init { $0.uris = [source] }
            }
            $0.outputConfig = .init {
                $0.predictionsFormat = "jsonl"
                $0.gcsDestination = .init { $0.outputUriPrefix = "\(output)" }
            }
            $0.labels = VertexLabel.labels(tag: tag, fingerprint: fingerprint)
        }
        let job: BatchPredictionJob = try await client.post(
            "create batch", .create, endpoint.collection("batchPredictionJobs", in: endpoint.location), wanted)
        return try snapshot(job)
    }

    func failure(of error: any Error) -> CreateFailure { CreateFailure(vertex: error) }

    func find(tag: String) async throws -> [RemoteSnapshot] {
        let jobs: [BatchPredictionJob]
        do {
            jobs = try await client.batches(filter: "labels.\(VertexLabel.tag)=\(tag)")
        } catch let error as ProviderError where error.status == 400 {
            jobs = try await client.batches()
        }
        return try jobs.filter { VertexLabel.tags($0.labels, displayName: $0.displayName).contains(tag) }
            .sorted { ($0.createTime ?? "", $0.name ?? "") < ($1.createTime ?? "", $1.name ?? "") }.map(snapshot)
    }

    func place(of tag: String) -> String { "label '\(VertexLabel.tag)' is \(tag)" }

    func snapshot(of id: String) async throws -> RemoteSnapshot {
        try snapshot(try await client.get("poll batch", client.endpoint.resource(id)))
    }

    func isTransient(_ error: any Error) -> Bool { (error as? ProviderError)?.isTransient ?? false }
    func isGone(_ error: any Error) -> Bool { (error as? ProviderError)?.isNotFound ?? false }

    private func snapshot(_ job: BatchPredictionJob) throws -> RemoteSnapshot {
        guard let name = job.name, !name.isEmpty else {
            throw ProviderError.unreadable(operation: "read batch", status: 200, reason: "the reply does not name the job")
        }
        let state = (job.state ?? .pending).named
        let hasResults = job.outputInfo?.gcsOutputDirectory.map { !$0.isEmpty } ?? false
        let phase: RemoteSnapshot.Phase =
            switch (state.isEnd, state) {
            case (nil, _): .unknown
            case (false?, _): .running
            case (true?, .succeeded), (true?, .partiallySucceeded): .completed
            // Finished lines of a batch that was cut short stay in its folder, and are billed.
            case (true?, _): hasResults ? .completed : .ended(reason: reason(job, state))
            }
        let stats = job.completionStats
        // The service writes -1 for an unknown count.
        func count(_ number: ProtoInt64?) -> Int { max(0, number?.value ?? 0) }
        let done = count(stats?.successfulCount).saturatingAdding(count(stats?.failedCount))
        let total = done.saturatingAdding(count(stats?.incompleteCount))
        let isCounted = stats?.incompleteCount?.value != nil && total > 0
        return RemoteSnapshot(
            id: name, phase: phase, fingerprint: VertexLabel.fingerprint(job.labels),
            isCutShort: [JobState.cancelling, .cancelled, .expired].contains(state),
            fraction: isCounted ? Double(done) / Double(total) : nil,
            text: ProviderText.line(state.shortName, limit: ProviderText.wordLimit)
                + (isCounted ? ", \(done) of \(total)" : ""),
            detail: try JSONValue(encoding: job))
    }

    private func reason(_ job: BatchPredictionJob, _ state: JobState) -> String {
        let texts = ([job.error].compactMap(\.self) + (job.partialFailures ?? [])).compactMap(\.message)
        return ProviderText.line(
            redact(texts.isEmpty ? "\(state.shortName) without a reason" : "\(state.shortName): " + texts.joined(separator: "; "))
        )
    }
}

extension CreateFailure {
    /// The effect of a failed create call of a batch or tuning job.
    init(vertex error: any Error) {
        guard let error = error as? ProviderError else {
            self = .notCreated
            return
        }
        if error.isRateLimited {
            self = .busy(retryAfter: error.failure?.retryAfter)
        } else {
            self = error.outcome == .surelyNotDone ? .notCreated : .unknown
        }
    }
}
