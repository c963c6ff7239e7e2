// Unpacks gzip data that a server sent or stored without a request for it.

import CArchive
package import Foundation
import Glibc

/// Detects and unpacks gzip data in memory or in a file.
package enum Gzip {
    /// Whether the bytes begin with the gzip signature and the deflate method.
    package static func isGzip(_ bytes: Data) -> Bool { bytes.starts(with: [0x1F, 0x8B, 0x08]) }

    /// Unpacks data in memory.
    /// - Parameter limit: the maximum unpacked size in bytes.
    /// - Throws: `ArchiveError` for damaged data and for a larger result.
    package static func unpacked(_ data: Data, limit: Int) throws -> Data {
        var unpacked = Data()
        try read(name: "gzip data", limit: limit) { archive in
            try data.withUnsafeBytes { bytes in
                guard archive_read_open_memory(archive, bytes.baseAddress, bytes.count) == ARCHIVE_OK else { return false }
                return try pieces(of: archive, name: "gzip data", limit: limit) { unpacked.append(contentsOf: $0) }
            }
        }
        return unpacked
    }

    /// Unpacks data in zlib's format (RFC 1950), as in a PNG's compressed texts. Its checksum is not verified.
    /// - Parameter limit: the maximum unpacked size in bytes.
    /// - Throws: `ArchiveError` for damaged data and for a larger result.
    package static func inflated(_ data: Data, limit: Int) throws -> Data {
        // libarchive reads deflated data only within gzip, whose trailer it skips.
        let head: [UInt8] = [0x1F, 0x8B, 0x08, 0, 0, 0, 0, 0, 0, 3], trailer = [UInt8](repeating: 0, count: 8)
        return try unpacked(Data(head) + data.dropFirst(2) + Data(trailer), limit: limit)
    }

    /// Unpacks a file into another one, which is replaced.
    /// - Parameter limit: the maximum unpacked size in bytes.
    /// - Throws: `ArchiveError` as in `unpacked(_:limit:)`, and `FileError`.
    package static func unpack(_ source: String, to target: String, limit: Int) throws {
        let output = try OpenFile(target, O_WRONLY | O_CREAT | O_TRUNC)
        defer { output.close() }
        try read(name: source, limit: limit) { archive in
            guard archive_read_open_filename(archive, source, 1 << 18) == ARCHIVE_OK else { return false }
            return try pieces(of: archive, name: source, limit: limit) { try output.write($0) }
        }
    }

    /// Creates a reader of gzip data. `body` opens it and returns whether that succeeded.
    private static func read(name: String, limit: Int, _ body: (OpaquePointer) throws -> Bool) throws {
        guard let archive = archive_read_new() else {
            throw ArchiveError.unreadable(archive: name, reason: "out of memory")
        }
        defer { archive_read_free(archive) }
        archive_read_support_filter_gzip(archive)
        archive_read_support_format_raw(archive)
        guard try body(archive) else {
            throw ArchiveError.unreadable(archive: name, reason: reason(archive))
        }
    }

    private static func pieces(
        of archive: OpaquePointer, name: String, limit: Int, _ consume: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> Bool {
        var header: OpaquePointer?
        let code = archive_read_next_header(archive, &header)
        // Gzip data without content has no entry.
        if code == ARCHIVE_EOF { return true }
        guard code == ARCHIVE_OK || code == ARCHIVE_WARN else { return false }
        var left = limit
        var block: UnsafeRawPointer?
        var size = 0
        var offset: Int64 = 0
        while true {
            let code = archive_read_data_block(archive, &block, &size, &offset)
            if code == ARCHIVE_EOF { return true }
            guard code == ARCHIVE_OK || code == ARCHIVE_WARN else {
                throw ArchiveError.damaged(archive: name, entry: nil, reason: reason(archive))
            }
            left -= size
            guard left >= 0 else { throw ArchiveError.tooLarge(archive: name, entry: "") }
            try consume(UnsafeRawBufferPointer(start: block, count: size))
        }
    }

    private static func reason(_ archive: OpaquePointer) -> String {
        archive_error_string(archive).map { String(cString: $0) } ?? "not gzip data"
    }
}
