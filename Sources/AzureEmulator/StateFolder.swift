// The emulator's state on disk: one JSON file a record, and blobs beside them.

import Basics
import Foundation
import Platform

/// The folder of one account. Each record is replaced by a rename, so a kill leaves the old one or the new.
struct StateFolder: Sendable {
    enum Kind: String, CaseIterable { case files, uploads, batches, jobs, deployments }

    let root: URL

    /// Makes what is missing.
    init(_ root: URL) throws {
        self.root = root
        for kind in Kind.allCases {
            try FileManager.default.createDirectory(at: folder(kind), withIntermediateDirectories: true)
        }
    }

    private func folder(_ kind: Kind) -> URL { root.appending(path: kind.rawValue, directoryHint: .isDirectory) }

    func save(_ record: some Encodable, _ kind: Kind, _ id: SafeName) throws {
        try write(record, to: file(kind, id, ".json"))
    }

    func remove(_ kind: Kind, _ id: SafeName) throws {
        try? FileManager.default.removeItem(at: file(kind, id, ".json"))
    }

    /// A file of the record with an id; the id may come from a client or from a state folder that somebody else wrote.
    private func file(_ kind: Kind, _ id: SafeName, _ ending: StaticString) throws(UnsafeName) -> URL {
        folder(kind).appending(try id.adding(ending))
    }

    /// All records of a kind, in no order.
    func load<Record: Decodable>(_ kind: Kind, as type: Record.Type = Record.self) throws -> [Record] {
        try FileManager.default.contentsOfDirectory(at: folder(kind), includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "json" }
            .map { try type.init(json: LocalFileSystem().read($0.path, limit: FileSizeLimit.memory)) }
    }

    func write(_ value: some Encodable, to file: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        try encoder.encode(value).write(to: file, options: .atomic)
    }

    /// Numbers of the account as a whole: format version, and the seconds that the clock has jumped over.
    var account: URL { root.appending(path: "account.json") }
    var faults: URL { root.appending(path: "faults.json") }
    var requestLog: URL { root.appending(path: "requests.jsonl") }
    var recordings: URL { root.appending(path: "recordings.jsonl") }
    var recordedForms: URL { root.appending(path: "forms.jsonl") }

    func content(of file: SafeName) throws(UnsafeName) -> URL { try self.file(.files, file, ".content") }
    /// A file that is being received.
    func incoming() -> URL { folder(.files).appending(path: "incoming-" + UUID().uuidString) }
    func part(_ part: SafeName, of upload: SafeName) throws(UnsafeName) -> URL {
        folder(.uploads).appending(try SafeName("\(upload).\(part)"))
    }
    func batchOutput(_ batch: SafeName) throws(UnsafeName) -> URL { try file(.batches, batch, ".output.jsonl") }
    func batchErrors(_ batch: SafeName) throws(UnsafeName) -> URL { try file(.batches, batch, ".errors.jsonl") }
    func events(of job: SafeName) throws(UnsafeName) -> URL { try file(.jobs, job, ".events.jsonl") }
    /// The folder of a job's checkpoints.
    func checkpoints(of job: SafeName) -> URL { folder(.jobs).appending(job, isFolder: true) }

    /// Removes what was being received when the emulator was killed.
    func removeLeftovers() {
        let left = try? FileManager.default.contentsOfDirectory(at: folder(.files), includingPropertiesForKeys: nil)
        for file in left ?? [] where file.lastPathComponent.hasPrefix("incoming-") {
            try? FileManager.default.removeItem(at: file)
        }
    }
}
