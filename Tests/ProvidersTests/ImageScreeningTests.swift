// The number of training images that a provider's screening accepted, from a job's events.

import AzureWire
import Basics
import Foundation
import Planning
import ProviderKit
import Specification
import Steps
import Testing

@testable import Providers

@Suite struct ImageScreeningTests {
    private static let labels = Array(repeating: "beagle", count: 4) + Array(repeating: "pug", count: 4)

    private static func event(_ message: String, _ level: EventLevel = .warning, lines: [Int]? = nil) -> TuningEvent {
        TuningEvent(
            FineTuningEvent(
                id: "ftevent-1", createdAt: 1, level: level, message: message,
                data: lines.map { ["image_screening": ["rejected_lines": .array($0.map { .int(Int64($0)) })]] }))
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var id: String
        var part: SplitPart = .train
        var events: [TuningEvent]
        var unexplained = 0
        var accepted: Int
        var beagles: Int?
        var testDescription: String { id }
    }

    static let cases: [Case] = [
        Case(id: "no event", events: [event("Training started.", .info)], accepted: 8, beagles: 4),
        Case(id: "lines", events: [event("4 of 8 examples were skipped.", lines: [1, 2, 3, 5])], accepted: 4, beagles: 1),
        Case(id: "a total", events: [event("3 of 8 examples were skipped because of their images.")], accepted: 5),
        Case(id: "a total, other words", events: [event("Removed 3 out of 8 training images.")], accepted: 5),
        Case(id: "what was accepted", events: [event("5 of 8 examples passed image screening", .info)], accepted: 5),
        Case(
            id: "information about skipping is no report", events: [event("3 images were skipped", .info)], accepted: 8,
            beagles: 4),
        Case(id: "of the other file", events: [event("3 of 8 validation examples were skipped.")], accepted: 8, beagles: 4),
        Case(
            id: "of this file", part: .validation, events: [event("3 of 8 validation examples were skipped.")], accepted: 5),
        Case(id: "steps that cannot have held all", events: [], unexplained: 2, accepted: 6),
        Case(id: "more than there are", events: [event("99 images were skipped.")], accepted: 0),
    ]

    @Test(arguments: cases)
    func countsByFileAndLabel(_ test: Case) {
        let screening = ImageScreening(test.part, labels: Self.labels, events: test.events, unexplained: test.unexplained)
        #expect(screening.submitted == 8)
        #expect(screening.accepted == test.accepted)
        #expect(screening.labels["beagle"]?.submitted == 4)
        #expect(screening.labels["beagle"]?.accepted == test.beagles)
    }

    @Test func namesLostLabels() {
        let lost = ImageScreening(.train, labels: Self.labels, events: [Self.event("skipped", lines: [1, 2, 3, 4])])
        #expect(lost.lostLabels == ["beagle"] && lost.possiblyLostLabels.isEmpty)
        #expect(lost.text == "4 of 8 training images accepted (beagle 0 of 4)")
        let unclear = ImageScreening(.train, labels: Self.labels, events: [Self.event("4 of 8 images were skipped.")])
        #expect(unclear.lostLabels.isEmpty && unclear.possiblyLostLabels == ["beagle", "pug"])
        #expect(unclear.text == "4 of 8 training images accepted; the provider does not report which ones")
    }
}
