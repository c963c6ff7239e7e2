// How fast the store is with many results and many files; figures for docs/benchmarks.md.

import Artifacts
import Basics
import Foundation
import Platform
import Testing

/// Run in a release build with `ASSAY_SPEED=1`.
@Suite(
    .serialized, .enabled(if: ProcessInfo.processInfo.environment["ASSAY_SPEED"] != nil, "needs ASSAY_SPEED=1"))
struct SpeedTests {
    /// Runs a piece of work and prints how long it took.
    @discardableResult
    func time<Value>(_ what: String, _ body: () throws -> Value) throws -> Value {
        let start = ContinuousClock.now
        let value = try body()
        let spent = ContinuousClock.now - start
        print("speed: \(what): \(spent.formatted(.units(allowed: [.milliseconds], fractionalPart: .show(length: 1))))")
        return value
    }

    func key(_ index: Int) -> StepKey { StepKey(Digest(of: "step \(index)")) }

    @Test func `100,000 results`() throws {
        let folder = try TemporaryFolder()
        let root = folder.path + "/state"
        let count = 100_000
        do {
            let store = try ArtifactStore(root: root)
            let shared = try store.put(Data("shared output".utf8))
            try time("publish 10,000 results with an object each") {
                for index in 0..<10_000 {
                    let object = try store.put(Data("output \(index)".utf8))
                    try store.publish(
                        .sample(
                            "step \(index)",
                            outputs: [StepOutput(name: "out", digest: object.digest, bytes: object.bytes)]))
                }
            }
            for index in 10_000..<count {
                try store.publish(
                    .sample(
                        "step \(index)",
                        outputs: [StepOutput(name: "out", digest: shared.digest, bytes: shared.bytes)]))
            }
        }
        for keys in [0..<1_000, 0..<10_000] {
            let keys = keys.map(key)
            try time("open the store of 100,000, look up \(keys.count)") {
                let store = try ArtifactStore(root: root)
                for key in keys { #expect(try store.summary(for: key) != nil) }
            }
            let missing = keys.map { StepKey(Digest(of: $0.digest.hex)) }
            try time("open the store of 100,000, look up \(keys.count) that are not there") {
                let store = try ArtifactStore(root: root)
                for key in missing { #expect(try store.summary(for: key) == nil) }
            }
        }
        let store = try ArtifactStore(root: root)
        let all = try time("list all 100,000") { try store.results() }
        #expect(all.count == count)
        let latest = try time("the latest of a step") { try store.latest("step 5000", experiment: "e") }
        #expect(latest != nil)
        try time("1,000 whole records") { for index in 0..<1_000 { _ = try store.result(for: key(index)) } }
        try time("size") { _ = try store.size() }
        let kept = Set((0..<count - 1_000).map(key))
        try time("garbage collection that removes 1,000") {
            let report = try store.collectGarbage(keeping: kept, newerThan: Date().addingTimeInterval(60))
            #expect(report.results == 1_000)
        }
        try FileManager.default.removeItem(atPath: root + "/results.index")
        let again = try time("make the index again") { try ArtifactStore(root: root).results() }
        #expect(again.count == count - 1_000)
    }

    @Test func `6,000 files of 40 KB`() throws {
        let folder = try TemporaryFolder()
        var random = SeededRandom(seed: 1)
        for label in 0..<120 {
            let inner = folder.path + "/data/label-\(label)"
            try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: true)
            for index in 0..<50 {
                var bytes = Data(capacity: 40_000)
                for _ in 0..<5_000 { withUnsafeBytes(of: random.next()) { bytes.append(contentsOf: $0) } }
                try bytes.write(to: URL(fileURLWithPath: "\(inner)/\(index).jpg"))
            }
        }
        @Sendable func now() -> Date { Date().addingTimeInterval(60) }
        func look() throws -> [Digest] {
            let found = try files(below: folder.path + "/data")
            let cache = StatCache(path: folder.path + "/stat.index", now: now)
            return try cache.digests(of: found, threads: 2).map { try $0.get().digest }
        }
        let cold = try time("walk and hash 6,000 files, two threads", look)
        try time("walk alone") { _ = try files(below: folder.path + "/data") }
        for _ in 0..<3 { #expect(try time("nothing changed", look) == cold) }
        try Data("changed".utf8).write(to: URL(fileURLWithPath: folder.path + "/data/label-7/7.jpg"))
        try time("one changed", look)
        let store = try ArtifactStore(root: folder.path + "/state")
        let found = try files(below: folder.path + "/data")
        try time("put 6,000 files into the store by copy") {
            for file in found { _ = try store.put(fileAt: file.path) }
        }
    }

    @Test func `a step's own costs`() async throws {
        let folder = try TemporaryFolder()
        let store = try ArtifactStore(root: folder.path + "/state")
        let start = ContinuousClock.now
        for index in 0..<1_000 {
            let lock = try await store.lock(key(index))
            let scratch = try store.makeScratch()
            try scratch.remove()
            withExtendedLifetime(lock) {}
        }
        print("speed: lock and scratch folder, each: \((ContinuousClock.now - start) / 1_000)")
        let bare = ContinuousClock.now
        for _ in 0..<200 {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/true")
            try process.run()
            process.waitUntilExit()
        }
        print("speed: Foundation's Process of true, each: \((ContinuousClock.now - bare) / 200)")
        let run = ContinuousClock.now
        for _ in 0..<200 { _ = try await ChildProcess.run(ChildCommand("true")) }
        print("speed: ChildProcess.run of true, each: \((ContinuousClock.now - run) / 200)")
        let journal = store.journal(for: key(0))
        try time("1,000 journal lines") { for _ in 0..<1_000 { try journal.append(Data("{\"answer\":\"a\"}".utf8)) } }
        try time("200 journal lines on the disk") {
            for _ in 0..<200 { try journal.append(Data("{\"answer\":\"a\"}".utf8), durable: true) }
        }
    }
}
