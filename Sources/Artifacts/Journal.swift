// What a running step has got so far, line by line, so that a killed step goes on where it was.

package import Foundation
package import Platform
import Synchronization

/// An append-only file of checked lines. One process writes it, which holds the step's lock. The line that a kill or a
/// power cut shortened is dropped when the journal is opened again.
package final class Journal: Sendable {
    package let path: String
    private let fileSystem: any FileSystem

    private struct State {
        /// Whether the file's end is known to be whole.
        var isWhole = false
        /// Whether the file's name, and those of the folders above it, are known to be on the disk.
        var isNamed = false
    }
    private let state = Mutex(State())

    package init(path: String, fileSystem: any FileSystem = LocalFileSystem()) {
        self.path = path
        self.fileSystem = fileSystem
    }

    /// All whole lines, in the order in which they were written. Lines damaged in place are passed over.
    package func lines() throws -> [Data] {
        try state.withLock { state in
            let (lines, wholeBytes, size) = try read()
            if wholeBytes < size { try fileSystem.truncate(path, to: Int64(wholeBytes)) }
            state.isWhole = true
            return lines
        }
    }

    /// Adds one line, which holds no line end. With `durable` it and all lines before it are on the disk when this
    /// returns: for answers that were paid for.
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
            // A failed write may leave a torn line: looked at again before the next.
            state.isWhole = false
            // First the file's name: an earlier process may have made the file and died before the name was on the disk.
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

    /// Removes the journal, once what it holds is in the step's result.
    package func remove() throws {
        try state.withLock { state in
            state = State()
            try fileSystem.remove(path)
        }
    }

    /// The whole lines, how many bytes of the file end with a line end, and the file's size.
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
