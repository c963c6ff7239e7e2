// The machine's own files, through POSIX calls.

package import Foundation
import Glibc

/// The file system of this machine.
package struct LocalFileSystem: FileSystem {
    package init() {}

    package func read(_ path: String) throws -> Data { try read(path, limit: FileSizeLimit.memory) }

    /// The whole of a regular file with at most `limit` bytes. A file that grows meanwhile is read up to the size that it
    /// had when it was opened. Throws `FileError`.
    package func read(_ path: String, limit: Int64) throws -> Data {
        let file = try OpenFile(reading: path, limit: limit)
        defer { file.close() }
        return try file.read(upTo: Int(file.status().size))
    }

    package func status(_ path: String) throws -> FileStatus? {
        var status = stat()
        if stat(path, &status) == 0 { return FileStatus(status) }
        if errno == ENOENT || errno == ENOTDIR { return nil }
        throw FileError("stat", path)
    }

    /// Whether a path is that of a symbolic link, wherever it leads; `nil` where nothing is.
    package func isLink(_ path: String) -> Bool? {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode & S_IFMT == S_IFLNK : nil
    }

    /// The path of a symbolic link among the entries of a folder; `nil` where there is none, or no folder. Costs one call
    /// for some hundreds of entries, as the kinds come with the names.
    package func firstLink(in folder: String) throws -> String? {
        guard let stream = opendir(folder) else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw FileError("list", folder)
        }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let kind = Int(entry.pointee.d_type)
            // Some file systems do not say.
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

    package func create(_ path: String, _ bytes: Data, sync: Bool) throws {
        let file = try OpenFile(path, O_WRONLY | O_CREAT | O_EXCL)
        defer { file.close() }
        try file.write(bytes)
        if sync { try file.sync() }
    }

    package func copy(_ source: String, to path: String, sync: Bool) throws {
        let from = try OpenFile(reading: source, limit: FileSizeLimit.archive)
        defer { from.close() }
        let to = try OpenFile(path, O_WRONLY | O_CREAT | O_EXCL)
        defer { to.close() }
        // FICLONE, `_IOW(0x94, 9, int)`: one reference-counted copy on file systems that know it.
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

    package func append(_ path: String, _ bytes: Data, sync: Bool) throws {
        let file = try OpenFile(path, O_WRONLY | O_CREAT | O_APPEND)
        defer { file.close() }
        try file.write(bytes)
        if sync { try file.sync() }
    }

    package func truncate(_ path: String, to size: Int64) throws {
        let file = try OpenFile(path, O_WRONLY)
        defer { file.close() }
        guard ftruncate(file.descriptor, off_t(size)) == 0 else { throw FileError("truncate", path) }
    }

    package func rename(_ source: String, to path: String) throws {
        guard Glibc.rename(source, path) == 0 else { throw FileError("rename", source) }
    }

    package func sync(_ path: String) throws {
        let file = try OpenFile(path, O_RDONLY)
        defer { file.close() }
        try file.sync()
    }

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

    package func remove(_ path: String) throws {
        if unlink(path) == 0 || errno == ENOENT { return }
        guard errno == EISDIR || errno == EPERM else { throw FileError("remove", path) }
        guard rmdir(path) == 0 || errno == ENOENT else { throw FileError("remove", path) }
    }

    package func setPermissions(_ path: String, _ mode: UInt32) throws {
        // Linux has no permissions of links, and `fchmodat` with AT_SYMLINK_NOFOLLOW costs more calls than this.
        if isLink(path) == true { throw FileError.linked(path: path) }
        guard chmod(path, mode_t(mode)) == 0 else { throw FileError("set permissions of", path) }
    }

    package func touch(_ path: String) throws {
        guard utimensat(AT_FDCWD, path, nil, AT_SYMLINK_NOFOLLOW) == 0 else { throw FileError("touch", path) }
    }
}
