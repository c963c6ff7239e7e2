// Reads a file line by line in constant memory.

import Foundation

/// Iterates over the lines of a file, without their line breaks (`
/// ` or `\r
/// `).
struct LineReader {
    private let handle: FileHandle
    private var buffer = Data()
    private var searched = 0
    private var ended = false
    private static let chunk = 1 << 20

    init(_ file: URL) throws { handle = try FileHandle(forReadingFrom: file) }

    mutating func next() throws -> Data? {
        while true {
            if let at = lineBreak() {
                var line = buffer.prefix(at)
                buffer = Data(buffer.dropFirst(at + 1))
                searched = 0
                if line.last == 13 { line.removeLast() }
                return Data(line)
            }
            if ended {
                if buffer.isEmpty { return nil }
                defer { buffer = Data() }
                return buffer
            }
            searched = buffer.count
            guard let more = try handle.read(upToCount: Self.chunk), !more.isEmpty else {
                ended = true
                continue
            }
            buffer.append(more)
        }
    }

    private func lineBreak() -> Int? {
        buffer.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress, bytes.count > searched,
                let hit = memchr(start + searched, 10, bytes.count - searched)
            else { return nil }
            return UnsafeRawPointer(hit) - start
        }
    }
}
