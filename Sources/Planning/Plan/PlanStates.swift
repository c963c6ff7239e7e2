// What is known of each step of a plan before it runs: its key, and whether its result is there.

package import Artifacts
package import Basics

/// What is known of a step before a run.
package enum PlanState: String, Hashable, Sendable, Codable {
    /// Its result is there.
    case cached
    /// It will run.
    case pending
    /// Something it reads must run first; it may turn out cached.
    case unknown
    /// Its result is not there, and nothing that will run needs it.
    case notNeeded = "not-needed"
}

/// The outputs of a step whose result is known, by name.
package typealias KnownOutputs = [String: Digest]

/// A step's state with the key it was found by.
package struct StepStatus: Hashable, Sendable {
    package var state: PlanState
    /// `nil` while the contents of an input are not known.
    package var key: StepKey?
    package var outputs: KnownOutputs

    package init(state: PlanState, key: StepKey?, outputs: KnownOutputs) {
        self.state = state
        self.key = key
        self.outputs = outputs
    }
}

extension Plan {
    /// The state of each step, in the plan's order. A step whose result nobody needs and that is not there stays
    /// undone: a request file is written only when a batch will be sent.
    /// - Parameter result: the outputs under a key, when the store has them.
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

    /// Which steps a run needs: those that nothing reads, whatever they read, and what steps that will run read on
    /// demand.
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
