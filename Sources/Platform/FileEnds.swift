// Reads the beginning and the end of a file.

package import Foundation
import Glibc

/// The first and the last bytes of a file, read with one descriptor.
package struct FileEnds: Sendable {
    /// The first bytes; all of them for a short file.
    package let first: Data
    /// The last bytes; all of them for a short file.
    package let last: Data

    /// - Throws: `FileError` if the file cannot be opened or read, or is not a regular file.
    package init(of path: String, first firstCount: Int, last lastCount: Int) throws {
        let file = try OpenFile(reading: path, limit: .max)
        defer { file.close() }
        first = try file.read(upTo: firstCount)
        let size = try file.status().size
        if size <= Int64(first.count) {
            last = Data(first.suffix(lastCount))
            return
        }
        guard lseek(file.descriptor, off_t(max(0, size - Int64(lastCount))), SEEK_SET) >= 0 else { throw FileError("read", path) }
        last = try file.read(upTo: lastCount)
    }
}
