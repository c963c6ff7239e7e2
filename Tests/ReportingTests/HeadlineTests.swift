// The headline of a report.

import Basics
import Reporting
import Statistics
import TaskKit
import Tasks
import Testing

/// The first sentence of the report makes only claims that the numbers support.
struct HeadlineTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let id: String
        var base = 442, tuned = 496, n = 600
        var change: @Sendable (inout VariantResults) -> Void = { _ in }
        let headline: String
        var power: String?
        var testDescription: String { id }
    }

    @Test(arguments: [
        Case(
            id: "raised", headline: "Fine-tuning raised accuracy by 9.0 points [6.8, 11.3], p < 0.001, for $152.00."),
        Case(
            id: "raised, hosted by an emulator",
            change: {
                $0.trainings[0].hostingHourly = Money(dollars: 1.7)
                $0.trainings[0].isEmulated = true
            },
            headline: "Fine-tuning raised accuracy by 9.0 points [6.8, 11.3], p < 0.001, "
                + "for $152.00 and $1.70 an hour (emulated)."),
        Case(
            id: "lowered", base: 496, tuned: 442,
            headline: "Fine-tuning lowered accuracy by 9.0 points [6.8, 11.3], p < 0.001, for $152.00."),
        Case(
            id: "too few images", base: 44, tuned: 46, n: 60,
            headline: "Fine-tuning made no significant difference: +3.3 points [0.0, 8.3], p = 0.50.",
            power: "With 60 images, only differences of at least 12.9 points are detected with 80% power."),
        Case(
            id: "no fine-tune", change: { $0.trainings = [] },
            headline: "tuned is right 9.0 points more often than base [6.8, 11.3], p < 0.001."),
        Case(
            id: "one model", change: { $0.evaluations[0].models.removeLast() },
            headline: "base answered 73.7% of 600 images right [70.0, 77.0]."),
        Case(
            id: "nothing", change: { $0.evaluations[0].models = [] }, headline: "No result yet."),
    ])
    func headline(test: Case) {
        let claims = ClaimTests.Case(
            id: "", base: test.base, tuned: test.tuned, n: test.n, metric: "", within: .noise, published: 0,
            verdict: .stated)
        var results = ClaimTests.results(claims, Claim(.stated(""), published: 0))
        test.change(&results.variants[0])
        let lines = ExperimentReport(results, tasks: .standard).markdown().split(separator: "\n")
        #expect(lines[1] == "**\(test.headline)**")
        #expect(lines[2].contains("at least 12.9 points are detected") == (test.power != nil))
        if let power = test.power { #expect(lines[2] == power) }
    }
}
