// Digests of files: streamed, and computed on several threads for many files.

package import Basics
import Foundation
import Glibc

/// The digest and size of a file's content.
package struct FileDigest: Hashable, Sendable {
    /// The SHA-256 digest of the content.
    package var digest: Digest
    /// The size of the content in bytes, as read.
    package var bytes: Int64

    /// For digests that are already known, for example from a cache.
    package init(digest: Digest, bytes: Int64) {
        self.digest = digest
        self.bytes = bytes
    }

    /// Reads the file once, in pieces.
    /// - Throws: `FileError`.
    package init(ofFileAt path: String) throws {
        let file = try OpenFile(reading: path, limit: FileSizeLimit.archive)
        defer { file.close() }
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Int(min(1 << 18, max(1 << 12, try file.status().size))), alignment: 4096)
        defer { buffer.deallocate() }
        try self.init(of: file, buffer: buffer)
    }

    fileprivate init(ofFileAt path: String, buffer: UnsafeMutableRawBufferPointer) throws {
        let file = try OpenFile(reading: path, limit: FileSizeLimit.archive)
        defer { file.close() }
        try self.init(of: file, buffer: buffer)
    }

    private init(of file: OpenFile, buffer: UnsafeMutableRawBufferPointer) throws {
        var builder = DigestBuilder()
        var total: Int64 = 0
        while true {
            let count = try file.read(into: buffer)
            if count == 0 { break }
            builder.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            total += Int64(count)
        }
        digest = builder.finish()
        bytes = total
    }

    /// Digests many files on up to `threads` threads; the results are in the order of the paths. `done` is called
    /// with each index once its file is read.
    package static func ofFiles(
        at paths: [String], threads: Int, done: (@Sendable (Int) -> Void)? = nil
    ) -> [Result<FileDigest, any Error>] {
        threadedMap(count: paths.count, threads: threads) { worker in
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 4096)
            defer { buffer.deallocate() }
            worker { index in
                defer { done?(index) }
                return Result { try FileDigest(ofFileAt: paths[index], buffer: buffer) }
            }
        }
    }
}
