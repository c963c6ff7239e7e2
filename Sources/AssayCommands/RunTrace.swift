// Where the time of a run went, in the form that trace viewers read (`--trace FILE`).

import Basics
import Execution
import Foundation
import Planning
import Platform
import Synchronization

/// Gathers a run's events as a Chrome trace: steps under way side by side, and within those that speak with a provider
/// what they were at: uploading, waiting for a job, answers.
final class RunTrace: Sendable {
    private struct Phase {
        var name: String
        var start: ContinuousClock.Instant
    }

    private struct Open {
        var start: ContinuousClock.Instant
        /// The row of the picture; steps under way have one each.
        var lane: Int
        var phase: Phase?
    }

    private struct State {
        var open: [StepID: Open] = [:]
        var lanes: [Bool] = []
        var events: [JSONValue] = []
        var cached = 0
    }

    private let path: String
    private let kinds: [StepID: StepKind]
    private let start: ContinuousClock.Instant
    private let state = Mutex(State())

    /// - Parameter start: when the program began: the trace opens with the planning.
    init(path: String, plan: Plan, start: ContinuousClock.Instant) {
        self.path = path
        self.start = start
        kinds = Dictionary(plan.steps.map { ($0.id, $0.kind) }, uniquingKeysWith: { first, _ in first })
        state.withLock { $0.events.append(span("plan", "assay", lane: 0, from: start, to: .now)) }
    }

    func take(_ event: RunEvent) {
        let now = ContinuousClock.now
        state.withLock { state in
            switch event {
            case .step(let id, .running, _, _):
                let lane = state.lanes.firstIndex(of: false) ?? state.lanes.count
                if lane == state.lanes.count { state.lanes.append(true) } else { state.lanes[lane] = true }
                state.open[id] = Open(start: now, lane: lane)
            case .step(let id, let end, _, let message):
                if end == .cached { state.cached += 1 }
                guard let open = state.open.removeValue(forKey: id) else { return }
                state.lanes[open.lane] = false
                close(open, at: now, &state)
                var members: [String: JSONValue] = ["state": .string(end.rawValue)]
                if let message { members["message"] = .string(message) }
                state.events.append(span(
                    id.text, kinds[id]?.rawValue ?? "", lane: open.lane + 1, from: open.start, to: now, members))
            case .progress(let id, _, let text):
                guard var open = state.open[id], kinds[id] != .runCommand else { return }
                // "uploading 12 %" and "uploading 13 %" are one phase.
                let name = text.split(separator: " ").filter { !$0.contains(where: \.isNumber) && $0 != "%" }
                    .joined(separator: " ")
                guard open.phase?.name != name else { return }
                close(open, at: now, &state)
                open.phase = Phase(name: name, start: now)
                state.open[id] = open
            case .note(let id, let text):
                let lane = id.flatMap { state.open[$0]?.lane }.map { $0 + 1 } ?? 0
                state.events.append([
                    "name": .string(text), "ph": "i", "s": "t", "ts": .double(microseconds(now)), "pid": 1,
                    "tid": .int(Int64(lane)),
                ])
            }
        }
    }

    /// Adds what the program itself did since an instant, and writes the file.
    func write(_ name: String, since begin: ContinuousClock.Instant) throws {
        let document: JSONValue = state.withLock { state in
            state.events.append(span(name, "assay", lane: 0, from: begin, to: .now))
            return ["traceEvents": .array(state.events), "otherData": ["cached": .int(Int64(state.cached))]]
        }
        try LocalFileSystem().replace(path, with: Data(document.canonical.utf8), durable: false)
    }

    private func close(_ open: Open, at now: ContinuousClock.Instant, _ state: inout State) {
        guard let phase = open.phase else { return }
        state.events.append(span(phase.name, "phase", lane: open.lane + 1, from: phase.start, to: now))
    }

    private func span(
        _ name: String, _ category: String, lane: Int, from begin: ContinuousClock.Instant,
        to end: ContinuousClock.Instant, _ more: [String: JSONValue] = [:]
    ) -> JSONValue {
        [
            "name": .string(name), "cat": .string(category), "ph": "X", "ts": .double(microseconds(begin)),
            "dur": .double((end - begin) / .microseconds(1)), "pid": 1, "tid": .int(Int64(lane)), "args": .object(more),
        ]
    }

    private func microseconds(_ instant: ContinuousClock.Instant) -> Double { (instant - start) / .microseconds(1) }
}
