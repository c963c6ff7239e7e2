// Decides which step may run next: the executor's bookkeeping, without waiting and without I/O except for the store's
// index.

import Artifacts
import Basics
import Planning

/// The state of all steps of a run.
struct ExecutionBoard {
    enum Action {
        case launch(Int, StepKey, [KeyPart], inputs: [String: Digest])
        /// The step's result exists.
        case found(Int)
        case report(Int, StepState, message: String?)
    }

    private let plan: Plan
    private let store: ArtifactStore
    /// The positions of the steps that each step reads, parallel to its inputs; `nil` for a step outside the plan.
    private let sources: [[Int?]]
    /// The planning result of each step; `nil` once it has been discarded.
    private var planned: [StepStatus?]
    private var consumers: [[Int]]
    private var isDemanded: [Bool]
    private var isRunning: [Bool]
    private var ends: [RunSummary.StepEnd?]
    /// Steps that have ended since `takeEnded` was last called.
    private var ended: [Int] = []
    private var keys: [StepKey?]
    private var remadeImages: Set<Digest> = []
    /// Steps that continue once the dataset is indexed again, although they do not read its manifest themselves.
    private var waitingForDataset: Set<Int> = []

    /// - Parameter statuses: the result of planning, in the plan's order. Steps that it found cached are not looked
    /// up again.
    init(plan: Plan, statuses: [StepStatus], store: ArtifactStore) {
        self.plan = plan
        self.store = store
        let positions = plan.positions()
        sources = plan.steps.map { $0.inputs.map { positions[$0.from] } }
        planned = plan.steps.indices.map { $0 < statuses.count ? statuses[$0] : nil }
        consumers = Array(repeating: [], count: plan.steps.count)
        isDemanded = Array(repeating: false, count: plan.steps.count)
        isRunning = Array(repeating: false, count: plan.steps.count)
        ends = Array(repeating: nil, count: plan.steps.count)
        keys = Array(repeating: nil, count: plan.steps.count)
        for index in plan.steps.indices {
            for case let at? in sources[index] where consumers[at].last != index {
                // Once for each step that it reads.
                consumers[at].append(index)
            }
        }
    }

    /// The steps that no other step reads.
    var targets: [Int] { plan.steps.indices.filter { consumers[$0].isEmpty } }

    /// Requests the results of steps and of everything that they read.
    mutating func demand(_ wanted: [Int]) -> [Action] {
        var fresh: [Int] = []
        var open = wanted
        while let index = open.popLast() {
            guard !isDemanded[index] else { continue }
            isDemanded[index] = true
            fresh.append(index)
            open += sources(of: index, role: .content)
        }
        // In the plan's order, so that cached steps are found from the top down in one pass.
        return advance(fresh.sorted())
    }

    /// Records a step's result and returns the steps that can start now.
    mutating func complete(_ index: Int, state: StepState, outputs: KnownOutputs, seconds: Double?) -> [Action] {
        isRunning[index] = false
        ended.append(index)
        ends[index] = RunSummary.StepEnd(
            state: state, key: keys[index], outputs: outputs, seconds: seconds, message: nil, error: nil)
        var next = consumers[index].filter { isDemanded[$0] }
        if plan.steps[index].kind == .indexDataset {
            next += waitingForDataset
            waitingForDataset = []
        }
        return advance(next)
    }

    /// Records that a step has no result; its dependents are blocked.
    mutating func fail(_ index: Int, state: StepState, message: String, error: (any Error)?) -> [Action] {
        isRunning[index] = false
        ended.append(index)
        ends[index] = RunSummary.StepEnd(
            state: state, key: keys[index], outputs: [:], seconds: nil, message: message, error: error)
        var actions: [Action] = []
        var open = consumers[index]
        while let next = open.popLast() {
            guard isDemanded[next], ends[next] == nil, !isRunning[next] else { continue }
            let reason = "needs \(plan.steps[index].id)"
            ended.append(next)
            ends[next] = RunSummary.StepEnd(
                state: state == .waiting ? .waiting : .blocked, key: nil, outputs: [:], seconds: nil, message: reason,
                error: nil)
            actions.append(.report(next, state == .waiting ? .waiting : .blocked, message: reason))
            open += consumers[next]
        }
        return actions
    }

    /// Rebuilds damaged artifacts, and runs the step that read them afterwards.
    mutating func remake(_ digests: [Digest], for index: Int) -> [Action] {
        isRunning[index] = false
        let damaged = Set(digests)
        var makers: [Int] = []
        for case let at? in sources[index] {
            guard let end = ends[at], !isRunning[at], end.outputs.values.contains(where: damaged.contains) else {
                continue
            }
            ends[at] = nil
            planned[at] = nil
            if let key = keys[at] { try? store.forget(key) }
            if !makers.contains(at) { makers.append(at) }
        }
        return advance(makers)
    }

    /// Indexes again the dataset that a step's images come from, which restores them to the store.
    /// - Returns: `nil` if that was already tried for the same image, or if there is no dataset.
    mutating func remakeDataset(for index: Int, image: Digest) -> [Action]? {
        isRunning[index] = false
        guard remadeImages.insert(image).inserted else { return nil }
        var makers: [Int] = []
        var seen: Set<Int> = [index]
        var open = [index]
        while let next = open.popLast() {
            if plan.steps[next].kind == .indexDataset, ends[next] != nil { makers.append(next) }
            for case let at? in sources[next] where seen.insert(at).inserted { open.append(at) }
        }
        guard !makers.isEmpty else { return nil }
        for maker in makers {
            ends[maker] = nil
            planned[maker] = nil
            if let key = keys[maker] { try? store.forget(key) }
        }
        waitingForDataset.insert(index)
        return advance(makers)
    }

    /// The steps that have ended since the last call, and how.
    mutating func takeEnded() -> [(index: Int, end: RunSummary.StepEnd)] {
        defer { ended = [] }
        return ended.compactMap { index in ends[index].map { (index, $0) } }
    }

    func summary(isInterrupted: Bool) -> RunSummary {
        var steps: [StepID: RunSummary.StepEnd] = [:]
        steps.reserveCapacity(plan.steps.count)
        for index in plan.steps.indices {
            steps[plan.steps[index].id] =
                ends[index]
                ?? RunSummary.StepEnd(
                    state: isDemanded[index] ? .blocked : .notNeeded, key: keys[index], outputs: [:], seconds: nil,
                    message: isDemanded[index] ? "interrupted" : nil, error: nil)
        }
        return RunSummary(steps: steps, isInterrupted: isInterrupted)
    }

    /// Examines steps that may have become ready, and everything that follows from cached ones.
    private mutating func advance(_ candidates: [Int]) -> [Action] {
        var actions: [Action] = []
        var queue = candidates
        var head = 0
        while head < queue.count {
            let index = queue[head]
            head += 1
            guard isDemanded[index], ends[index] == nil, !isRunning[index] else { continue }
            if let known = knownAsPlanned(index) {
                settle(index, known.key, known.outputs, &actions, &queue)
                continue
            }
            guard let digests = digests(of: index, role: .content),
                let parts = plan.steps[index].keyParts(digests: digests)
            else { continue }
            let key = Step.key(kind: plan.steps[index].kind, parts: parts)
            keys[index] = key
            if let known = try? store.summary(for: key) {
                settle(index, key, known.knownOutputs, &actions, &queue)
                continue
            }
            let onDemand = sources(of: index, role: .onDemand)
            if let failed = onDemand.first(where: { end in
                ends[end].map { $0.state == .failed || $0.state == .blocked || $0.state == .waiting } ?? false
            }) {
                actions += fail(index, state: .blocked, message: "needs \(plan.steps[failed].id)", error: nil)
                actions.append(.report(index, .blocked, message: "needs \(plan.steps[failed].id)"))
                continue
            }
            let missing = onDemand.filter { ends[$0] == nil }
            guard missing.isEmpty, let extra = self.digests(of: index, role: .onDemand) else {
                for needed in missing where !isDemanded[needed] {
                    var open = [needed]
                    while let next = open.popLast() {
                        guard !isDemanded[next] else { continue }
                        isDemanded[next] = true
                        queue.append(next)
                        open += sources(of: next, role: .content)
                    }
                }
                continue
            }
            isRunning[index] = true
            actions.append(.launch(index, key, parts, inputs: digests.merging(extra) { first, _ in first }))
        }
        return actions
    }

    /// The planned result of a step, if it was cached and everything that its key depends on turned out as planned.
    private func knownAsPlanned(_ index: Int) -> (key: StepKey, outputs: KnownOutputs)? {
        guard let status = planned[index], status.state == .cached, let key = status.key else { return nil }
        for (input, source) in zip(plan.steps[index].inputs, sources[index]) where input.role == .content {
            guard let source, let digest = ends[source]?.outputs[input.output],
                digest == planned[source]?.outputs[input.output]
            else { return nil }
        }
        return (key, status.outputs)
    }

    /// Records that a step's result exists, and queues its dependents.
    private mutating func settle(
        _ index: Int, _ key: StepKey, _ outputs: KnownOutputs, _ actions: inout [Action], _ queue: inout [Int]
    ) {
        keys[index] = key
        ended.append(index)
        ends[index] = RunSummary.StepEnd(
            state: .cached, key: key, outputs: outputs, seconds: nil, message: nil, error: nil)
        actions.append(.found(index))
        for consumer in consumers[index] where isDemanded[consumer] && ends[consumer] == nil { queue.append(consumer) }
    }

    /// The steps that a step reads in a role, one per input.
    private func sources(of index: Int, role: StepInput.Role) -> [Int] {
        var found: [Int] = []
        for (input, source) in zip(plan.steps[index].inputs, sources[index]) where input.role == role {
            if let source { found.append(source) }
        }
        return found
    }

    /// The digests of a step's inputs by name; `nil` while one is missing.
    private func digests(of index: Int, role: StepInput.Role) -> [String: Digest]? {
        var digests: [String: Digest] = [:]
        for (input, source) in zip(plan.steps[index].inputs, sources[index]) where input.role == role {
            guard let source, let digest = ends[source]?.outputs[input.output] else { return nil }
            digests[input.name] = digest
        }
        return digests
    }
}
