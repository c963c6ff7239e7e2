// The store as its users see it.

import Artifacts
import Basics
import Foundation
import Platform
import Testing

extension ResultManifest {
    /// A result for tests; the step's key is the digest of its name.
    static func sample(
        _ step: String, outputs: [StepOutput] = [], experiment: String = "e", at seconds: Double = 1_700_000_000
    ) -> ResultManifest {
        ResultManifest(
            key: StepKey(Digest(of: step)), kind: "score", step: StepID(step), experiment: experiment,
            parts: [
                KeyPart(
                    name: "rule", value: "exact", place: SourceRange(file: "spec.yaml", line: 4, column: 3))
            ],
            outputs: outputs, facts: ["accuracy": 0.75, "n": 60], createdAt: Date(timeIntervalSince1970: seconds),
            seconds: 1.5, run: "run-1", tool: "1.0")
    }
}

@Suite struct StoreTests {
    let folder: TemporaryFolder
    let store: ArtifactStore

    init() throws {
        folder = try TemporaryFolder()
        store = try ArtifactStore(root: folder.path + "/state")
    }

    @Test func `a record is canonical, and read as it was written`() throws {
        let object = try store.put(Data("x".utf8))
        var manifest = ResultManifest.sample(
            "a \"step\"\n",
            outputs: [
                StepOutput(name: "out", digest: object.digest, bytes: object.bytes),
                StepOutput(name: "again", digest: object.digest, bytes: object.bytes),
            ])
        manifest.parts += [
            KeyPart(name: "no place", value: ["b": [1, nil, 0.5], "a": "é"]),
            KeyPart(name: "end", value: nil, place: SourceRange(file: "a \"b\".yaml", line: 1, column: 2, endColumn: 3)),
        ]
        for manifest in [manifest, ResultManifest.sample("bare")] {
            try store.publish(manifest)
            let bytes = try Data(contentsOf: URL(fileURLWithPath: store.path(of: manifest.key)))
            #expect(try JSONValue(parsing: bytes).canonicalBytes == Array(bytes))
            #expect(try store.result(for: manifest.key) == manifest)
        }
    }

    /// Puts bytes and publishes a result that has them as output.
    func publish(_ step: String, _ text: String, into store: ArtifactStore? = nil) throws -> ResultManifest {
        let store = store ?? self.store
        let object = try store.put(Data(text.utf8))
        let manifest = ResultManifest.sample(
            step, outputs: [StepOutput(name: "out", digest: object.digest, bytes: object.bytes)])
        try store.publish(manifest)
        return manifest
    }

    /// Changes one bit of an object in place.
    func flipBit(of digest: Digest) throws {
        let path = store.path(of: digest)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        bytes[bytes.count / 2] ^= 1
        try LocalFileSystem().setPermissions(path, 0o644)
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try handle.write(contentsOf: bytes)
        try handle.close()
    }

    @Test func `bytes come back under their digest`() throws {
        let object = try store.put(Data("hello".utf8), durability: .durable)
        #expect(object.digest == Digest(of: "hello"))
        #expect(object.bytes == 5)
        #expect(try store.bytes(of: object.digest) == Data("hello".utf8))
        #expect(try store.verifiedPath(of: object.digest).hasSuffix("/objects/2c/" + object.digest.hex.dropFirst(2)))
        #expect(try store.put(Data("hello".utf8)) == object)
        #expect(try store.size() == StoreSize(objects: 1, objectBytes: 5, results: 0))
    }

    @Test(arguments: [true, false]) func `a file goes in by copy or by move`(moving: Bool) throws {
        let path = folder.path + "/file"
        try Data("content".utf8).write(to: URL(fileURLWithPath: path))
        let inode = try LocalFileSystem().status(path)?.inode
        let object = try store.put(fileAt: path, durability: .durable, moving: moving)
        #expect(try store.bytes(of: object.digest) == Data("content".utf8))
        #expect(LocalFileSystem().exists(path) == !moving)
        let stored = try #require(try LocalFileSystem().status(store.path(of: object.digest)))
        #expect((stored.inode == inode) == moving, "a moved file is not copied")
        // A second time, from another file with the same bytes.
        try Data("content".utf8).write(to: URL(fileURLWithPath: path))
        #expect(try store.put(fileAt: path, moving: moving) == object)
        #expect(LocalFileSystem().exists(path) == !moving)
    }

    @Test func `what is not there is said to be missing`() {
        let digest = Digest(of: "never put")
        #expect(throws: StoreError.missingObject(digest)) { try store.bytes(of: digest) }
        #expect(throws: StoreError.missingObject(digest)) { try store.verifiedPath(of: digest) }
        let output = StepOutput(name: "out", digest: digest, bytes: 1)
        #expect(throws: StoreError.missingObject(digest)) {
            try store.publish(.sample("s", outputs: [output]))
        }
    }

    @Test func `a flipped bit is found on reading, reported, and put right`() throws {
        let manifest = try publish("score", "some bytes that matter")
        let whole = try publish("other", "other bytes")
        let digest = manifest.outputs[0].digest
        try flipBit(of: digest)

        let fresh = try ArtifactStore(root: store.root)
        #expect(throws: StoreError.corrupt(digest)) { try fresh.bytes(of: digest) }
        #expect(throws: StoreError.corrupt(digest)) { try fresh.verifiedPath(of: digest) }
        let report = try fresh.verify(threads: 2)
        #expect(report.corrupt == [digest])
        #expect(report.broken == [manifest.key])
        #expect(report.objects == 2)

        _ = try fresh.verify(threads: 2, repair: true)
        #expect(try fresh.summary(for: manifest.key) == nil)
        #expect(try fresh.summary(for: whole.key) != nil)
        #expect(try publish("score", "some bytes that matter", into: fresh) == manifest)
        #expect(try fresh.verify(threads: 1).corrupt.isEmpty)
    }

    @Test func `bytes that are put again replace a corrupt object`() throws {
        let object = try store.put(Data("some bytes".utf8))
        try flipBit(of: object.digest)
        _ = try ArtifactStore(root: store.root).put(Data("some bytes".utf8))
        #expect(try store.bytes(of: object.digest) == Data("some bytes".utf8))
    }

    @Test func `a discarded object makes its results unknown`() throws {
        let manifest = try publish("score", "bytes")
        try store.discard(manifest.outputs[0].digest)
        #expect(try store.summary(for: manifest.key) == nil)
        #expect(try store.result(for: manifest.key) == manifest, "the record stays for explain")
    }

    @Test func `a result comes back whole and in short`() throws {
        let manifest = try publish("score", "bytes")
        for store in [store, try ArtifactStore(root: store.root)] {
            #expect(try store.result(for: manifest.key) == manifest)
            #expect(try store.summary(for: manifest.key) == ResultSummary(manifest))
            #expect(try store.latest("score", experiment: "e") == manifest)
            #expect(try store.latest("score", experiment: "another") == nil)
            #expect(try store.summary(for: StepKey(Digest(of: "none"))) == nil)
        }
    }

    @Test func `the latest result of a step is the one published last`() throws {
        var first = ResultManifest.sample("a")
        first.step = "score"
        var second = ResultManifest.sample("b")
        second.step = "score"
        try store.publish(first)
        try store.publish(second)
        #expect(try store.latest("score", experiment: "e") == second)
        #expect(try ArtifactStore(root: store.root).latest("score", experiment: "e") == second)
    }

    @Test func `two open stores see each other's results`() throws {
        let other = try ArtifactStore(root: store.root)
        let first = try publish("first", "1")
        #expect(try other.summary(for: first.key) != nil)
        let second = try publish("second", "2", into: other)
        #expect(try store.summary(for: second.key) != nil)
        #expect(Set(try ArtifactStore(root: store.root).results().map(\.step)) == ["first", "second"])
        try other.forget(first.key)
        #expect(try ArtifactStore(root: store.root).summary(for: first.key) == nil)
    }

    /// Guards: a run with `--retry` that was killed at its question had already removed the results.
    @Test func `a result that is set aside is absent only in this process`() throws {
        let set = try publish("set aside", "1")
        let other = try publish("other", "2")
        store.setAside(set.key)
        #expect(try store.summary(for: set.key) == nil)
        #expect(try store.recorded(set.key) == nil)
        #expect(try store.summary(for: other.key) != nil)
        #expect(try store.result(for: set.key) == set)
        #expect(try ArtifactStore(root: store.root).summary(for: set.key) != nil)
        try store.publish(set)
        #expect(try store.summary(for: set.key) != nil)
    }

    @Test func `the index is made again when it is lost or damaged`() throws {
        let keys = try (0..<20).map { try publish("step-\($0)", "\($0)").key }
        let index = URL(fileURLWithPath: store.root + "/results.index")
        let whole = try Data(contentsOf: index)
        var damaged = whole
        for at in stride(from: 100, to: 400, by: 7) { damaged[at] ^= 0x55 }
        for bytes in [nil, Data(), Data("something else".utf8), damaged, whole.dropLast(9)] {
            if let bytes { try bytes.write(to: index) } else { try FileManager.default.removeItem(at: index) }
            let fresh = try ArtifactStore(root: store.root)
            for key in keys { #expect(try fresh.summary(for: key) != nil) }
        }
    }

    @Test(arguments: [("9\n", true), ("1\n", false), ("one\n", nil)] as [(String, Bool?)])
    func `only a known format is read`(content: String, isNewer: Bool?) throws {
        let path = store.root + "/format"
        try Data(content.utf8).write(to: URL(fileURLWithPath: path))
        switch isNewer {
        case true?:
            #expect(throws: StoreError.newerFormat(path: path, found: 9, known: 1)) {
                try ArtifactStore(root: store.root)
            }
        case false?: #expect(throws: Never.self) { try ArtifactStore(root: store.root) }
        case nil:
            #expect(throws: StoreError.unknownFormat(path: path)) { try ArtifactStore(root: store.root) }
        }
    }

    @Test func `a result of a newer form is refused`() throws {
        var manifest = ResultManifest.sample("s")
        manifest.format = 2
        try store.publish(manifest)
        #expect(throws: StoreError.self) { try store.result(for: manifest.key) }
    }

    @Test func `garbage collection keeps what is asked for and what is young`() throws {
        let kept = try publish("kept", "kept bytes")
        let dropped = try publish("dropped", "dropped bytes")
        let shared = try store.put(Data("shared".utf8))
        let pinned = try store.put(Data("pinned".utf8))
        let leftOver = Platform.folder(of: store.path(of: shared.digest)) + "/.tmp-1"
        try Data("x".utf8).write(to: URL(fileURLWithPath: leftOver))

        let young = try store.collectGarbage(keeping: [], newerThan: Date(timeIntervalSince1970: 1_600_000_000))
        #expect(young == GarbageReport(), "everything is younger than the limit")

        let later = Date().addingTimeInterval(60)
        let dry = try store.collectGarbage(keeping: [kept.key], and: [pinned.digest], newerThan: later, dryRun: true)
        #expect(dry.results == 1)
        #expect(dry.objects == 3, "an output, an object nobody has, a temporary file")
        #expect(try store.size().objects == 4)

        #expect(try store.collectGarbage(keeping: [kept.key], and: [pinned.digest], newerThan: later) == dry)
        for store in [store, try ArtifactStore(root: store.root)] {
            #expect(try store.summary(for: kept.key) != nil)
            #expect(try store.summary(for: dropped.key) == nil)
            #expect(store.holds(pinned.digest))
            #expect(!store.holds(shared.digest))
        }
        #expect(try store.verify(threads: 1).broken.isEmpty)
    }

    @Test func `scratch folders of the living stay, those of the dead go`() throws {
        let living = try store.makeScratch()
        let dead = store.root + "/scratch/dead"
        try FileManager.default.createDirectory(atPath: dead + "/inner", withIntermediateDirectories: true)
        try Data("x".utf8).write(to: URL(fileURLWithPath: dead + "/inner/file"))
        try FileManager.default.createSymbolicLink(
            atPath: dead + "/inner/link", withDestinationPath: store.root + "/format")
        try store.removeDeadScratch()
        #expect(LocalFileSystem().exists(living.path))
        #expect(!LocalFileSystem().exists(dead))
        #expect(LocalFileSystem().exists(store.root + "/format"), "links are not followed")
        try Data("x".utf8).write(to: URL(fileURLWithPath: living.path + "/file"))
        store.release(living)
        #expect(try store.makeScratch().path != living.path, "it is not empty yet")
        store.emptyScratch()
        #expect(try LocalFileSystem().list(living.path) == [])
        #expect(try store.makeScratch().path == living.path, "it is used again")
        #expect(try store.makeScratch().path != living.path)
        try store.removeScratch()
        #expect(try LocalFileSystem().list(store.root + "/scratch") == [])
    }
}
