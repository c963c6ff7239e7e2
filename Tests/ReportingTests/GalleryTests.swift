// The text of gallery cards, and the escaping of models' texts.

import Basics
import Foundation
import Statistics
import TaskKit
import Tasks
import Testing

@testable import Reporting

@Suite struct GalleryTests {
    @Test(arguments: [
        ("Total 4.00", "Total 4,00", "Total 4<del>.</del><ins>,</ins>00"),
        ("abc", "abc", "abc"),
        ("", "x", "<ins>x</ins>"),
        ("x", "", "<del>x</del>"),
        ("a\nb", "ab", "a<del>↵</del>b"),
        ("a", "<b>&", "<del>a</del><ins>&lt;b&gt;&amp;</ins>"),
    ])
    func differences(_ reference: String, _ answer: String, _ markup: String) {
        #expect(GalleryDetail.differences(reference: reference, answer: answer) == markup)
    }

    /// Guards: every caption was shown as an error, although nothing judges a single one.
    @Test(
        arguments: [
            (ScoredAnswer.Outcome.correct, true, false), (.wrong, false, true), (.unmatched, false, true),
            (.unanswered, false, true), (.answered, nil, false), (.missing, nil, false),
        ] as [(ScoredAnswer.Outcome, Bool?, Bool)])
    func onlyMistakesHaveCards(_ outcome: ScoredAnswer.Outcome, _ verdict: Bool?, _ hasCard: Bool) throws {
        var answer = ScoredAnswer(
            example: "1", label: "a cat", answer: "a dog", matched: "a dog", outcome: outcome, latencyMilliseconds: nil)
        answer.item = AnsweredItem(group: "1", image: "1.png", score: ItemScore(["rouge_l": 0.5]))
        var sample = Sample(labels: Sample.shapes)
        var results = sample.results()
        results.task = TaskChoice("caption")
        results.variants[0].claims = []
        results.variants[0].evaluations = [
            EvaluationResults(
                name: "captions", measuresLatency: false,
                models: [ModelResult(model: "base", split: "main.test", mode: "batch json", answers: [answer])])
        ]
        let report = ExperimentReport(results, tasks: .standard)
        let evaluation = try #require(report.analysis.variants.first?.evaluations.first)
        #expect(answer.verdict == verdict && !Gallery(evaluation, challenge: nil).cards.isEmpty == hasCard)
    }

    @Test func onlyDifferentFieldsAreListed() {
        let table = GalleryDetail.fields(
            reference: ["shop": "A", "total": 4, "items": [["name": "x"], ["name": "y"]]],
            answer: ["shop": "A", "total": 5, "items": [["name": "x"], ["name": "<y>"]], "date": "1"])
        #expect(!table.contains(">shop<"))
        #expect(table.contains("<th scope=\"row\">total</th><td>4</td><td>5</td>"))
        #expect(table.contains("<th scope=\"row\">items.name</th><td>x · y</td><td>x · &lt;y&gt;</td>"))
        #expect(table.contains("<th scope=\"row\">date</th><td>–</td><td>1</td>"))
        #expect(GalleryDetail.fields(reference: ["a": 1], answer: ["a": 1]).isEmpty)
    }

    @Test func boxesAreDrawnInThePicturesPixels() throws {
        let overlay = try #require(
            GalleryDetail.overlay(
                reference: [["label": "cat", "box": [1, 2, 3, 4]]],
                answers: [(1, ["boxes": [["label": "<cat>", "box": [1.25, 2, 3, 4]], ["label": "x", "box": [1, 2, 0, 4]]]])],
                width: 100, height: 50))
        #expect(overlay.contains("viewBox=\"0 0 100 50\""))
        #expect(
            overlay.contains(
                "<rect class=\"reference\" x=\"1.0\" y=\"2.0\" width=\"3.0\" height=\"4.0\"><title>cat</title></rect>"))
        #expect(overlay.contains("<rect class=\"model m1\" x=\"1.3\"") && overlay.contains("&lt;cat&gt;"))
        #expect(overlay.components(separatedBy: "<rect").count == 3)
        #expect(GalleryDetail.overlay(reference: [], answers: [], width: 0, height: 0) == nil)
    }
}
