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

    /// 200 items in ten groups of equal ones: the percentile interval took them as 200 independent items.
    @Test(arguments: [(groups: 10, isWide: true), (groups: 200, isWide: false)])
    func percentilesFollowGroups(groups: Int, isWide: Bool) throws {
        var accuracy = metric(.mean(of: "right"))
        accuracy.interval = .percentile
        accuracy.range = 0...1
        let items = (0..<200).map { at in
            ScoredItem(id: "\(at)", group: "\(at % groups)", score: ItemScore(["right": at % 2 == 0 ? 1 : 0]))
        }
        let result = TaskStatistics.result(accuracy, items)
        let interval = try #require(result.interval)
        #expect(result.value == 0.5 && result.groups == groups)
        #expect((interval.high - interval.low > 0.4) == isWide && interval.contains(0.5))
    }

    /// All equal groups give a bound, and not an interval without width.
    @Test func percentilesOfEqualGroupsAreBounded() throws {
        var accuracy = metric(.mean(of: "right"))
        accuracy.interval = .percentile
        accuracy.range = 0...1
        let items = (0..<20).map { ScoredItem(id: "\($0)", group: "\($0 % 5)", score: ItemScore(["right": 1])) }
        let interval = try #require(TaskStatistics.result(accuracy, items).interval)
        #expect(interval.low < 0.6 && interval.high == 1)
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
