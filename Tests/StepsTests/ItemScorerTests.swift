// The outcomes of answers to items.

import Basics
import Planning
import Statistics
import TaskKit
import Tasks
import Testing

@testable import Steps

@Suite struct ItemScorerTests {
    /// An answer with the outcome that follows from it.
    struct Case: Sendable, CustomTestStringConvertible {
        var id: String
        var task: String
        var reference: JSONValue
        var reply: String
        var outcome: ScoredAnswer.Outcome
        var testDescription: String { id }
    }

    private static let box: JSONValue = [["label": "cat", "box": [0, 0, 100, 100]]]

    static let cases: [Case] = [
        Case(
            id: "the box", task: "detect", reference: box, reply: #"[{"label": "cat", "box": [0, 0, 100, 90]}]"#,
            outcome: .correct),
        Case(id: "no box", task: "detect", reference: box, reply: "[]", outcome: .wrong),
        Case(id: "words for a box", task: "detect", reference: box, reply: "I see nothing.", outcome: .unmatched),
        Case(id: "a caption", task: "caption", reference: ["a cat"], reply: "a cat", outcome: .answered),
        Case(id: "no caption", task: "caption", reference: ["a cat"], reply: " ", outcome: .unanswered),
        Case(id: "the number", task: "count", reference: 7, reply: "7", outcome: .correct),
        Case(id: "another number", task: "count", reference: 7, reply: "8", outcome: .wrong),
    ]

    /// Guards: every answer of a task without a count of right answers was wrong.
    @Test(arguments: cases) func outcomes(_ sample: Case) throws {
        let scorer = ItemScorer(
            task: try TaskRegistry.standard.task(TaskChoice(sample.task)), context: TaskContext(vocabulary: ["cat"]),
            countsRejected: false)
        // Thousandths of this picture are its pixels.
        let example = Example(
            id: 1, path: "1.png", label: "", digest: Digest(of: "1"), bytes: 1, width: 1000, height: 1000,
            item: ItemEntry(id: "1", group: "1", reference: sample.reference))
        let scored = try #require(scorer.score(example, Answer(example: 1, status: .answered, text: sample.reply)))
        #expect(scored.outcome == sample.outcome, "\(scored)")
    }
}
