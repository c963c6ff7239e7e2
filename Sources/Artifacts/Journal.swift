// The partial results of a running step, line by line, so that a killed step resumes where it stopped.

package import Foundation
package import Platform
import Synchronization

/// An append-only file of lines with checksums. Only the process that holds the step's lock writes to it. A line cut
/// short by a kill or a power failure is dropped when the journal is opened again.
package final class Journal: Sendable {
    /// The path of the journal file; the file need not exist.
    package let path: String
    private let fileSystem: any FileSystem

    private struct State {
        /// Whether the file is known to end with a complete line.
        var isWhole = false
        /// Whether the directory entries of the file and of its parent folders are known to be on disk.
        var isNamed = false
    }
    private let state = Mutex(State())

    /// Creates a journal without opening the file; the first append creates file and folder.
    package init(path: String, fileSystem: any FileSystem = LocalFileSystem()) {
        self.path = path
        self.fileSystem = fileSystem
    }

    /// All complete lines, in writing order. Lines with a wrong checksum are skipped.
    package func lines() throws -> [Data] {
        try state.withLock { state in
            let (lines, wholeBytes, size) = try read()
            if wholeBytes < size { try fileSystem.truncate(path, to: Int64(wholeBytes)) }
            state.isWhole = true
            return lines
        }
    }

    /// Appends one line, which must not contain a line break. With `durable`, this line and all earlier ones are on
    /// disk when this returns; use it for paid answers.
    package func append(_ line: Data, durable: Bool = false) throws {
        var framed = Data(capacity: line.count + 18)
        framed.append(contentsOf: Journal.sum(line).utf8)
        framed.append(UInt8(ascii: " "))
        framed.append(line)
        framed.append(UInt8(ascii: "\n"))
        try state.withLock { state in
            if !state.isWhole {
                let (_, wholeBytes, size) = try read()
                if wholeBytes < size { try fileSystem.truncate(path, to: Int64(wholeBytes)) }
            }
            // A failed write may leave an incomplete line, so the next append checks the file again.
            state.isWhole = false
            // Sync the file's name first: an earlier process may have created the file and died before the name was
            // on disk.
            if durable, !state.isNamed {
                try appendMakingFolder(Data(), sync: false)
                try fileSystem.syncNames(to: path)
                state.isNamed = true
            }
            try appendMakingFolder(framed, sync: durable)
            state.isWhole = true
        }
    }

    private func appendMakingFolder(_ bytes: Data, sync: Bool) throws {
        do {
            try fileSystem.append(path, bytes, sync: sync)
        } catch FileError.missing {
            try fileSystem.makeFolder(folder(of: path))
            try fileSystem.append(path, bytes, sync: sync)
        }
    }

    /// Removes the journal, once its content is in the step's result.
    package func remove() throws {
        try state.withLock { state in
            state = State()
            try fileSystem.remove(path)
        }
    }

    /// The complete lines, the length in bytes up to the last line break, and the file's size.
    private func read() throws -> (lines: [Data], wholeBytes: Int, size: Int) {
        let bytes: Data
        do {
            bytes = try fileSystem.read(path)
        } catch FileError.missing {
            return ([], 0, 0)
        }
        var lines: [Data] = []
        var start = bytes.startIndex
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            let line = bytes[start..<end]
            start = end + 1
            guard line.count > 16, line[line.startIndex + 16] == UInt8(ascii: " ") else { continue }
            let content = Data(line.dropFirst(17))
            if Journal.sum(content).utf8.elementsEqual(line.prefix(16)) { lines.append(content) }
        }
        return (lines, start - bytes.startIndex, bytes.count)
    }

    private static func sum(_ line: Data) -> String {
        let digits = String(line.withUnsafeBytes { checksum($0) }, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
