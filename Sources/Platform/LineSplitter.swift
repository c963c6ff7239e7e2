// Splits a stream of bytes into lines.

import Foundation

/// Buffers bytes until a line is complete. Line feeds are removed.
struct LineSplitter {
    private var pending = Data()
    private let limit: Int

    /// Thrown for a line that exceeds the limit in bytes.
    struct TooLong: Error {}

    init(limit: Int) { self.limit = limit }

    /// Adds bytes and returns the lines that they complete.
    mutating func add(_ bytes: Data) throws -> [Data] {
        var lines: [Data] = []
        var start = bytes.startIndex
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            lines.append(pending + bytes[start..<end])
            pending = Data()
            start = end + 1
        }
        pending.append(bytes[start...])
        if pending.count > limit {
            pending = Data()
            throw TooLong()
        }
        return lines
    }

    /// The bytes after the last line end; `nil` if there are none.
    var rest: Data? { pending.isEmpty ? nil : pending }
}
