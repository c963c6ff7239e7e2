// The transitions of a remote job.

import Execution
import Testing

@Suite struct RemoteJobStateTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var id: String
        var state: RemoteJobState
        var event: RemoteJobEvent
        var next: RemoteJobState?
        var testDescription: String { id }
    }

    static let cases: [Case] = [
        Case(id: "intent", state: .planned, event: .intentRecorded, next: .intended),
        Case(id: "nothing is created before the intent", state: .planned, event: .created, next: nil),
        Case(id: "created", state: .intended, event: .created, next: .submitted),
        Case(id: "refused", state: .intended, event: .notCreated, next: .planned),
        Case(id: "lost reply", state: .intended, event: .outcomeUnknown, next: .quarantined),
        Case(id: "a person adopts", state: .quarantined, event: .created, next: .submitted),
        Case(id: "a person forgets", state: .quarantined, event: .forgotten, next: .planned),
        Case(id: "found failed after a lost reply", state: .intended, event: .ended, next: .failed),
        Case(id: "gone before it was fetched", state: .finished, event: .ended, next: .failed),
        Case(id: "fetched again", state: .collected, event: .completed, next: .collected),
        Case(id: "paid for, whatever is said later", state: .collected, event: .ended, next: .collected),
        Case(id: "first progress", state: .submitted, event: .progressed, next: .running),
        Case(id: "more progress", state: .running, event: .progressed, next: .running),
        Case(id: "done at once", state: .submitted, event: .completed, next: .finished),
        Case(id: "done", state: .running, event: .completed, next: .finished),
        Case(id: "ended without results", state: .running, event: .ended, next: .failed),
        Case(id: "collected", state: .finished, event: .resultsStored, next: .collected),
        Case(id: "asked again after the end", state: .collected, event: .resultsStored, next: .collected),
        Case(id: "no result before the end", state: .running, event: .resultsStored, next: nil),
        Case(id: "no submission without an intent", state: .failed, event: .created, next: nil),
        Case(id: "no second intent", state: .submitted, event: .intentRecorded, next: nil),
        Case(id: "quarantine is left by people alone", state: .quarantined, event: .progressed, next: nil),
    ]

    @Test(arguments: cases) func transition(_ item: Case) throws {
        if let next = item.next {
            #expect(try item.state.after(item.event) == next)
        } else {
            let error = #expect(throws: InvalidRemoteJobTransition.self) { try item.state.after(item.event) }
            #expect(error?.state == item.state)
            #expect(error?.event == item.event)
        }
    }

    @Test func onlyTwoStatesAreEnds() {
        #expect(RemoteJobState.allCases.filter(\.isEnd) == [.collected, .failed])
    }
}
