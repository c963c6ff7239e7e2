// Reads a file line by line, using memory for one line only.

package import Foundation
import Platform

/// The lines of a file, without their line breaks.
package final class LineFile {
    private let file: OpenFile
    private var buffer: [UInt8] = []
    /// The start of the next line in the buffer, and the end of the part already searched for a line break.
    private var start = 0
    private var searched = 0
    private var isAtEnd = false
    private static let chunk = 1 << 20
    /// The maximum line length in bytes. An answer takes kilobytes, a request as much as its images.
    package static let maxLineBytes = 256 << 20

    /// Opens a regular file. Throws `FileError`.
    package init(path: String) throws { file = try OpenFile(reading: path, limit: FileSizeLimit.archive) }

    deinit { file.close() }

    /// The next line; `nil` after the last. A line break at the end of the file does not start another line. Throws
    /// `FileError.tooLarge` for a line of more than 256 MiB.
    package func next() throws -> Data? {
        while true {
            if let end = lineBreak() {
                defer {
                    start = end + 1
                    searched = start
                }
                return Data(buffer[start..<end])
            }
            if isAtEnd {
                guard start < buffer.count else { return nil }
                defer { start = buffer.count }
                return Data(buffer[start...])
            }
            buffer.removeSubrange(..<start)
            start = 0
            searched = buffer.count
            guard buffer.count <= LineFile.maxLineBytes else {
                throw FileError.tooLarge(
                    path: "a line of \(file.path)", bytes: Int64(buffer.count), limit: Int64(LineFile.maxLineBytes))
            }
            let more = try file.read(upTo: LineFile.chunk)
            guard !more.isEmpty else {
                isAtEnd = true
                continue
            }
            buffer.append(contentsOf: more)
        }
    }

    /// The end of the line that begins at `start`; `nil` if the buffer holds no line break.
    private func lineBreak() -> Int? {
        buffer.withUnsafeBytes { bytes in
            guard searched < bytes.count, let base = bytes.baseAddress,
                let found = memchr(base + searched, Int32(UInt8(ascii: "\n")), bytes.count - searched)
            else { return nil }
            return UnsafeRawPointer(found) - base
        }
    }

    /// Counts the remaining lines by reading them.
    package func count() throws -> Int {
        var count = 0
        while try next() != nil { count += 1 }
        return count
    }
}
