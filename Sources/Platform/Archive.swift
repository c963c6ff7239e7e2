// Reads archives (tar, tar.gz, zip) entry by entry, treating their paths and sizes as untrusted input.

import Basics
import CArchive
package import Foundation
import Glibc

/// An entry of an archive, before its content is read.
package struct ArchiveEntry: Hashable, Sendable {
    /// The kind of an entry; only `file` has content.
    package enum Kind: Hashable, Sendable {
        case file
        case folder
        /// A symbolic or hard link to another entry, named by its path in the archive.
        case link(to: String)
        /// A device, FIFO or socket; never read or created.
        case special
    }

    /// The path in the archive, without `.` components; always relative and never upwards.
    package var path: String
    /// The kind, which decides whether the entry can be read or extracted.
    package var kind: Kind
    /// The size of a file in bytes as the archive states it; 0 if it does not.
    package var size: Int64
    /// Whether a link is a hard link, which refers to its target's content at this point of the archive. A symbolic
    /// link refers to the final content of its target.
    package var isHardLink = false
}

/// Reads the bytes of the current file while an archive is traversed.
package struct ArchiveBytes {
    fileprivate let content: ArchiveContent
    fileprivate let entry: ArchiveEntry
    fileprivate let limit: Int64

    /// All bytes of the file.
    /// - Throws: `ArchiveError`.
    package func callAsFunction() throws -> Data {
        var bytes = Data()
        // The archive states this size, so at most the size of a usual image is reserved in advance.
        if entry.size > 0 { bytes.reserveCapacity(Int(min(entry.size, limit, 16 << 20))) }
        try content.forEachPiece { piece in
            guard Int64(bytes.count + piece.count) <= limit else {
                throw ArchiveError.tooLarge(archive: content.path, entry: entry.path)
            }
            bytes.append(contentsOf: piece)
        }
        return bytes
    }

    /// The first bytes: at least `count` if the file is that long and does not begin with a hole. All bytes can still
    /// be read afterwards.
    /// - Throws: `ArchiveError`.
    package func start(_ count: Int) throws -> Data { try content.start(count) }
}

/// The limits on memory and unpacked bytes that an archive may cause.
package struct ArchiveLimits: Hashable, Sendable {
    /// The maximum number of entries.
    package var entries = 20_000_000
    /// The maximum length of an entry's path in bytes.
    package var pathBytes = 4096
    /// The maximum number of folders that a path may lead through.
    package var pathDepth = 256
    /// The maximum size in bytes of a file that is read into memory.
    package var entryBytes: Int64 = 1 << 30
    /// The total unpacked size may be this many times the archive's own size, plus `freeBytes`.
    package var ratio: Int64 = 250
    /// Unpacked bytes allowed in addition to `ratio`, so that small archives can hold highly compressible files.
    package var freeBytes: Int64 = 256 << 20

    /// The limits for dataset archives; adjust the properties for others.
    package init() {}
}

/// Whether an archive ends with the mark of its format; without it, the file may be truncated.
package enum ArchiveEnd: Hashable, Sendable {
    case complete
    /// A tar without its end mark, two blocks of zeros, or a zip without its directory: it may be cut off after the
    /// named entry.
    case withoutMark(after: String?)
}

extension ArchiveError {
    /// The format of a file that is not a readable archive, by its first bytes, with advice; `nil` if unknown.
    fileprivate static func otherContent(of path: String) -> String? {
        guard let start = try? FileEnds(of: path, first: 64, last: 0).first else { return nil }
        let unpack = "unpack it and name the folder"
        let known: [(bytes: [UInt8], says: String)] = [
            (Array("BZh".utf8), "it is bzip2 data; \(unpack)"), ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "it is xz data; \(unpack)"),
            ([0x28, 0xB5, 0x2F, 0xFD], "it is Zstandard data; \(unpack)"),
            (Array("7z".utf8) + [0xBC, 0xAF], "it is a 7z archive; \(unpack)"),
            (Array("Rar!".utf8), "it is a RAR archive; \(unpack)"), (Array("PAR1".utf8), "it is a Parquet table: write 'table:'"),
            (Array("version https://git-lfs".utf8), "it is a Git LFS pointer; 'git lfs pull' fetches the file"),
        ]
        if let found = known.first(where: { start.starts(with: $0.bytes) }) { return found.says }
        if start.isEmpty { return "it is empty" }
        let text = String(decoding: start, as: UTF8.self).trimmingPrefix(while: \.isWhitespace).lowercased()
        return text.hasPrefix("<!doctype html") || text.hasPrefix("<html")
            ? "it is an HTML page, probably of a failed download" : nil
    }
}

/// The reason why an archive cannot be read.
package enum ArchiveError: Error, Hashable, Sendable {
    /// Not a tar, tar.gz or zip archive, or damaged at the start.
    case unreadable(archive: String, reason: String)
    /// Damaged after the start; `entry` is the path of the last entry read.
    case damaged(archive: String, entry: String?, reason: String)
    /// An entry whose path leads out of the archive's folder.
    case unsafeEntry(archive: String, entry: String)
    /// A name that is not UTF-8, shown with replacement characters where the archive gives its bytes; the position of
    /// the entry, from 1; and the path of the entry before it.
    case nameNotText(archive: String, entry: String?, number: Int, after: String?)
    /// More entries or bytes than `ArchiveLimits` allows.
    case tooLarge(archive: String, entry: String)
    /// An entry that only a password decrypts.
    case encrypted(archive: String, entry: String)
    /// Compressed data inside compressed data.
    case nestedCompression(archive: String)
}

/// An archive file on disk. Every traversal opens and reads it from the start.
package struct Archive: Sendable {
    /// The path of the archive file.
    package let path: String
    /// The limits checked during each traversal.
    package var limits: ArchiveLimits

    /// Does not open the file; errors occur when it is read.
    package init(_ path: String, limits: ArchiveLimits = ArchiveLimits()) {
        self.path = path
        self.limits = limits
    }

    /// All entries in the archive's order. Reads the whole archive.
    package func entries() throws -> [ArchiveEntry] {
        var entries: [ArchiveEntry] = []
        try forEach { entry, _ in entries.append(entry) }
        return entries
    }

    /// Calls `body` for each entry in the archive's order. `read` returns the bytes of the current file; unread bytes
    /// are skipped.
    /// - Returns: how the archive ends.
    /// - Throws: `ArchiveError`, `FileError`, and errors of `body`.
    @discardableResult
    package func forEach(_ body: (ArchiveEntry, _ read: ArchiveBytes) throws -> Void) throws -> ArchiveEnd {
        try walk { entry, content in
            try body(entry, ArchiveBytes(content: content, entry: entry, limit: limits.entryBytes))
        }
    }

    /// Extracts the files for which `include` returns true into a folder, and returns their entries. Links are not
    /// created: a link to an extracted file becomes a hard link to it, and other links are skipped.
    @discardableResult
    package func extract(
        to folder: String, where include: (ArchiveEntry) -> Bool = { _ in true }
    ) throws -> [ArchiveEntry] {
        let files = LocalFileSystem()
        try files.makeFolder(folder)
        var written: [ArchiveEntry] = []
        var links: [(ArchiveEntry, target: String)] = []
        var made: Set<String> = []
        func open(_ entry: ArchiveEntry) throws -> String {
            let target = folder.appending(try SafePath(entry.path))
            let above = Platform.folder(of: target)
            if made.insert(above).inserted { try files.makeFolder(above) }
            // If a path occurs twice, the later entry replaces the earlier one, as in tar.
            try files.remove(target)
            return target
        }
        _ = try walk { entry, content in
            guard include(entry) else { return }
            switch entry.kind {
            case .folder: try files.makeFolder(folder.appending(try SafePath(entry.path)))
            case .link(let target): links.append((entry, target))
            case .special: break
            case .file:
                let file = try OpenFile(try open(entry), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW)
                defer { file.close() }
                try content.forEachPiece { try file.write($0) }
                written.append(entry)
            }
        }
        let names = Set(written.map(\.path))
        for (entry, target) in links where names.contains(target) && !names.contains(entry.path) {
            guard link(folder.appending(try SafePath(target)), try open(entry)) == 0 else { throw FileError("link", entry.path) }
            written.append(entry)
        }
        return written
    }

    /// Opens the archive and calls `body` for each entry with the content of that entry.
    private func walk(_ body: (ArchiveEntry, ArchiveContent) throws -> Void) throws -> ArchiveEnd {
        let file = try OpenFile(reading: path, limit: FileSizeLimit.archive)
        defer { file.close() }
        let size = try file.status().size
        // libarchive converts names to the thread's character set and fails for characters that it lacks.
        let utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", nil)
        let before = uselocale(utf8)
        defer {
            uselocale(before)
            if let utf8 { freelocale(utf8) }
        }
        guard let archive = archive_read_new() else {
            throw ArchiveError.unreadable(archive: path, reason: "no memory")
        }
        defer { archive_read_free(archive) }
        archive_read_support_filter_gzip(archive)
        archive_read_support_format_tar(archive)
        archive_read_support_format_zip(archive)
        // `cat a.tar b.tar` has entries after the first end mark.
        archive_read_set_format_option(archive, "tar", "read_concatenated_archives", "1")
        let other = ArchiveError.otherContent(of: path)
        guard archive_read_open_fd(archive, file.descriptor, 1 << 18) == ARCHIVE_OK else {
            throw ArchiveError.unreadable(archive: path, reason: other ?? reason(archive))
        }
        let content = ArchiveContent(
            archive: archive, path: path,
            bytesLeft: limits.freeBytes.saturatingAdding(size.saturatingMultiplied(by: limits.ratio)))
        var count = 0
        while true {
            var header: OpaquePointer?
            // Skips the rest of the entry with its padding, so that the next header or the end mark follows.
            if count > 0 { archive_read_data_skip(archive) }
            let before = archive_filter_bytes(archive, 0)
            let code = archive_read_next_header(archive, &header)
            if code == ARCHIVE_EOF {
                let hasMark =
                    switch archive_format(archive) & formatFamily {
                    case tarFormat: archive_filter_bytes(archive, 0) - before >= tarBlock
                    case zipFormat: try hasDirectory(file, size: size)
                    default: true
                    }
                return hasMark ? .complete : .withoutMark(after: content.entry)
            }
            guard code == ARCHIVE_OK || code == ARCHIVE_WARN, let header else {
                throw content.entry == nil
                    ? ArchiveError.unreadable(archive: path, reason: other ?? reason(archive))
                    : ArchiveError.damaged(archive: path, entry: content.entry, reason: reason(archive))
            }
            count += 1
            // Apart from the file's own pseudo filter, only one gzip filter is allowed: each further one multiplies
            // the size to which a few bytes can unpack.
            let filters = archive_filter_count(archive)
            guard filters <= 2 else { throw ArchiveError.nestedCompression(archive: path) }
            let entry = try self.entry(header, count, after: content.entry)
            content.begin(entry?.path ?? ".")
            try content.count(ArchiveContent.headerBytes)
            guard count <= limits.entries else { throw ArchiveError.tooLarge(archive: path, entry: entry?.path ?? ".") }
            if let entry { try body(entry, content) }
            // libarchive skips an entry of a compressed archive by unpacking it without a limit, so its bytes are
            // counted here.
            if filters > 1 { try content.forEachPiece(fillingGaps: false) { _ in } }
        }
    }

    /// Whether a zip has its central directory at the end. Without it, libarchive reads the entries that exist.
    private func hasDirectory(_ file: OpenFile, size: Int64) throws -> Bool {
        // The last record of the directory, with a comment of at most 64 KiB.
        let count = min(size, 22 + 65_535)
        guard lseek(file.descriptor, off_t(size - count), SEEK_SET) >= 0 else { throw FileError("read", path) }
        return try file.read(upTo: Int(count)).range(of: Data([0x50, 0x4B, 0x05, 0x06])) != nil
    }

    /// The current entry; `nil` for the archive's root folder.
    /// - Parameters:
    ///   - number: the position of the entry, from 1.
    ///   - last: the path of the entry before.
    private func entry(_ header: OpaquePointer, _ number: Int, after last: String?) throws -> ArchiveEntry? {
        guard let stated = name(archive_entry_pathname(header), archive_entry_pathname_utf8(header)) else {
            let bytes = archive_entry_pathname(header).map { String(cString: $0) }
            throw ArchiveError.nameNotText(archive: path, entry: bytes, number: number, after: last)
        }
        guard stated.utf8.count <= limits.pathBytes,
            stated.utf8.count(where: { $0 == UInt8(ascii: "/") }) <= limits.pathDepth
        else {
            throw ArchiveError.tooLarge(archive: path, entry: "the path \(stated.prefix(60))…")
        }
        let safe: String
        do { safe = try SafePath(stated).description } catch {
            throw error.reason == .tooLong
                ? ArchiveError.tooLarge(archive: path, entry: "a name in the path \(stated.prefix(60))…")
                : ArchiveError.unsafeEntry(archive: path, entry: stated)
        }
        if let target = name(archive_entry_hardlink(header), archive_entry_hardlink_utf8(header)) {
            guard let inside = try? SafePath(target, resolvingDots: true).description else {
                throw ArchiveError.unsafeEntry(archive: path, entry: stated)
            }
            return ArchiveEntry(path: safe, kind: .link(to: inside), size: 0, isHardLink: true)
        }
        let type = UInt32(archive_entry_filetype(header))
        if type == linkType {
            let target = name(archive_entry_symlink(header), archive_entry_symlink_utf8(header)) ?? ""
            guard target.utf8.first != UInt8(ascii: "/"),
                let inside = try? SafePath(folder(of: safe) + "/" + target, resolvingDots: true).description
            else {
                throw ArchiveError.unsafeEntry(archive: path, entry: stated)
            }
            return ArchiveEntry(path: safe, kind: .link(to: inside), size: 0)
        }
        if safe.isEmpty { return nil }
        if type == folderType { return ArchiveEntry(path: safe, kind: .folder, size: 0) }
        guard type == fileType else { return ArchiveEntry(path: safe, kind: .special, size: 0) }
        guard archive_entry_is_encrypted(header) == 0 else { throw ArchiveError.encrypted(archive: path, entry: safe) }
        let size = archive_entry_size_is_set(header) != 0 ? max(0, archive_entry_size(header)) : 0
        return ArchiveEntry(path: safe, kind: .file, size: size)
    }

    /// A name as UTF-8: the raw bytes if they are valid UTF-8, otherwise libarchive's conversion.
    private func name(_ raw: UnsafePointer<CChar>?, _ converted: UnsafePointer<CChar>?) -> String? {
        raw.flatMap { String(validatingCString: $0) } ?? converted.flatMap { String(validatingCString: $0) }
    }

}

private func reason(_ archive: OpaquePointer) -> String {
    archive_error_string(archive).map { String(cString: $0) } ?? "not an archive"
}

/// Reads the content of an open archive's current entry.
private final class ArchiveContent {
    private let archive: OpaquePointer
    let path: String
    private var bytesLeft: Int64
    /// The path of the current entry.
    private(set) var entry: String?
    /// Bytes of the entry that have been read ahead.
    private var ahead = Data()
    private var position: Int64 = 0
    private var isAtEnd = false
    /// Bytes counted for each entry in addition to its content, so that millions of empty entries reach the limit
    /// too.
    static let headerBytes: Int64 = 1024

    init(archive: OpaquePointer, path: String, bytesLeft: Int64) {
        self.archive = archive
        self.path = path
        self.bytesLeft = bytesLeft
    }

    /// Moves to the content of another entry.
    func begin(_ entry: String) {
        self.entry = entry
        ahead = Data()
        position = 0
        isAtEnd = false
    }

    /// Counts bytes against the archive's limit. The count never decreases.
    func count(_ bytes: Int64) throws {
        bytesLeft = bytesLeft.saturatingSubtracting(bytes)
        guard bytesLeft >= 0 else { throw ArchiveError.tooLarge(archive: path, entry: entry ?? "") }
    }

    /// Reads ahead until at least `count` bytes are buffered or the content ends, and returns the first of them.
    func start(_ count: Int) throws -> Data {
        while ahead.count < count, try readBlock(fillingGaps: true, { ahead.append(contentsOf: $0) }) {}
        return ahead.prefix(count)
    }

    /// - Parameter fillingGaps: whether the holes of a sparse file are passed on as zeros.
    func forEachPiece(fillingGaps: Bool = true, _ consume: (UnsafeRawBufferPointer) throws -> Void) throws {
        if !ahead.isEmpty { try ahead.withUnsafeBytes(consume) }
        ahead = Data()
        while try readBlock(fillingGaps: fillingGaps, consume) {}
    }

    /// Reads the next block of the entry.
    /// - Returns: whether there was a block.
    private func readBlock(fillingGaps: Bool, _ consume: (UnsafeRawBufferPointer) throws -> Void) throws -> Bool {
        guard !isAtEnd else { return false }
        var block: UnsafeRawPointer?
        var size = 0
        var offset: Int64 = 0
        let code = archive_read_data_block(archive, &block, &size, &offset)
        if code == ARCHIVE_EOF {
            isAtEnd = true
            return false
        }
        // Here, a warning means that the content differs from its checksum or its stated size.
        guard code == ARCHIVE_OK else {
            throw ArchiveError.damaged(archive: path, entry: entry, reason: reason(archive))
        }
        // A sparse map whose offsets decrease would overwrite earlier data; only hostile archives have one.
        guard offset >= position else {
            throw ArchiveError.damaged(
                archive: path, entry: entry, reason: "the parts of a sparse file are not in order")
        }
        try count(Int64(size))
        guard fillingGaps else {
            position = offset.saturatingAdding(Int64(size))
            return true
        }
        try count(offset - position)
        // The gaps of sparse files are zeros.
        let zeros = position < offset ? [UInt8](repeating: 0, count: 1 << 12) : []
        while position < offset {
            let count = Int(min(offset - position, Int64(zeros.count)))
            try zeros.withUnsafeBytes { try consume(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            position += Int64(count)
        }
        try consume(UnsafeRawBufferPointer(start: block, count: size))
        position = position.saturatingAdding(Int64(size))
        return true
    }
}

// libarchive defines these values (`AE_IFREG` …) as macros, which Swift cannot import.
private let fileType: UInt32 = 0o100000
private let folderType: UInt32 = 0o040000
private let linkType: UInt32 = 0o120000
private let formatFamily: Int32 = 0xff0000
private let tarFormat: Int32 = 0x30000
private let zipFormat: Int32 = 0x50000
/// The size of a block of tar in bytes.
private let tarBlock: Int64 = 512
