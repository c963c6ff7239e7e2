// The stat cache reads only files that may have changed.

import Artifacts
import Basics
import Foundation
import Platform
import Synchronization
import Testing

@Suite struct StatCacheTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        for index in 0..<8 { try write("file \(index)", to: "\(index).bin") }
    }

    func write(_ text: String, to name: String) throws {
        try FileManager.default.createDirectory(atPath: folder.path + "/data", withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder.path + "/data/" + name))
    }

    /// The digests now, and how many bytes had to be read for them.
    func look(_ cache: StatCache) throws -> (digests: [Digest], read: Int64) {
        let read = Mutex<Int64>(0)
        let results = try cache.digests(of: try files(below: folder.path + "/data"), threads: 2) { done, _ in
            read.withLock { $0 = max($0, done) }
        }
        return (try results.map { try $0.get().digest }, read.withLock { $0 })
    }

    func cache(hoursFromNow hours: Double = 1) -> StatCache {
        StatCache(path: folder.path + "/stat.index", now: { Date().addingTimeInterval(hours * 3600) })
    }

    @Test func `unchanged files are not read again, also by another process`() throws {
        let first = cache()
        let before = try look(first)
        #expect(before.read == 48)
        #expect(before.digests[3] == Digest(of: "file 3"))
        #expect(try look(first).read == 0)
        let again = try look(cache())
        #expect(again.read == 0)
        #expect(again.digests == before.digests)
    }

    @Test func `a changed file alone is read again`() throws {
        let cache = cache()
        _ = try look(cache)
        try write("FILE 3", to: "3.bin")
        let after = try look(cache)
        #expect(after.read == 6)
        #expect(after.digests[3] == Digest(of: "FILE 3"))
    }

    @Test func `a file changed in place, its time set back, is read again`() throws {
        let cache = cache()
        _ = try look(cache)
        let path = folder.path + "/data/3.bin"
        let modified = try FileManager.default.attributesOfItem(atPath: path)[.modificationDate]
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try handle.write(contentsOf: Data("FILE 3".utf8))
        try handle.close()
        try FileManager.default.setAttributes([.modificationDate: try #require(modified)], ofItemAtPath: path)
        #expect(try look(cache).digests[3] == Digest(of: "FILE 3"))
    }

    @Test func `touching a file changes no digest`() throws {
        let cache = cache()
        let before = try look(cache)
        try LocalFileSystem().touch(folder.path + "/data/5.bin")
        let after = try look(cache)
        #expect(after.digests == before.digests)
        #expect(after.read == 6)
    }

    @Test func `a file that changed just before it was read is read again`() throws {
        // Files of this very second, read this very second.
        #expect(try look(cache(hoursFromNow: 0)).read == 48)
        #expect(try look(cache(hoursFromNow: 0)).read == 48)
    }

    @Test func `a damaged cache costs time, never truth`() throws {
        let before = try look(cache())
        let path = URL(fileURLWithPath: folder.path + "/stat.index")
        let whole = try Data(contentsOf: path)
        var damaged = whole
        damaged[whole.count / 2] ^= 0xFF
        for bytes in [damaged, whole.dropLast(5), Data("other".utf8), Data()] {
            try bytes.write(to: path)
            #expect(try look(cache()).digests == before.digests)
            #expect(try look(cache()).read == 0, "put right by the last look")
        }
    }

    @Test func `a file that went away is an error of its own`() throws {
        var found = try files(below: folder.path + "/data")
        found[2].path += "-gone"
        found[2].status.inode += 1_000_000
        let results = try cache().digests(of: found, threads: 2)
        #expect(results.count == 8)
        #expect(throws: FileError.missing(path: found[2].path)) { try results[2].get() }
        #expect(throws: Never.self) { try results[3].get() }
    }
}
