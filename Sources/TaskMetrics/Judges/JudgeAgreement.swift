// Agreement between a judge's verdicts and human verdicts.

/// Counts of a judge's and people's verdicts on the same answers.
package struct JudgeAgreement: Hashable, Sendable {
    /// Number of answers that both call right.
    package var bothRight = 0
    /// Number of answers that both call wrong.
    package var bothWrong = 0
    /// Number of answers that only people call right.
    package var onlyPeople = 0
    /// Number of answers that only the judge calls right.
    package var onlyJudge = 0

    /// - Parameter people: verdicts in the order of `judge`; surplus verdicts on either side are ignored.
    package init(people: [Bool], judge: [Bool]) {
        for (person, verdict) in zip(people, judge) {
            switch (person, verdict) {
            case (true, true): bothRight += 1
            case (false, false): bothWrong += 1
            case (true, false): onlyPeople += 1
            case (false, true): onlyJudge += 1
            }
        }
    }

    /// Number of answers with both verdicts.
    package var n: Int { bothRight + bothWrong + onlyPeople + onlyJudge }
    /// Number of answers that people call right.
    package var right: Int { bothRight + onlyPeople }
    /// Number of answers that people call wrong.
    package var wrong: Int { bothWrong + onlyJudge }
    /// Share of answers with equal verdicts; `nil` without answers.
    package var agreement: Double? { n > 0 ? Double(bothRight + bothWrong) / Double(n) : nil }
    /// Share of right answers that the judge calls right; `nil` without right answers.
    package var sensitivity: Double? { right > 0 ? Double(bothRight) / Double(right) : nil }
    /// Share of wrong answers that the judge calls wrong; `nil` without wrong answers.
    package var specificity: Double? { wrong > 0 ? Double(bothWrong) / Double(wrong) : nil }

    /// Cohen's kappa; `nil` if both sides give the same verdict throughout, so that chance agreement is 1.
    package var kappa: Double? {
        let total = Double(n)
        guard n > 0 else { return nil }
        let people = Double(right) / total, judge = Double(bothRight + onlyJudge) / total
        let byChance = people * judge + (1 - people) * (1 - judge)
        guard byChance < 1, let agreement else { return nil }
        return (agreement - byChance) / (1 - byChance)
    }

    /// The penalty for disagreement in kappa of ordered grades.
    package enum Weighting: Sendable { case equal, linear, quadratic }

    /// Cohen's kappa of grades; `nil` if chance agreement is 1 or there are no grades.
    package static func kappa(_ first: [Int], _ second: [Int], weighting: Weighting = .equal) -> Double? {
        let grades = Set(first).union(second).sorted()
        let n = min(first.count, second.count)
        guard n > 0 else { return nil }
        let places = Dictionary(uniqueKeysWithValues: grades.enumerated().map { ($1, $0) })
        func weight(_ a: Int, _ b: Int) -> Double {
            let apart = Double(abs(a - b))
            return switch weighting {
            case .equal: a == b ? 0 : 1
            case .linear: apart
            case .quadratic: apart * apart
            }
        }
        var rows = [Double](repeating: 0, count: grades.count), columns = rows
        var seen = 0.0
        for (a, b) in zip(first, second) {
            guard let a = places[a], let b = places[b] else { continue }
            rows[a] += 1
            columns[b] += 1
            seen += weight(a, b)
        }
        var byChance = 0.0
        for a in grades.indices { for b in grades.indices { byChance += weight(a, b) * rows[a] * columns[b] / Double(n) } }
        return byChance > 0 ? 1 - seen / byChance : nil
    }
}
