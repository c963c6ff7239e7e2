// A received multipart form: its fields in memory, its files on disk.

import EmulatorCore
import Foundation

/// The parts of a form. File contents are written to disk as they arrive.
struct ReceivedForm: Sendable {
    struct File: Sendable {
        var name: String
        var contentType: String?
        var bytes: Int
        var location: URL
    }

    var fields: [String: String] = [:]
    /// The file parts by field name.
    var files: [String: File] = [:]

    private static let maxFieldBytes = 65_536

    /// Receives a form. If receiving fails, written files are removed.
    /// - Parameters:
    ///   - fileField: a part that is a file even without a file name; other parts are files if they have one.
    ///   - limit: the largest form, in bytes.
    static func receive(
        _ body: ReceivedBody, contentType: String?, fileField: String, limit: Int, into folder: StateFolder
    ) async throws -> ReceivedForm {
        var form = ReceivedForm()
        do {
            var parser = try MultipartParser(contentType: contentType)
            var field: (name: String, bytes: [UInt8])?
            var file: (field: String, file: File, handle: FileHandle)?
            var received = 0
            for try await buffer in body {
                received += buffer.count
                guard received <= limit else {
                    throw ServiceError(413, "RequestEntityTooLarge", "The request is longer than \(limit) bytes.")
                }
                for event in try parser.push(buffer) {
                    switch event {
                    case .part(let part) where part.filename != nil || part.name == fileField:
                        let place = folder.incoming()
                        let received = File(
                            name: part.filename ?? "", contentType: part.contentType, bytes: 0, location: place)
                        form.files[part.name] = received
                        file = (part.name, received, try FileHandle.truncating(place))
                    case .part(let part):
                        field = (part.name, [])
                    case .data(let bytes):
                        if file != nil {
                            try file?.handle.write(contentsOf: bytes)
                            file?.file.bytes += bytes.count
                        } else {
                            field?.bytes += bytes
                            if field?.bytes.count ?? 0 > maxFieldBytes { throw MultipartParser.ParseError.malformedPart }
                        }
                    case .endOfPart:
                        if let done = file {
                            try done.handle.close()
                            form.files[done.field] = done.file
                            file = nil
                        } else if let done = field {
                            form.fields[done.name] = String(decoding: done.bytes, as: UTF8.self)
                            field = nil
                        }
                    case .end: break
                    }
                }
            }
            try parser.finish()
            return form
        } catch {
            form.discard()
            if error is MultipartParser.ParseError {
                throw ServiceError.invalidPayload("The request body is not a valid multipart form.")
            }
            throw error
        }
    }

    /// Appends a line about the form, without file contents, to a file for checks against the reference.
    func record(path: String, query: [String: String], to file: URL) throws {
        struct Line: Encodable {
            var path: String
            var query: [String: String]
            var fields: [String: String]
            /// Content types by field.
            var files: [String: String]
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let line = Line(path: path, query: query, fields: fields, files: files.mapValues { $0.contentType ?? "" })
        let handle = try FileHandle.appending(to: file)
        try handle.write(contentsOf: encoder.encode(line) + [10])
        try handle.close()
    }

    /// Removes the received files.
    func discard() {
        for file in files.values { try? FileManager.default.removeItem(at: file.location) }
    }
}
