// No other work runs while latency is measured; lanes keep their limits.

import Basics
import Execution
import Planning
import Synchronization
import Testing

@Suite struct WorkLanesTests {
    private final class Gauge: Sendable {
        private let state = Mutex((now: 0, most: 0))
        func enter() {
            state.withLock {
                $0.now += 1
                $0.most = max($0.most, $0.now)
            }
        }
        func leave() { state.withLock { $0.now -= 1 } }
        var now: Int { state.withLock { $0.now } }
        var most: Int { state.withLock { $0.most } }
    }

    @Test(arguments: [(WorkLane.vision, 1), (.local, 3), (.transfer, 4)])
    func limit(lane: WorkLane, most: Int) async throws {
        let lanes = WorkLanes(jobs: 3)
        let gauge = Gauge()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<24 {
                group.addTask {
                    try await lanes.run(in: lane) {
                        gauge.enter()
                        try await Task.sleep(for: .milliseconds(2))
                        gauge.leave()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(gauge.most == most)
    }

    @Test func waitingReasonIsReported() async throws {
        let reported = Mutex<[String]>([])
        let lanes = WorkLanes(jobs: 1) { step, text in reported.withLock { $0.append("\(step): \(text)") } }
        let (started, starting) = AsyncStream.makeStream(of: Void.self)
        let (ending, end) = AsyncStream.makeStream(of: Void.self)
        func wait(until count: Int) async throws {
            while reported.withLock({ $0.count < count }) { try await Task.sleep(for: .milliseconds(1)) }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await RunTrace.$step.withValue("first") {
                    try await lanes.run(in: .local) {
                        starting.yield()
                        for await _ in ending { break }
                    }
                }
            }
            for await _ in started { break }
            group.addTask { try await RunTrace.$step.withValue("second") { try await lanes.run(in: .local) {} } }
            try await wait(until: 1)
            group.addTask { try await RunTrace.$step.withValue("latency") { try await lanes.measure {} } }
            try await wait(until: 2)
            group.addTask { try await RunTrace.$step.withValue("last") { try await lanes.run(in: .vision) {} } }
            try await wait(until: 3)
            end.yield()
            try await group.waitForAll()
        }
        let all = reported.withLock { $0 }
        #expect(
            all.prefix(3) == [
                "second: waiting for a free lane", "latency: waiting for other local steps to finish",
                "last: waiting for a latency measurement to end",
            ])
        #expect(Set(all.dropFirst(3)) == ["second: working", "latency: working", "last: working"])
    }

    @Test func aMeasurementIsAlone() async throws {
        let lanes = WorkLanes(jobs: 4)
        let gauge = Gauge()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<30 {
                group.addTask {
                    if index % 10 == 5 {
                        try await lanes.measure {
                            #expect(gauge.now == 0)
                            try await Task.sleep(for: .milliseconds(3))
                            #expect(gauge.now == 0)
                        }
                    } else {
                        try await lanes.run(in: .local) {
                            gauge.enter()
                            try await Task.sleep(for: .milliseconds(1))
                            gauge.leave()
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func aCancelledWaiterGivesUpItsPlace() async throws {
        let lanes = WorkLanes(jobs: 1)
        let (held, hold) = AsyncStream.makeStream(of: Void.self)
        let (released, release) = AsyncStream.makeStream(of: Void.self)
        let holder = Task {
            try await lanes.run(in: .vision) {
                hold.finish()
                for await _ in released {}
            }
        }
        for await _ in held {}
        let waiter = Task { try await lanes.run(in: .vision) {} }
        waiter.cancel()
        await #expect(throws: CancellationError.self) { try await waiter.value }
        release.finish()
        try await holder.value
        try await lanes.run(in: .vision) {}
    }
}
