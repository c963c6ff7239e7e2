// An open file descriptor with reads and writes that finish what they begin.

package import Foundation
import Glibc

/// A file descriptor; whoever opens it closes it. Descriptors are not handed on to child processes.
package struct OpenFile: Sendable {
    package let descriptor: Int32
    package let path: String

    /// Opens with the flags of `open(2)`; new files get 0666 less the umask.
    package init(_ path: String, _ flags: Int32) throws {
        while true {
            let descriptor = open(path, flags | O_CLOEXEC, 0o666)
            if descriptor >= 0 {
                self.descriptor = descriptor
                self.path = path
                return
            }
            if errno != EINTR { throw FileError("open", path) }
        }
    }

    /// Takes over a descriptor that is open.
    init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    package func close() { _ = Glibc.close(descriptor) }

    /// Reads up to the buffer's size; 0 at the end of the file.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        while true {
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            if errno != EINTR { throw FileError("read", path) }
        }
    }

    /// Writes all of the bytes.
    package func write(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError("write", path)
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    package func write(_ bytes: Data) throws {
        try bytes.withUnsafeBytes { try write($0) }
    }

    /// Waits until the bytes are on the disk.
    package func sync() throws {
        while fsync(descriptor) != 0 {
            if errno != EINTR { throw FileError("sync", path) }
        }
    }

    package func status() throws -> FileStatus {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError("stat", path) }
        return FileStatus(status)
    }
}
