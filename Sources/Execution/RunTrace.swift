// Records how a run spends its time, as spans on rows, and writes them in the Trace Event Format.

package import Basics
package import Foundation
import Synchronization

/// The spans of a run: steps, work in lanes, waits, jobs of a cluster.
package final class RunTrace: Sendable {
    /// The kinds of spans, each a process in the trace.
    package enum Group: String, Sendable, Hashable, CaseIterable {
        /// From the moment at which a step could start to its end.
        case steps
        /// Work that holds a lane.
        case work
        /// Waiting for a free lane, for a measurement to end, or for remote work.
        case waits
        /// Jobs of a cluster, pending and running.
        case slurm
    }

    /// A period of time with a name.
    package struct Span: Hashable, Sendable {
        /// The kind of span, which decides its process in the trace.
        package var group: Group
        /// The name of the row within its group; the spans of one row never overlap.
        package var row: String
        /// The text on the span, usually a step's id.
        package var name: String
        /// Seconds since the trace began.
        package var start: Double
        /// Seconds since the trace began.
        package var end: Double
        /// Further facts by name, shown when the span is selected.
        package var detail: [String: String]

        /// A span between two moments, both in seconds since the trace began.
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

    /// The step that the current task belongs to.
    @TaskLocal package static var step: StepID?

    private struct State {
        var spans: [Span] = []
        var running: [StepID: Double] = [:]
    }

    private let began = ContinuousClock.now
    private let state = Mutex(State())

    /// Starts a trace at this moment.
    package init() {}

    /// Seconds since the trace began.
    package func now() -> Double { (ContinuousClock.now - began) / .seconds(1) }

    /// Adds a finished span; may be called from any task.
    package func add(_ span: Span) { state.withLock { $0.spans.append(span) } }

    /// Records the start or the end of a step.
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

    /// The trace file: complete events (`ph` X) in microseconds, one process per group, one thread per row. (Trace
    /// Event Format.)
    package func encoded() -> Data {
        Data(
            JSONValue.object([
                "traceEvents": .array(RunTrace.events(state.withLock { $0.spans })), "displayTimeUnit": "ms",
            ]).canonical.utf8)
    }

    /// The events of spans in the form that `encoded` writes.
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

    /// Distributes spans to as few rows as keep them apart: `local 1`, `local 2`.
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
