// Realistic archives, folders and tables: every file is an image or accounted for.

import Basics
import Foundation
import Planning
import Platform
import Specification
import Steps
import Testing

@Suite struct DatasetListingTests {
    let folder: String

    init() throws {
        folder = NSTemporaryDirectory() + "assay-listing-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    private static let png = Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13])

    private func write(_ path: String, _ data: Data = Self.png) throws {
        let url = URL(fileURLWithPath: folder + "/" + path)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: url)
    }

    private func link(_ path: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: folder + "/" + path, withDestinationPath: target)
    }

    private func rules(
        _ layout: DatasetSpec.Layout = .folderPerLabel, columns: TableColumns? = nil, labels: LabelSelection? = nil
    ) -> IndexDataset.Identity {
        IndexDataset(
            source: .folder(Digest(of: "")), layout: layout, label: LabelSpec(), skipUnreadable: false, convert: nil,
            columns: columns, labels: labels, path: nil
        ).identity
    }

    private func error(_ body: () throws -> Void) -> DatasetError? {
        do {
            try body()
            return nil
        } catch {
            return (error as? DatasetFailure)?.error
        }
    }

    // MARK: Folders

    /// Files with unknown extensions, without one, or that are not images disappeared without a message.
    @Test func everyFileOfAFolderIsAccountedFor() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for path in ["a/1.png", "a/2.JFIF", "a/3", "b/1.tif", "b/2.bmp", "b/3.gif"] { try write(path) }
        try write("a/notes.txt", Data("x".utf8))
        try write("a/readme", Data("x".utf8))
        try write("a/.DS_Store", Data("x".utf8))
        try write("b/Thumbs.db", Data("x".utf8))
        try write("b/x.heic", Data("x".utf8))
        try write("b/empty.jpg", Data())
        try link("b/gone.jpg", to: "nowhere.jpg")
        let listing = try DatasetListing.folder(folder, rules())
        #expect(
            listing.images.map(\.image.path) == [
                "a/1.png", "a/2.JFIF", "a/3", "b/1.tif", "b/2.bmp", "b/3.gif", "b/empty.jpg",
            ])
        #expect(listing.images.last?.problem == "is empty (0 bytes)")
        #expect(
            Set(listing.skipped.map { "\($0.path): \($0.group)" }) == [
                "a/notes.txt: .txt", "a/readme: without an extension", "a/.DS_Store: hidden",
                "b/Thumbs.db: of the operating system",
                "b/x.heic: .heic", "b/gone.jpg: broken links",
            ])
    }

    /// A label with files only in unsupported formats is an error, unless it is excluded.
    @Test func aLabelThatLostAllItsImagesIsAnError() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for path in ["a/1.png", "b/1.png", "c/1.heic", "docs/readme.md"] { try write(path) }
        let lost = DatasetError.labelsWithoutImages([
            .init(name: "c", files: 1, reason: ".heic images are not supported")
        ])
        #expect(error { _ = try DatasetListing.folder(folder, rules()) } == lost)
        let listing = try DatasetListing.folder(folder, rules(labels: LabelSelection(except: ["c"])))
        #expect(listing.images.map(\.image.label) == ["a", "b"])
    }

    struct Lost: CustomTestStringConvertible, Sendable {
        var id: String
        var layout = DatasetSpec.Layout.folderPerLabel
        var files: [String]
        /// Files with the bytes of a text.
        var others: [String] = []
        var folders: [String] = []
        var error: DatasetError
        var testDescription: String { id }
    }

    /// Labels that silently disappeared, or came under another name.
    @Test(arguments: [
        Lost(
            id: "an empty folder", files: ["a/1.png", "b/1.png"], folders: ["c"],
            error: .labelsWithoutImages([.init(name: "c", files: 0, reason: "its folder is empty")])),
        Lost(
            id: "a folder with hidden files alone", files: ["a/1.png", "b/1.png"], others: ["c/.DS_Store", "c/Thumbs.db"],
            error: .labelsWithoutImages([.init(name: "c", files: 0, reason: "its folder is empty")])),
        Lost(
            id: "an unusual extension", files: ["a/1.png", "b/1.png", "c/1.data", "c/2.data"],
            error: .labelsWithoutImages([
                .init(name: "c", files: 2, reason: "a PNG image whose name ends with .data; rename it")
            ])),
        Lost(
            id: "one part of a label", layout: .splitFolders,
            files: ["train/a/1.png", "train/b/1.png", "test/a/1.png"], others: ["test/b/1.heic"],
            error: .labelsWithoutImages([
                .init(name: "b", files: 1, reason: ".heic images are not supported", part: .test)
            ])),
        Lost(
            id: "an empty folder in one part", layout: .splitFolders,
            files: ["train/a/1.png", "train/b/1.png", "test/a/1.png"], folders: ["test/b"],
            error: .labelsWithoutImages([.init(name: "b", files: 0, reason: "its folder is empty", part: .test)])),
        Lost(
            id: "the first folder is the label", layout: .topFolder, files: ["a/1.png", "b/1.png"],
            others: ["c/2023/1.heic"],
            error: .labelsWithoutImages([.init(name: "c", files: 1, reason: ".heic images are not supported")])),
        // Folders below a label became labels.
        Lost(
            id: "the only sibling is empty", files: ["cat/2023/1.png", "cat/2024/1.png"], folders: ["dog"],
            error: .unclearWrapper(
                folder: "cat", besides: "dog", reason: "its folder is empty")),
        Lost(
            id: "the only sibling has no image that is read", files: ["cat/2023/1.png", "cat/2024/1.png"],
            others: ["dog/1.heic"],
            error: .unclearWrapper(
                folder: "cat", besides: "dog", reason: ".heic images are not supported")),
    ])
    func aLabelDoesNotDisappear(_ test: Lost) throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for path in test.files { try write(path) }
        for path in test.others { try write(path, Data("x".utf8)) }
        for path in test.folders {
            try FileManager.default.createDirectory(atPath: folder + "/" + path, withIntermediateDirectories: true)
        }
        #expect(error { _ = try DatasetListing.folder(folder, rules(test.layout)) } == test.error)
    }

    /// Folders that are neither labels nor losses are unchanged.
    @Test func folderWithoutALabelIsNotALostLabel() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for path in ["set/a/1.png", "set/b/1.png", "set/b/2.bak", "set/b/__MACOSX/x.png"] { try write(path) }
        for path in ["annotations/a.xml", "logo.svg", "set/cover.heic"] { try write(path, Data("x".utf8)) }
        try FileManager.default.createDirectory(atPath: folder + "/set/a/cache", withIntermediateDirectories: true)
        let listing = try DatasetListing.folder(folder, rules())
        #expect(listing.images.map(\.image.label) == ["a", "b"])
        #expect(listing.skipped.filter { $0.isImage == true }.map(\.path) == ["set/b/2.bak"])
        #expect(listing.skipped.contains { $0.path == "set/a/cache/" && $0.group == "empty folders" })
        let warnings = DatasetFindings.warnings([], skipped: listing.skipped, layout: nil)
        #expect(warnings.map(\.code) == ["skipped-images"])
    }

    @Test func anEmptyFolderCanBeExcluded() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for path in ["a/1.png", "b/1.png"] { try write(path) }
        try FileManager.default.createDirectory(atPath: folder + "/c", withIntermediateDirectories: true)
        let listing = try DatasetListing.folder(folder, rules(labels: LabelSelection(except: ["c"])))
        #expect(listing.images.map(\.image.label) == ["a", "b"])
    }

    @Test func labelsAreExcludedAndCounted() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for path in ["a/1.png", "b/1.png", "c/1.png"] { try write(path) }
        let listing = try DatasetListing.folder(folder, rules(labels: LabelSelection(only: ["a", "b"])))
        #expect(listing.images.map(\.image.label) == ["a", "b"])
        #expect(listing.skipped.map(\.group) == ["of excluded labels"])
        let unknown = error { _ = try DatasetListing.folder(folder, rules(labels: LabelSelection(except: ["unlikely"]))) }
        #expect(unknown == .unknownLabels([.init(name: "unlikely", nearest: nil)], known: ["a", "b", "c"]))
    }

    // MARK: Tables

    @Test func allMissingFilesAreInOneError() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try write("a/1.png")
        try FileManager.default.createDirectory(atPath: folder + "/a/d.png", withIntermediateDirectories: true)
        let table = "path,label\na/1.png,a\na/9.png,a\na/d.png,b\na/8.png,b\n"
        #expect(
            error { _ = try DatasetListing.table(folder + "/t.csv", Data(table.utf8), root: nil, rules()) }
                == .rows([
                    TableProblem(line: 3, "there is no file 'a/9.png'"),
                    TableProblem(line: 4, "'a/d.png' is a folder, not a file"),
                    TableProblem(line: 5, "there is no file 'a/8.png'"),
                ]))
    }

    /// Guards: "there is no file 'é.png'" next to a file of that name in another Unicode form, or with an extension.
    @Test(
        arguments: [
            ("composed", "path,label\n\u{e9}.png,cat\nb.png,dog\n", nil, "e\u{301}.png"),
            ("decomposed folder", "path,label\nu\u{308}/a.png,cat\nb.png,dog\n", nil, "\u{fc}/a.png"),
            ("steps within the folder", "path,label\nx/../b.png,cat\ny/a.png,dog\n", nil, "b.png"),
            ("columns with spaces", "File Name,Class-Name\nb.png,cat\ny/a.png,dog\n", nil, "b.png"),
            ("a blank row", "path,label\nb.png,cat\ny/a.png,dog\n,\n , \n", nil, "b.png"),
            ("without an extension", "path,label\ny/a,cat\nb.png,dog\n", "there is no file 'y/a' (there is 'y/a.png')", nil),
            ("another case", "path,label\nB.PNG,cat\ny/a.png,dog\n", "there is no file 'B.PNG' (there is 'b.png')", nil),
            ("escapes", "path,label\ny/my%20a.png,cat\nb.png,dog\n", "(there is 'y/my a.png')", nil),
            ("nothing similar", "path,label\nzz.png,cat\nb.png,dog\n", "there is no file 'zz.png'", nil),
            ("a file's URL", "path,label\nfile:///b.png,cat\nb.png,dog\n", "is a URL", nil),
        ] as [(id: String, text: String, error: String?, first: String?)])
    func namesAsPeopleWriteThem(id: String, text: String, error: String?, first: String?) throws {
        for path in ["e\u{301}.png", "\u{fc}/a.png", "b.png", "y/a.png", "y/my a.png"] { try write(path) }
        let list = { try DatasetListing.table(folder + "/t.csv", Data(text.utf8), root: folder, rules()) }
        guard let error else {
            let paths = try list().images.map(\.image.path)
            #expect(paths.contains { $0.utf8.elementsEqual((first ?? "").utf8) }, "\(paths)")
            return
        }
        let failure = try #require(throws: DatasetFailure.self) { try list() }
        #expect("\(failure.error)".contains(error), "\(failure.error)")
        if error.hasSuffix("'zz.png'") { #expect(!"\(failure.error)".contains("(there is")) }
    }

    /// Guards: a root that does not exist was an error for each file of the table.
    @Test func nonFoldersAreNamed() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try write("a.png")
        let table = try #require(throws: Diagnostic.self) {
            try DatasetListing.table(folder + "/t.csv", Data("path,label\na.png,a\n".utf8), root: folder + "/none", rules())
        }
        #expect(table.message.contains("/none' of 'root:' does not exist"))
        let file = try #require(throws: Diagnostic.self) { try DatasetListing.folder(folder + "/a.png", rules()) }
        #expect(file.message.hasSuffix("a.png' is not a folder"))
    }

    /// Guards: an archive of another kind was an "unrecognized archive format", without what to do.
    @Test(
        arguments: [
            ("bzip2", Array("BZh91AY".utf8), "bzip2 data; unpack it"), ("xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], "xz data"),
            ("7z", [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "7z archive"),
            ("RAR", [0x52, 0x61, 0x72, 0x21, 0x1A, 7], "RAR archive"),
            ("a page", Array("<html><body>".utf8), "HTML page"), ("nothing", [], "it is empty"),
            ("a pointer", Array("version https://git-lfs.github.com/spec/v1\n".utf8), "git lfs pull"),
        ] as [(id: String, bytes: [UInt8], says: String)])
    func archivesThatAreNone(id: String, bytes: [UInt8], says: String) throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try write("a.tar", Data(bytes))
        let error = try #require(throws: ArchiveError.self) {
            try ArchiveImages<Bool>(Archive(folder + "/a.tar")) { _, _ in true }
        }
        #expect("\(error)".contains(says), "\(error)")
    }

    @Test func pathsStartFromTheRoot() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for path in ["images/a/1.png", "images/b/1.png"] { try write(path) }
        let table = "file_name,label\na\\1.png,a\n\(folder)/images/b/1.png,b\n"
        let listing = try DatasetListing.table(
            folder + "/t.csv", Data(table.utf8), root: folder + "/images", rules())
        #expect(listing.images.map(\.image.path) == ["a/1.png", "b/1.png"])
    }

    /// Two spellings of one file ended in an error about Unicode spellings.
    @Test func twoSpellingsOfAFileAreNamed() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for path in ["red/0.jpg", "blue/0.jpg"] { try write(path) }
        let table = "path,label\nred/0.jpg,red\nblue/0.jpg,blue\nred\\0.jpg,red\n"
        #expect(
            error { _ = try DatasetListing.table(folder + "/t.csv", Data(table.utf8), root: nil, rules()) }
                == .rows([
                    TableProblem(line: 4, "'red\\0.jpg' and 'red/0.jpg' on line 2 are the same file")
                ]))
    }

    // MARK: Archives

    private func tar(build: String) throws -> Archive {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", build, folder + "/archive"]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return Archive(folder + "/archive")
    }

    private static let head = """
        import io, sys, tarfile, zipfile
        png = bytes([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13])
        def add(t, name, data=png, type=tarfile.REGTYPE, link=""):
            i = tarfile.TarInfo(name); i.type = type; i.linkname = link
            i.size = len(data) if type == tarfile.REGTYPE else 0
            t.addfile(i, io.BytesIO(data))

        """

    /// Linked images vanished: half of such an archive was not read.
    @Test func linksOfAnArchiveAreImages() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let archive = try tar(
            build: Self.head + """
                t = tarfile.open(sys.argv[1], "w")
                add(t, "a/later.png", type=tarfile.LNKTYPE, link="a/1.png")
                add(t, "a/1.png", png + b"1")
                add(t, "a/hard.png", type=tarfile.LNKTYPE, link="a/1.png")
                add(t, "b/soft.png", type=tarfile.SYMTYPE, link="../a/1.png")
                add(t, "b/chain.png", type=tarfile.SYMTYPE, link="soft.png")
                add(t, "b/blob.png", type=tarfile.SYMTYPE, link="../blobs/x.dat")
                add(t, "blobs/x.dat", png + b"2")
                add(t, "c", type=tarfile.SYMTYPE, link="a")
                add(t, "b/gone.png", type=tarfile.SYMTYPE, link="nowhere.png")
                add(t, "b/self.png", type=tarfile.SYMTYPE, link="self.png")
                add(t, "b/pipe.png", type=tarfile.FIFOTYPE)
                t.close()
                """)
        let images = try ArchiveImages<Data>(archive) { _, bytes in bytes }
        let found = Dictionary(uniqueKeysWithValues: images.images.map { ($0.path, $0.item.last) })
        let one = UInt8(ascii: "1"), two = UInt8(ascii: "2")
        #expect(
            found == [
                "a/1.png": one, "a/later.png": one, "a/hard.png": one, "b/soft.png": one, "b/chain.png": one,
                "b/blob.png": two, "c/1.png": one, "c/later.png": one, "c/hard.png": one,
            ])
        #expect(
            Set(images.skipped.map { "\($0.path): \($0.group)" }) == [
                "blobs/x.dat: .dat", "b/gone.png: broken links", "b/self.png: circular links", "b/pipe.png: special files",
            ])
    }

    /// A hard link had the content that came later under its target's name.
    @Test func aHardLinkIsItsTargetAtThatPoint() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let archive = try tar(
            build: Self.head + """
                t = tarfile.open(sys.argv[1], "w")
                add(t, "a/1.png", png + b"1")
                add(t, "a/first.png", type=tarfile.LNKTYPE, link="a/1.png")
                add(t, "a/soft.png", type=tarfile.SYMTYPE, link="1.png")
                add(t, "a/again.png", type=tarfile.LNKTYPE, link="a/first.png")
                add(t, "blobs/x.dat", png + b"3")
                add(t, "b/blob.png", type=tarfile.LNKTYPE, link="blobs/x.dat")
                add(t, "a/1.png", png + b"2")
                add(t, "a/second.png", type=tarfile.LNKTYPE, link="a/1.png")
                add(t, "blobs/x.dat", png + b"4")
                t.close()
                """)
        let images = try ArchiveImages<Data>(archive) { _, bytes in bytes }
        let found = Dictionary(uniqueKeysWithValues: images.images.map { ($0.path, $0.item.last) })
        func byte(_ text: String) -> UInt8? { text.utf8.first }
        #expect(
            found == [
                "a/1.png": byte("2"), "a/first.png": byte("1"), "a/again.png": byte("1"), "a/second.png": byte("2"),
                "a/soft.png": byte("2"), "b/blob.png": byte("3"),
            ])
    }

    /// Empty folders and images with other extensions vanished from archives too.
    @Test func aLabelOfAnArchiveDoesNotDisappear() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let archive = try tar(
            build: Self.head + """
                t = tarfile.open(sys.argv[1], "w:gz")
                add(t, "set/a/1.png")
                add(t, "set/b/1.png")
                add(t, "set/c", type=tarfile.DIRTYPE)
                add(t, "set/d/1.data", png + bytes(3000000))
                add(t, "set/a/2.png")
                t.close()
                """)
        let images = try ArchiveImages<Int>(archive) { _, bytes in bytes.count }
        #expect(images.images.map(\.path) == ["set/a/1.png", "set/b/1.png", "set/a/2.png"])
        let found = try DatasetSpec.Layout.folderPerLabel.labelled(
            images.images.map(\.path), unused: images.skipped.compactMap(\.unused), label: LabelSpec())
        #expect(found.lost.map(\.name) == ["d", "c"])
    }

    /// A name in another encoding was reported as leaving its folder.
    @Test func aNameThatIsNotUTF8IsNamed() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let archive = try tar(
            build: Self.head + """
                t = tarfile.open(sys.argv[1], "w", format=tarfile.GNU_FORMAT, encoding="latin-1")
                add(t, "a/caf\\u00e9.png")
                t.close()
                """)
        do {
            _ = try ArchiveImages<Int>(archive) { _, _ in 0 }
            Issue.record("a name that is not UTF-8 was read")
        } catch let error as ArchiveError {
            #expect("\(error)".contains("the name of entry 1 ('a/caf\u{FFFD}.png') is not UTF-8"))
        }
    }

    @Test func aLinkOutOfTheArchiveIsRefused() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for target in ["/etc/passwd", "../../x.png"] {
            let archive = try tar(
                build: Self.head + """
                    t = tarfile.open(sys.argv[1], "w")
                    add(t, "a/1.png", type=tarfile.SYMTYPE, link="\(target)")
                    t.close()
                    """)
            #expect(throws: ArchiveError.self) { try ArchiveImages<Int>(archive) { _, _ in 0 } }
        }
    }

    /// Two spellings of a name were one, so that one image replaced the other without a word.
    @Test(arguments: ["tarfile.PAX_FORMAT", "tarfile.GNU_FORMAT"])
    func spellingsOfANameAreTwoFilesOrAnError(format: String) throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let archive = try tar(
            build: Self.head + """
                t = tarfile.open(sys.argv[1], "w", format=\(format))
                add(t, "a/caf\\u00e9.png")
                add(t, "a/cafe\\u0301.png")
                t.close()
                """)
        do {
            #expect(try ArchiveImages<Int>(archive) { _, _ in 0 }.images.count == 2)
        } catch {
            #expect(error as? DatasetError == .entryTwice("a/caf\u{E9}.png"))
        }
    }

    @Test(arguments: ["tar", "zip"]) func theLastOfTwoEntriesCounts(kind: String) throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let archive = try tar(
            build: Self.head
                + (kind == "tar"
                    ? """
                    t = tarfile.open(sys.argv[1], "w")
                    add(t, "a/1.png", png + b"1")
                    add(t, "a/1.png", png + b"2")
                    t.close()
                    """
                    : """
                    import warnings; warnings.simplefilter("ignore")
                    z = zipfile.ZipFile(sys.argv[1], "w")
                    z.writestr("a/1.png", png + b"1")
                    z.writestr("a/1.png", png + b"2")
                    z.close()
                    """))
        let images = try ArchiveImages<Data>(archive) { _, bytes in bytes }
        #expect(images.images.map(\.item.last) == [UInt8(ascii: "2")])
        #expect(images.skipped.map(\.group) == ["duplicate names"])
    }
}
