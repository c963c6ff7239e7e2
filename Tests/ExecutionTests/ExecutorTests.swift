// Small plans run by the real executor on a real store, with runners that only write texts.

import Artifacts
import Basics
import Execution
import Foundation
import Planning
import Specification
import Synchronization
import Testing

/// A plan of programs: `names` in order, each reading those that `after` gives it.
private func plan(_ names: [String], after: [String: [String]] = [:], onDemand: [String: [String]] = [:]) -> Plan {
    let steps = names.map { name in
        let work = RunCommand(
            identity: .init(command: .shell(name), files: [:], outputs: ["out"], version: nil, environment: [:]),
            settings: .init(sources: [:]))
        let inputs =
            (after[name] ?? []).map { StepInput("file:" + $0, from: StepID($0), output: "out") }
            + (onDemand[name] ?? []).map { StepInput("file:" + $0, from: StepID($0), output: "out", role: .onDemand) }
        return Step(
            id: StepID(name), work: .runCommand(work), inputs: inputs,
            parts: [KeyPart(name: "command", value: .string(name))], models: [], variants: [.unchanged])
    }
    return Plan(
        experiment: "test", variants: [.unchanged], steps: steps, measures: [], trainings: [], providers: [:])
}

/// Writes the step's name, or fails.
private struct FakeRunner: StepRunner {
    struct Broken: Error {}

    let ran: RunLog
    let failing: Set<String>

    func run(_ context: StepContext) async throws -> StepOutcome {
        ran.note(context.step.id.text)
        if failing.contains(context.step.id.text) { throw Broken() }
        return StepOutcome(["out": .data(Data("\(context.step.id) \(context.inputs.count)".utf8))])
    }
}

private final class RunLog: Sendable {
    private let names = Mutex<[String]>([])
    func note(_ name: String) { names.withLock { $0.append(name) } }
    func take() -> [String] {
        names.withLock { names in
            defer { names = [] }
            return names
        }
    }
}

@Suite struct ExecutorTests {
    private let folder = NSTemporaryDirectory() + "assay-executor-" + UUID().uuidString
    private let log = RunLog()

    private func run(
        _ plan: Plan, failing: Set<String> = [], failFast: Bool = false, isPlanned: Bool = true
    ) async throws -> RunSummary {
        var settings = Executor.Settings()
        settings.failFast = failFast
        let log = log
        let store = try ArtifactStore(root: folder)
        let executor = Executor(
            store: store, lanes: WorkLanes(jobs: 2), clock: SystemWallClock(), tool: "test",
            settings: settings, runner: { _ in FakeRunner(ran: log, failing: failing) }, events: { _ in })
        let statuses = try plan.statuses { try store.summary(for: $0)?.knownOutputs }
        return await executor.run(plan, statuses: isPlanned ? statuses : [], run: "r1")
    }

    /// The states from planning are used; without them, the same states are determined again.
    @Test(arguments: [true, false]) func cachedStepsAreFoundOnceOrAgain(isPlanned: Bool) async throws {
        let chain = plan(["a", "b", "c"], after: ["b": ["a"], "c": ["b"]])
        let first = try await run(chain, isPlanned: isPlanned)
        let second = try await run(chain, isPlanned: isPlanned)
        #expect(log.take() == ["a", "b", "c"])
        #expect(second.steps.mapValues(\.state) == ["a": .cached, "b": .cached, "c": .cached])
        #expect(second.steps.mapValues(\.key) == first.steps.mapValues(\.key))
        #expect(second.steps.mapValues(\.outputs) == first.steps.mapValues(\.outputs))
        // The first step runs again, and planning knew nothing of those that follow: they are looked up.
        var changed = chain
        changed.steps[0] = plan(["A"]).steps[0]
        changed.steps[0].id = "a"
        let third = try await run(changed, isPlanned: isPlanned)
        #expect(third.steps.mapValues(\.state) == ["a": .ran, "b": .cached, "c": .cached])
    }

    @Test func runsInOrderAndOnceOnly() async throws {
        let chain = plan(["a", "b", "c"], after: ["b": ["a"], "c": ["b"]])
        let first = try await run(chain)
        #expect(log.take() == ["a", "b", "c"])
        #expect(first.count(.ran) == 3)
        let second = try await run(chain)
        #expect(log.take() == [])
        #expect(second.count(.cached) == 3)
    }

    @Test func aChangeRunsWhatFollowsAndNothingElse() async throws {
        _ = try await run(plan(["a", "b", "c"], after: ["b": ["a"]]))
        _ = log.take()
        var changed = plan(["a", "b", "c"], after: ["b": ["a"]])
        changed.steps[1].parts[0].value = "b, but other"
        _ = try await run(changed)
        #expect(log.take() == ["b"])
    }

    /// A step that ran again and gave the same bytes leaves what follows cached.
    @Test func sameBytesStopAChange() async throws {
        _ = try await run(plan(["a", "b"], after: ["b": ["a"]]))
        _ = log.take()
        var changed = plan(["a", "b"], after: ["b": ["a"]])
        changed.steps[0].parts[0].value = "written otherwise, same output"
        let summary = try await run(changed)
        #expect(log.take() == ["a"])
        #expect(summary.steps["b"]?.state == .cached)
    }

    @Test func whatHangsOnAFailureIsBlockedAndTheRestGoesOn() async throws {
        let summary = try await run(plan(["a", "b", "c", "d"], after: ["b": ["a"], "c": ["b"]]), failing: ["a"])
        #expect(summary.steps["a"]?.state == .failed)
        #expect(summary.steps["b"]?.state == .blocked)
        #expect(summary.steps["c"]?.state == .blocked)
        #expect(summary.steps["d"]?.state == .ran)
    }

    /// A step that is only needed on demand runs if its reader runs, and not if that is cached.
    @Test func onDemandInputsRunOnlyWhenNeeded() async throws {
        let lazy = plan(["file", "batch"], onDemand: ["batch": ["file"]])
        _ = try await run(lazy)
        #expect(log.take() == ["file", "batch"])
        var renamed = lazy
        renamed.steps[0].parts[0].value = "another deployment"
        let summary = try await run(renamed)
        #expect(log.take() == [])
        #expect(summary.steps["batch"]?.state == .cached)
        #expect(summary.steps["file"]?.state == .notNeeded)
    }

    @Test func anOnDemandInputThatFailsBlocksItsReader() async throws {
        let summary = try await run(plan(["file", "batch"], onDemand: ["batch": ["file"]]), failing: ["file"])
        #expect(summary.steps["file"]?.state == .failed)
        #expect(summary.steps["batch"]?.state == .blocked)
    }

    /// A flipped bit is found when the artifact is read, and the step that made it runs again.
    @Test func damagedArtifactIsRebuilt() async throws {
        let chain = plan(["a", "b"], after: ["b": ["a"]])
        let first = try await run(chain)
        _ = log.take()
        let store = try ArtifactStore(root: folder)
        let digest = try #require(first.steps["a"]?.outputs["out"])
        let path = store.path(of: digest)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        try Data("damaged".utf8).write(to: URL(fileURLWithPath: path))
        var changed = chain
        changed.steps[1].parts[0].value = "reads it again"
        let second = try await run(changed)
        #expect(log.take() == ["a", "b"])
        #expect(second.steps["b"]?.state == .ran)
    }

    @Test func aLongChainNeedsNoStack() async throws {
        let names = (0..<3_000).map { "step-\($0)" }
        let after = Dictionary(uniqueKeysWithValues: names.indices.dropFirst().map { (names[$0], [names[$0 - 1]]) })
        let summary = try await run(plan(names, after: after))
        #expect(summary.count(.ran) == 3_000)
        _ = log.take()
        #expect(try await run(plan(names, after: after)).count(.cached) == 3_000)
    }

    /// The states that a plan shows are those that a run finds.
    @Test func plannedStatesAreWhatARunFinds() async throws {
        let chain = plan(["a", "b", "file"], after: ["b": ["a"]], onDemand: ["b": ["file"]])
        let store = try ArtifactStore(root: folder)
        func states() throws -> [PlanState] {
            try chain.statuses { try store.summary(for: $0)?.knownOutputs }.map(\.state)
        }
        #expect(try states() == [.pending, .unknown, .pending])
        _ = try await run(chain)
        #expect(try states() == [.cached, .cached, .cached])
    }
}
