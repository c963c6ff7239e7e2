// Reads a file line by line without holding it in memory.

import Foundation

/// The non-empty lines of a file, without line breaks.
struct LineReader: ~Copyable {
    private let handle: FileHandle
    private var buffer = Data()
    private var searched = 0
    private var ended = false
    /// The number of the latest line, counted from 1.
    private(set) var number = 0

    /// - Throws: the errors of opening the file.
    init(path: String) throws {
        handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
    }

    deinit { try? handle.close() }

    /// The next non-empty line; `nil` at the end.
    ///
    /// - Throws: the errors of reading the file.
    mutating func next() throws -> Data? {
        while true {
            if let end = buffer[(buffer.startIndex + searched)...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = buffer[buffer.startIndex..<end]
                buffer = buffer[(end + 1)...]
                searched = 0
                number += 1
                if !line.isEmpty { return Data(line) }
                continue
            }
            searched = buffer.count
            if ended {
                guard !buffer.isEmpty else { return nil }
                defer { buffer = Data() }
                searched = 0
                number += 1
                return Data(buffer)
            }
            if let more = try handle.read(upToCount: 1 << 20), !more.isEmpty {
                buffer = Data(buffer) + more
            } else {
                ended = true
            }
        }
    }
}
