// Reads archives (tar, tar.gz, zip) entry by entry, and trusts no path and no size in them.

import Basics
import CArchive
package import Foundation
import Glibc

/// One thing in an archive.
package struct ArchiveEntry: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case file
        case folder
        /// A symbolic or hard link to another entry, by its path in the archive.
        case link(to: String)
        /// A device, a FIFO or a socket: never read and never made.
        case special
    }

    /// The path in the archive, without `.` parts: relative, never upwards.
    package var path: String
    package var kind: Kind
    /// Bytes of a file as the archive states them; 0 where it does not.
    package var size: Int64
    /// Whether a link is a second name for what its target is at this point of the archive. A symbolic link names what
    /// its target is in the end.
    package var isHardLink = false
}

/// The bytes of the file at hand, while an archive is read.
package struct ArchiveBytes {
    fileprivate let content: ArchiveContent
    fileprivate let entry: ArchiveEntry
    fileprivate let limit: Int64

    /// All bytes.
    /// - Throws: `ArchiveError`.
    package func callAsFunction() throws -> Data {
        var bytes = Data()
        // The archive states the size: more than a usual image is only reserved once it has come.
        if entry.size > 0 { bytes.reserveCapacity(Int(min(entry.size, limit, 16 << 20))) }
        try content.forEachPiece { piece in
            guard Int64(bytes.count + piece.count) <= limit else {
                throw ArchiveError.tooLarge(archive: content.path, entry: entry.path)
            }
            bytes.append(contentsOf: piece)
        }
        return bytes
    }

    /// The first bytes, at least `count` where the file has as many and does not begin with a hole. All bytes can still
    /// be read afterwards.
    /// - Throws: `ArchiveError`.
    package func start(_ count: Int) throws -> Data { try content.start(count) }
}

/// What an archive may ask of this machine.
package struct ArchiveLimits: Hashable, Sendable {
    package var entries = 20_000_000
    /// Bytes of a path in it.
    package var pathBytes = 4096
    /// Bytes of one file that is read into memory.
    package var entryBytes: Int64 = 1 << 30
    /// All bytes together may be this many times the archive's own size, and `freeBytes` more.
    package var ratio: Int64 = 250
    package var freeBytes: Int64 = 256 << 20

    package init() {}
}

/// What is wrong with an archive.
package enum ArchiveError: Error, Hashable, Sendable {
    /// Neither tar, tar.gz nor zip, or damaged from the start.
    case unreadable(archive: String, reason: String)
    /// Broken in the middle; `entry` is the last path seen.
    case damaged(archive: String, entry: String?, reason: String)
    /// An entry that would reach outside of the archive's own folder.
    case unsafeEntry(archive: String, entry: String)
    /// A name in another encoding than UTF-8, shown with replacement characters.
    case nameNotText(archive: String, entry: String)
    /// More entries or bytes than the limits allow.
    case tooLarge(archive: String, entry: String)
    /// Compressed data within compressed data.
    case nestedCompression(archive: String)
}

/// An archive file on the disk.
package struct Archive: Sendable {
    package let path: String
    package var limits: ArchiveLimits

    package init(_ path: String, limits: ArchiveLimits = ArchiveLimits()) {
        self.path = path
        self.limits = limits
    }

    /// All entries, in the archive's order.
    package func entries() throws -> [ArchiveEntry] {
        var entries: [ArchiveEntry] = []
        try forEach { entry, _ in entries.append(entry) }
        return entries
    }

    /// Goes through the entries in the archive's order. `read` gives the bytes of the file at hand; what is not
    /// read is skipped.
    package func forEach(_ body: (ArchiveEntry, _ read: ArchiveBytes) throws -> Void) throws {
        try walk { entry, content in
            try body(entry, ArchiveBytes(content: content, entry: entry, limit: limits.entryBytes))
        }
    }

    /// Writes the files that `include` wants below a folder, and returns them. Links are never made: a link to a
    /// file that was written becomes a second name for it, any other link is left out.
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
            // A path that comes twice: the later one counts, as with tar.
            try files.remove(target)
            return target
        }
        try walk { entry, content in
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

    /// Opens the archive and goes through it; the content is that of the entry at hand.
    private func walk(_ body: (ArchiveEntry, ArchiveContent) throws -> Void) throws {
        let file = try OpenFile(reading: path, limit: FileSizeLimit.archive)
        defer { file.close() }
        let size = try file.status().size
        // libarchive turns names into the thread's character set, and gives up on what that has not.
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
        guard archive_read_open_fd(archive, file.descriptor, 1 << 18) == ARCHIVE_OK else {
            throw ArchiveError.unreadable(archive: path, reason: reason(archive))
        }
        let content = ArchiveContent(
            archive: archive, path: path,
            bytesLeft: limits.freeBytes.saturatingAdding(size.saturatingMultiplied(by: limits.ratio)))
        var count = 0
        while true {
            var header: OpaquePointer?
            let code = archive_read_next_header(archive, &header)
            if code == ARCHIVE_EOF { break }
            guard code == ARCHIVE_OK || code == ARCHIVE_WARN, let header else {
                throw content.entry == nil
                    ? ArchiveError.unreadable(archive: path, reason: reason(archive))
                    : ArchiveError.damaged(archive: path, entry: content.entry, reason: reason(archive))
            }
            count += 1
            // Besides the file's own pseudo filter, one of gzip: more multiply what a few bytes unpack to.
            let filters = archive_filter_count(archive)
            guard filters <= 2 else { throw ArchiveError.nestedCompression(archive: path) }
            guard let entry = try entry(header) else { continue }
            content.begin(entry.path)
            try content.count(ArchiveContent.headerBytes)
            guard count <= limits.entries else { throw ArchiveError.tooLarge(archive: path, entry: entry.path) }
            try body(entry, content)
            // libarchive skips an entry of a compressed archive by unpacking it, with no limit.
            if filters > 1 { try content.forEachPiece(fillingGaps: false) { _ in } }
        }
    }

    /// The entry at hand; `nil` for the archive's own top folder.
    private func entry(_ header: OpaquePointer) throws -> ArchiveEntry? {
        guard let stated = name(archive_entry_pathname(header), archive_entry_pathname_utf8(header)) else {
            let bytes = archive_entry_pathname(header).map { String(cString: $0) }
            throw ArchiveError.nameNotText(archive: path, entry: bytes ?? "entry without a name")
        }
        guard stated.utf8.count <= limits.pathBytes else {
            throw ArchiveError.tooLarge(archive: path, entry: "the path \(stated.prefix(60))…")
        }
        guard let safe = try? SafePath(stated).description else {
            throw ArchiveError.unsafeEntry(archive: path, entry: stated)
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
        let size = archive_entry_size_is_set(header) != 0 ? max(0, archive_entry_size(header)) : 0
        return ArchiveEntry(path: safe, kind: .file, size: size)
    }

    /// A name as UTF-8: the bytes as they stand where they are that, else as libarchive converts them.
    private func name(_ raw: UnsafePointer<CChar>?, _ converted: UnsafePointer<CChar>?) -> String? {
        raw.flatMap { String(validatingCString: $0) } ?? converted.flatMap { String(validatingCString: $0) }
    }

}

private func reason(_ archive: OpaquePointer) -> String {
    archive_error_string(archive).map { String(cString: $0) } ?? "not an archive"
}

/// The bytes of the entry at which an open archive stands.
private final class ArchiveContent {
    private let archive: OpaquePointer
    let path: String
    private var bytesLeft: Int64
    /// The path of the entry at hand.
    private(set) var entry: String?
    /// Bytes of the entry that were read ahead.
    private var ahead = Data()
    private var position: Int64 = 0
    private var isAtEnd = false
    /// What an entry costs besides its bytes, so that millions of empty ones are bounded too.
    static let headerBytes: Int64 = 1024

    init(archive: OpaquePointer, path: String, bytesLeft: Int64) {
        self.archive = archive
        self.path = path
        self.bytesLeft = bytesLeft
    }

    /// Starts with the bytes of another entry.
    func begin(_ entry: String) {
        self.entry = entry
        ahead = Data()
        position = 0
        isAtEnd = false
    }

    /// Counts bytes against the archive's limit. They are never given back.
    func count(_ bytes: Int64) throws {
        bytesLeft = bytesLeft.saturatingSubtracting(bytes)
        guard bytesLeft >= 0 else { throw ArchiveError.tooLarge(archive: path, entry: entry ?? "") }
    }

    /// Reads ahead.
    func start(_ count: Int) throws -> Data {
        while ahead.count < count, try readBlock(fillingGaps: true, { ahead.append(contentsOf: $0) }) {}
        return ahead.prefix(count)
    }

    /// - Parameter fillingGaps: whether the holes of a sparse file are handed over, as zeros.
    func forEachPiece(fillingGaps: Bool = true, _ consume: (UnsafeRawBufferPointer) throws -> Void) throws {
        if !ahead.isEmpty { try ahead.withUnsafeBytes(consume) }
        ahead = Data()
        while try readBlock(fillingGaps: fillingGaps, consume) {}
    }

    /// Reads the next block of the entry.
    /// - Returns: whether there was one.
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
        guard code == ARCHIVE_OK || code == ARCHIVE_WARN else {
            throw ArchiveError.damaged(archive: path, entry: entry, reason: reason(archive))
        }
        // A sparse map that goes backwards would write over what is there, and only hostile archives have one.
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
        // Sparse files leave gaps, which are zeros.
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

// libarchive's own names for these (`AE_IFREG` …) are macros that Swift does not see.
private let fileType: UInt32 = 0o100000
private let folderType: UInt32 = 0o040000
private let linkType: UInt32 = 0o120000
