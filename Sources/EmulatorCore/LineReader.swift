// Reads a file line by line in constant memory.

package import Foundation

/// Iterates over the lines of a file, without their line breaks (LF or CR LF).
package struct LineReader {
    private let handle: FileHandle
    private var buffer = Data()
    private var searched = 0
    private var ended = false
    private static let chunk = 1 << 20

    /// Opens a file. Throws file system errors.
    package init(_ file: URL) throws { handle = try FileHandle(forReadingFrom: file) }

    /// The next line; `nil` at the end of the file. A last line without a line break counts.
    package mutating func next() throws -> Data? {
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
