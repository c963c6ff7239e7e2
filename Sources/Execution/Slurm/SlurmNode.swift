// Runs the steps of a task on a node and writes their results where the coordinator reads them.

package import Artifacts
package import Basics
import Foundation
package import Planning
import Platform
import Synchronization

/// A task running on a node. It takes no locks and appends to no shared file.
package struct SlurmNode: Sendable {
    let store: ArtifactStore
    let folder: SlurmFolder
    let clock: any WallClock
    let place: SlurmPlace
    let node: String
    let job: String
    let restarts: Int
    let check: @Sendable (Step) async throws -> Void
    let runner: @Sendable (Step) throws -> any StepRunner

    /// - Parameters:
    ///   - node: the host's name.
    ///   - job: the id of the job.
    ///   - restarts: how often the cluster has requeued the job.
    ///   - check: throws if this node cannot produce the step's result.
    package init(
        store: ArtifactStore, folder: SlurmFolder, clock: any WallClock, place: SlurmPlace, node: String, job: String,
        restarts: Int, check: @escaping @Sendable (Step) async throws -> Void,
        runner: @escaping @Sendable (Step) throws -> any StepRunner
    ) {
        self.store = store
        self.folder = folder
        self.clock = clock
        self.place = place
        self.node = node
        self.job = job
        self.restarts = restarts
        self.check = check
        self.runner = runner
    }

    /// The maximum number of times that a requeued job is resumed.
    private static let maxRestarts = 5

    /// Runs the task and returns whether all its steps have a result. Throws `SlurmError.unknownTask`.
    package func run() async throws -> Bool {
        guard let task = folder.read(SlurmTask.self, at: folder.task(place, "json")),
            task.format == SlurmTask.currentFormat, let first = task.steps.first
        else { throw SlurmError.unknownTask(place.name.text) }
        var key = task.key
        var inputs = task.inputs
        // Later steps also read the first step's inputs.
        var known: [StepID: KnownOutputs] = [:]
        for input in first.inputs { known[input.from, default: [:]][input.output] = inputs[input.name] }
        for (number, step) in task.steps.enumerated() {
            do {
                let outcome = try await outcome(of: step, key: key, inputs: inputs)
                known[step.id] = outcome.outputs
                guard number + 1 < task.steps.count else {
                    try folder.write(outcome, at: folder.step(key) + "/outcome.json")
                    break
                }
                let next = task.steps[number + 1]
                var digests: [String: Digest] = [:]
                for input in next.inputs { digests[input.name] = known[input.from]?[input.output] }
                let nextKey = next.keyParts(digests: digests).map { Step.key(kind: next.kind, parts: $0) }
                // The coordinator computes the next key from this outcome, and must then find the task that works on
                // it.
                if let nextKey { try folder.write(place, at: folder.step(nextKey) + "/claim.json") }
                try folder.write(outcome, at: folder.step(key) + "/outcome.json")
                guard let nextKey else { return true }
                key = nextKey
                inputs = digests
            } catch {
                var broken: Digest?
                if case StoreError.corrupt(let digest) = error { broken = digest }
                if case StoreError.missingObject(let digest) = error { broken = digest }
                // When the cluster ends the job, its programs die first and this process a moment later. The
                // coordinator compares this with the cluster's report.
                try folder.write(
                    SlurmFailure(message: "\(error)", place: place, node: node, job: job, broken: broken),
                    at: folder.step(key) + "/failure.json")
                return false
            }
        }
        return true
    }

    private func outcome(of step: Step, key: StepKey, inputs: [String: Digest]) async throws -> SlurmOutcome {
        if let done = folder.read(SlurmOutcome.self, at: folder.step(key) + "/outcome.json"),
            done.outputs.values.allSatisfy({ store.holds($0) })
        {
            return done
        }
        if let result = try? store.result(for: key), result.outputs.allSatisfy({ store.holds($0.digest) }) {
            return SlurmOutcome(
                outputs: result.knownOutputs, facts: result.facts, seconds: result.seconds, node: node, job: job)
        }
        // Left by the job before the cluster requeued it.
        let files = LocalFileSystem()
        try files.remove(folder.step(key) + "/failure.json")
        guard restarts <= SlurmNode.maxRestarts else { throw SlurmError.requeued(times: restarts) }
        try await check(step)
        let start = ContinuousClock.now
        var artifacts: [String: InputArtifact] = [:]
        for (name, digest) in inputs {
            artifacts[name] = InputArtifact(digest: digest, path: try store.verifiedPath(of: digest))
        }
        let scratch = try files.makeTemporaryFolder(SafeName("assay-node"))
        try files.makeFolder(scratch + "/work")
        try files.makeFolder(scratch + "/tmp")
        defer { try? files.removeTree(scratch) }
        let events = NodeEvents(folder: folder, place: place)
        let context = StepContext(
            step: step, key: key, inputs: artifacts, scratch: scratch + "/work", temporary: scratch + "/tmp",
            lanes: WorkLanes(jobs: 1), clock: clock, store: store, events: { events.take($0) })
        let made = try await runner(step).run(context)
        let durability: Durability = step.kind.definition.isDurable ? .durable : .plain
        var outputs: [String: Digest] = [:]
        for (name, content) in made.outputs {
            outputs[name] =
                switch content {
                case .data(let data): try store.put(data, durability: durability).digest
                case .file(let path): try store.put(fileAt: path, durability: durability, moving: true).digest
                case .existing(let digest): digest
                }
        }
        return SlurmOutcome(
            outputs: outputs, facts: made.facts, seconds: (ContinuousClock.now - start) / .seconds(1), node: node,
            job: job, notes: events.notes.isEmpty ? nil : events.notes)
    }
}

/// The events of a step on a node: progress is written to a file that the coordinator reads; notes are part of the
/// outcome.
private final class NodeEvents: Sendable {
    private struct State {
        var notes: [String] = []
        var written: ContinuousClock.Instant?
    }

    private let folder: SlurmFolder
    private let place: SlurmPlace
    private let state = Mutex(State())

    init(folder: SlurmFolder, place: SlurmPlace) {
        self.folder = folder
        self.place = place
    }

    /// The minimum time between two writes, since many nodes share the file system.
    private static let pause = Duration.seconds(2)

    var notes: [String] { state.withLock { $0.notes } }

    func take(_ event: RunEvent) {
        state.withLock { state in
            switch event {
            case .note(_, let text): state.notes.append(text)
            case .step, .cached: break
            case .progress(let step, let fraction, let text):
                if let written = state.written, ContinuousClock.now - written < NodeEvents.pause { return }
                state.written = .now
                // A full disk fails the step when its result is written.
                try? folder.write(
                    SlurmProgress(step: step, fraction: fraction, text: text), at: folder.task(place, "progress"),
                    durable: false)
            }
        }
    }
}
