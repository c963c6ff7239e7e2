// The files of this machine, through POSIX calls.

package import Basics
package import Foundation
import Glibc

/// The real file system, with the syncs and atomic renames that the store's durability requires.
package struct LocalFileSystem: FileSystem {
    /// Holds no state; all instances are equivalent.
    package init() {}

    /// Reads at most `FileSizeLimit.memory` bytes; a larger file throws `FileError.tooLarge`.
    package func read(_ path: String) throws -> Data { try read(path, limit: FileSizeLimit.memory) }

    /// The content of a regular file of at most `limit` bytes. A file that grows meanwhile is read up to its size
    /// when it was opened.
    /// - Throws: `FileError`.
    package func read(_ path: String, limit: Int64) throws -> Data {
        let file = try OpenFile(reading: path, limit: limit)
        defer { file.close() }
        return try file.read(upTo: Int(file.status().size))
    }

    /// The metadata, with links followed; `nil` also if a parent of the path is not a folder.
    package func status(_ path: String) throws -> FileStatus? {
        var status = stat()
        if stat(path, &status) == 0 { return FileStatus(status) }
        if errno == ENOENT || errno == ENOTDIR { return nil }
        throw FileError("stat", path)
    }

    /// Whether a path is a symbolic link, even a dangling one; `nil` if nothing exists at the path.
    package func isLink(_ path: String) -> Bool? {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode & S_IFMT == S_IFLNK : nil
    }

    /// The path of a symbolic link among the entries of a folder; `nil` if there is none or no folder. Cheap: the
    /// system returns the kinds of hundreds of entries in one call.
    package func firstLink(in folder: String) throws -> String? {
        guard let stream = opendir(folder) else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw FileError("list", folder)
        }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let kind = Int(entry.pointee.d_type)
            // Some file systems do not report the kind.
            guard kind == Int(DT_LNK) || kind == Int(DT_UNKNOWN) else { continue }
            let path = folder + "/" + LocalFileSystem.name(of: entry)
            if kind == Int(DT_LNK) || isLink(path) == true { return path }
        }
        return nil
    }

    private static func name(of entry: UnsafeMutablePointer<dirent>) -> String {
        withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
    }

    /// Includes hidden names; empty for a missing folder.
    package func list(_ folder: String) throws -> [String] {
        guard let stream = opendir(folder) else {
            if errno == ENOENT { return [] }
            throw FileError("list", folder)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = LocalFileSystem.name(of: entry)
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    /// Never follows a symbolic link at the path; one is an error.
    package func create(_ path: String, _ bytes: Data, sync: Bool) throws {
        let file = try OpenFile(path, O_WRONLY | O_CREAT | O_EXCL)
        defer { file.close() }
        try file.write(bytes)
        if sync { try file.sync() }
    }

    /// Uses a reflink (FICLONE) if the file system supports it, otherwise copies the bytes.
    package func copy(_ source: String, to path: String, sync: Bool) throws {
        let from = try OpenFile(reading: source, limit: FileSizeLimit.archive)
        defer { from.close() }
        let to = try OpenFile(path, O_WRONLY | O_CREAT | O_EXCL)
        defer { to.close() }
        // FICLONE, `_IOW(0x94, 9, int)`: shares the blocks by reference counting on file systems that support it.
        let cloned = ioctl(to.descriptor, 0x4004_9409, from.descriptor) == 0
        if !cloned {
            let size = try from.status().size
            let buffer = UnsafeMutableRawBufferPointer.allocate(
                byteCount: Int(min(1 << 20, max(1 << 12, size))), alignment: 4096)
            defer { buffer.deallocate() }
            while true {
                let count = try from.read(into: buffer)
                if count == 0 { break }
                try to.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            }
        }
        if sync { try to.sync() }
    }

    /// Throws `FileError.linked` if the path is a symbolic link.
    package func append(_ path: String, _ bytes: Data, sync: Bool) throws {
        let file = try OpenFile(path, O_WRONLY | O_CREAT | O_APPEND)
        defer { file.close() }
        try file.write(bytes)
        if sync { try file.sync() }
    }

    /// Throws `FileError.linked` if the path is a symbolic link.
    package func truncate(_ path: String, to size: Int64) throws {
        let file = try OpenFile(path, O_WRONLY)
        defer { file.close() }
        guard ftruncate(file.descriptor, off_t(size)) == 0 else { throw FileError("truncate", path) }
    }

    /// Atomic within one file system; across file systems it throws.
    package func rename(_ source: String, to path: String) throws {
        guard Glibc.rename(source, path) == 0 else { throw FileError("rename", source) }
    }

    /// Opens the file or folder and calls `fsync`.
    package func sync(_ path: String) throws {
        let file = try OpenFile(path, O_RDONLY)
        defer { file.close() }
        try file.sync()
    }

    /// Creates folders with mode 0777 less the umask; throws `FileError.exists` if a file is in the way.
    package func makeFolder(_ path: String) throws {
        if mkdir(path, 0o777) == 0 { return }
        switch errno {
        case EEXIST:
            guard try status(path)?.kind == .folder else { throw FileError.exists(path: path) }
        case ENOENT:
            let above = folder(of: path)
            guard above != path else { throw FileError("make folder", path) }
            try makeFolder(above)
            guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw FileError("make folder", path) }
        default: throw FileError("make folder", path)
        }
    }

    /// Creates a new folder for temporary files that only this user can enter. Other users of the machine cannot prepare
    /// it, as its name is random and it must not exist.
    /// - Parameter name: the beginning of its name.
    /// - Returns: its path below `TMPDIR`, or below `/tmp`.
    package func makeTemporaryFolder(_ name: SafeName) throws -> String {
        let parent = NSTemporaryDirectory()
        var template = Array(((parent.hasSuffix("/") ? parent : parent + "/") + name.text + "-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw FileError("make folder", "\(name.text)-XXXXXX") }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Removes a link instead of following it; a folder that is not empty is an error.
    package func remove(_ path: String) throws {
        if unlink(path) == 0 || errno == ENOENT { return }
        guard errno == EISDIR || errno == EPERM else { throw FileError("remove", path) }
        guard rmdir(path) == 0 || errno == ENOENT else { throw FileError("remove", path) }
    }

    /// Throws `FileError.linked` for a symbolic link.
    package func setPermissions(_ path: String, _ mode: UInt32) throws {
        // Linux has no permissions for links, and `fchmodat` with AT_SYMLINK_NOFOLLOW needs more calls.
        if isLink(path) == true { throw FileError.linked(path: path) }
        guard chmod(path, mode_t(mode)) == 0 else { throw FileError("set permissions of", path) }
    }

    /// Does not follow a symbolic link at the path.
    package func touch(_ path: String) throws {
        guard utimensat(AT_FDCWD, path, nil, AT_SYMLINK_NOFOLLOW) == 0 else { throw FileError("touch", path) }
    }
}

// MARK: Removing trees

extension LocalFileSystem {
    /// Removes a folder and its contents, with any names and depth; links are removed, not followed.
    package func removeTree(_ path: String) throws {
        if isLink(path) != true { try removeAll(in: path) }
        try remove(path)
    }

    /// Removes the contents of a folder, with any names and depth; links are not followed, because they may point
    /// anywhere. A program may have created names that are not UTF-8, and paths longer than the system supports: names
    /// are kept as bytes, and a folder that is not empty moves up before it is emptied.
    package func removeAll(in path: String) throws {
        let root = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        if root < 0, errno == ENOENT { return }
        guard root >= 0 else { throw FileError("empty", path) }
        defer { close(root) }
        var moved = 0
        while true {
            let names = try LocalFileSystem.names(in: root, of: path)
            if names.isEmpty { return }
            for name in names where try !LocalFileSystem.remove(name, in: root, of: path) {
                let inner = openat(root, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                guard inner >= 0 else { throw FileError("empty", path) }
                defer { close(inner) }
                for below in try LocalFileSystem.names(in: inner, of: path)
                where try !LocalFileSystem.remove(below, in: inner, of: path) {
                    repeat { moved += 1 } while faccessat(root, "moved-\(moved)", F_OK, AT_SYMLINK_NOFOLLOW) == 0
                    guard renameat(inner, below, root, "moved-\(moved)") == 0 else { throw FileError("empty", path) }
                }
            }
        }
    }

    /// Removes a file, a link or an empty folder. Returns false for a folder that is not empty.
    private static func remove(_ name: [CChar], in folder: Int32, of path: String) throws -> Bool {
        if unlinkat(folder, name, 0) == 0 || errno == ENOENT { return true }
        guard errno == EISDIR || errno == EPERM else { throw FileError("empty", path) }
        if unlinkat(folder, name, AT_REMOVEDIR) == 0 || errno == ENOENT { return true }
        guard errno == ENOTEMPTY || errno == EEXIST else { throw FileError("empty", path) }
        return false
    }

    /// The names in an open folder, each with its closing zero.
    private static func names(in folder: Int32, of path: String) throws -> [[CChar]] {
        let own = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard own >= 0, let stream = fdopendir(own) else { throw FileError("list", path) }
        defer { closedir(stream) }
        var names: [[CChar]] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: tuple.pointee)) {
                    [CChar](UnsafeBufferPointer(start: $0, count: strlen($0) + 1))
                }
            }
            if name != [46, 0], name != [46, 46, 0] { names.append(name) }
        }
        return names
    }
}
