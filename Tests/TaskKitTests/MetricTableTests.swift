// Values of metrics from the counts of items.

import Basics
import Statistics
import TaskKit
import Testing

@Suite struct MetricTableTests {
    private let scores = [
        ItemScore(["edits": 1, "characters": 10, "anls": 1]), ItemScore(["edits": 2, "characters": 2]),
        ItemScore(["edits": 0, "characters": 0, "anls": 0.5]),
    ]

    private func metric(_ aggregation: TaskMetric.Aggregation) -> TaskMetric {
        TaskMetric("m", "metric", aggregation, interval: .none, test: .none)
    }

    /// The rate of a corpus is not the mean of the items' rates.
    @Test func aRatioIsOfSums() {
        #expect(metric(.ratio(of: "edits", over: "characters")).value(of: scores) == 3.0 / 12.0)
    }

    /// An item without the count is in neither the sum nor the number of items.
    @Test func aMeanIsOfTheItemsThatHaveTheCount() {
        #expect(metric(.mean(of: "anls")).value(of: scores) == 0.75)
    }

    @Test func functionsSeeSumsOrItems() {
        #expect(metric(.sums(of: ["edits", "characters"]) { 2 * $0[0] / ($0[0] + $0[1]) }).value(of: scores) == 6.0 / 15.0)
        let largest = metric(
            .items { scores in
                { weights in zip(scores, weights).filter { $1 > 0 }.compactMap { $0.0["edits"] }.max() }
            })
        #expect(largest.value(of: scores) == 2)
    }

    /// A number that cannot be computed is absent, never zero.
    @Test func divisionByZeroHasNoValue() {
        #expect(metric(.ratio(of: "edits", over: "characters")).value(of: [scores[2]]) == nil)
        #expect(metric(.mean(of: "anls")).value(of: [scores[1]]) == nil)
        #expect(metric(.mean(of: "anls")).value(of: []) == nil)
    }
}
