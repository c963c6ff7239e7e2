// Opening files for writing.

import Foundation

extension FileHandle {
    /// A new, empty file; what was there is gone.
    static func writingAnew(_ file: URL) throws -> FileHandle {
        try Data().write(to: file)
        return try FileHandle(forWritingTo: file)
    }

    /// At the end of a file, which is made when it is missing.
    static func appending(to file: URL) throws -> FileHandle {
        if !FileManager.default.fileExists(atPath: file.path) { try Data().write(to: file) }
        let handle = try FileHandle(forWritingTo: file)
        try handle.seekToEnd()
        return handle
    }
}
