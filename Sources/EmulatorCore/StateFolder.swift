// The emulator's state on disk: one JSON file per record, and blobs.

package import Basics
package import Foundation
import Platform

/// The folder of one account. Records are replaced by a rename, so a kill leaves either the old or the new version.
package struct StateFolder: Sendable {
    /// A kind of record, which names the folder of its files.
    package struct Kind: Hashable, Sendable {
        fileprivate let name: String

        /// - Parameter name: a fixed, safe folder name.
        package init(_ name: StaticString) { self.name = "\(name)" }
    }

    /// The account's folder.
    package let root: URL

    /// Creates missing folders.
    /// - Parameter kinds: the kinds of records that the account stores.
    /// - Throws: `StateFolderError.linked` if the folder is, or contains, a symbolic link: the folder may come with
    /// an untrusted project, and the link would let it change files elsewhere.
    package init(_ root: URL, kinds: [Kind]) throws {
        self.root = root
        if let link = try StateFolder.link(in: root) { throw StateFolderError.linked(link) }
        for kind in kinds {
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

    /// The folder of a kind's files.
    package func folder(_ kind: Kind) -> URL { root.appending(path: kind.name, directoryHint: .isDirectory) }

    /// Writes the record of an id, replacing an earlier one.
    package func save(_ record: some Encodable, _ kind: Kind, _ id: SafeName) throws {
        try write(record, to: file(kind, id, ".json"))
    }

    /// Removes the record of an id; does nothing if there is none.
    package func remove(_ kind: Kind, _ id: SafeName) throws {
        try? FileManager.default.removeItem(at: file(kind, id, ".json"))
    }

    /// A file that belongs to the record with an id, which may be untrusted: it comes from a client or from a foreign state
    /// folder.
    package func file(_ kind: Kind, _ id: SafeName, _ ending: StaticString) throws(UnsafeName) -> URL {
        folder(kind).appending(try id.adding(ending))
    }

    /// All records of a kind, in no particular order.
    package func load<Record: Decodable>(_ kind: Kind, as type: Record.Type = Record.self) throws -> [Record] {
        try FileManager.default.contentsOfDirectory(at: folder(kind), includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "json" }
            .map { file in
                do { return try type.init(json: LocalFileSystem().read(file.path, limit: FileSizeLimit.memory)) } catch {
                    throw DamagedFile(path: file.path, error)
                }
            }
    }

    /// Writes a value as JSON by a rename.
    package func write(_ value: some Encodable, to file: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        try encoder.encode(value).write(to: file, options: .atomic)
    }

    /// Account-wide values: format version and the seconds that the clock has skipped.
    package var account: URL { root.appending(path: "account.json") }
    var faults: URL { root.appending(path: "faults.json") }
    var requestLog: URL { root.appending(path: "requests.jsonl") }
    var recordings: URL { root.appending(path: "recordings.jsonl") }
    /// Recorded multipart bodies without the contents of files.
    package var recordedForms: URL { root.appending(path: "forms.jsonl") }

    /// The path of a new file that is being received.
    package func incoming(_ kind: Kind) -> URL { folder(kind).appending(path: "incoming-" + UUID().uuidString) }

    /// Removes partially received files after the emulator was killed.
    package func removeLeftovers(_ kind: Kind) {
        let left = try? FileManager.default.contentsOfDirectory(at: folder(kind), includingPropertiesForKeys: nil)
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
