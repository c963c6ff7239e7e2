// Where the time of a run goes, as spans on rows; written in the trace event format that browsers' tracing pages read.

package import Basics
package import Foundation
import Synchronization

/// The spans of a run: steps, work in lanes, waits, jobs of a cluster.
package final class RunTrace: Sendable {
    package enum Group: String, Sendable, Hashable, CaseIterable {
        /// From the moment at which a step could begin to its end.
        case steps
        /// Work that holds a lane.
        case work
        /// Waiting: for a free lane, for a quiet machine, for remote work.
        case waits
        /// Jobs of a cluster, pending and running.
        case slurm
    }

    package struct Span: Hashable, Sendable {
        package var group: Group
        /// What rows of a group are called; spans of one row never overlap.
        package var row: String
        package var name: String
        /// Seconds since the trace began.
        package var start: Double
        package var end: Double
        package var detail: [String: String]

        package init(
            _ group: Group, row: String, _ name: String, from start: Double, to end: Double,
            detail: [String: String] = [:]
        ) {
            self.group = group
            self.row = row
            self.name = name
            self.start = start
            self.end = end
            self.detail = detail
        }
    }

    /// The step that the current task works for.
    @TaskLocal package static var step: StepID?

    private struct State {
        var spans: [Span] = []
        var running: [StepID: Double] = [:]
    }

    private let began = ContinuousClock.now
    private let state = Mutex(State())

    package init() {}

    /// Seconds since the trace began.
    package func now() -> Double { (ContinuousClock.now - began) / .seconds(1) }

    package func add(_ span: Span) { state.withLock { $0.spans.append(span) } }

    /// Takes the beginning or the end of a step.
    package func take(_ event: RunEvent) {
        guard case .step(let id, let step, _, let message) = event else { return }
        let now = now()
        state.withLock { state in
            guard step != .running else {
                state.running[id] = now
                return
            }
            guard let start = state.running.removeValue(forKey: id) else { return }
            var detail = ["state": step.rawValue]
            if let message { detail["message"] = message }
            let row = String(id.text.prefix { $0 != ":" })
            state.spans.append(Span(.steps, row: row, id.text, from: start, to: now, detail: detail))
        }
    }

    /// The trace as a file's bytes: complete events (`ph` X) in microseconds, a process for each group, a thread for
    /// each row. (Trace Event Format.)
    package func encoded() -> Data {
        Data(JSONValue.object([
            "traceEvents": .array(RunTrace.events(state.withLock { $0.spans })), "displayTimeUnit": "ms",
        ]).canonical.utf8)
    }

    /// The events of spans, as `encoded` writes them.
    package static func events(_ spans: [Span]) -> [JSONValue] {
        var events: [JSONValue] = []
        for (number, group) in Group.allCases.enumerated() {
            let inGroup = rows(of: spans.filter { $0.group == group })
            guard !inGroup.isEmpty else { continue }
            let process = Int64(number + 1)
            events.append([
                "ph": "M", "pid": .int(process), "name": "process_name", "args": ["name": .string(group.rawValue)],
            ])
            for (thread, row) in inGroup.enumerated() {
                let thread = Int64(thread + 1)
                events.append([
                    "ph": "M", "pid": .int(process), "tid": .int(thread), "name": "thread_name",
                    "args": ["name": .string(row.name)],
                ])
                for span in row.spans {
                    events.append([
                        "ph": "X", "pid": .int(process), "tid": .int(thread), "name": .string(span.name),
                        "cat": .string(group.rawValue), "ts": .int(microseconds(span.start)),
                        "dur": .int(microseconds(span.end) - microseconds(span.start)),
                        "args": .object(span.detail.mapValues { .string($0) }),
                    ])
                }
            }
        }
        return events
    }

    /// Spans on as few rows as keep them apart: `local 1`, `local 2`.
    package static func rows(of spans: [Span]) -> [(name: String, spans: [Span])] {
        var rows: [String: [[Span]]] = [:]
        for span in spans.sorted(by: { ($0.start, $0.end) < ($1.start, $1.end) }) {
            var taken = rows[span.row] ?? []
            if let free = taken.firstIndex(where: { ($0.last?.end ?? 0) <= span.start }) {
                taken[free].append(span)
            } else {
                taken.append([span])
            }
            rows[span.row] = taken
        }
        return rows.sorted { $0.key < $1.key }.flatMap { name, list in
            list.enumerated().map { (name: list.count == 1 ? name : "\(name) \($0.offset + 1)", spans: $0.element) }
        }
    }

    private static func microseconds(_ seconds: Double) -> Int64 { Int64(saturating: (seconds * 1e6).rounded()) }
}
