// Cuts a stream of bytes into lines.

import Foundation

/// Gathers bytes until a line is whole. Line ends (`\n`) are dropped.
struct LineSplitter {
    private var pending = Data()
    private let limit: Int

    /// A line is no longer than this many bytes.
    struct TooLong: Error {}

    init(limit: Int) { self.limit = limit }

    /// The lines that are whole with these bytes.
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

    /// What came after the last line end; `nil` when nothing did.
    var rest: Data? { pending.isEmpty ? nil : pending }
}
