// What a program writes on both streams, in memory and without a name: read as far as somebody wants it.

import CGlibc
import Foundation
import Glibc
import Synchronization

/// The output of one program. Pipes would have to be read by threads of this process all the time; this is looked at now
/// and then, and holds the end of what was written.
package final class ProgramLog: Sendable {
    let file: OpenFile
    /// The end of what was written before the memory was given back.
    private let earlier = Mutex("")
    /// How much memory the log may hold before it is given back.
    private static let limit: Int64 = 8 << 20
    /// How much of it is kept then.
    private static let kept = 64 << 10

    /// Makes the log. Throws `FileError`. Whoever makes it closes it.
    package init() throws {
        let descriptor = memfd_create("program's output", UInt32(ASSAY_MFD_CLOEXEC))
        guard descriptor >= 0 else { throw FileError("make", "memory for a program's output") }
        file = OpenFile(descriptor: descriptor, path: "memory for a program's output")
        // What a program writes to a stream that it opened anew by its name stands in order with the rest.
        guard fcntl(file.descriptor, F_SETFL, O_APPEND) == 0 else { throw FileError("set flags of", file.path) }
    }

    package func close() { file.close() }

    /// How much is held.
    package var size: Int64 { get throws { try file.status().size } }

    /// Gives back the memory of a log that has become long. The program goes on writing at its new end.
    package func trim() throws {
        guard try size > ProgramLog.limit else { return }
        let end = try tail(ProgramLog.kept)
        earlier.withLock { $0 = end }
        guard ftruncate(file.descriptor, 0) == 0 else { throw FileError("truncate", file.path) }
    }

    /// The last of what was written, at most so many bytes of it.
    package func tail(_ limit: Int) throws -> String {
        let size = Int(try size)
        let start = max(0, size - limit)
        var bytes = [UInt8](repeating: 0, count: size - start)
        var filled = 0
        try bytes.withUnsafeMutableBytes { buffer in
            while filled < buffer.count {
                let count = pread(
                    file.descriptor, buffer.baseAddress.map { $0 + filled }, buffer.count - filled, off_t(start + filled))
                if count < 0, errno == EINTR { continue }
                guard count >= 0 else { throw FileError("read", file.path) }
                if count == 0 { break }
                filled += count
            }
        }
        let written = bytes[..<filled]
        let before = earlier.withLock { $0 }.utf8.suffix(limit - written.count)
        return String(decoding: Array(before) + written, as: UTF8.self)
    }

    /// The last line that is not empty; a progress bar's is without an end.
    package func lastLine() throws -> String? {
        try tail(4096).split(whereSeparator: { $0.isNewline }).last { !$0.allSatisfy(\.isWhitespace) }.map(String.init)
    }
}
