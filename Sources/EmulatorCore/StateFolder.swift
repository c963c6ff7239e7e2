// The emulator's state on disk: one JSON file per record, and blobs.

import Basics
import Foundation
import Platform

/// The folder of one account. Records are replaced by a rename, so a kill leaves either the old or the new version.
struct StateFolder: Sendable {
    enum Kind: String, CaseIterable { case files, uploads, batches, jobs, deployments }

    let root: URL

    /// Creates missing folders.
    /// - Throws: `StateFolderError.linked` if the folder is, or contains, a symbolic link: the folder may come with
    /// an untrusted project, and the link would let it change files elsewhere.
    init(_ root: URL) throws {
        self.root = root
        if let link = try StateFolder.link(in: root) { throw StateFolderError.linked(link) }
        for kind in Kind.allCases {
            try FileManager.default.createDirectory(at: folder(kind), withIntermediateDirectories: true)
        }
    }

    private static func link(in root: URL) throws -> String? {
        let files = LocalFileSystem()
        let path = root.path(percentEncoded: false)
        let top = path.hasSuffix("/") ? String(path.dropLast()) : path
        if files.isLink(top) == true { return top }
        var folders = [top]
        while let folder = folders.popLast() {
            if let link = try files.firstLink(in: folder) { return link }
            for name in try files.list(folder) where try files.status(folder + "/" + name)?.kind == .folder {
                folders.append(folder + "/" + name)
            }
        }
        return nil
    }

    private func folder(_ kind: Kind) -> URL { root.appending(path: kind.rawValue, directoryHint: .isDirectory) }

    func save(_ record: some Encodable, _ kind: Kind, _ id: SafeName) throws {
        try write(record, to: file(kind, id, ".json"))
    }

    func remove(_ kind: Kind, _ id: SafeName) throws {
        try? FileManager.default.removeItem(at: file(kind, id, ".json"))
    }

    /// The file of the record with an id, which may be untrusted: it comes from a client or from a foreign state
    /// folder.
    private func file(_ kind: Kind, _ id: SafeName, _ ending: StaticString) throws(UnsafeName) -> URL {
        folder(kind).appending(try id.adding(ending))
    }

    /// All records of a kind, in no particular order.
    func load<Record: Decodable>(_ kind: Kind, as type: Record.Type = Record.self) throws -> [Record] {
        try FileManager.default.contentsOfDirectory(at: folder(kind), includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "json" }
            .map { file in
                do { return try type.init(json: LocalFileSystem().read(file.path, limit: FileSizeLimit.memory)) } catch {
                    throw DamagedFile(path: file.path, error)
                }
            }
    }

    func write(_ value: some Encodable, to file: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        try encoder.encode(value).write(to: file, options: .atomic)
    }

    /// Account-wide values: format version and the seconds that the clock has skipped.
    var account: URL { root.appending(path: "account.json") }
    var faults: URL { root.appending(path: "faults.json") }
    var requestLog: URL { root.appending(path: "requests.jsonl") }
    var recordings: URL { root.appending(path: "recordings.jsonl") }
    var recordedForms: URL { root.appending(path: "forms.jsonl") }

    func content(of file: SafeName) throws(UnsafeName) -> URL { try self.file(.files, file, ".content") }
    /// The path of a new file that is being received.
    func incoming() -> URL { folder(.files).appending(path: "incoming-" + UUID().uuidString) }
    func part(_ part: SafeName, of upload: SafeName) throws(UnsafeName) -> URL {
        folder(.uploads).appending(try SafeName("\(upload).\(part)"))
    }
    func batchOutput(_ batch: SafeName) throws(UnsafeName) -> URL { try file(.batches, batch, ".output.jsonl") }
    func batchErrors(_ batch: SafeName) throws(UnsafeName) -> URL { try file(.batches, batch, ".errors.jsonl") }
    func events(of job: SafeName) throws(UnsafeName) -> URL { try file(.jobs, job, ".events.jsonl") }
    /// The folder of a job's checkpoints.
    func checkpoints(of job: SafeName) -> URL { folder(.jobs).appending(job, isFolder: true) }

    /// Removes partially received files after the emulator was killed.
    func removeLeftovers() {
        let left = try? FileManager.default.contentsOfDirectory(at: folder(.files), includingPropertiesForKeys: nil)
        for file in left ?? [] where file.lastPathComponent.hasPrefix("incoming-") {
            try? FileManager.default.removeItem(at: file)
        }
    }
}

/// Why an emulated account's folder is rejected.
enum StateFolderError: Error, Hashable, CustomStringConvertible {
    /// The path of a symbolic link.
    case linked(String)

    var description: String {
        switch self {
        case .linked(let path):
            "\(path) is a symbolic link; the emulator uses no state folder with links, as they lead to files elsewhere: "
                + "remove the link"
        }
    }
}
