// An append-only file of records with checksums, the format of the store's indexes. Incomplete records are never
// read.

import Foundation
import Platform

/// Records with a mark, a length and a checksum each, after a header that identifies the format. Several processes
/// may append at once, because each append is one write. All content can be recreated from other files, so an
/// incomplete record left by a killed writer is skipped up to the next mark.
struct PackedLog: Sendable {
    let path: String
    /// Eight bytes that identify the format and its version.
    let header: String
    let fileSystem: any FileSystem

    private static let mark: UInt32 = 0xA55A_17C3
    private static let headSize = 16

    /// Calls `visit` with each intact record and its range in the file. Returns false when the bytes do not have this
    /// format.
    func scan(_ all: UnsafeRawBufferPointer, _ visit: (UnsafeRawBufferPointer, Range<Int>) -> Void) -> Bool {
        var position = header.utf8.count
        guard all.count >= position, all.prefix(position).elementsEqual(header.utf8) else { return false }
        // A killed writer leaves few marks without a record. The limit keeps a file made of such marks from taking
        // hours.
        var misread = 0
        while position + PackedLog.headSize <= all.count {
            var reader = ByteReader(bytes: all, position: position)
            if reader.integer(UInt32.self) == PackedLog.mark, let length = reader.integer(UInt32.self).map(Int.init),
                let sum = reader.integer(UInt64.self), reader.position + length <= all.count
            {
                let place = reader.position..<reader.position + length
                let record = UnsafeRawBufferPointer(rebasing: all[place])
                if checksum(record) == sum {
                    visit(record, place)
                    position = place.upperBound
                    continue
                }
                misread += length
                guard misread <= 16 * all.count else { return false }
            }
            position += 1
        }
        return true
    }

    /// Appends records in one write; a new file gets the header first.
    func append(_ records: [Data]) throws {
        guard !records.isEmpty else { return }
        if try fileSystem.status(path) == nil {
            do { try fileSystem.create(path, Data(header.utf8), sync: false) } catch FileError.exists {}
        }
        try fileSystem.append(path, framed(records), sync: false)
    }

    /// Replaces the whole file.
    func rewrite(_ records: [Data]) throws {
        try fileSystem.replace(path, with: Data(header.utf8) + framed(records), durable: false)
    }

    private func framed(_ records: [Data]) -> Data {
        var bytes = Data(capacity: records.reduce(0) { $0 + $1.count + PackedLog.headSize })
        for record in records {
            bytes.append(integer: PackedLog.mark)
            bytes.append(integer: UInt32(record.count))
            bytes.append(integer: record.withUnsafeBytes { checksum($0) })
            bytes.append(record)
        }
        return bytes
    }
}
