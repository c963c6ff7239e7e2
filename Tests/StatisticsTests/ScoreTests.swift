// Scores of classifications, compared with scikit-learn.

import Statistics
import Testing

struct ScoreTests {
    struct Case: Decodable {
        struct Row: Decodable {
            let precision, recall, f1: Double, support: Double
            enum CodingKeys: String, CodingKey { case precision, recall, support, f1 = "f1-score" }
        }
        let labels, truth, answers: [String], accuracy, balanced: Double, macro, weighted: Row
        let perLabel: [String: Row], confusion: [[Int]]
    }

    @Test("Scores are scikit-learn's", arguments: Golden<Case>.cases("classifications"))
    func classification(golden: Golden<Case>) throws {
        let values = golden.values
        let matcher = LabelMatcher(labels: values.labels)
        let scored = zip(values.truth, values.answers).enumerated().map { at, pair in
            matcher.score(example: "\(at)", label: pair.0, reply: .text(pair.1))
        }
        let score = ClassificationScore(scored, labels: values.labels)
        #expect(isNear(score.accuracy, values.accuracy))
        #expect(isNear(score.balancedAccuracy, values.balanced))
        for (mean, row) in [(score.macro, values.macro), (score.weighted, values.weighted)] {
            #expect(isNear(mean?.precision, row.precision) && isNear(mean?.recall, row.recall))
            #expect(isNear(mean?.f1, row.f1))
        }
        for label in score.labels {
            guard let row = values.perLabel[label.label] else {
                #expect(label.support == 0 && label.predicted == 0)
                continue
            }
            #expect(Double(label.support) == row.support && isNear(label.precision, row.precision))
            #expect(isNear(label.recall ?? 0, row.recall) && isNear(label.f1, row.f1))
        }
        for confusion in score.confusions {
            let row = try #require(values.labels.firstIndex(of: confusion.label))
            let column = try #require(values.labels.firstIndex(of: confusion.answered))
            #expect(values.confusion[row][column] == confusion.count)
        }
        #expect(score.confusions.reduce(0) { $0 + $1.count } == values.truth.count)
    }

    @Test func outcomesAreCountedSeparately() throws {
        let matcher = LabelMatcher(labels: ["Akita", "Beagle"])
        let replies: [(String, Reply)] = [
            ("Akita", .text("Akita")), ("Akita", .text("Beagle")), ("Akita", .text("a dog")), ("Akita", .filtered),
            ("Beagle", .text("")), ("Beagle", .text(" \n")), ("Beagle", .missing),
        ]
        let scored = replies.enumerated().map {
            matcher.score(example: "\($0.offset)", label: $0.element.0, reply: $0.element.1)
        }
        #expect(
            scored.map(\.outcome)
                == [.correct, .wrong, .unmatched, .unanswered, .unanswered, .unanswered, .missing])
        let score = ClassificationScore(scored, labels: ["Akita", "Beagle", "Collie"])
        #expect(score.n == 6 && score.correct == 1 && score.unmatched == 1 && score.unanswered == 3)
        #expect(score.missing == 1)
        #expect(score.unansweredLabels == ["Beagle"])
        #expect(score.labels[2].recall == nil, "a label without examples has no recall")
        #expect(score.balancedAccuracy == 0.125)
        #expect(score.topConfusions(5).map(\.answered) == ["Beagle"])
    }

    @Test func noRepliesHaveNoScore() {
        let missing = LabelMatcher(labels: ["A"]).score(example: "0", label: "A", reply: .missing)
        let score = ClassificationScore([missing], labels: ["A"])
        #expect(score.n == 0 && score.missing == 1 && score.accuracy == nil && score.proportion.wilson() == nil)
        #expect(score.macro == nil && score.balancedAccuracy == nil)
    }

    struct Match: Sendable, CustomTestStringConvertible {
        let id: String, answer: String, ignoring: Set<TextDifference>, label: String?
        var testDescription: String { id }
    }

    @Test(arguments: [
        Match(id: "exact", answer: "Black-And-Tan Coonhound", ignoring: [], label: "Black-And-Tan Coonhound"),
        Match(id: "case asked exactly", answer: "akita", ignoring: [], label: nil),
        Match(id: "case", answer: "akita", ignoring: [.case], label: "Akita"),
        Match(id: "spaces asked exactly", answer: "Akita\n", ignoring: [], label: nil),
        Match(id: "spaces", answer: " Akita\n", ignoring: [.spaces], label: "Akita"),
        Match(
            id: "spaces inside", answer: "Black-And-Tan  Coonhound", ignoring: [.spaces],
            label: "Black-And-Tan Coonhound"),
        Match(
            id: "both", answer: "AKITA ", ignoring: [.case, .spaces],
            label: "Akita"),
        Match(id: "between two labels", answer: "ibex", ignoring: [.case], label: nil),
        Match(id: "exact of two alike", answer: "IBEX", ignoring: [.case], label: "IBEX"),
        Match(id: "a sentence", answer: "An Akita.", ignoring: [.case], label: nil),
    ])
    func matching(match: Match) {
        let matcher = LabelMatcher(
            labels: ["Akita", "Black-And-Tan Coonhound", "Ibex", "IBEX"], ignoring: match.ignoring)
        #expect(matcher.match(match.answer) == match.label)
    }
}
