import Basics
import Foundation
import Planning
import Specification
import Testing

@Suite("Datasets")
struct DatasetTests {
    @Test func folderPerLabel() throws {
        let paths = [
            "Images/n2-b_c/2.JPG", "Images/n2-b_c/1.jpeg", "Images/n1-a/1.png", "Images/n1-a/._1.png",
            "Images/n1-a/Thumbs.db", "__MACOSX/n1-a/x.jpg", "README.md",
        ]
        let rule = LabelSpec(after: "-", replace: [.init(old: "_", new: " ")], letterCase: .title)
        let images = try DatasetSpec.Layout.folderPerLabel.images(among: paths, label: rule)
        #expect(images == [
            LabelledImage(path: "Images/n1-a/1.png", label: "A"),
            LabelledImage(path: "Images/n2-b_c/1.jpeg", label: "B C"),
            LabelledImage(path: "Images/n2-b_c/2.JPG", label: "B C"),
        ])
    }

    @Test func splitFolders() throws {
        let paths = ["set/val/cat/1.webp", "set/train/cat/1.webp", "set/test/dog/9.webp"]
        let images = try DatasetSpec.Layout.splitFolders.images(among: paths, label: LabelSpec())
        #expect(images == [
            LabelledImage(path: "set/train/cat/1.webp", label: "cat", part: .train),
            LabelledImage(path: "set/val/cat/1.webp", label: "cat", part: .validation),
            LabelledImage(path: "set/test/dog/9.webp", label: "dog", part: .test),
        ])
    }

    struct Bad: CustomTestStringConvertible, Sendable {
        var id: String
        var layout: DatasetSpec.Layout = .folderPerLabel
        var rule = LabelSpec()
        var paths: [String]
        var error: DatasetError
        var testDescription: String { id }
    }

    @Test("A bad layout is an error", arguments: [
        Bad(id: "no images", paths: ["a/b.txt", "jpg"], error: .noImages),
        Bad(id: "no folder", paths: ["a.jpg"], error: .noFolder(path: "a.jpg")),
        Bad(id: "no part", layout: .splitFolders, paths: ["a/b.jpg"], error: .noFolder(path: "a/b.jpg")),
        Bad(
            id: "unknown part", layout: .splitFolders, paths: ["Images/a/b.jpg"],
            error: .unknownPart(name: "Images", path: "Images/a/b.jpg")),
        Bad(
            id: "two folders, one label", rule: LabelSpec(after: "-"), paths: ["n1-crane/1.jpg", "n2-crane/1.jpg"],
            error: .labelOfTwoFolders(label: "crane", folders: ["n1-crane", "n2-crane"])),
    ])
    func badLayout(_ test: Bad) {
        #expect(throws: test.error) { try test.layout.images(among: test.paths, label: test.rule) }
    }

    @Test func table() throws {
        let text = "\u{FEFF}label,path,split\r\n\"dog, small\",b/2.jpg,test\r\ncat,a/1.jpg,\r\n"
        let images = try LabelledImage.reading(table: Data(text.utf8), label: LabelSpec(letterCase: .title))
        #expect(images == [
            LabelledImage(path: "a/1.jpg", label: "Cat"),
            LabelledImage(path: "b/2.jpg", label: "Dog, Small", part: .test),
        ])
    }

    struct BadTable: CustomTestStringConvertible, Sendable {
        var text: String
        var error: DatasetError
        var testDescription: String { text.debugDescription }
    }

    @Test("A bad table is an error", arguments: [
        BadTable(text: "", error: .table(.empty)),
        BadTable(text: "file,label\n", error: .columnMissing("path")),
        BadTable(text: "path,label\n", error: .noImages),
        BadTable(text: "path,label\na,b,c\n", error: .table(.fieldCount(line: 2, have: 3, need: 2))),
        BadTable(text: "path,label\na,b\na,c\n", error: .pathTwice(path: "a", lines: [2, 3])),
        BadTable(text: "path,label\n../a,b\n", error: .unsafePath(path: "../a", line: 2)),
        BadTable(text: "path,label\n/a,b\n", error: .unsafePath(path: "/a", line: 2)),
        BadTable(text: "path,label,split\na,b,x\n", error: .unknownPart(name: "x", path: "a")),
    ])
    func badTable(_ test: BadTable) {
        #expect(throws: test.error) { try LabelledImage.reading(table: Data(test.text.utf8), label: LabelSpec()) }
    }

    @Test func equalManifestsAreEqualBytes() throws {
        let entries = ["b/2.jpg", "a/1.jpg", "b/10.jpg"].map { path in
            ManifestEntry(
                path: path, label: String(path.prefix(1)), part: path == "a/1.jpg" ? .test : nil,
                digest: Digest(of: path), bytes: 7, width: 64, height: 48,
                perceptualHash: path == "a/1.jpg" ? "00ff00ff00ff00ff" : nil)
        }
        let manifest = DatasetManifest(entries)
        #expect(manifest.labels == ["a", "b"])
        #expect(manifest.counts == ["a": 1, "b": 2])
        #expect(manifest.entries.map(\.path) == ["a/1.jpg", "b/10.jpg", "b/2.jpg"])
        #expect(manifest.encoded == DatasetManifest(entries.reversed()).encoded)
        #expect(try DatasetManifest(decoding: manifest.encoded) == manifest)
        #expect(try DatasetManifest(decoding: DatasetManifest([]).encoded).entries.isEmpty)
        #expect(throws: DatasetError.newerFormat(2)) {
            try DatasetManifest(decoding: Data(#"{"format":2,"entries":[]}"#.utf8))
        }
    }

    @Test func expectedLabels() throws {
        #expect(try readExpectedLabels(Data("b\r\n a \n\né\n".utf8)) == ["a", "b", "é"])
        #expect(throws: DatasetError.labelTwice(label: "a", lines: [1, 3])) {
            try readExpectedLabels(Data("a\nb\na\n".utf8))
        }
        #expect(throws: DatasetError.noLabels) { try readExpectedLabels(Data("\n".utf8)) }
        #expect(throws: DatasetError.notText) { try readExpectedLabels(Data([0xFF, 0xFE])) }
    }
}
