// A node's side: a chain of steps on a real store, put back into the queue, and failing.

import Artifacts
import Basics
import Execution
import Foundation
import Planning
import Specification
import Synchronization
import Testing

/// Writes its input, or fails.
private struct FakeRunner: StepRunner {
    struct Broken: Error, CustomStringConvertible { var description = "no such label" }
    let isFailing: Bool
    let ran: @Sendable (String) -> Void

    func run(_ context: StepContext) async throws -> StepOutcome {
        ran(context.step.id.text)
        if isFailing { throw Broken() }
        let before = try context.inputs.keys.sorted().map { try String(decoding: context.data($0), as: UTF8.self) }
        let path = context.scratch + "/out"
        context.progress(0.5, "half of it")
        context.note("a note of \(context.step.id)")
        try Data((before + [context.step.id.text]).joined(separator: " ").utf8).write(to: URL(fileURLWithPath: path))
        return StepOutcome(["out": .file(path)], facts: ["x": 1])
    }
}

private final class Log: Sendable {
    private let list = Mutex<[String]>([])
    func add(_ name: String) { list.withLock { $0.append(name) } }
    var names: [String] { list.withLock { $0 } }
}

@Suite struct SlurmNodeTests {
    private let root = NSTemporaryDirectory() + "assay-node-" + UUID().uuidString
    private let place = SlurmPlace(name: "assay-test", index: 3)
    private var folder: SlurmFolder { SlurmFolder(state: root) }

    private func chain(_ names: [String]) -> [Step] {
        names.enumerated().map { number, name in
            let work = RunCommand(
                identity: .init(command: .shell(name), files: [:], outputs: ["out"], version: nil, environment: [:]),
                settings: .init(sources: [:]))
            return Step(
                id: StepID(name), work: .runCommand(work),
                inputs: number == 0 ? [] : [StepInput("before", from: StepID(names[number - 1]), output: "out")],
                parts: [KeyPart(name: "command", value: .string(name))], models: [], variants: [])
        }
    }

    private func key(_ step: Step, before: Digest? = nil) throws -> StepKey {
        let parts = try #require(step.keyParts(digests: before.map { ["before": $0] } ?? [:]))
        return Step.key(kind: step.kind, parts: parts)
    }

    private func node(failing: Set<String> = [], ran: @escaping @Sendable (String) -> Void) throws -> SlurmNode {
        SlurmNode(
            store: try ArtifactStore(root: root), folder: folder, clock: SystemWallClock(), place: place, node: "n1",
            job: "7_3", restarts: 0, check: { _ in },
            runner: { FakeRunner(isFailing: failing.contains($0.id.text), ran: ran) })
    }

    @Test func runsAndResumesAChain() async throws {
        defer { try? FileManager.default.removeItem(atPath: root) }
        let steps = chain(["a", "b", "c"])
        let keyA = try key(steps[0])
        let keyB = try key(steps[1], before: Digest(of: "a"))
        let keyC = try key(steps[2], before: Digest(of: "a b"))
        try folder.write(SlurmTask(key: keyA, steps: steps, inputs: [:]), at: folder.task(place, "json"))
        let log = Log()
        // The third step fails, as it may where the job is put back into the queue then.
        #expect(try await node(failing: ["c"], ran: { log.add($0) }).run() == false)
        let second = try #require(folder.read(SlurmOutcome.self, at: folder.step(keyB) + "/outcome.json"))
        #expect(second.outputs == ["out": Digest(of: "a b")])
        #expect(second.job == "7_3")
        #expect(second.notes == ["a note of b"])
        let progress = try #require(folder.read(SlurmProgress.self, at: folder.task(place, "progress")))
        #expect(progress.step.text == "b", "the first word of each step is written at once")
        #expect(progress.text == "half of it")
        let failure = try #require(folder.read(SlurmFailure.self, at: folder.step(keyC) + "/failure.json"))
        #expect(failure.message == "no such label")
        #expect(failure.place == place)
        #expect(folder.read(SlurmPlace.self, at: folder.step(keyC) + "/claim.json") == place)
        #expect(try await node(ran: { log.add($0) }).run())
        #expect(log.names == ["a", "b", "c", "c"], "what is done is not done again")
        #expect(folder.names(in: folder.step(keyC)) == ["claim.json", "outcome.json"], "the failure of before is gone")
        let last = try #require(folder.read(SlurmOutcome.self, at: folder.step(keyC) + "/outcome.json"))
        let store = try ArtifactStore(root: root)
        #expect(try String(decoding: store.bytes(of: #require(last.outputs["out"])), as: UTF8.self) == "a b c")
        #expect(try store.results().isEmpty, "results are published by the coordinator alone")
    }

    @Test func aDamagedInputIsNamed() async throws {
        defer { try? FileManager.default.removeItem(atPath: root) }
        let step = chain(["a", "b"])[1]
        let missing = Digest(of: "nobody made this")
        let keyB = try key(step, before: missing)
        try folder.write(
            SlurmTask(key: keyB, steps: [step], inputs: ["before": missing]), at: folder.task(place, "json"))
        #expect(try await node(ran: { _ in }).run() == false)
        #expect(folder.read(SlurmFailure.self, at: folder.step(keyB) + "/failure.json")?.broken == missing)
    }

    @Test func anUnknownTaskIsAnError() async throws {
        defer { try? FileManager.default.removeItem(atPath: root) }
        await #expect(throws: SlurmError.unknownTask("assay-test")) { _ = try await node(ran: { _ in }).run() }
    }
}
