// Groups the reasons for stale steps: each cause once, with all steps that run because of it.

package import Basics

/// One reason why steps will run.
package struct StaleCause: Hashable, Sendable {
    /// The origin of a cause, equal for all steps that it affects.
    package enum Origin: Hashable, Sendable {
        /// The same part of the keys of one or more steps.
        case changed(KeyChange)
        case toolChanged(was: String, now: String)
        case neverRan
        case resultGone

        /// Whether both describe the same change of one spec value that several kinds of steps read under different
        /// names.
        func isSame(as other: Origin) -> Bool {
            guard case .changed(let mine) = self, case .changed(let theirs) = other else { return false }
            return mine.place != nil && mine.place == theirs.place && mine.was == theirs.was && mine.now == theirs.now
        }
    }

    /// The origin of the cause.
    package var origin: Origin
    /// The steps that the cause affects directly, in plan order.
    package var steps: [StepID]
    /// All steps that run because of it, directly or as dependents, in plan order.
    package var runs: [StepID]
}

extension Plan {
    /// The causes behind explanations, in the order of each cause's first step.
    package func causes(of explanations: [StepExplanation]) -> [StaleCause] {
        let reasons = Dictionary(explanations.map { ($0.step, $0) }, uniquingKeysWith: { first, _ in first })
        let onDemand = onDemandReaders(among: Set(reasons.keys))
        var causes: [StaleCause] = []
        var places: [StaleCause.Origin: Int] = [:]
        func add(_ origin: StaleCause.Origin, _ step: StepID) {
            if let at = places[origin] ?? causes.firstIndex(where: { $0.origin.isSame(as: origin) }) {
                causes[at].steps.append(step)
            } else {
                places[origin] = causes.count
                causes.append(StaleCause(origin: origin, steps: [step], runs: []))
            }
        }
        for explanation in explanations {
            // A step that runs only because another step needs its output has no cause of its own.
            let isOnDemand = onDemand[explanation.step] != nil
            switch explanation.reason {
            case .changed(let changes): for change in changes { add(.changed(change), explanation.step) }
            case .toolChanged(let was, let now): add(.toolChanged(was: was, now: now), explanation.step)
            case .neverRan: if !isOnDemand { add(.neverRan, explanation.step) }
            case .resultGone: if !isOnDemand { add(.resultGone, explanation.step) }
            case .follows: break
            }
        }
        for index in causes.indices {
            var running = Set(causes[index].steps)
            // In plan order, a step comes after the steps that it reads.
            for explanation in explanations where explanation.after.contains(where: running.contains) {
                running.insert(explanation.step)
            }
            for (step, readers) in onDemand where readers.contains(where: running.contains) { running.insert(step) }
            causes[index].runs = explanations.map(\.step).filter(running.contains)
        }
        return causes
    }

    /// For each step in `running`, the running steps that read its output on demand.
    private func onDemandReaders(among running: Set<StepID>) -> [StepID: [StepID]] {
        var readers: [StepID: [StepID]] = [:]
        for step in steps where running.contains(step.id) {
            for input in step.inputs where input.role == .onDemand && running.contains(input.from) {
                readers[input.from, default: []].append(step.id)
            }
        }
        return readers
    }
}
