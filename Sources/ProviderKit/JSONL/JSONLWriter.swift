// Writes lines with images into files of bounded size, using constant memory.

package import Basics
package import Foundation
import Glibc
import Platform

/// The size limits of one file of lines, set by the provider.
package struct ShardLimits: Hashable, Sendable {
    /// Maximum size of a file in bytes.
    package var bytes: Int
    /// Maximum lines of a file.
    package var lines: Int

    /// 200 MB and 100,000 lines.
    package static let batch = ShardLimits(bytes: 200_000_000, lines: 100_000)
    /// 512 MB, the limit of a training file. A job takes one file, so data that needs a second is too large.
    package static let training = ShardLimits(bytes: 512_000_000, lines: .max)

    /// - Parameter lines: `.max` for no limit.
    package init(bytes: Int, lines: Int) {
        self.bytes = bytes
        self.lines = lines
    }
}

/// One written file.
package struct JSONLShard: Hashable, Sendable, Codable {
    /// The name within the folder: `requests-000.jsonl`.
    package var name: String
    /// The size of the file.
    package var bytes: Int
    /// The number of lines in the file.
    package var lines: Int
    /// The digest of the file's content.
    package var digest: Digest
    /// The index of the first line among all lines, from 0.
    package var firstLine: Int

    /// - Parameter firstLine: the index among all lines, from 0.
    package init(name: String, bytes: Int, lines: Int, digest: Digest, firstLine: Int) {
        self.name = name
        self.bytes = bytes
        self.lines = lines
        self.digest = digest
        self.firstLine = firstLine
    }
}

/// The reasons why lines cannot be written.
package enum JSONLError: Error, Hashable, Sendable {
    /// The file's length has changed since it was indexed.
    case imageChanged(path: String, was: Int, now: Int)
    /// The file is neither JPEG, PNG nor WebP.
    case notAnImage(path: String)
    /// A single line exceeds the size limit of a file.
    case lineTooLarge(line: Int, bytes: Int, limit: Int)
}

extension JSONLError: CustomStringConvertible {
    /// The message for the user; counts lines from 1.
    package var description: String {
        switch self {
        case .imageChanged(let path, let was, let now):
            "\(path) changed since it was indexed: it had \(was) bytes and now has \(now)"
        case .notAnImage(let path): "\(path) is neither JPEG nor PNG nor WebP"
        case .lineTooLarge(let line, let bytes, let limit):
            "line \(line + 1) alone has \(bytes) bytes, more than the \(limit) that a file may have"
        }
    }
}

/// Writes values as lines, each as Python's `json.dumps(value)` and a line feed, split into shards.
///
/// Images pass from their files to the output through two buffers of one MiB: while one is filled and encoded, the
/// other is hashed and written. The bytes depend only on the lines and limits.
package struct JSONLWriter: Sendable {
    /// The output folder, which must exist.
    package var folder: URL
    /// The prefix of the shards' names.
    package var name: String
    /// Applied to each shard.
    package var limits: ShardLimits

    /// - Parameter name: the prefix of the shards' names.
    package init(folder: URL, name: String, limits: ShardLimits = .batch) {
        self.folder = folder
        self.name = name
        self.limits = limits
    }

    /// Writes all lines.
    /// - Parameters:
    ///   - count: the number of lines.
    ///   - progress: called now and then with the number of bytes written since the last call.
    ///   - line: returns the line at an index, 0 to `count - 1`.
    /// - Returns: the shards in order; none if there are no lines.
    /// - Throws: `JSONLError`, `FileError`, `CancellationError`, and the errors of `line`. Partial files are left
    ///   behind.
    package func write(
        count: Int, progress: @Sendable (Int) -> Void = { _ in }, line: (Int) throws -> PythonJSON
    ) async throws -> [JSONLShard] {
        var shards: [JSONLShard] = []
        var next = 0
        while next < count {
            try Task.checkCancellation()
            let shard = try await writeShard(number: shards.count, from: next, to: count, progress, line)
            shards.append(shard)
            next += shard.lines
        }
        return shards
    }

    /// Writes one shard, from line `first` until a limit or the last line is reached.
    private func writeShard(
        number: Int, from first: Int, to count: Int, _ progress: @Sendable (Int) -> Void,
        _ line: (Int) throws -> PythonJSON
    ) async throws -> JSONLShard {
        let digits = String(number)
        let file = "\(name)-\(String(repeating: "0", count: max(0, 3 - digits.count)))\(digits).jsonl"
        let output = try OpenFile(
            folder.appending(path: file).path(percentEncoded: false), O_WRONLY | O_CREAT | O_TRUNC)
        defer { output.close() }
        var reader = ImageReader()
        var lines = 0
        var planned = 0
        var written = 0
        // One task at a time hashes and writes the last filled buffer, while this task fills the other.
        let digest = try await withThrowingTaskGroup(of: (ByteBuffer, DigestBuilder).self) { group in
            var filling = ByteBuffer()
            var spare: ByteBuffer? = ByteBuffer()
            var hasher: DigestBuilder? = DigestBuilder()

            func swap() async throws {
                if let done = try await group.next() {
                    spare = done.0
                    hasher = done.1
                }
                guard let free = spare, let state = hasher else { return }
                let full = filling
                progress(full.count)
                written += full.count
                group.addTask {
                    var state = state
                    state.update(full.filled)
                    try output.write(full.filled)
                    full.count = 0
                    return (full, state)
                }
                (filling, spare, hasher) = (free, nil, nil)
            }

            while first + lines < count, lines < limits.lines {
                let pieces = try line(first + lines).pieces
                let size = pieces.reduce(1) { $0 + $1.maxEncodedCount }
                guard size <= limits.bytes else {
                    throw JSONLError.lineTooLarge(line: first + lines, bytes: size, limit: limits.bytes)
                }
                guard planned + size <= limits.bytes else { break }
                planned += size
                for piece in pieces {
                    switch piece {
                    case .text(let bytes):
                        var rest = bytes[...]
                        while !rest.isEmpty {
                            rest = filling.append(rest)
                            if !rest.isEmpty { try await swap() }
                        }
                    case .image(let image), .inlineImage(let image):
                        try reader.open(image, as: piece.imageForm)
                        while true {
                            if filling.free < ImageReader.maxChunkOutput {
                                try await swap()
                                try Task.checkCancellation()
                            }
                            if try !reader.encodeNext(into: filling) { break }
                        }
                    }
                }
                if filling.free == 0 { try await swap() }
                _ = filling.append([UInt8(ascii: "\n")])
                lines += 1
            }
            try await swap()
            guard let last = try await group.next() else { return DigestBuilder().finish() }
            return last.1.finish()
        }
        return JSONLShard(name: file, bytes: written, lines: lines, digest: digest, firstLine: first)
    }
}

extension JSONPiece {
    /// The maximum encoded size of the piece; the media type is one byte longer for JPEG than for PNG.
    fileprivate var maxEncodedCount: Int {
        switch self {
        case .text(let bytes): bytes.count
        case .image(let image), .inlineImage(let image):
            imageForm.prefix(type: "jpeg").utf8.count + Base64Encoder.encodedCount(image.bytes) + imageForm.suffix.utf8.count
        }
    }
}

/// A fixed memory block owned by one task at a time: handed over, never shared.
private final class ByteBuffer: @unchecked Sendable {
    private let storage = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    var count = 0

    deinit { storage.deallocate() }

    var free: Int { storage.count - count }
    var filled: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: storage[..<count]) }
    var rest: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(rebasing: storage[count...]) }

    /// Appends as many bytes as fit and returns the rest.
    func append(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let taken = bytes.prefix(free)
        rest.copyBytes(from: taken)
        count += taken.count
        return bytes.dropFirst(taken.count)
    }
}

/// Reads one image file after another and produces their data URLs in chunks.
private struct ImageReader: ~Copyable {
    /// Bytes read at once: a multiple of three, so that only the last chunk is padded.
    private static let chunk = 3 << 16
    /// The maximum output of one chunk, in bytes.
    static let maxChunkOutput = Base64Encoder.encodedCount(chunk) + 64

    private let encoder = Base64Encoder()
    private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: ImageReader.chunk, alignment: 64)
    private var image: ImageFile?
    private var form = ImageForm.dataURL
    private var file: OpenFile?
    private var seen = 0

    deinit {
        file?.close()
        input.deallocate()
    }

    mutating func open(_ image: ImageFile, as form: ImageForm) throws {
        file = try OpenFile(image.path, O_RDONLY)
        self.image = image
        self.form = form
        seen = 0
    }

    /// Encodes the next chunk of the open file; returns `false` after the last.
    mutating func encodeNext(into output: ByteBuffer) throws -> Bool {
        guard let image, let file else { return false }
        var count = 0
        while count < input.count {
            let read = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: input[count...]))
            if read == 0 { break }
            count += read
        }
        let stretch = UnsafeRawBufferPointer(rebasing: input[..<count])
        if seen == 0 {
            guard let type = imageType(of: stretch) else { throw JSONLError.notAnImage(path: image.path) }
            _ = output.append(ArraySlice(form.prefix(type: type).utf8))
        }
        output.count += encoder.encode(stretch, into: output.rest)
        seen += count
        guard count < input.count else { return true }
        file.close()
        self.file = nil
        self.image = nil
        guard seen == image.bytes else {
            throw JSONLError.imageChanged(path: image.path, was: image.bytes, now: seen)
        }
        _ = output.append(ArraySlice(form.suffix.utf8))
        return false
    }
}

/// The subtype of an image's media type, from the first bytes of the file; `nil` if it is not JPEG, PNG or WebP.
package func imageType(of bytes: UnsafeRawBufferPointer) -> String? {
    if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return "jpeg" }
    if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return "png" }
    if bytes.starts(with: "RIFF".utf8), bytes.dropFirst(8).starts(with: "WEBP".utf8) { return "webp" }
    return nil
}
