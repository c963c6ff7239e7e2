// An open file descriptor whose reads and writes handle interruptions and partial transfers.

package import Foundation
import Glibc

/// A file descriptor, which its creator must close. Child processes do not inherit it.
package struct OpenFile: Sendable {
    /// The descriptor; invalid after `close`.
    package let descriptor: Int32
    /// The path as it was opened, for error messages.
    package let path: String

    /// Opens with the flags of `open(2)`; new files get mode 0666 less the umask. Only regular files and folders are
    /// opened: a pipe would block until its other end opens, and a device may never end. For writing, a symbolic link
    /// as the last path component is an error: a state folder may come from an untrusted source, and such a link
    /// could make this process change files outside it.
    /// - Throws: `FileError`.
    package init(_ path: String, _ flags: Int32) throws {
        let writes = flags & O_ACCMODE != O_RDONLY
        let flags = writes ? flags | O_NOFOLLOW : flags
        while true {
            // Without O_NONBLOCK, opening a pipe blocks; on regular files it has no effect.
            let descriptor = open(path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0o666)
            if descriptor >= 0 {
                self.descriptor = descriptor
                self.path = path
                break
            }
            let code = errno
            // A pipe without a reader that is opened for writing, or a socket.
            if code == ENXIO { throw FileError.notRegular(path: path, kind: OpenFile.kind(of: path)) }
            if code == ELOOP, writes, LocalFileSystem().isLink(path) == true {
                let kind = OpenFile.kind(of: path)
                if [.pipe, .socket, .device].contains(kind) { throw FileError.notRegular(path: path, kind: kind) }
                throw FileError.linked(path: path)
            }
            if code != EINTR { throw FileError("open", path, errno: code) }
        }
        do {
            let kind = try status().kind
            guard kind == .file || kind == .folder else { throw FileError.notRegular(path: path, kind: kind) }
        } catch {
            close()
            throw error
        }
    }

    /// Opens a regular file for reading. The size is checked on the open descriptor; later growth of the file is not
    /// limited.
    /// - Parameter limit: the maximum size in bytes.
    /// - Throws: `FileError`, for example `tooLarge`.
    package init(reading path: String, limit: Int64) throws {
        try self.init(path, O_RDONLY)
        do {
            let status = try status()
            guard status.kind == .file else { throw FileError("read", path, errno: EISDIR) }
            guard status.size <= limit else {
                throw FileError.tooLarge(path: path, bytes: status.size, limit: limit)
            }
        } catch {
            close()
            throw error
        }
    }

    private static func kind(of path: String) -> FileStatus.Kind {
        var status = stat()
        return stat(path, &status) == 0 ? FileStatus(status).kind : .other
    }

    /// Takes ownership of an open descriptor.
    init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    /// Closes the descriptor, ignoring errors; call it exactly once.
    package func close() { _ = Glibc.close(descriptor) }

    /// Reads up to the buffer's size; returns 0 at the end of the file.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        while true {
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            if errno != EINTR { throw FileError("read", path) }
        }
    }

    /// The next bytes, at most `most`; fewer only at the end of the file.
    package func read(upTo most: Int) throws -> Data {
        var bytes = Data(count: most)
        var filled = 0
        try bytes.withUnsafeMutableBytes { buffer in
            while filled < buffer.count {
                let count = try read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
                if count == 0 { break }
                filled += count
            }
        }
        if filled < bytes.count { bytes.removeSubrange(filled...) }
        return bytes
    }

    /// Writes all bytes, repeating partial writes.
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

    /// Writes all bytes, repeating partial writes.
    package func write(_ bytes: Data) throws {
        try bytes.withUnsafeBytes { try write($0) }
    }

    /// Waits until the content is on disk.
    package func sync() throws {
        while fsync(descriptor) != 0 {
            if errno != EINTR { throw FileError("sync", path) }
        }
    }

    /// The metadata of the open file, even if its path now names another one.
    package func status() throws -> FileStatus {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError("stat", path) }
        return FileStatus(status)
    }
}
