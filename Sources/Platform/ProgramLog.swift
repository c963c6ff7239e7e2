// What a program writes on both streams, in memory and without a name: read as far as somebody wants it.

import CGlibc
package import Foundation
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

    /// Adds a line that came another way than by the program's own streams.
    package func append(_ line: Data) throws {
        try trim()
        try file.write(line + Data("\n".utf8))
    }

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

    /// All that is held, with a line in place of what was given back.
    package func contents() throws -> String {
        let text = try tail(Int(try size) + ProgramLog.kept)
        return earlier.withLock { $0.isEmpty } ? text : "[the beginning of the output was dropped]\n" + text
    }

    /// The last lines, whole ones, at most so many and so many bytes of them. Control characters and terminal sequences
    /// are left out.
    package func lastLines(_ count: Int, bytes: Int) throws -> [String] {
        let isWhole = try Int(size) <= bytes && earlier.withLock { $0.isEmpty }
        var lines = ProgramLog.printable(try tail(bytes)).split(omittingEmptySubsequences: false) { $0.isNewline }
        if !isWhole, lines.count > 1 { lines.removeFirst() }
        return lines.map { String($0.prefix(1000)) }.filter { !$0.allSatisfy(\.isWhitespace) }.suffix(count).map(\.self)
    }

    /// A program's output as text for people: without terminal sequences and control characters other than line ends and
    /// tabs. A line that was overwritten, as by a progress bar, is on a line of its own.
    package static func printable(_ text: String) -> String {
        var plain = String.UnicodeScalarView()
        var isEscape = false
        var isSequence = false
        for scalar in text.replacing("\r\n", with: "\n").unicodeScalars {
            if isEscape {
                // `ESC [ … letter`, or `ESC ] … BEL`, or one more character.
                if !isSequence {
                    isSequence = scalar == "[" || scalar == "]"
                    isEscape = isSequence
                } else if scalar.properties.isAlphabetic && scalar.isASCII || scalar == "\u{7}" || scalar == "~" {
                    (isEscape, isSequence) = (false, false)
                }
                continue
            }
            switch scalar {
            case "\u{1B}": (isEscape, isSequence) = (true, false)
            case "\n", "\t": plain.append(scalar)
            case "\r": plain.append("\n")
            default: if scalar.properties.generalCategory != .control { plain.append(scalar) }
            }
        }
        return String(plain)
    }

    /// The last line that is not empty; a progress bar's is without an end.
    package func lastLine() throws -> String? {
        try tail(4096).split(whereSeparator: { $0.isNewline }).last { !$0.allSatisfy(\.isWhitespace) }.map(String.init)
    }
}
