// Opening files for writing, never through a symbolic link.

import Foundation
import Platform

extension FileHandle {
    /// A new, empty file; what was there is gone.
    static func writingAnew(_ file: URL) throws -> FileHandle {
        try open(file, O_WRONLY | O_CREAT | O_TRUNC)
    }

    /// At the end of a file, which is made when it is missing.
    static func appending(to file: URL) throws -> FileHandle {
        let handle = try open(file, O_RDWR | O_CREAT)
        try handle.seekToEnd()
        return handle
    }

    private static func open(_ file: URL, _ flags: Int32) throws -> FileHandle {
        FileHandle(fileDescriptor: try OpenFile(file.path, flags).descriptor, closeOnDealloc: true)
    }
}
