// The record of every request, on disk.

import Basics
import Foundation

/// One request as the log remembers it.
package struct RequestLogEntry: Codable, Hashable, Sendable {
    package var method: String
    /// Without the query.
    package var path: String
    /// The operation, such as `files.create`; none for a path that the service does not have.
    package var operation: String?
    package var status: Int
    /// Virtual seconds since 1970 when it came.
    package var time: Double
    /// Real seconds that it took.
    package var seconds: Double
    /// The fault that it met.
    package var fault: String?
    /// `apim-request-id` of its answer.
    package var id: String
}

/// Appends entries to `requests.jsonl`, and bodies to `recordings.jsonl` when they are wanted.
actor RequestLog {
    private let file: FileHandle
    private let recordings: FileHandle?
    private let place: URL

    init(_ folder: StateFolder, recordsBodies: Bool) throws {
        place = folder.requestLog
        file = try FileHandle.appending(to: place)
        recordings = recordsBodies ? try FileHandle.appending(to: folder.recordings) : nil
    }

    func add(_ entry: RequestLogEntry) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try file.write(contentsOf: encoder.encode(entry) + [10])
    }

    /// Records the bodies of one request and its answer.
    func record(_ recording: Recording) throws {
        guard let recordings else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try recordings.write(contentsOf: encoder.encode(recording) + [10])
    }

    /// The entries whose operation, method and path prefix are as asked; `nil` asks for any.
    func entries(operation: String?, method: String?, path: String?) throws -> [RequestLogEntry] {
        var reader = try LineReader(place)
        var found: [RequestLogEntry] = []
        while let line = try reader.next() {
            guard let entry = try? RequestLogEntry(json: line) else { continue }
            if let operation, entry.operation != operation { continue }
            if let method, entry.method != method { continue }
            if let path, !entry.path.hasPrefix(path) { continue }
            found.append(entry)
        }
        return found
    }

    func close() {
        try? file.close()
        try? recordings?.close()
    }
}

/// A request and its answer with their JSON bodies, for a check against the reference.
struct Recording: Codable, Sendable {
    var method: String
    var path: String
    var query: String
    var contentType: String?
    var request: String?
    var status: Int
    var headers: [String: String]
    var response: String?
}
