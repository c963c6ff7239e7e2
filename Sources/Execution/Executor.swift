// Runs a plan: starts every step whose inputs exist, as many at once as the lanes allow, and runs none twice.

package import Artifacts
package import Basics
package import Foundation
package import Planning
import Platform

/// The final state of every step of a run, from which exit code and messages are derived.
package struct RunSummary: Sendable {
    /// The final state of one step.
    package struct StepEnd: Sendable {
        /// The state in which the run left the step.
        package var state: StepState
        /// The step's key; `nil` if an input never became known.
        package var key: StepKey?
        /// The digests of its outputs by name; empty without a result.
        package var outputs: KnownOutputs
        /// The duration of the step in seconds; `nil` if it did not run.
        package var seconds: Double?
        /// The reason for a step that failed, is blocked or waits.
        package var message: String?
        /// The error of a failed step, for callers that need more than its message.
        package var error: (any Error)?
    }

    /// Every step of the plan, also cached and blocked ones.
    package var steps: [StepID: StepEnd]
    /// Whether the run was cancelled before all steps had ended.
    package var isInterrupted: Bool

    /// The number of steps in a state.
    package func count(_ state: StepState) -> Int { steps.values.count { $0.state == state } }
}

/// Runs plans. It holds no state between runs.
package struct Executor: Sendable {
    /// The options of a run that concern scheduling.
    package struct Settings: Sendable {
        /// Stops at the first failure instead of finishing independent steps.
        package var failFast = false
        /// The maximum number of program steps that hold locks and folders at once; `nil` for no limit, as on a
        /// cluster.
        package var maxPrograms: Int?
        /// Finishes independent steps after a failure, and does not limit program steps.
        package init() {}
    }

    let store: ArtifactStore
    let lanes: WorkLanes
    let clock: any WallClock
    let tool: String
    let settings: Settings
    let runner: @Sendable (Step) -> any StepRunner
    let events: @Sendable (RunEvent) -> Void
    let record: @Sendable (_ ended: [(index: Int, end: RunSummary.StepEnd)], _ isAwaited: Bool) -> Void

    /// - Parameter record: receives the steps that ended, by their positions in the plan, and whether a paid or
    /// trained step waits until they are recorded.
    package init(
        store: ArtifactStore, lanes: WorkLanes, clock: any WallClock, tool: String, settings: Settings = Settings(),
        runner: @escaping @Sendable (Step) -> any StepRunner, events: @escaping @Sendable (RunEvent) -> Void,
        record: @escaping @Sendable (_ ended: [(index: Int, end: RunSummary.StepEnd)], _ isAwaited: Bool) -> Void = { _, _ in }
    ) {
        self.store = store
        self.lanes = lanes
        self.clock = clock
        self.tool = tool
        self.settings = settings
        self.runner = runner
        self.events = events
        self.record = record
    }

    /// Runs a plan to its end. If a step fails, independent branches continue; if the task is cancelled, the run ends
    /// once the running steps have stopped.
    /// - Parameter statuses: the result of planning, in the plan's order; nothing may have been discarded since.
    /// Without it every step is looked up.
    package func run(_ plan: Plan, statuses: [StepStatus] = [], run: RunID) async -> RunSummary {
        var board = ExecutionBoard(plan: plan, statuses: statuses, store: store)
        let targets = board.targets
        return await withTaskGroup(of: (Int, StepEnding).self) { group in
            var launched = 0
            var isStopping = false
            // Running programs, and those that wait for one of them to end.
            var programs = 0
            var queue: [Launch] = []
            var head = 0
            func launch(_ next: Launch) {
                let step = plan.steps[next.index]
                launched += 1
                if step.kind == .runCommand { programs += 1 }
                events(.step(step.id, .running, seconds: nil, message: nil))
                let work: @Sendable () async -> (Int, StepEnding) = {
                    (
                        next.index,
                        await self.perform(
                            step, key: next.key, parts: next.parts, inputs: next.inputs, run: run,
                            experiment: plan.experiment)
                    )
                }
                // Programs are awaited on the threads of this run; all other work uses the threads of the task pool.
                if step.kind == .runCommand {
                    group.addTask(operation: work)
                } else {
                    group.addTask(executorPreference: globalConcurrentExecutor, operation: work)
                }
            }
            func launchQueued() {
                while head < queue.count, programs < settings.maxPrograms ?? .max, !isStopping {
                    launch(queue[head])
                    head += 1
                }
            }
            func settle(_ actions: [ExecutionBoard.Action]) {
                let ended = board.takeEnded()
                // A paid or trained step starts only after the history that it follows from is recorded; a program
                // need not wait.
                let isAwaited = actions.contains { action in
                    if case .launch(let index, _, _, _) = action { plan.steps[index].kind.definition.isDurable } else { false }
                }
                if isAwaited || !ended.isEmpty { record(ended, isAwaited) }
                let found = actions.compactMap { action -> StepID? in
                    if case .found(let index) = action { plan.steps[index].id } else { nil }
                }
                if !found.isEmpty { events(.cached(found)) }
                for action in actions {
                    switch action {
                    case .found: break
                    case .report(let index, let state, let message):
                        events(.step(plan.steps[index].id, state, seconds: nil, message: message))
                    case .launch(let index, let key, let parts, let inputs):
                        guard !isStopping else { continue }
                        let next = Launch(index: index, key: key, parts: parts, inputs: inputs)
                        if plan.steps[index].kind == .runCommand { queue.append(next) } else { launch(next) }
                    }
                }
                launchQueued()
            }
            settle(board.demand(targets))
            while launched > 0, let (index, ending) = await group.next() {
                launched -= 1
                let step = plan.steps[index]
                if step.kind == .runCommand { programs -= 1 }
                switch ending {
                case .done(let state, let outputs, let seconds):
                    events(.step(step.id, state, seconds: seconds, message: nil))
                    settle(board.complete(index, state: state, outputs: outputs, seconds: seconds))
                case .brokenInputs(let digests):
                    for digest in digests {
                        events(.note(step.id, "an artifact is damaged and will be recreated: \(digest.short)"))
                    }
                    settle(board.remake(digests, for: index))
                case .brokenImage(let digest):
                    events(.note(step.id, "an image is damaged and will be unpacked again: \(digest.short)"))
                    if let actions = board.remakeDataset(for: index, image: digest) {
                        settle(actions)
                    } else {
                        let error = StoreError.missingObject(digest)
                        events(.step(step.id, .failed, seconds: nil, message: "\(error)"))
                        settle(board.fail(index, state: .failed, message: "\(error)", error: error))
                    }
                case .waiting(let reason):
                    events(.step(step.id, .waiting, seconds: nil, message: reason))
                    settle(board.fail(index, state: .waiting, message: reason, error: nil))
                case .failed(let error, let seconds):
                    let message = FileError(fullDisk: error).map { "\($0)" } ?? explanation(of: error)
                    events(.step(step.id, .failed, seconds: seconds, message: message))
                    settle(board.fail(index, state: .failed, message: message, error: error))
                    if settings.failFast {
                        isStopping = true
                        group.cancelAll()
                    }
                case .cancelled:
                    isStopping = true
                    settle(board.fail(index, state: .blocked, message: "interrupted", error: nil))
                }
            }
            return board.summary(isInterrupted: Task.isCancelled)
        }
    }

    /// A step that may start.
    private struct Launch {
        var index: Int
        var key: StepKey
        var parts: [KeyPart]
        var inputs: [String: Digest]
    }

    private enum StepEnding: Sendable {
        case done(StepState, KnownOutputs, seconds: Double)
        case brokenInputs([Digest])
        case brokenImage(Digest)
        case waiting(String)
        case failed(any Error, seconds: Double)
        case cancelled
    }

    private func perform(
        _ step: Step, key: StepKey, parts: [KeyPart], inputs: [String: Digest], run: RunID, experiment: String
    ) async -> StepEnding {
        let start = ContinuousClock.now
        func seconds() -> Double {
            let elapsed = (ContinuousClock.now - start).components
            return Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
        }
        do {
            let lock = try await store.lock(key) { [events] in
                events(.note(step.id, "another process is running this step; waiting for its result"))
            }
            defer { withExtendedLifetime(lock) {} }
            if let known = try store.summary(for: key) {
                return .done(.cached, known.knownOutputs, seconds: seconds())
            }
            var artifacts: [String: InputArtifact] = [:]
            var broken: [Digest] = []
            for (name, digest) in inputs {
                do {
                    artifacts[name] = InputArtifact(digest: digest, path: try store.verifiedPath(of: digest))
                } catch StoreError.corrupt, StoreError.missingObject {
                    try store.discard(digest)
                    broken.append(digest)
                }
            }
            guard broken.isEmpty else { return .brokenInputs(broken) }
            let scratch = try store.makeScratch()
            defer { store.release(scratch) }
            let context = StepContext(
                step: step, key: key, inputs: artifacts, scratch: scratch.path, temporary: scratch.temporary,
                lanes: lanes, clock: clock, store: store, events: events)
            let outcome = try await RunTrace.$step.withValue(step.id) { try await runner(step).run(context) }
            // The outputs are read and stored next, which takes time for large ones.
            ProgramThreads.markThreadBusy()
            let manifest = try await publish(
                outcome, of: step, key: key, parts: parts, run: run, experiment: experiment,
                seconds: outcome.seconds ?? seconds())
            return .done(.ran, manifest.knownOutputs, seconds: seconds())
        } catch let waiting as StepWaiting {
            return .waiting(waiting.reason)
        } catch is CancellationError {
            return .cancelled
        } catch StoreError.corrupt(let digest), StoreError.missingObject(let digest) {
            // An image named by a manifest is damaged: the dataset is unpacked again.
            try? store.discard(digest)
            return .brokenImage(digest)
        } catch {
            return Task.isCancelled ? .cancelled : .failed(error, seconds: seconds())
        }
    }

    private func publish(
        _ outcome: StepOutcome, of step: Step, key: StepKey, parts: [KeyPart], run: RunID, experiment: String,
        seconds: Double
    ) async throws -> ResultManifest {
        let durability: Durability = step.kind.definition.isDurable ? .durable : .plain
        var outputs: [StepOutput] = []
        for (name, content) in outcome.outputs.sorted(by: { $0.key < $1.key }) {
            switch content {
            case .data(let data):
                let object = try store.put(data, durability: durability)
                outputs.append(StepOutput(name: name, digest: object.digest, bytes: object.bytes))
            case .file(let path):
                let object = try store.put(fileAt: path, durability: durability, moving: true)
                outputs.append(StepOutput(name: name, digest: object.digest, bytes: object.bytes))
            case .existing(let digest):
                let size = try LocalFileSystem().status(store.path(of: digest))?.size ?? 0
                outputs.append(StepOutput(name: name, digest: digest, bytes: size))
            }
        }
        let manifest = ResultManifest(
            key: key, kind: step.kind.rawValue, step: step.id, experiment: experiment, parts: parts, outputs: outputs,
            facts: outcome.facts, createdAt: await clock.now(), seconds: seconds, run: run, tool: tool)
        try store.publish(manifest, durability: durability)
        return manifest
    }
}

extension ResultManifest {
    /// The digests of the outputs by name.
    package var knownOutputs: KnownOutputs {
        Dictionary(outputs.map { ($0.name, $0.digest) }, uniquingKeysWith: { first, _ in first })
    }
}

extension ResultSummary {
    /// The digests of the outputs by name.
    package var knownOutputs: KnownOutputs {
        Dictionary(outputs.map { ($0.name, $0.digest) }, uniquingKeysWith: { first, _ in first })
    }
}
