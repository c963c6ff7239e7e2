// Reads a file line by line with memory that does not grow with the file.

package import Foundation
import Platform

/// The lines of a file, without their line breaks.
package final class LineFile {
    private let file: OpenFile
    private var buffer: [UInt8] = []
    /// Where the next line begins in the buffer, and up to where no line break has been found.
    private var start = 0
    private var searched = 0
    private var isAtEnd = false
    private static let chunk = 1 << 20
    /// The longest line in bytes: an answer has some kilobytes, a request the images that it carries.
    package static let longest = 256 << 20

    /// Opens a regular file. Throws `FileError`.
    package init(path: String) throws { file = try OpenFile(reading: path, limit: FileSizeLimit.archive) }

    deinit { file.close() }

    /// The next line; `nil` after the last. A line break at the end of the file begins no line. Throws
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
            guard buffer.count <= LineFile.longest else {
                throw FileError.tooLarge(
                    path: "a line of \(file.path)", bytes: Int64(buffer.count), limit: Int64(LineFile.longest))
            }
            let more = try file.read(upTo: LineFile.chunk)
            guard !more.isEmpty else {
                isAtEnd = true
                continue
            }
            buffer.append(contentsOf: more)
        }
    }

    /// Where the line ends that begins at `start`.
    private func lineBreak() -> Int? {
        buffer.withUnsafeBytes { bytes in
            guard searched < bytes.count, let base = bytes.baseAddress,
                let found = memchr(base + searched, Int32(UInt8(ascii: "\n")), bytes.count - searched)
            else { return nil }
            return UnsafeRawPointer(found) - base
        }
    }

    /// The number of lines that are left.
    package func count() throws -> Int {
        var count = 0
        while try next() != nil { count += 1 }
        return count
    }
}
