// An append-only file of checked records, the form of the store's indexes: a torn end is cut off, never read.

import Foundation
import Platform

/// Records with a mark, a length and a checksum each, after a header that names the form. Several processes may append
/// at once, as each record is one write. Everything in such a file can be made again from elsewhere, so what a killed
/// writer left half is passed over, up to the next mark.
struct PackedLog: Sendable {
    let path: String
    /// Eight bytes that name the form and its version.
    let header: String
    let fileSystem: any FileSystem

    private static let mark: UInt32 = 0xA55A_17C3
    private static let headSize = 16

    /// Visits all whole records and their places in the file. Returns false when the bytes are not of this form.
    func scan(_ all: UnsafeRawBufferPointer, _ visit: (UnsafeRawBufferPointer, Range<Int>) -> Void) -> Bool {
        var position = header.utf8.count
        guard all.count >= position, all.prefix(position).elementsEqual(header.utf8) else { return false }
        // Marks that no record follows are few where a writer was killed. A file made of them would take hours.
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

    /// Adds one record, and the header to a file that is new.
    func append(_ records: [Data]) throws {
        guard !records.isEmpty else { return }
        if try fileSystem.status(path) == nil {
            do { try fileSystem.create(path, Data(header.utf8), sync: false) } catch FileError.exists {}
        }
        try fileSystem.append(path, framed(records), sync: false)
    }

    /// Writes the whole file anew.
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
