// The trace of a run: spans on rows, as a tracing page reads them.

import Basics
import Execution
import Foundation
import Planning
import Testing

@Suite struct RunTraceTests {
    @Test func spansThatOverlapGetRowsOfTheirOwn() {
        func span(_ name: String, _ start: Double, _ end: Double, row: String = "local") -> RunTrace.Span {
            .init(.work, row: row, name, from: start, to: end)
        }
        let rows = RunTrace.rows(of: [
            span("c", 2, 3), span("a", 0, 2), span("b", 1, 4), span("d", 3, 5), span("e", 0, 9, row: "vision"),
        ])
        #expect(rows.map(\.name) == ["local 1", "local 2", "vision"])
        #expect(rows.map { $0.spans.map(\.name) } == [["a", "c", "d"], ["b"], ["e"]])
    }

    @Test func lanesTellWaitsAndWork() async throws {
        let trace = RunTrace()
        let lanes = WorkLanes(jobs: 1, trace: trace)
        trace.take(.step("run-command:a", .running, seconds: nil, message: nil))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for name in ["a", "b"] {
                group.addTask {
                    try await RunTrace.$step.withValue(StepID("run-command:" + name)) {
                        try await lanes.run(in: .local) { try await Task.sleep(for: .milliseconds(20)) }
                        try await lanes.run(in: .remote, isLocal: false) { try await Task.sleep(for: .milliseconds(5)) }
                    }
                }
            }
            try await group.waitForAll()
        }
        trace.take(.step("run-command:a", .ran, seconds: 0.02, message: nil))
        let file = try JSONValue(parsing: trace.encoded())
        let events = try #require(file["traceEvents"]?.array)
        let complete = events.filter { $0["ph"]?.string == "X" }
        func names(_ category: String) -> [String] {
            complete.filter { $0["cat"]?.string == category }.compactMap { $0["name"]?.string }.sorted()
        }
        #expect(names("steps") == ["run-command:a"])
        #expect(names("work") == ["run-command:a", "run-command:b"])
        // One of the two waited for the lane, both for remote work.
        #expect(names("waits").count >= 3)
        for event in complete {
            #expect((event["dur"]?.int ?? -1) >= 0)
            #expect((event["ts"]?.int ?? -1) >= 0)
        }
        let rows = Set(events.filter { $0["name"]?.string == "thread_name" }.compactMap { $0["args"]?["name"]?.string })
        #expect(rows.isSuperset(of: ["run-command", "local"]))
    }
}
