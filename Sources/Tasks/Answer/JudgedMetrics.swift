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
    /// prediction-powered inference (PPI++); with labels on other answers that of Rogan and Gladen, with the interval of Lang
    /// and Reiczigel; without labels the judge's own share, which may be biased. The interval of a difference of two models
    /// takes the sensitivity and specificity from elsewhere as known.
    static let judged = TaskMetric(
        "judged", "judged right", .items(corrected), interval: .bootstrap, test: .swap, range: 0...1,
        note:
            "A judge's verdicts, corrected by human labels; without labels, the judge's own share, which may be biased.",
        ownInterval: intervalFromElsewhere, includes: { $0[JudgeCounts.verdict] != nil })

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
            .items { scores in
                let elsewhere = calibration(scores)
                return { weights in
                    if let elsewhere { return value(elsewhere) }
                    let sums = pairs.map { name in zip(scores, weights).reduce(0) { $0 + ($1.0[name] ?? 0) * $1.1 } }
                    return value(agreement(sums))
                }
            }, unit: unit, interval: .none, test: .none,
            // The verdicts that both gave, which are on other answers if the labels are from elsewhere.
            includes: { score in
                calibration([score]) != nil || (score[JudgeCounts.verdict] != nil && score[JudgeCounts.person] != nil)
            }, ownCount: { calibration($0)?.n })
    }

    private static func agreement(_ numbers: [Double]) -> JudgeAgreement {
        var counts = JudgeAgreement(people: [], judge: [])
        counts.bothRight = Int(counting: numbers[0])
        counts.bothWrong = Int(counting: numbers[1])
        counts.onlyPeople = Int(counting: numbers[2])
        counts.onlyJudge = Int(counting: numbers[3])
        return counts
    }

    /// The verdicts of people and of the judge on other answers; `nil` without any.
    private static func calibration(_ scores: some Sequence<ItemScore>) -> JudgeAgreement? {
        scores.lazy.compactMap { $0.lists[JudgeCounts.calibration] }.first { $0.count == pairs.count }.map { agreement($0) }
    }

    /// Lang and Reiczigel's interval, for labels from elsewhere; `nil` without them. Answers of one group count as their
    /// effective number of independent ones.
    private static let intervalFromElsewhere: @Sendable ([ScoredItem]) -> Interval? = { items in
        guard let elsewhere = calibration(items.lazy.compactMap(\.score)) else { return nil }
        let judged = items.compactMap { item in
            item.score?[JudgeCounts.verdict].map { (group: item.group, parts: [$0, 1]) }
        }
        let sample = GroupedSample(width: 2, items: judged)
        guard sample.groupCount > 0 else { return nil }
        let share = sample.total[0] / sample.total[1], n = GroupedStatistics.effectiveCount(sample)
        return CorrectedScore.roganGladen(judgedRight: share * n, of: n, calibration: elsewhere)?.interval
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
        let elsewhere = calibration(scores)
        return { weights in
            if let elsewhere {
                return mean(both + rest, weights) { verdicts[$0] ?? 0 }
                    .map { CorrectedScore.roganGladen(share: $0, calibration: elsewhere) ?? $0 }
            }
            guard !both.isEmpty else { return mean(rest, weights) { verdicts[$0] ?? 0 } }
            guard let weight, let ofRest = mean(rest, weights, { verdicts[$0] ?? 0 }) else {
                return mean(both, weights) { people[$0] ?? 0 }
            }
            return mean(both, weights) { (people[$0] ?? 0) - weight * (verdicts[$0] ?? 0) }
                .map { min(1, max(0, weight * ofRest + $0)) }
        }
    }
}
