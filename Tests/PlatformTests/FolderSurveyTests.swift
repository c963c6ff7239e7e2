// A folder survey accounts for every name, readable or not.

import Foundation
import Glibc
import Platform
import Testing

@Suite struct FolderSurveyTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Guards: two files whose names are not UTF-8 had one name, and could not be read for another reason.
    @Test func aNameThatIsNotUTF8IsUnreadable() throws {
        for byte in [UInt8(0xFC), 0xFE] {
            let path = Array((folder.path + "/b").utf8) + [byte] + Array("d.jpg".utf8) + [0]
            let file = path.withUnsafeBufferPointer { bytes in
                bytes.withMemoryRebound(to: CChar.self) { fopen($0.baseAddress, "w") }
            }
            try #require(file != nil)
            if let file { fclose(file) }
        }
        let found = try survey(below: folder.path)
        #expect(found.count == 2)
        #expect(found.allSatisfy { if case .unreadable(let reason) = $0.kind { reason.contains("not UTF-8") } else { false } })
    }

    /// Names that the walk silently dropped: hidden files, links to nothing or in a circle, FIFOs.
    @Test func everyNameIsAccountedFor() throws {
        let root = folder.path
        try FileManager.default.createDirectory(atPath: root + "/a/.git", withIntermediateDirectories: true)
        for name in ["a/1.jpg", "a/.hidden", "a/.git/config"] {
            try Data("x".utf8).write(to: URL(fileURLWithPath: root + "/" + name))
        }
        for (name, target) in [
            ("a/2.jpg", "1.jpg"), ("a/3.jpg", "nowhere.jpg"), ("a/4.jpg", "4.jpg"), ("a/up", ".."), ("b", "a"),
        ] {
            try FileManager.default.createSymbolicLink(atPath: root + "/" + name, withDestinationPath: target)
        }
        #expect(mkfifo(root + "/a/pipe.jpg", 0o600) == 0)
        let found = try survey(below: root)
        func kind(_ path: String) -> SurveyedFile.Kind? { found.first { $0.path == path }?.kind }
        func isFile(_ path: String) -> Bool { if case .file? = kind(path) { true } else { false } }
        #expect(isFile("a/1.jpg") && isFile("a/2.jpg"))
        #expect(isFile("b/1.jpg"), "a link to a folder is followed")
        #expect(kind("a/.hidden") == .hidden)
        #expect(kind("a/.git") == .hidden)
        #expect(!found.contains { $0.path.contains("config") })
        #expect(kind("a/3.jpg") == .brokenLink)
        #expect(kind("a/4.jpg") == .linkLoop)
        #expect(kind("a/up") == .linkLoop)
        #expect(kind("a/pipe.jpg") == .special("FIFO"))
        #expect(throws: FileError.missing(path: root + "/none")) { try survey(below: root + "/none") }
    }

    @Test func linksOfAnArchiveAreFollowedWithinIt() {
        var links = ArchiveLinks()
        links.add("b", target: "a")
        links.add("c.jpg", target: "d.jpg")
        links.add("d.jpg", target: "b/1.jpg")
        links.add("x", target: "y")
        links.add("y", target: "x")
        #expect(links.resolved("a/1.jpg") == "a/1.jpg")
        #expect(links.resolved("c.jpg") == "a/1.jpg")
        #expect(links.resolved("x/1.jpg") == nil)
        links.remove("x")
        #expect(links.resolved("y/1.jpg") == "x/1.jpg")
    }
}
