// The state of each step of a plan before it runs: its key and whether a result exists.

package import Artifacts
package import Basics

/// The state of a step before a run.
package enum PlanState: String, Hashable, Sendable, Codable {
    /// Its result is in the store.
    case cached
    /// It will run.
    case pending
    /// A step that it reads must run first; it may turn out to be cached.
    case unknown
    /// It has no result, and no step that will run needs one.
    case notNeeded = "not-needed"
}

/// The output digests of a step with a known result, by output name.
package typealias KnownOutputs = [String: Digest]

/// A step's state, with the key of the lookup.
package struct StepStatus: Hashable, Sendable {
    /// The state before the run.
    package var state: PlanState
    /// `nil` while the content of an input is unknown.
    package var key: StepKey?
    /// The outputs of the result; empty unless the state is `cached`.
    package var outputs: KnownOutputs

    /// - Parameter key: `nil` while the content of an input is unknown.
    package init(state: PlanState, key: StepKey?, outputs: KnownOutputs) {
        self.state = state
        self.key = key
        self.outputs = outputs
    }
}

extension Plan {
    /// The state of each step, in plan order. A step without a result does not run if no other step needs it: a
    /// request file is written only when a batch will be sent.
    /// - Parameter result: returns the outputs of a key; `nil` when the store has no result.
    package func statuses(result: (StepKey) throws -> KnownOutputs?) rethrows -> [StepStatus] {
        let positions = positions()
        var statuses: [StepStatus] = []
        statuses.reserveCapacity(steps.count)
        for index in steps.indices {
            var digests: [String: Digest] = [:]
            for input in steps[index].inputs where input.role == .content {
                guard let at = positions[input.from], at < statuses.count else { continue }
                digests[input.name] = statuses[at].outputs[input.output]
            }
            guard let parts = steps[index].keyParts(digests: digests) else {
                statuses.append(StepStatus(state: .unknown, key: nil, outputs: [:]))
                continue
            }
            let key = Step.key(kind: steps[index].kind, parts: parts)
            if let outputs = try result(key) {
                statuses.append(StepStatus(state: .cached, key: key, outputs: outputs))
            } else {
                statuses.append(StepStatus(state: .pending, key: key, outputs: [:]))
            }
        }
        let needed = neededSteps(positions) { statuses[$0].state != .cached }
        for index in statuses.indices where !needed[index] && statuses[index].state != .cached {
            statuses[index].state = .notNeeded
        }
        return statuses
    }

    /// The steps that a run needs: steps that no other step reads, the content inputs of needed steps, and the
    /// on-demand inputs of steps that will run.
    private func neededSteps(_ positions: [StepID: Int], willRun: (Int) -> Bool) -> [Bool] {
        var isRead = [Bool](repeating: false, count: steps.count)
        for index in steps.indices {
            for input in steps[index].inputs { if let at = positions[input.from] { isRead[at] = true } }
        }
        var needed = isRead.map { !$0 }
        for index in steps.indices.reversed() where needed[index] {
            for input in steps[index].inputs {
                guard input.role == .content || willRun(index), let at = positions[input.from] else { continue }
                needed[at] = true
            }
        }
        return needed
    }
}
