// What made steps stale, each cause once with all that runs because of it.

package import Basics

/// One reason why steps will run.
package struct StaleCause: Hashable, Sendable {
    package enum Origin: Hashable, Sendable {
        /// The same part of the keys of one or several steps.
        case changed(KeyChange)
        case toolChanged(was: String, now: String)
        case neverRan
        case resultGone

        /// Whether both are one change of one value of the spec, which several kinds of steps read under different names.
        func isSame(as other: Origin) -> Bool {
            guard case .changed(let mine) = self, case .changed(let theirs) = other else { return false }
            return mine.place != nil && mine.place == theirs.place && mine.was == theirs.was && mine.now == theirs.now
        }
    }

    package var origin: Origin
    /// The steps that have the reason themselves, in the plan's order.
    package var steps: [StepID]
    /// All that run because of it, these and those that follow, in the plan's order.
    package var runs: [StepID]
}

extension Plan {
    /// The causes behind explanations, in the order of the first step of each.
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
            // What is only made for a step that runs has no cause of its own.
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
            // The plan's order has what is read before what reads it.
            for explanation in explanations where explanation.after.contains(where: running.contains) {
                running.insert(explanation.step)
            }
            for (step, readers) in onDemand where readers.contains(where: running.contains) { running.insert(step) }
            causes[index].runs = explanations.map(\.step).filter(running.contains)
        }
        return causes
    }

    /// The steps among some that read a step's result only while they work, by that step.
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
