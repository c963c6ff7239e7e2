// The node's side: does the steps of a task one after the other and puts what they made where the coordinator looks.

package import Artifacts
package import Basics
import Foundation
package import Planning
import Platform
import Synchronization

/// One task at work on a node. It uses no locks and appends to no shared file.
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
    ///   - restarts: how often the cluster has put the job back into its queue.
    ///   - check: throws when this node cannot make the step's result.
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

    /// How often a job is taken up again that the cluster put back into its queue.
    private static let mostRestarts = 5

    /// Does the task. Returns whether all of its steps have a result. Throws `SlurmError.unknownTask`.
    package func run() async throws -> Bool {
        guard let task = folder.read(SlurmTask.self, at: folder.task(place, "json")),
            task.format == SlurmTask.currentFormat, let first = task.steps.first
        else { throw SlurmError.unknownTask(place.name.text) }
        var key = task.key
        var inputs = task.inputs
        // What the first step reads besides, later ones read too.
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
                // The coordinator learns the next key from this outcome, and must then find who works on it.
                if let nextKey { try folder.write(place, at: folder.step(nextKey) + "/claim.json") }
                try folder.write(outcome, at: folder.step(key) + "/outcome.json")
                guard let nextKey else { return true }
                key = nextKey
                inputs = digests
            } catch {
                var broken: Digest?
                if case StoreError.corrupt(let digest) = error { broken = digest }
                if case StoreError.missingObject(let digest) = error { broken = digest }
                // Where the cluster ends the job, its programs die first and this process a moment later: the coordinator
                // holds this against what the cluster says of the job.
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
        // Of the job's life before the cluster put it back into its queue.
        let files = LocalFileSystem()
        try files.remove(folder.step(key) + "/failure.json")
        guard restarts <= SlurmNode.mostRestarts else { throw SlurmError.requeued(times: restarts) }
        try await check(step)
        let start = ContinuousClock.now
        var artifacts: [String: InputArtifact] = [:]
        for (name, digest) in inputs {
            artifacts[name] = InputArtifact(digest: digest, path: try store.verifiedPath(of: digest))
        }
        let scratch = NSTemporaryDirectory() + "/assay-\(place.name)-\(place.index)-\(getpid())"
        try files.makeFolder(scratch + "/work")
        try files.makeFolder(scratch + "/tmp")
        defer { try? files.removeTree(scratch) }
        let told = ToldOnNode(folder: folder, place: place)
        let context = StepContext(
            step: step, key: key, inputs: artifacts, scratch: scratch + "/work", temporary: scratch + "/tmp",
            lanes: WorkLanes(jobs: 1), clock: clock, store: store, events: { told.take($0) })
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
            job: job, notes: told.notes.isEmpty ? nil : told.notes)
    }
}

/// What a step tells while it runs on a node: how far it is goes into a file that the coordinator reads, and what is worth
/// a line comes with the outcome.
private final class ToldOnNode: Sendable {
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

    /// Between two writes, as the file lies on a file system that many nodes share.
    private static let pause = Duration.seconds(2)

    var notes: [String] { state.withLock { $0.notes } }

    func take(_ event: RunEvent) {
        state.withLock { state in
            switch event {
            case .note(_, let text): state.notes.append(text)
            case .step, .cached: break
            case .progress(let step, let fraction, let text):
                if let written = state.written, ContinuousClock.now - written < ToldOnNode.pause { return }
                state.written = .now
                // A disk that is full fails the step where its result is written.
                try? folder.write(
                    SlurmProgress(step: step, fraction: fraction, text: text), at: folder.task(place, "progress"),
                    durable: false)
            }
        }
    }
}
