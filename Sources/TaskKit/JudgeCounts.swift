// Named counts of judged answers, from which the judged metrics are computed.

package import Statistics

/// Names of the counts that a judge's and people's verdicts add to an item.
package enum JudgeCounts {
    /// 1 if the judge calls the answer right, else 0; absent without a verdict.
    package static let verdict = "judge"
    /// 1 if a person calls the answer right, else 0; absent without a label.
    package static let person = "person"
    /// 1 if judge and person both call the answer right, else 0; absent unless both gave a verdict.
    package static let bothRight = "judge_both_right"
    /// 1 if judge and person both call the answer wrong, else 0; absent unless both gave a verdict.
    package static let bothWrong = "judge_both_wrong"
    /// 1 if only the person calls the answer right, else 0; absent unless both gave a verdict.
    package static let onlyPerson = "judge_only_person"
    /// 1 if only the judge calls the answer right, else 0; absent unless both gave a verdict.
    package static let onlyJudge = "judge_only_judge"

    /// The list of the four numbers of answers elsewhere that both call right, both wrong, only people right, and only the
    /// judge right. It is the same for every item of a set.
    package static let calibration = "judge_calibration"

    /// Adds the verdicts on an answer to its counts. `nil` is an unknown verdict, which counts nowhere.
    package static func add(judge: Bool?, person: Bool?, to score: inout ItemScore) {
        if let judge { score.counts[verdict] = judge ? 1 : 0 }
        if let person { score.counts[JudgeCounts.person] = person ? 1 : 0 }
        guard let judge, let person else { return }
        score.counts[bothRight] = judge && person ? 1 : 0
        score.counts[bothWrong] = !judge && !person ? 1 : 0
        score.counts[onlyPerson] = !judge && person ? 1 : 0
        score.counts[onlyJudge] = judge && !person ? 1 : 0
    }
}
