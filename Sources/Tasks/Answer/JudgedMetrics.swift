// The metrics of judged answers: the share that is right, corrected by human labels, and how far the judge agrees.

import Statistics
import TaskKit
import TaskMetrics

/// Rows of the metric table for answers that a judge has judged.
enum JudgedMetrics {
    private static let pairs = [
        JudgeCounts.bothRight, JudgeCounts.bothWrong, JudgeCounts.onlyPerson, JudgeCounts.onlyJudge,
    ]

    /// The corrected share. With human labels on a random sample of the judged answers it is the estimate of
    /// prediction-powered inference (PPI++); without labels it is the judge's own share, which may be biased.
    static let judged = TaskMetric(
        "judged", "judged right", .items(corrected), interval: .bootstrap, test: .swap, range: 0...1,
        note:
            "A judge's verdicts, corrected by human labels on a sample of them; without labels, the judge's own share, which may be biased."
    )

    /// The judge's own share, and its agreement with people.
    static let others: [TaskMetric] = [
        TaskMetric(
            "judged_raw", "judged right, uncorrected", .mean(of: JudgeCounts.verdict), interval: .wilson, test: .mcnemar,
            range: 0...1),
        agreement("judge_agreement", "agreement of judge and people") { $0.agreement },
        agreement("judge_sensitivity", "judge's sensitivity") { $0.sensitivity },
        agreement("judge_specificity", "judge's specificity") { $0.specificity },
        agreement("judge_kappa", "kappa of judge and people", unit: .plain) { $0.kappa },
    ]

    private static func agreement(
        _ name: String, _ title: String, unit: TaskMetric.Unit = .share, _ value: @escaping @Sendable (JudgeAgreement) -> Double?
    ) -> TaskMetric {
        TaskMetric(
            name, title,
            .sums(of: pairs) { sums in
                var counts = JudgeAgreement(people: [], judge: [])
                counts.bothRight = Int(sums[0])
                counts.bothWrong = Int(sums[1])
                counts.onlyPeople = Int(sums[2])
                counts.onlyJudge = Int(sums[3])
                return value(counts)
            }, unit: unit, interval: .none, test: .none)
    }

    private static let corrected: @Sendable ([ItemScore]) -> @Sendable ([Double]) -> Double? = { scores in
        let verdicts = scores.map { $0[JudgeCounts.verdict] }, people = scores.map { $0[JudgeCounts.person] }
        let both = scores.indices.filter { verdicts[$0] != nil && people[$0] != nil }
        let rest = scores.indices.filter { verdicts[$0] != nil && people[$0] == nil }
        // The judge's weight is chosen once, from all items.
        let weight = CorrectedScore.predictionPowered(
            labels: both.compactMap { people[$0] }, judgedOfLabelled: both.compactMap { verdicts[$0] },
            judgedOfRest: rest.compactMap { verdicts[$0] }
        )?.judgeWeight
        @Sendable func mean(_ places: [Int], _ weights: [Double], _ value: (Int) -> Double) -> Double? {
            let total = places.reduce(0) { $0 + weights[$1] }
            return total > 0 ? places.reduce(0) { $0 + weights[$1] * value($1) } / total : nil
        }
        return { weights in
            guard !both.isEmpty else { return mean(rest, weights) { verdicts[$0] ?? 0 } }
            guard let weight, let ofRest = mean(rest, weights, { verdicts[$0] ?? 0 }) else {
                return mean(both, weights) { people[$0] ?? 0 }
            }
            return mean(both, weights) { (people[$0] ?? 0) - weight * (verdicts[$0] ?? 0) }
                .map { min(1, max(0, weight * ofRest + $0)) }
        }
    }
}
