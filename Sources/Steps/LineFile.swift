// Reads a file line by line with memory that does not grow with the file.

import Foundation

/// The lines of a file, without their line breaks.
final class LineFile {
    private let handle: FileHandle
    private var buffer = Data()
    private var isAtEnd = false
    private static let chunk = 1 << 20

    init(path: String) throws { handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path)) }

    deinit { try? handle.close() }

    /// The next line; `nil` after the last. A line break at the end of the file begins no line.
    func next() throws -> Data? {
        while true {
            if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                let line = Data(buffer[buffer.startIndex..<end])
                buffer.removeSubrange(buffer.startIndex...end)
                return line
            }
            if isAtEnd {
                guard !buffer.isEmpty else { return nil }
                defer { buffer = Data() }
                return buffer
            }
            guard let more = try handle.read(upToCount: LineFile.chunk), !more.isEmpty else {
                isAtEnd = true
                continue
            }
            buffer.append(more)
        }
    }

    /// The number of lines that are left.
    func count() throws -> Int {
        var count = 0
        while try next() != nil { count += 1 }
        return count
    }
}
