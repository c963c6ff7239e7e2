// Files are never written through a symbolic link.

import Basics
import Foundation
import Platform
import Testing

@Suite struct LinkTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Every operation that changes a file by its path.
    static let writers: [(id: String, write: @Sendable (String) throws -> Void)] = [
        ("append", { try LocalFileSystem().append($0, Data("x".utf8), sync: false) }),
        ("create", { try LocalFileSystem().create($0, Data("x".utf8), sync: false) }),
        ("truncate", { try LocalFileSystem().truncate($0, to: 0) }),
        ("permissions", { try LocalFileSystem().setPermissions($0, 0o777) }),
        ("lock", { _ = try FileLock.tryAcquire($0) }),
        ("byte lock", { _ = try FileLock.tryAcquire(byte: 0, of: ByteLocks(path: $0)) }),
    ]

    /// Other users of the machine could prepare a folder whose name they can guess.
    @Test func temporaryFoldersArePrivate() throws {
        let folders = try (0..<3).map { _ in try LocalFileSystem().makeTemporaryFolder(SafeName("assay-test")) }
        defer { for folder in folders { try? FileManager.default.removeItem(atPath: folder) } }
        #expect(Set(folders).count == 3)
        for folder in folders {
            let mode = try FileManager.default.attributesOfItem(atPath: folder)[.posixPermissions] as? NSNumber
            #expect(mode?.intValue == 0o700 && folder.contains("/assay-test-"), "\(folder)")
        }
    }

    @Test(arguments: [true, false]) func nothingIsWrittenThroughALink(isDangling: Bool) throws {
        let target = folder.path + "/target"
        if !isDangling {
            try Data("precious".utf8).write(to: URL(fileURLWithPath: target))
            try LocalFileSystem().setPermissions(target, 0o600)
        }
        let link = folder.path + "/link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)
        for (id, write) in LinkTests.writers {
            #expect(throws: FileError.self, "\(id)") { try write(link) }
            #expect(LocalFileSystem().isLink(link) == true, "\(id)")
            #expect(FileManager.default.contents(atPath: target) == (isDangling ? nil : Data("precious".utf8)), "\(id)")
        }
        guard !isDangling else { return }
        #expect((try FileManager.default.attributesOfItem(atPath: target)[.posixPermissions] as? Int) == 0o600)
        let before = try LocalFileSystem().status(target)?.modified
        try LocalFileSystem().touch(link)
        #expect(try LocalFileSystem().status(target)?.modified == before)
        #expect("\(FileError.linked(path: link))".contains(link))
        // A rename replaces the link and leaves its target unchanged.
        try LocalFileSystem().replace(link, with: Data("new".utf8), durable: false)
        #expect(FileManager.default.contents(atPath: target) == Data("precious".utf8))
    }

    /// `cannot open .tmp-5b8456fac06e1933`: the name of the temporary file means nothing to the user.
    @Test func errorsNameTheFileThatWasToBeWritten() throws {
        let folder = try TemporaryFolder()
        #expect(throws: FileError.missing(path: folder.path + "/none")) {
            try LocalFileSystem().replace(folder.path + "/none/a.yaml", with: Data(), durable: false)
        }
        try Data().write(to: URL(fileURLWithPath: folder.path + "/file"))
        #expect(throws: FileError.missing(path: folder.path + "/file")) {
            try LocalFileSystem().replace(folder.path + "/file/a.yaml", with: Data(), durable: false)
        }
        let denied = FileError.failed(operation: "open", path: "/x/.tmp-1", errno: EACCES).whenWriting("/x/a.yaml")
        #expect("\(denied)" == "cannot write /x/a.yaml: Permission denied")
    }

    /// A program can create names that are not UTF-8, and paths longer than the system supports; its folder must still
    /// be removed.
    @Test func aTreeOfOddNamesIsRemoved() async throws {
        let script = """
            import os, sys
            os.chdir(sys.argv[1])
            for part in ["tree", "checkpoint"]:
                os.mkdir(part)
                os.chdir(part)
            open(b"\\xff", "w").close()
            os.mkdir(b"\\xfe")
            os.symlink("../../kept", b"link\\xff")
            for _ in range(100):
                os.mkdir("d" * 200)
                os.chdir("d" * 200)
                open("moved-1", "w").close()
            """
        try LocalFileSystem().makeFolder(folder.path + "/kept")
        try LocalFileSystem().create(folder.path + "/kept/file", Data(), sync: false)
        let made = try await ChildProcess.run(
            ChildCommand("python3", ["-c", script, folder.path], workingFolder: folder.path))
        #expect(made.status.isSuccess, "\(made.errorTail)")
        try LocalFileSystem().removeTree(folder.path + "/tree")
        #expect(try LocalFileSystem().list(folder.path) == ["kept"])
        #expect(try LocalFileSystem().list(folder.path + "/kept") == ["file"])
    }

    @Test func aLinkIsFoundAmongEntries() throws {
        #expect(try LocalFileSystem().firstLink(in: folder.path + "/nowhere") == nil)
        try LocalFileSystem().makeFolder(folder.path + "/inner")
        try LocalFileSystem().create(folder.path + "/file", Data(), sync: false)
        #expect(try LocalFileSystem().firstLink(in: folder.path) == nil)
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/link", withDestinationPath: "nowhere")
        #expect(try LocalFileSystem().firstLink(in: folder.path) == folder.path + "/link")
    }
}
