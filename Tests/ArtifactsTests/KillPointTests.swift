// A process that dies at any change to the disk leaves an intact store and a step that can continue.

import Artifacts
import Basics
import Foundation
import Platform
import Testing

@Suite struct KillPointTests {
    /// Everything the store writes while steps run, the way the engine does it.
    func work(in root: String, _ fileSystem: any FileSystem) throws {
        let store = try ArtifactStore(root: root, fileSystem: fileSystem)
        for (step, durability) in [("predict", Durability.plain), ("run-batch", .durable)] {
            let key = StepKey(Digest(of: step))
            if try store.summary(for: key) != nil { continue }
            let journal = store.journal(for: key)
            let done = try journal.lines().count
            for line in done..<3 {
                try journal.append(Data("\(step) line \(line)".utf8), durable: durability == .durable)
            }
            let lines = try journal.lines()
            let scratch = root + "-scratch-" + step
            try Data(lines.joined(separator: Data("\n".utf8))).write(to: URL(fileURLWithPath: scratch))
            let answers = try store.put(fileAt: scratch, durability: durability, moving: true)
            let metrics = try store.put(Data("{\"step\":\"\(step)\"}".utf8), durability: durability)
            try store.publish(
                ResultManifest(
                    key: key, kind: step, step: StepID(step), experiment: "e", parts: [],
                    outputs: [
                        StepOutput(name: "answers", digest: answers.digest, bytes: answers.bytes),
                        StepOutput(name: "metrics", digest: metrics.digest, bytes: metrics.bytes),
                    ], createdAt: Date(timeIntervalSince1970: 0), seconds: 0, run: "r", tool: "1"),
                durability: durability)
            try journal.remove()
        }
        let forgotten = StepKey(Digest(of: "predict"))
        _ = try store.collectGarbage(
            keeping: [forgotten, StepKey(Digest(of: "run-batch"))], newerThan: Date().addingTimeInterval(60))
    }

    /// Conditions that must hold after every kill.
    func check(_ root: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let store = try ArtifactStore(root: root)
        let report = try store.verify(threads: 1)
        #expect(report.corrupt.isEmpty, sourceLocation: sourceLocation)
        #expect(report.broken.isEmpty, "a visible result has its outputs", sourceLocation: sourceLocation)
        for summary in try store.results() where LocalFileSystem().exists(store.path(of: summary.key)) {
            let whole = try store.result(for: summary.key).map(ResultSummary.init)
            #expect(whole == summary, sourceLocation: sourceLocation)
        }
    }

    /// The final state, to compare.
    func outcome(_ root: String) throws -> [String: [StepOutput]] {
        let store = try ArtifactStore(root: root)
        return Dictionary(uniqueKeysWithValues: try store.results().map { ($0.step.text, $0.outputs) })
    }

    @Test func `killed at every change, it ends the same`() throws {
        let reference = try TemporaryFolder()
        let counting = KillPoints(at: KillPoints.Choice?.none)
        try work(in: reference.path + "/state", KillPointFileSystem(counting))
        let expected = try outcome(reference.path + "/state")
        #expect(expected.count == 2)
        #expect(counting.names.count > 50)

        for point in 1...counting.names.count {
            let folder = try TemporaryFolder()
            let root = folder.path + "/state"
            let points = KillPoints(at: point) { throw KillPoints.Killed() }
            #expect(throws: KillPoints.Killed.self, "\(point), \(counting.names[point - 1])") {
                try work(in: root, KillPointFileSystem(points))
            }
            try check(root)
            try work(in: root, LocalFileSystem())
            try check(root)
            #expect(try outcome(root) == expected, "killed at \(point), \(counting.names[point - 1])")
            let left = try LocalFileSystem().list(root + "/journal")
            #expect(left.isEmpty)
        }
    }

    @Test func `a full disk at any change fails clearly and leaves the store whole`() throws {
        let reference = try TemporaryFolder()
        let counting = KillPoints(at: KillPoints.Choice?.none)
        try work(in: reference.path + "/state", KillPointFileSystem(counting))
        let expected = try outcome(reference.path + "/state")
        for (index, name) in counting.names.enumerated() where name.contains("create") || name.contains("append") {
            let folder = try TemporaryFolder()
            let root = folder.path + "/state"
            let points = KillPoints(at: index + 1) { throw FileError.diskFull(path: "file") }
            #expect(throws: FileError.diskFull(path: "file"), "\(index + 1), \(name)") {
                try work(in: root, KillPointFileSystem(points))
            }
            try check(root)
            let objects = try FileManager.default.subpathsOfDirectory(atPath: root)
            #expect(!objects.contains { $0.contains(".tmp-") }, "nothing is left that takes room")
            try work(in: root, LocalFileSystem())
            #expect(try outcome(root) == expected, "full at \(index + 1), \(name)")
        }
    }

    @Test func `a journal keeps its whole lines and goes on`() throws {
        let lines = ["one", "two", "three"].map { Data($0.utf8) }
        for point in 1...20 {
            let folder = try TemporaryFolder()
            let path = folder.path + "/journal/key.jsonl"
            let points = KillPoints(at: point) { throw KillPoints.Killed() }
            let dying = Journal(path: path, fileSystem: KillPointFileSystem(points))
            var written = 0
            do {
                for line in lines {
                    try dying.append(line, durable: true)
                    written += 1
                }
            } catch is KillPoints.Killed {}
            let journal = Journal(path: path)
            #expect(try journal.lines() == Array(lines.prefix(written)))
            for line in lines[written...] { try journal.append(line) }
            #expect(try Journal(path: path).lines() == lines)
        }
    }

    @Test func `a journal passes over a damaged line`() throws {
        let folder = try TemporaryFolder()
        let journal = Journal(path: folder.path + "/j.jsonl")
        for text in ["{\"a\":1}", "{\"a\":2}", "{\"a\":3}"] { try journal.append(Data(text.utf8)) }
        var bytes = try Data(contentsOf: URL(fileURLWithPath: journal.path))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(fileURLWithPath: journal.path))
        #expect(try journal.lines() == [Data("{\"a\":1}".utf8), Data("{\"a\":3}".utf8)])
    }
}
