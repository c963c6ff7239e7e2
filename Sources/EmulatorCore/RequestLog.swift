// The on-disk log of all requests.

import Basics
import Foundation

/// A line of `requests.jsonl`, which `GET /emulator/log` returns.
package struct RequestLogEntry: Codable, Hashable, Sendable {
    /// The HTTP method.
    package var method: String
    /// The path without the query.
    package var path: String
    /// The operation, such as `files.create`; `nil` for a path that the service does not have.
    package var operation: String?
    /// The HTTP status of the answer.
    package var status: Int
    /// Virtual arrival time, in seconds since 1970.
    package var time: Double
    /// Real duration, in seconds.
    package var seconds: Double
    /// The injected fault; `nil` for none.
    package var fault: String?
    /// `apim-request-id` of the answer.
    package var id: String
}

/// Appends entries to `requests.jsonl` and, if enabled, bodies to `recordings.jsonl`.
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

    /// The entries that match operation, method and path prefix; `nil` matches any.
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

/// A request and its answer with their JSON bodies, for checks against the reference.
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
