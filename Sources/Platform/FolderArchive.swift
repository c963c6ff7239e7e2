// Packs a folder as one tar file; equal contents give equal bytes, whenever and by whomever they were written.

import Basics
import CArchive
import Foundation
import Glibc

/// The entry types of libarchive (AE_IFDIR, AE_IFREG), which are macros that Swift cannot import.
private let folderType: UInt32 = 0o040000
private let fileType: UInt32 = 0o100000

/// Packs folders into uncompressed tar files, and unpacks those.
package enum FolderArchive {
    /// Writes a folder's files and folders, sorted by path, with fixed times, owners and permissions.
    /// - Throws: `FolderArchiveError` for links and special files, which a checkpoint must not contain; `FileError`.
    package static func pack(_ folder: String, to path: String) throws {
        guard let archive = archive_write_new() else { throw FileError("pack", path) }
        defer { archive_write_free(archive) }
        archive_write_set_format_pax_restricted(archive)
        archive_write_set_bytes_in_last_block(archive, 1)
        guard archive_write_open_filename(archive, path) == ARCHIVE_OK else { throw FileError("make", path) }
        for name in try contents(of: folder, "") {
            let source = folder + "/" + name
            guard let status = try LocalFileSystem().status(source) else { throw FileError.missing(path: source) }
            guard let entry = archive_entry_new() else { throw FileError("pack", path) }
            defer { archive_entry_free(entry) }
            archive_entry_set_pathname_utf8(entry, name)
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

    /// The paths of all files and folders below a folder, sorted by bytes.
    private static func contents(of folder: String, _ prefix: String) throws -> [String] {
        let files = LocalFileSystem()
        var found: [String] = []
        for name in try files.list(folder).sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            let path = folder + "/" + name
            guard files.isLink(path) != true else { throw FolderArchiveError.link(prefix + name) }
            switch try files.status(path)?.kind {
            case .folder:
                found.append(prefix + name)
                found += try contents(of: path, prefix + name + "/")
            case .file: found.append(prefix + name)
            default: throw FolderArchiveError.special(prefix + name)
            }
        }
        return found
    }

    private static func copy(_ source: String, size: Int64, into archive: OpaquePointer, _ path: String) throws {
        let file = try OpenFile(source, O_RDONLY | O_NOFOLLOW)
        defer { file.close() }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        var left = size
        while left > 0 {
            let count = buffer.withUnsafeMutableBytes { read(file.descriptor, $0.baseAddress, min($0.count, Int(left))) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw FileError("read", source) }
            guard archive_write_data(archive, buffer, count) == count else { throw FileError("write", path) }
            left -= Int64(count)
        }
    }
}

/// An entry that a packed folder cannot contain.
package enum FolderArchiveError: Error, Hashable, Sendable, CustomStringConvertible {
    case link(String)
    case special(String)

    /// The message, with the path of the entry.
    package var description: String {
        switch self {
        case .link(let path): "'\(path)' is a link; only files and folders can be kept"
        case .special(let path): "'\(path)' is neither a file nor a folder"
        }
    }
}
