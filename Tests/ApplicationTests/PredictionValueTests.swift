// The JSON value of a program's answer in `assay predict --json`.

import Basics
import TaskKit
import Tasks
import Testing

@testable import Application

@Suite struct PredictionValueTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var id: String
        var task: String?
        var answer: String
        var value: JSONValue?
        var testDescription: String { id }
    }

    @Test(arguments: [
        Case(id: "a label", task: nil, answer: "cat", value: "cat"),
        Case(id: "tags", task: "tag", answer: "dog, cat", value: ["cat", "dog"]),
        Case(id: "a count", task: "count", answer: "3", value: 3),
        Case(id: "no count", task: "count", answer: "many of them", value: nil),
        Case(
            id: "boxes in pixels", task: "detect", answer: #"[{"label": "cat", "box": [10, 20, 30, 60], "score": 0.5}]"#,
            value: ["boxes": [["label": "cat", "box": [10, 20, 20, 40], "score": 0.5]], "dropped": 0]),
        Case(id: "no boxes", task: "detect", answer: "[]", value: ["boxes": [], "dropped": 0]),
        Case(id: "fields", task: "extract", answer: #"{"total": "9.50"}"#, value: ["total": "9.50"]),
        Case(id: "text that looks like JSON", task: "transcribe", answer: "[1]", value: "[1]"),
        Case(id: "after reasoning", task: "count", answer: "<think>1, 2</think>3", value: 3),
    ])
    func value(_ test: Case) throws {
        let task = try test.task.map { try TaskRegistry.standard.task(TaskChoice($0)) }
        let item = TaskItem(
            id: "a.png", images: [TaskImage(path: "a.png", width: 100, height: 100)], group: "a.png", reference: .null)
        let found = ModelPredictions.value(
            of: test.answer, about: test.task == nil ? nil : item, task: task, vocabulary: ["cat", "dog"])
        #expect(found?.canonical == test.value?.canonical)
    }

    struct Line: CustomTestStringConvertible, Sendable {
        var id: String
        var answer: String
        var top: [(label: String, score: Double)]
        var line: String
        var testDescription: String { id }
    }

    /// Guards: with scores, the answer was not shown, and the label with the highest score took its place.
    @Test(arguments: [
        Line(id: "no scores", answer: "cat", top: [], line: "cat"),
        Line(id: "the first label", answer: "cat", top: [("cat", 0.9), ("dog", 0.1)], line: "cat 0.900  dog 0.100"),
        Line(id: "a threshold", answer: "dog", top: [("cat", 0.6)], line: "dog  (cat 0.600)"),
        Line(id: "an answer that is no label", answer: "neither", top: [("cat", 0.5)], line: "neither  (cat 0.500)"),
        Line(id: "several tags", answer: "cat, dog", top: [("cat", 0.9)], line: "cat, dog  (cat 0.900)"),
        Line(id: "no tag", answer: "none", top: [("cat", 0.3)], line: "none  (cat 0.300)"),
        Line(id: "one tag", answer: "cat", top: [("cat", 0.9)], line: "cat 0.900"),
    ])
    func line(_ test: Line) {
        #expect(ModelPredictions.Image(path: "a.png", answer: test.answer, value: nil, top: test.top).line == test.line)
    }
}
