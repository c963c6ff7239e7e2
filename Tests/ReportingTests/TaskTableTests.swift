// Cells of the tables of tasks.

import Statistics
import TaskKit
import Testing

@testable import Reporting

struct TaskTableTests {
    /// Guards: the agreement of a judge with six human labels was shown next to 24 answers, without its number of labels.
    @Test(
        arguments: [
            (n: 24, value: 0.5, text: "50.0%"), (n: 6, value: 0.5, text: "50.0%, n = 6"),
            (n: 100, value: 0.5, text: "50.0%, n = 100"),
            (n: 0, value: nil, text: "–"),
        ] as [(n: Int, value: Double?, text: String)])
    func metricsStateTheirItems(_ n: Int, _ value: Double?, _ text: String) {
        let metric = TaskMetric("judge_agreement", "agreement", .mean(of: "x"), interval: .none, test: .none)
        let measured = MetricValue(metric: metric, value: value, interval: nil, n: n, groups: n)
        #expect(Wording.value(measured, of: 24) == text)
    }
}
