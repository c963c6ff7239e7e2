// Digests of files: streamed, and many at once on several threads.

package import Basics
import Dispatch
import Foundation
import Glibc
import Synchronization

/// The digest and the number of bytes of a file.
package struct FileDigest: Hashable, Sendable {
    package var digest: Digest
    package var bytes: Int64

    package init(digest: Digest, bytes: Int64) {
        self.digest = digest
        self.bytes = bytes
    }

    /// Reads the file once, piece by piece.
    package init(ofFileAt path: String) throws {
        let file = try OpenFile(path, O_RDONLY)
        defer { file.close() }
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Int(min(1 << 18, max(1 << 12, try file.status().size))), alignment: 4096)
        defer { buffer.deallocate() }
        try self.init(of: file, buffer: buffer)
    }

    fileprivate init(ofFileAt path: String, buffer: UnsafeMutableRawBufferPointer) throws {
        let file = try OpenFile(path, O_RDONLY)
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

    /// Digests many files on up to `threads` threads; the results stand in the order of the paths. `done` is told of
    /// each index when its file has been read.
    package static func ofFiles(
        at paths: [String], threads: Int, done: (@Sendable (Int) -> Void)? = nil
    ) -> [Result<FileDigest, any Error>] {
        parallelMap(count: paths.count, threads: threads) { worker in
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 4096)
            defer { buffer.deallocate() }
            worker { index in
                defer { done?(index) }
                return Result { try FileDigest(ofFileAt: paths[index], buffer: buffer) }
            }
        }
    }
}

/// Fills `count` results on up to `threads` threads, each of which takes the next index that is free. `body` runs
/// once a thread and gives the loop the function from index to result, so that it may hold a buffer of its own.
package func parallelMap<Value: Sendable>(
    count: Int, threads: Int, _ body: @Sendable (_ loop: ((Int) -> Value) -> Void) -> Void
) -> [Value] {
    guard count > 0 else { return [] }
    let next = Atomic<Int>(0)
    let lanes = max(1, min(threads, count))
    let gathered = Mutex<[[(Int, Value)]]>([])
    DispatchQueue.concurrentPerform(iterations: lanes) { _ in
        var mine: [(Int, Value)] = []
        body { value in
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                if index >= count { break }
                mine.append((index, value(index)))
            }
        }
        gathered.withLock { $0.append(mine) }
    }
    var results = [Value?](repeating: nil, count: count)
    for (index, value) in gathered.withLock({ $0 }).joined() { results[index] = value }
    return results.compactMap { $0 }
}
