// Opens files for writing without following symbolic links.

package import Foundation
import Platform

extension FileHandle {
    /// Opens a new, empty file; replaces an existing one.
    package static func truncating(_ file: URL) throws -> FileHandle {
        try open(file, O_WRONLY | O_CREAT | O_TRUNC)
    }

    /// Opens a file for appending; creates it if it is missing.
    package static func appending(to file: URL) throws -> FileHandle {
        let handle = try open(file, O_RDWR | O_CREAT)
        try handle.seekToEnd()
        return handle
    }

    private static func open(_ file: URL, _ flags: Int32) throws -> FileHandle {
        FileHandle(fileDescriptor: try OpenFile(file.path, flags).descriptor, closeOnDealloc: true)
    }
}
