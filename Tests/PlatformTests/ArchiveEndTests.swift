// The ends of archives: with an end marker, or truncated between two entries.

import Foundation
import Glibc
import Platform
import Testing

@Suite struct ArchiveEndTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func end(_ bytes: Data) throws -> ArchiveEnd {
        let path = folder.path + "/archive.tar"
        try bytes.write(to: URL(fileURLWithPath: path))
        return try Archive(path).forEach { entry, read in _ = entry.kind == .file ? try read() : Data() }
    }

    private func tar(_ names: [String], bytes: Int = 700) -> TarWriter {
        var tar = TarWriter()
        for name in names { tar.add(name, content: Data(repeating: 1, count: bytes)) }
        return tar
    }

    private func gzip(_ bytes: Data) throws -> Data {
        let path = folder.path + "/to-compress"
        try bytes.write(to: URL(fileURLWithPath: path))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/gzip")
        process.arguments = ["-kf", path]
        try process.run()
        process.waitUntilExit()
        return try Data(contentsOf: URL(fileURLWithPath: path + ".gz"))
    }

    /// Guards against a tar cut between two entries, which looked complete.
    @Test func `a cut between two entries is noticed`() throws {
        let tar = tar(["cat/1.jpg", "cat/2.jpg", "dog/1.jpg"])
        #expect(try end(tar.finished) == .complete)
        #expect(try end(tar.bytes) == .withoutMark(after: "dog/1.jpg"))
        #expect(try end(tar.bytes.prefix(1536)) == .withoutMark(after: "cat/1.jpg"))
        #expect(try end(tar.bytes.prefix(3072)) == .withoutMark(after: "cat/2.jpg"))
        // One block of zeros is what some programs write.
        #expect(try end(tar.bytes + Data(count: 512)) == .complete)
        #expect(try end(tar.bytes + Data(count: 10_240)) == .complete)
    }

    @Test func `compressed and joined archives end with their mark too`() throws {
        let (first, second) = (tar(["a/1.jpg"]), tar(["b/1.jpg", "b/2.jpg"], bytes: 512))
        #expect(try end(gzip(first.finished)) == .complete)
        #expect(try end(gzip(first.bytes)) == .withoutMark(after: "a/1.jpg"))
        #expect(try end(first.finished + second.finished) == .complete)
        #expect(try end(first.finished + second.bytes) == .withoutMark(after: "b/2.jpg"))
        #expect(try end(gzip(first.finished) + gzip(second.finished)) == .complete)
    }

    /// Guards: bytes that differ from their checksum were read without a word.
    @Test(arguments: [true, false])
    func `a zip whose content differs from its checksum is an error`(isCompressed: Bool) throws {
        let path = folder.path + "/damaged.zip"
        let script = """
            import sys, zipfile
            data = bytes(range(256)) * 40
            with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED if sys.argv[2] == "true" else zipfile.ZIP_STORED) as z:
                z.writestr("cat/1.bmp", data)
                z.writestr("cat/2.bmp", data)
            whole = bytearray(open(sys.argv[1], "rb").read())
            if sys.argv[2] == "true":
                at = whole.index(b"PK\\x01\\x02") + 16  # the checksum in the directory, and the one before the content
                whole[at] ^= 1
                whole[14] ^= 1
            else:
                whole[200] ^= 1
            open(sys.argv[1], "wb").write(whole)
            """
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script, path, "\(isCompressed)"]
        try process.run()
        process.waitUntilExit()
        let error = try #require(throws: ArchiveError.self) {
            try Archive(path).forEach { entry, read in _ = entry.kind == .file ? try read() : Data() }
        }
        #expect("\(error)".contains("cat/1.bmp"), "\(error)")
    }

    @Test func `a cut inside an entry is an error`() throws {
        let tar = tar(["cat/1.jpg", "cat/2.jpg"])
        for count in [100, 513, 1535 - 400, 1536 + 511, 1536 + 600] {
            #expect(throws: ArchiveError.self, "\(count)") { try end(tar.bytes.prefix(count)) }
        }
    }

    /// A zip with names in another encoding, as written by older programs.
    private func zip(_ names: [[UInt8]]) -> Data {
        var file = Data(), directory = Data()
        func number(_ value: Int, _ bytes: Int) -> Data { Data((0..<bytes).map { UInt8(value >> (8 * $0) & 0xFF) }) }
        for name in names {
            let common = number(20, 2) + number(0, 2) + number(0, 2) + number(0, 4) + number(0, 4) + number(0, 4) + number(0, 4)
            directory +=
                Data("PK\u{1}\u{2}".utf8) + number(20, 2) + common + number(name.count, 2) + number(0, 2) + number(0, 2)
                + number(0, 2) + number(0, 2) + number(0, 4) + number(file.count, 4) + Data(name)
            file += Data("PK\u{3}\u{4}".utf8) + common + number(name.count, 2) + number(0, 2) + Data(name)
        }
        return file + directory + Data("PK\u{5}\u{6}".utf8) + number(0, 4) + number(names.count, 2) + number(names.count, 2)
            + number(directory.count, 4) + number(file.count, 4) + number(0, 2)
    }

    @Test func `an error about a name says which entry it is`() throws {
        let bytes = zip([Array("cat/1.jpg".utf8), Array("cat/k".utf8) + [0x84] + Array("se.jpg".utf8)])
        let error = #expect(throws: ArchiveError.self) { try end(bytes) }
        let text = "\(try #require(error))"
        #expect(text.contains("entry 2") && text.contains("after 'cat/1.jpg'") && text.contains("UTF-8"), "\(text)")
    }
}

/// The permitted contents of a folder that becomes a checkpoint.
@Suite struct FolderArchiveTests {
    let folder: TemporaryFolder
    private var source: String { folder.path + "/checkpoint" }

    init() throws {
        folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: source + "/inner", withIntermediateDirectories: true)
        try Data("weights".utf8).write(to: URL(fileURLWithPath: source + "/inner/model.bin"))
    }

    private func pack(_ limits: FolderLimits = FolderLimits()) throws {
        try FolderArchive.pack(source, to: folder.path + "/packed.tar", limits: limits)
    }

    @Test func `files and folders come back`() throws {
        try pack()
        try FolderArchive.unpack(folder.path + "/packed.tar", to: folder.path + "/again")
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path + "/again/inner/model.bin")) == Data("weights".utf8))
        #expect(try Archive(folder.path + "/packed.tar").forEach { _, _ in } == .complete)
    }

    /// Guards: a file with an accent in its name ended the whole program with a segmentation fault.
    @Test(arguments: [
        "é.bin", "e\u{301}.bin", "モデル.bin", "😀", "é/model.bin", "a b.bin", ".hidden",
        String(repeating: "é", count: 100) + "/" + String(repeating: "y", count: 120),
    ])
    func `names of any script come back`(_ name: String) throws {
        let path = source + "/" + name
        if let end = name.lastIndex(of: "/") { try LocalFileSystem().makeFolder(source + "/" + name[..<end]) }
        try LocalFileSystem().create(path, Data("named".utf8), sync: false)
        try pack()
        try FolderArchive.unpack(folder.path + "/packed.tar", to: folder.path + "/again")
        #expect(try LocalFileSystem().read(folder.path + "/again/" + name) == Data("named".utf8))
        #expect(try LocalFileSystem().read(folder.path + "/again/inner/model.bin") == Data("weights".utf8))
    }

    /// The bytes of a packed folder are part of keys.
    @Test func `plain names need no extended headers`() throws {
        try pack()
        // Two entries with one block of content, and two blocks at the end.
        #expect(try LocalFileSystem().status(folder.path + "/packed.tar")?.size == 5 * 512)
    }

    /// Guards against packing a sparse file of 15 TB, which would take days and fill the disk.
    @Test func `a huge sparse file is refused at once`() throws {
        #expect(FileManager.default.createFile(atPath: source + "/huge.bin", contents: nil))
        #expect(truncate(source + "/huge.bin", 15 << 40) == 0)
        let error = #expect(throws: FolderArchiveError.self) { try pack() }
        #expect(error == .tooLarge("huge.bin", bytes: 15 << 40, limit: FolderLimits().bytes))
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/packed.tar"))
    }

    @Test func `limits hold in total`() throws {
        try Data("more".utf8).write(to: URL(fileURLWithPath: source + "/other.bin"))
        var limits = FolderLimits()
        limits.bytes = 11
        try pack(limits)
        limits.bytes = 10
        #expect(throws: FolderArchiveError.tooLarge("other.bin", bytes: 4, limit: 10)) { try pack(limits) }
        limits = FolderLimits()
        limits.entries = 2
        #expect(throws: FolderArchiveError.tooMany(limit: 2)) { try pack(limits) }
        limits = FolderLimits()
        limits.pathBytes = 10
        #expect(throws: FolderArchiveError.pathTooLong("inner/model.bin", limit: 10)) { try pack(limits) }
    }

    @Test func `a name that is not UTF-8 is refused`() throws {
        let bytes: [CChar] = Array((source + "/a").utf8CString.dropLast()) + [CChar(bitPattern: 0xFF), 0]
        let file = open(bytes, O_WRONLY | O_CREAT, 0o600)
        #expect(file >= 0 && close(file) == 0)
        #expect(throws: FolderArchiveError.nameNotText("a\u{FFFD}")) { try pack() }
    }

    @Test func `links and special files are refused`() throws {
        try FileManager.default.createSymbolicLink(atPath: source + "/inner/link", withDestinationPath: "/etc/passwd")
        #expect(throws: FolderArchiveError.link("inner/link")) { try pack() }
        try FileManager.default.removeItem(atPath: source + "/inner/link")
        #expect(mkfifo(source + "/pipe", 0o600) == 0)
        #expect(throws: FolderArchiveError.special("pipe")) { try pack() }
    }
}
