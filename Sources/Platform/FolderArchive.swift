// Packs a folder as one tar file; equal contents give equal bytes, independent of owner and time.

import Basics
import CArchive
import Foundation
import Glibc

/// The entry types of libarchive (AE_IFDIR, AE_IFREG), which are macros that Swift cannot import.
private let folderType: UInt32 = 0o040000
private let fileType: UInt32 = 0o100000

/// The limits on the contents of a packed folder.
package struct FolderLimits: Hashable, Sendable {
    /// The maximum total size of all files in bytes, as their sizes state it: the holes of a sparse file count.
    package var bytes: Int64 = 256 << 30
    /// The maximum number of files and folders.
    package var entries = 100_000
    /// The maximum length of a path below the folder in bytes.
    package var pathBytes = 1024

    /// The limits for checkpoints; adjust the properties for others.
    package init() {}
}

/// Packs folders into uncompressed tar files, and unpacks those.
package enum FolderArchive {
    /// Writes a folder's files and folders, sorted by path, with fixed times, owners and permissions. Sizes are checked
    /// before anything is written.
    /// - Throws: `FolderArchiveError` for links, special files and folders beyond the limits; `FileError`.
    package static func pack(_ folder: String, to path: String, limits: FolderLimits = FolderLimits()) throws {
        let contents = try FolderContents(of: folder, limits: limits)
        guard let archive = archive_write_new() else { throw FileError("pack", path) }
        defer { archive_write_free(archive) }
        archive_write_set_format_pax_restricted(archive)
        // In the C locale, libarchive crashes on names beyond ASCII unless it copies their bytes. The option adds a record
        // to every entry, so archives of other names do without it and keep their bytes.
        if contents.entries.contains(where: { !$0.path.utf8.allSatisfy { $0 < 0x80 } }) {
            guard archive_write_set_options(archive, "hdrcharset=BINARY") == ARCHIVE_OK else { throw FileError("pack", path) }
        }
        archive_write_set_bytes_in_last_block(archive, 1)
        guard archive_write_open_filename(archive, path) == ARCHIVE_OK else { throw FileError("make", path) }
        for (name, status) in contents.entries {
            let source = folder + "/" + name
            guard let entry = archive_entry_new() else { throw FileError("pack", path) }
            defer { archive_entry_free(entry) }
            archive_entry_set_pathname(entry, name)
            archive_entry_set_mtime(entry, 0, 0)
            let isFolder = status.kind == .folder
            archive_entry_set_filetype(entry, isFolder ? folderType : fileType)
            archive_entry_set_perm(entry, isFolder ? 0o755 : 0o644)
            archive_entry_set_size(entry, isFolder ? 0 : status.size)
            guard archive_write_header(archive, entry) == ARCHIVE_OK else { throw FileError("write", path) }
            if !isFolder { try copy(source, size: status.size, into: archive, path) }
        }
        guard archive_write_close(archive) == ARCHIVE_OK else { throw FileError("write", path) }
    }

    /// Unpacks a packed folder into a folder, which is created.
    package static func unpack(_ path: String, to folder: String) throws {
        var limits = ArchiveLimits()
        // The archive is not compressed, so its content is no larger than the file, apart from folders.
        limits.ratio = 2
        try Archive(path, limits: limits).extract(to: folder)
    }

    private static func copy(_ source: String, size: Int64, into archive: OpaquePointer, _ path: String) throws {
        let file = try OpenFile(source, O_RDONLY | O_NOFOLLOW)
        defer { file.close() }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        var left = size
        while left > 0 {
            let count = buffer.withUnsafeMutableBytes { read(file.descriptor, $0.baseAddress, min($0.count, Int(left))) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FileError("read", source) }
            guard count > 0 else { throw FolderArchiveError.changed(source) }
            guard archive_write_data(archive, buffer, count) == count else { throw FileError("write", path) }
            left -= Int64(count)
        }
    }
}

/// The files and folders to pack, sorted by the bytes of their paths.
private struct FolderContents {
    private(set) var entries: [(path: String, status: FileStatus)] = []
    private var bytes: Int64 = 0
    private let limits: FolderLimits

    init(of folder: String, limits: FolderLimits) throws {
        self.limits = limits
        try add(folder, "")
    }

    private mutating func add(_ folder: String, _ prefix: String) throws {
        let files = LocalFileSystem()
        for name in try files.list(folder).sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            let (path, source) = (prefix + name, folder + "/" + name)
            guard path.utf8.count <= limits.pathBytes else { throw FolderArchiveError.pathTooLong(path, limit: limits.pathBytes) }
            guard entries.count < limits.entries else { throw FolderArchiveError.tooMany(limit: limits.entries) }
            guard files.isLink(source) != true else { throw FolderArchiveError.link(path) }
            guard let status = try files.status(source) else {
                // Bytes that are not UTF-8 were replaced, and no file has that name.
                throw name.contains("\u{FFFD}") ? FolderArchiveError.nameNotText(path) : FileError.missing(path: source)
            }
            switch status.kind {
            case .folder:
                entries.append((path, status))
                try add(source, path + "/")
            case .file:
                bytes = bytes.saturatingAdding(max(0, status.size))
                guard bytes <= limits.bytes else {
                    throw FolderArchiveError.tooLarge(path, bytes: status.size, limit: limits.bytes)
                }
                entries.append((path, status))
            default: throw FolderArchiveError.special(path)
            }
        }
    }
}

/// The reason why a folder cannot be packed.
package enum FolderArchiveError: Error, Hashable, Sendable, CustomStringConvertible {
    case link(String)
    case special(String)
    /// The file with which the folder exceeds the limit, and the size of that file.
    case tooLarge(String, bytes: Int64, limit: Int64)
    case tooMany(limit: Int)
    case pathTooLong(String, limit: Int)
    /// A name that is not UTF-8.
    case nameNotText(String)
    /// A file that became shorter while it was read.
    case changed(String)

    /// The message, with the path of the entry.
    package var description: String {
        switch self {
        case .link(let path): "'\(path)' is a link; only files and folders can be stored"
        case .special(let path): "'\(path)' is neither a file nor a folder"
        case .tooLarge(let path, let bytes, let limit):
            "with '\(path)' (\(bytes) bytes), the files have more than \(limit >> 30) GiB in total; "
                + "a sparse file counts with its full size"
        case .tooMany(let limit): "there are more than \(limit) files and folders"
        case .pathTooLong(let path, let limit): "the path '\(path.prefix(60))…' has more than \(limit) bytes"
        case .nameNotText(let path): "the name '\(path)' is not UTF-8"
        case .changed(let path): "'\(path)' became shorter while it was being read; a program is still writing to it"
        }
    }
}
