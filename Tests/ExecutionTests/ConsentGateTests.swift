// Consent to costs: agreed amounts are paid, larger ones are asked about, and refused without a user.

import Basics
import Execution
import Synchronization
import Testing

@Suite struct ConsentGateTests {
    /// A user who gives the same answer to every question.
    private final class User: Sendable {
        let answer: Bool
        let questions = Mutex<[String]>([])
        init(_ answer: Bool) { self.answer = answer }
        var asked: Int { questions.withLock(\.count) }
        func ask(_ text: String) -> Bool {
            questions.withLock { $0.append(text) }
            return answer
        }
    }

    private func dollars(_ amount: Double) -> PaymentAmount { .upTo(Money(dollars: amount)) }

    @Test func yesPaysEverything() async throws {
        let gate = ConsentGate(.everything)
        try await gate.require(dollars(1e6), for: "a", holder: "a")
        try await gate.require(.unknown("no price"), for: "b", holder: "b")
    }

    @Test func whatWasAgreedToIsPaidOnceAndNoMore() async throws {
        let gate = ConsentGate(.upTo(Money(dollars: 3), unknown: ["odd"]))
        try await gate.require(dollars(2), for: "a", holder: "a 1")
        // The same payment again is not another one.
        try await gate.require(dollars(2), for: "a", holder: "a 1")
        try await gate.require(dollars(1), for: "b", holder: "b")
        try await gate.require(.unknown("no price"), for: "odd", holder: "odd")
        try await gate.require(.free, for: "c", holder: "c")
        await #expect(throws: ConsentRefused.self) { try await gate.require(dollars(0.01), for: "d", holder: "d") }
        await #expect(throws: ConsentRefused.self) {
            try await gate.require(.unknown("no price"), for: "other", holder: "other")
        }
    }

    /// A second round of a batch is covered as long as the first cost less than it might have.
    @Test func realCostsTakeThePlaceOfForecasts() async throws {
        let gate = ConsentGate(.upTo(Money(dollars: 3), unknown: []))
        try await gate.require(dollars(3), for: "a", holder: "a 1")
        await gate.settle(Money(dollars: 2), holder: "a 1")
        try await gate.require(dollars(1), for: "a", holder: "a 2")
        await gate.settle(Money(dollars: 5), holder: "a 2")
        await #expect(throws: ConsentRefused.self) { try await gate.require(dollars(0.5), for: "a", holder: "a 3") }
    }

    @Test func moreIsAskedAbout() async throws {
        let user = User(true)
        let gate = ConsentGate(.upTo(Money(dollars: 1), unknown: []), ask: { user.ask($0) })
        try await gate.require(dollars(1), for: "a", holder: "a")
        #expect(user.asked == 0)
        try await gate.require(dollars(1), for: "b", holder: "b")
        try await gate.require(.unknown("'x' has no price"), for: "c", holder: "c")
        try await gate.require(.unknown("'x' has no price"), for: "c", holder: "c 2")
        #expect(user.asked == 2)
    }

    @Test func aRefusalHoldsForTheRun() async throws {
        let user = User(false)
        let gate = ConsentGate(.upTo(.zero, unknown: []), ask: { user.ask($0) })
        for holder in ["a", "b", "c"] {
            await #expect(throws: ConsentRefused.self) {
                try await gate.require(dollars(1), for: "step", holder: holder)
            }
        }
        #expect(user.asked == 1)
    }

    /// Guards against a run that counted as refused when it was interrupted at a question.
    @Test func anInterruptionIsNoRefusal() async throws {
        let gate = ConsentGate(.upTo(.zero, unknown: [])) { _ in
            withUnsafeCurrentTask { $0?.cancel() }
            return false
        }
        let payment = Task { try await gate.require(dollars(1), for: "step", holder: "a") }
        await #expect(throws: CancellationError.self) { try await payment.value }
    }

    /// Two steps that reach the gate at the same time do not ask overlapping questions.
    @Test func questionsComeOneAtATime() async throws {
        let open = Mutex(0)
        let gate = ConsentGate(.upTo(.zero, unknown: [])) { _ in
            let now = open.withLock { count in
                count += 1
                return count
            }
            #expect(now == 1)
            for _ in 0..<20 { await Task.yield() }
            open.withLock { $0 -= 1 }
            return true
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<20 {
                group.addTask {
                    try await gate.require(.upTo(Money(dollars: 1)), for: "step", holder: "\(index)")
                }
            }
            try await group.waitForAll()
        }
    }
}
