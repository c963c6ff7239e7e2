// Only regular files of bounded size are read. Each of these cases made a command hang or exhaust memory.

import Foundation
import Glibc
import Platform
import Testing

@Suite(.timeLimit(.minutes(1))) struct SpecialFileTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Everything that reads a whole file.
    static let readers: [(id: String, read: @Sendable (String) throws -> Void)] = [
        ("read", { _ = try LocalFileSystem().read($0) }),
        ("digest", { _ = try FileDigest(ofFileAt: $0) }),
        ("digests", { _ = try FileDigest.ofFiles(at: [$0], threads: 1)[0].get() }),
        ("copy", { try LocalFileSystem().copy($0, to: $0 + ".copy", sync: false) }),
        ("archive", { _ = try Archive($0).entries() }),
        ("append", { try LocalFileSystem().append($0, Data("x".utf8), sync: false) }),
    ]

    func special(_ kind: FileStatus.Kind) throws -> String {
        let path = folder.path + "/special"
        switch kind {
        case .pipe: #expect(mkfifo(path, 0o600) == 0)
        case .socket:
            let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(socket) }
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            // The path of a socket is short: a link leads from the folder to it.
            let short = "/tmp/assay-\(UInt32.random(in: .min ... .max))"
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(short.utf8)) }
            let bound = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            #expect(bound == 0 && rename(short, path) == 0)
        case .device: try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/dev/zero")
        default: try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        return path
    }

    @Test(arguments: [FileStatus.Kind.pipe, .socket, .device, .folder])
    func areNotRead(_ kind: FileStatus.Kind) throws {
        let path = try special(kind)
        for (id, read) in SpecialFileTests.readers {
            let error = #expect(throws: FileError.self, "\(id)") { try read(path) }
            if kind != .folder { #expect(error == .notRegular(path: path, kind: kind), "\(id)") }
            #expect(error.map { "\($0)".contains(path) } ?? false, "\(id)")
        }
    }

    @Test func aSparseFileOfTerabytesIsTooLarge() throws {
        let path = folder.path + "/huge"
        try Data().write(to: URL(fileURLWithPath: path))
        // As large as this file system lets a file be.
        let size = try #require([15 << 40, 5 << 40].first { truncate(path, $0) == 0 })
        for (id, read) in SpecialFileTests.readers where id != "append" {
            let error = #expect(throws: FileError.self, "\(id)") { try read(path) }
            guard case .tooLarge(_, let bytes, _)? = error else {
                Issue.record("\(id): \(String(describing: error))")
                continue
            }
            #expect(bytes == size)
        }
    }

    @Test func aFileIsReadUpToTheLimit() throws {
        let path = folder.path + "/file"
        try Data(count: 1000).write(to: URL(fileURLWithPath: path))
        #expect(try LocalFileSystem().read(path, limit: 1000).count == 1000)
        #expect(throws: FileError.tooLarge(path: path, bytes: 1000, limit: 999)) {
            try LocalFileSystem().read(path, limit: 999)
        }
    }

    /// A year beyond what nanoseconds in 64 bits hold trapped as soon as the file was looked at.
    @Test func timesInAnyYear() throws {
        let path = folder.path + "/file"
        try Data().write(to: URL(fileURLWithPath: path))
        let times = [timespec(tv_sec: 1 << 40, tv_nsec: 0), timespec(tv_sec: 1 << 40, tv_nsec: 0)]
        #expect(utimensat(AT_FDCWD, path, times, 0) == 0)
        #expect(try LocalFileSystem().status(path) != nil)
    }

    @Test func foldersNestedWithoutEnd() throws {
        var path = folder.path + "/a"
        for _ in 0..<200 { path += "/d" }
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        #expect(throws: FileError.self) { try files(below: folder.path + "/a") }
    }
}

@Suite struct ByteLocksTests {
    /// Every waiting step held a descriptor: a large sweep ran out of them.
    @Test func manyLocksShareADescriptor() throws {
        let folder = try TemporaryFolder()
        let locks = ByteLocks(path: folder.path + "/locks")
        func open() throws -> Int { try LocalFileSystem().list("/proc/self/fd").count }
        let before = try open()
        var held: [FileLock] = []
        for byte in 0..<2000 { held.append(try #require(try FileLock.tryAcquire(byte: UInt64(byte) << 2, of: locks))) }
        // Other tests open files meanwhile.
        #expect(try open() < before + 500)
        #expect(try FileLock.tryAcquire(byte: 7 << 2, of: locks) == nil)
        #expect(try FileLock.tryAcquire(byte: 7 << 2, of: ByteLocks(path: folder.path + "/locks")) == nil)
        held.remove(at: 7)
        #expect(try FileLock.tryAcquire(byte: 7 << 2, of: ByteLocks(path: folder.path + "/locks")) != nil)
        #expect(try FileLock.tryAcquire(byte: 8 << 2, of: ByteLocks(path: folder.path + "/locks")) == nil)
        withExtendedLifetime(held) {}
        held = []
        #expect(try FileLock.tryAcquire(byte: 8 << 2, of: ByteLocks(path: folder.path + "/locks")) != nil)
    }
}
