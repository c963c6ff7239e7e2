// A power cut at any change to the disk keeps every acknowledged answer and result.

import Artifacts
import Basics
import Foundation
import Platform
import Testing

@Suite struct PowerCutTests {
    /// Content that the store has acknowledged as on disk.
    final class Kept {
        var lines: [String] = []
        var results: [StepKey] = []
        var isEnded = false
    }

    /// A paid step as the engine runs it, in a state folder two levels below an existing folder.
    func work(in root: String, _ fileSystem: any FileSystem, _ kept: Kept) throws {
        try fileSystem.makeFolder(root)
        let store = try ArtifactStore(root: root, fileSystem: fileSystem)
        // A step that costs nothing makes folders without waiting for the disk.
        let free = try store.put(Data("free".utf8))
        try store.publish(manifest("predict", [free]))
        for step in ["ask-online", "run-batch"] {
            let key = StepKey(Digest(of: step))
            if try store.summary(for: key) == nil {
                let journal = store.journal(named: Digest(of: "journal of " + step))
                let known = try journal.lines().count
                for number in known..<4 {
                    let line = "\(step) \(number)"
                    // As the answers of a batch, which come in bunches: the last of them waits for the disk.
                    try journal.append(Data(line.utf8), durable: number % 2 == 1)
                    if number % 2 == 1 { kept.lines += ["\(step) \(number - 1)", line] }
                }
                let text = Data(try journal.lines().joined(separator: Data("\n".utf8)))
                let scratch = root + "-" + step
                try text.write(to: URL(fileURLWithPath: scratch))
                let answers = try store.put(fileAt: scratch, durability: .durable, moving: true)
                let metrics = try store.put(Data(step.utf8), durability: .durable)
                try store.publish(manifest(step, [answers, metrics]), durability: .durable)
            }
            kept.results.append(key)
        }
        // Bytes that are in the store without being durable are named by a durable result.
        let key = StepKey(Digest(of: "train-epoch"))
        if try store.summary(for: key) == nil {
            try store.publish(
                manifest("train-epoch", [try store.put(Data("free".utf8), durability: .durable)]), durability: .durable)
        }
        kept.results.append(key)
        kept.isEnded = true
    }

    func manifest(_ step: String, _ outputs: [StoredObject]) -> ResultManifest {
        ResultManifest(
            key: StepKey(Digest(of: step)), kind: step, step: StepID(step), experiment: "e", parts: [],
            outputs: outputs.enumerated().map { StepOutput(name: "\($0)", digest: $1.digest, bytes: $1.bytes) },
            createdAt: Date(timeIntervalSince1970: 0), seconds: 0, run: "r", tool: "1")
    }

    /// Whether all acknowledged content exists.
    func check(_ root: String, _ kept: Kept, _ where: String) throws {
        let store = try ArtifactStore(root: root)
        let report = try store.verify(threads: 1)
        #expect(report.corrupt.isEmpty && report.broken.isEmpty, "\(`where`): lost, never torn")
        var lines: Set<String> = []
        for step in ["ask-online", "run-batch"] {
            for line in try store.journal(named: Digest(of: "journal of " + step)).lines() {
                lines.insert(String(decoding: line, as: UTF8.self))
            }
        }
        #expect(kept.lines.allSatisfy(lines.contains), "\(`where`): \(kept.lines) kept, \(lines) there")
        for key in kept.results {
            let result = try store.result(for: key)
            #expect(result != nil, "\(`where`): a result is lost")
            for output in result?.outputs ?? [] {
                #expect(throws: Never.self, "\(`where`): an output is lost") { try store.bytes(of: output.digest) }
            }
        }
    }

    @Test(arguments: PowerCutFileSystem.Loss.allCases)
    func `the power is cut at every change`(loss: PowerCutFileSystem.Loss) throws {
        let reference = try TemporaryFolder()
        let counting = KillPoints(at: KillPoints.Choice?.none)
        try work(in: reference.path + "/project/state", KillPointFileSystem(counting), Kept())
        #expect(counting.names.count > 80)
        for point in 1...counting.names.count {
            let folder = try TemporaryFolder()
            let root = folder.path + "/project/state"
            let disk = PowerCutFileSystem()
            let points = KillPoints(at: point) {
                try disk.cut(loss)
                throw KillPoints.Killed()
            }
            let kept = Kept()
            let place = "\(loss), cut at \(point), \(counting.names[point - 1])"
            #expect(throws: KillPoints.Killed.self, "\(place)") {
                try work(in: root, KillPointFileSystem(points, on: disk), kept)
            }
            try check(root, kept, place)
            // The next start continues and ends with the same result.
            let after = Kept()
            try work(in: root, LocalFileSystem(), after)
            try check(root, after, place)
            #expect(after.isEnded)
        }
    }

    /// An earlier process was killed, without a power cut, and left files and folders with names that are not on disk.
    @Test(arguments: PowerCutFileSystem.Loss.allCases)
    func `a killed start before the power cut changes nothing`(loss: PowerCutFileSystem.Loss) throws {
        for killedAt in stride(from: 2, through: 60, by: 3) {
            let folder = try TemporaryFolder()
            let root = folder.path + "/project/state"
            let disk = PowerCutFileSystem()
            let first = KillPoints(at: killedAt) { throw KillPoints.Killed() }
            let kept = Kept()
            try? work(in: root, KillPointFileSystem(first, on: disk), kept)
            let second = Kept()
            try work(in: root, disk, second)
            try disk.cut(loss)
            second.lines += kept.lines
            try check(root, second, "\(loss), killed at \(killedAt)")
        }
    }

    /// The losses of the page cache model, on which the tests above depend.
    @Test func `what was not synced is lost`() throws {
        let folder = try TemporaryFolder()
        let path = folder.path
        for loss in PowerCutFileSystem.Loss.allCases {
            let disk = PowerCutFileSystem()
            let place = path + "/\(loss)"
            try disk.makeFolder(place)
            try disk.sync(path)
            try disk.create(place + "/kept", Data("kept".utf8), sync: true)
            try disk.sync(place)
            try disk.append(place + "/kept", Data(" and more".utf8), sync: false)
            try disk.create(place + "/unnamed", Data("bytes".utf8), sync: true)
            try disk.create(place + "/new", Data("new".utf8), sync: false)
            try disk.rename(place + "/new", to: place + "/renamed")
            try disk.makeFolder(place + "/folder")
            try disk.create(place + "/folder/file", Data("f".utf8), sync: true)
            try disk.sync(place + "/folder")
            try disk.cut(loss)
            #expect(throws: PowerCutFileSystem.PoweredOff.self) { try disk.read(place + "/kept") }
            let found = Dictionary(
                uniqueKeysWithValues: try ["kept", "unnamed", "new", "renamed", "folder/file"].compactMap { name in
                    LocalFileSystem().exists(place + "/" + name)
                        ? (name, String(decoding: try LocalFileSystem().read(place + "/" + name), as: UTF8.self)) : nil
                })
            let expected: [String: String] =
                switch loss {
                case .namesAndBytes: ["kept": "kept"]
                case .bytes: ["kept": "kept", "unnamed": "bytes", "renamed": "", "folder/file": "f"]
                case .names: ["kept": "kept and more"]
                }
            #expect(found == expected, "\(loss)")
        }
    }
}
