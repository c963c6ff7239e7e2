// Valid and hostile archives.

import Foundation
import Platform
import Testing

/// Writes tar headers directly, so that they may contain values that no tar program writes.
struct TarWriter {
    var bytes = Data()

    mutating func add(_ name: String, type: Character = "0", content: Data = Data(), link: String = "", size: Int? = nil) {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int) { for (i, b) in text.utf8.enumerated() { header[offset + i] = b } }
        func octal(_ number: Int, digits: Int) -> String {
            let text = String(number, radix: 8)
            return String(repeating: "0", count: digits - text.count) + text
        }
        put(name, at: 0)
        put(octal(0o644, digits: 7), at: 100)
        put(octal(0, digits: 7), at: 108)
        put(octal(0, digits: 7), at: 116)
        put(octal(size ?? content.count, digits: 11), at: 124)
        put(octal(0, digits: 11), at: 136)
        put("        ", at: 148)
        put(String(type), at: 156)
        put(link, at: 157)
        put("ustar\u{0}00", at: 257)
        put(octal(header.reduce(0) { $0 + Int($1) }, digits: 6) + "\u{0} ", at: 148)
        bytes.append(contentsOf: header)
        bytes.append(content)
        bytes.append(Data(count: (512 - content.count % 512) % 512))
    }

    /// A sparse file in GNU's old form: parts of the content with the offsets at which they go.
    mutating func addSparse(_ name: String, _ parts: [(offset: Int, count: Int)], size: Int) {
        let content = Data(repeating: UInt8(ascii: "x"), count: parts.reduce(0) { $0 + $1.count })
        add(name, type: "S", content: content)
        let start = bytes.count - 512 - (content.count + 511) / 512 * 512
        func put(_ text: String, at offset: Int) { for (i, b) in text.utf8.enumerated() { bytes[start + offset + i] = b } }
        func octal(_ number: Int) -> String {
            let text = String(number, radix: 8)
            return String(repeating: "0", count: 11 - text.count) + text + "\u{0}"
        }
        put("ustar  \u{0}", at: 257)
        for (index, part) in parts.enumerated() {
            put(octal(part.offset), at: 386 + 24 * index)
            put(octal(part.count), at: 398 + 24 * index)
        }
        put(octal(size), at: 483)
        put("        ", at: 148)
        let sum = String(bytes[start..<(start + 512)].reduce(0) { $0 + Int($1) }, radix: 8)
        put(String(repeating: "0", count: 6 - sum.count) + sum + "\u{0} ", at: 148)
    }

    var finished: Data { bytes + Data(count: 1024) }
}

@Suite struct ArchiveTests {
    let folder: TemporaryFolder
    var path: String { folder.path + "/archive" }

    init() throws { folder = try TemporaryFolder() }

    func write(_ build: (inout TarWriter) -> Void) throws -> Archive {
        var tar = TarWriter()
        build(&tar)
        try tar.finished.write(to: URL(fileURLWithPath: path))
        return Archive(path)
    }

    @Test func `entries after the first end mark of a tar are read`() async throws {
        let archive = try await pack(["tar", "-cf"])
        let once = try archive.entries().count
        let bytes = try #require(FileManager.default.contents(atPath: path))
        try (bytes + bytes).write(to: URL(fileURLWithPath: path))
        #expect(try archive.entries().count == 2 * once)
    }

    /// A folder of images as datasets have it, packed by the machine's own tools.
    func pack(_ command: [String]) async throws -> Archive {
        let root = folder.path + "/in/Images"
        for label in ["n01-Chihuahua", "n02-Größe"] {
            try FileManager.default.createDirectory(atPath: root + "/" + label, withIntermediateDirectories: true)
            for index in 0..<3 {
                try Data("\(label) \(index)".utf8).write(to: URL(fileURLWithPath: "\(root)/\(label)/\(index).jpg"))
            }
        }
        try Data(count: 3_000_000).write(to: URL(fileURLWithPath: root + "/n01-Chihuahua/big.jpg"))
        let result = try await ChildProcess.run(
            ChildCommand(command[0], command.dropFirst() + [path, "Images"], workingFolder: folder.path + "/in"))
        #expect(result.status.isSuccess, "\(result.errorTail)")
        return Archive(path)
    }

    static let zip =
        "import os,sys,zipfile\nz=zipfile.ZipFile(sys.argv[1],'w',zipfile.ZIP_DEFLATED)\n"
        + "for d,_,names in os.walk(sys.argv[2]):\n for n in names: z.write(os.path.join(d,n))\nz.close()"

    @Test(arguments: [["tar", "-cf"], ["tar", "-czf"], ["tar", "--format=pax", "-cf"], ["python3", "-c", Self.zip]])
    func `an archive's files come out with their bytes`(command: [String]) async throws {
        let archive = try await pack(command)
        let files = try archive.entries().filter { $0.kind == .file }
        #expect(files.count == 7)
        #expect(files.contains { $0.path == "Images/n02-Größe/1.jpg" })

        var seen: [String: Data] = [:]
        try archive.forEach { entry, read in
            if entry.kind == .file, entry.path.contains("Größe") { seen[entry.path] = try read() }
        }
        #expect(seen.count == 3)
        #expect(seen["Images/n02-Größe/2.jpg"] == Data("n02-Größe 2".utf8))

        let out = folder.path + "/out"
        let written = try archive.extract(to: out) { $0.path.contains("Chihuahua") }
        #expect(written.count == 4)
        #expect(try Platform.files(below: out).count == 4)
        let big = try Data(contentsOf: URL(fileURLWithPath: out + "/Images/n01-Chihuahua/big.jpg"))
        #expect(big == Data(count: 3_000_000))
    }

    @Test(
        arguments: [
            ("absolute", "/etc/passwd", "0", ""),
            ("upwards", "../outside", "0", ""),
            ("upwards within", "a/../../outside", "0", ""),
            ("upwards and back", "a/../b", "0", ""),
            ("symbolic link out", "a/link", "2", "../../outside"),
            ("symbolic link to the root", "link", "2", "/etc/passwd"),
            ("hard link out", "link", "1", "../outside"),
            ("hard link to the root", "link", "1", "/etc/passwd"),
        ] as [(id: String, name: String, type: String, link: String)])
    func `an entry that reaches out stops everything`(id: String, name: String, type: String, link: String) throws {
        let archive = try write { tar in
            tar.add("good", content: Data("good".utf8))
            tar.add(name, type: Character(type), content: type == "0" ? Data("bad".utf8) : Data(), link: link)
        }
        #expect(throws: ArchiveError.unsafeEntry(archive: path, entry: name)) { try archive.entries() }
        #expect(throws: ArchiveError.unsafeEntry(archive: path, entry: name)) {
            try archive.extract(to: folder.path + "/out")
        }
        #expect(try LocalFileSystem().list(folder.path).sorted() == ["archive", "out"])
    }

    @Test func `nothing is written through a link`() throws {
        let outside = folder.path + "/outside"
        try FileManager.default.createDirectory(atPath: outside, withIntermediateDirectories: true)
        let archive = try write { tar in
            tar.add("inner", type: "2", link: "sub")
            tar.add("inner/file", content: Data("x".utf8))
            tar.add("sub/file", content: Data("y".utf8))
            tar.add("again", type: "2", link: "sub/file")
            tar.add("hard", type: "1", link: "sub/file")
            tar.add("dangling", type: "2", link: "nowhere")
        }
        let out = folder.path + "/out"
        let written = try archive.extract(to: out)
        #expect(Set(written.map(\.path)) == ["inner/file", "sub/file", "again", "hard"])
        #expect(try Data(contentsOf: URL(fileURLWithPath: out + "/again")) == Data("y".utf8))
        #expect(try Data(contentsOf: URL(fileURLWithPath: out + "/inner/file")) == Data("x".utf8))
    }

    @Test func `a path that comes twice ends as the later one`() throws {
        let archive = try write { tar in
            tar.add("file", content: Data("first".utf8))
            tar.add("./file", content: Data("second".utf8))
        }
        try archive.extract(to: folder.path + "/out")
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path + "/out/file")) == Data("second".utf8))
    }

    @Test func `a sparse file's gaps are zeros`() throws {
        let archive = try write { tar in tar.addSparse("file", [(100, 3), (1000, 2)], size: 1002) }
        var content = Data()
        try archive.forEach { content = try $1() }
        #expect(content == Data(count: 100) + Data("xxx".utf8) + Data(count: 897) + Data("xx".utf8))
    }

    /// Guards: a map with decreasing offsets returned bytes to the limit that its gaps had used.
    @Test func `a sparse map that goes backwards is refused`() throws {
        var archive = try write { tar in
            tar.addSparse("a", [(600_000, 1), (0, 1), (0, 1), (0, 1)], size: 600_001)
            for name in ["b", "c"] { tar.addSparse(name, [(900_000, 1)], size: 900_001) }
        }
        archive.limits.freeBytes = 2_000_000
        archive.limits.ratio = 0
        #expect(throws: ArchiveError.self) { try archive.forEach { _ = try $1() } }
        #expect(throws: ArchiveError.self) { try archive.extract(to: folder.path + "/out") }
        let written = try Platform.files(below: folder.path + "/out").reduce(0) { $0 + $1.status.size }
        #expect(written <= 2_000_000)
    }

    /// In a compressed archive, skipped entries are decompressed as well.
    @Test func `entries that are skipped count too`() async throws {
        try Data(count: 30_000_000).write(to: URL(fileURLWithPath: folder.path + "/zeros"))
        _ = try await ChildProcess.run(ChildCommand("tar", ["-czf", path, "zeros"], workingFolder: folder.path))
        var archive = Archive(path)
        archive.limits.freeBytes = 1_000_000
        archive.limits.ratio = 10
        #expect(throws: ArchiveError.tooLarge(archive: path, entry: "zeros")) { try archive.entries() }
    }

    @Test func `an archive compressed twice is refused`() async throws {
        let plain = try await pack(["tar", "-cf"])
        _ = try await ChildProcess.run(
            ChildCommand("sh", ["-c", "gzip -c '\(plain.path)' | gzip -c > '\(plain.path).gz'"]))
        let twice = Archive(plain.path + ".gz")
        #expect(throws: ArchiveError.nestedCompression(archive: twice.path)) { try twice.entries() }
    }

    /// libarchive's words were reported as damage.
    @Test func `an encrypted archive is called that`() async throws {
        // Marks each entry as encrypted, in its own header and in the directory.
        let mark =
            Self.zip + "\nb=bytearray(open(sys.argv[1],'rb').read())\n"
            + "for m,o in ((b'PK\\3\\4',6),(b'PK\\1\\2',8)):\n i=b.find(m)\n while i>=0:\n  b[i+o]|=1\n  i=b.find(m,i+4)\n"
            + "open(sys.argv[1],'wb').write(b)"
        let archive = try await pack(["python3", "-c", mark])
        let error = #expect(throws: ArchiveError.self) { try archive.entries() }
        guard case .encrypted(_, let entry)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(entry.hasPrefix("Images/"))
    }

    @Test func `millions of empty entries count`() throws {
        var archive = try write { tar in for index in 0..<200 { tar.add("f\(index)") } }
        archive.limits.freeBytes = 100 * 1024
        archive.limits.ratio = 0
        #expect(throws: ArchiveError.tooLarge(archive: path, entry: "f100")) { try archive.entries() }
    }

    @Test func `what asks for too much is refused`() async throws {
        let archive = try await pack(["tar", "-czf"])
        var few = ArchiveLimits()
        few.entries = 3
        #expect(throws: ArchiveError.self) { try Archive(path, limits: few).entries() }
        var small = ArchiveLimits()
        small.entryBytes = 1_000_000
        #expect(throws: ArchiveError.tooLarge(archive: path, entry: "Images/n01-Chihuahua/big.jpg")) {
            try Archive(path, limits: small).forEach { entry, read in _ = try read() }
        }
        var bomb = ArchiveLimits()
        bomb.ratio = 10
        bomb.freeBytes = 0
        #expect(throws: ArchiveError.tooLarge(archive: path, entry: "Images/n01-Chihuahua/big.jpg")) {
            try Archive(path, limits: bomb).extract(to: folder.path + "/out")
        }
        #expect(try archive.entries().count > 3)
    }

    @Test func `what is cut off or no archive is named`() async throws {
        _ = try await pack(["tar", "-czf"])
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        for (bytes, id) in [(whole.prefix(whole.count / 2), "cut"), (Data("no archive at all".utf8), "text")] {
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            #expect(throws: ArchiveError.self, "\(id)") {
                try Archive(path).forEach { entry, read in _ = try read() }
            }
        }
        #expect(throws: FileError.missing(path: path + "-none")) { try Archive(path + "-none").entries() }
    }

    /// The entry of an archive that leads out of its folder is refused, also where Swift sees no `/` in it: a slash and
    /// a combining character are one `Character`, and two names for the file system.
    @Test(arguments: ["../\u{301}evil.png", "a/../\u{338}/../../evil.png", "/\u{301}evil.png"])
    func `a slash before a combining character separates folders`(name: String) async throws {
        let script =
            "import sys, tarfile, io\n"
            + "with tarfile.open(sys.argv[1], 'w') as t:\n"
            + "  i = tarfile.TarInfo(sys.argv[2]); i.size = 1; t.addfile(i, io.BytesIO(b'x'))\n"
        let made = try await ChildProcess.run(ChildCommand("python3", ["-c", script, path, name]))
        #expect(made.status.isSuccess)
        let target = folder.path + "/inner/deep"
        #expect(throws: ArchiveError.self) { try Archive(path).extract(to: target) }
        #expect(throws: ArchiveError.self) { try Archive(path).entries() }
    }
}
