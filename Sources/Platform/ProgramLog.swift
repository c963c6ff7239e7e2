// The output of a program on both streams, in an anonymous memory file that is read on demand.

import CGlibc
package import Foundation
import Glibc
import Synchronization

/// The output of one program. A pipe would need a thread of this process to read it all the time; the log is read
/// occasionally and keeps the end of the output.
package final class ProgramLog: Sendable {
    let file: OpenFile
    /// The end of the output before memory was last freed.
    private let earlier = Mutex("")
    /// The size in bytes above which the log is truncated.
    private static let limit: Int64 = 8 << 20
    /// The number of bytes kept then.
    private static let kept = 64 << 10

    /// Creates the log, which its creator must close.
    /// - Throws: `FileError`.
    package init() throws {
        let descriptor = memfd_create("program's output", UInt32(ASSAY_MFD_CLOEXEC))
        guard descriptor >= 0 else { throw FileError("make", "memory for a program's output") }
        file = OpenFile(descriptor: descriptor, path: "memory for a program's output")
        // With O_APPEND, output to a stream that the program opens again by name stays in order.
        guard fcntl(file.descriptor, F_SETFL, O_APPEND) == 0 else { throw FileError("set flags of", file.path) }
    }

    /// Frees the memory; call it exactly once, after the program has ended.
    package func close() { file.close() }

    /// Appends a line that did not come through the program's own streams.
    package func append(_ line: Data) throws {
        try trim()
        try file.write(line + Data("\n".utf8))
    }

    /// The number of bytes currently held.
    package var size: Int64 { get throws { try file.status().size } }

    /// Truncates a long log and keeps its end. The program continues to write at the new end.
    package func trim() throws {
        guard try size > ProgramLog.limit else { return }
        let end = try tail(ProgramLog.kept)
        earlier.withLock { $0 = end }
        guard ftruncate(file.descriptor, 0) == 0 else { throw FileError("truncate", file.path) }
    }

    /// Moves everything held to another log, with a line end after it.
    package func move(to other: ProgramLog) throws {
        let text = try contents()
        earlier.withLock { $0 = "" }
        guard ftruncate(file.descriptor, 0) == 0 else { throw FileError("truncate", file.path) }
        guard !text.isEmpty else { return }
        try other.append(Data((text.hasSuffix("\n") ? String(text.dropLast()) : text).utf8))
    }

    /// The end of the output, at most `limit` bytes.
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

    /// All output held, with a note if its beginning was dropped.
    package func contents() throws -> String {
        let text = try tail(Int(try size) + ProgramLog.kept)
        return earlier.withLock { $0.isEmpty } ? text : "[the beginning of the output was dropped]\n" + text
    }

    /// The last complete lines, at most `count` lines from the last `bytes` bytes, without control characters and
    /// terminal sequences.
    package func lastLines(_ count: Int, bytes: Int) throws -> [String] {
        let isWhole = try Int(size) <= bytes && earlier.withLock { $0.isEmpty }
        var lines = ProgramLog.printable(try tail(bytes)).split(omittingEmptySubsequences: false) { $0.isNewline }
        if !isWhole, lines.count > 1 { lines.removeFirst() }
        return lines.map { String($0.prefix(1000)) }.filter { !$0.allSatisfy(\.isWhitespace) }.suffix(count).map(\.self)
    }

    /// A program's output as readable text: without terminal sequences and control characters except line ends and
    /// tabs. Each state of an overwritten line, as of a progress bar, becomes a separate line.
    package static func printable(_ text: String) -> String {
        var plain = String.UnicodeScalarView()
        var isEscape = false
        var isSequence = false
        for scalar in text.replacing("\r\n", with: "\n").unicodeScalars {
            if isEscape {
                // `ESC [ … letter`, or `ESC ] … BEL`, or one other character.
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

    /// The last line that is not blank, even without a line end, as of a progress bar.
    package func lastLine() throws -> String? {
        try tail(4096).split(whereSeparator: { $0.isNewline }).last { !$0.allSatisfy(\.isWhitespace) }.map(String.init)
    }
}
