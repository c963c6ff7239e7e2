// Tables of images to predict: usual column names, questions, no references.

import Foundation
import Planning
import TaskKit
import Tasks
import Testing

@Suite struct PredictionTableTests {
    private func table(_ text: String, _ task: String? = nil) throws -> PredictionTable {
        try PredictionTable(
            { try RecordTable(parsing: Data(text.utf8), names: $0) },
            task: task.map { try TaskRegistry.standard.task(TaskChoice($0)) })
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var id: String
        var task: String?
        var text: String
        var paths: [String]
        var questions: [String?]
        var testDescription: String { id }
    }

    /// Guards: `assay predict` gave a training program of a task with questions no question, and read CSV alone.
    @Test(arguments: [
        Case(id: "paths", text: "path,other\na.png,1\n/b/c.png,2\n", paths: ["a.png", "/b/c.png"], questions: [nil, nil]),
        Case(id: "usual name", text: "File Name;x\na.png;1\n", paths: ["a.png"], questions: [nil]),
        Case(
            id: "JSON Lines", text: #"{"image": "a.png"}"# + "\n" + #"{"image": "../b.png"}"#, paths: ["a.png", "../b.png"],
            questions: [nil, nil]),
        Case(
            id: "questions", task: "answer", text: "path,question\na.png,How many?\na.png,Which colour?\n",
            paths: ["a.png", "a.png"], questions: ["How many?", "Which colour?"]),
        Case(id: "query", task: "answer", text: "path,query\na.png,How many?\n", paths: ["a.png"], questions: ["How many?"]),
        Case(id: "empty question", task: "answer", text: "path,question\na.png, \n", paths: ["a.png"], questions: [nil]),
        Case(id: "no question", task: "answer", text: "path,answer\na.png,3\n", paths: ["a.png"], questions: [nil]),
        Case(id: "a classification ignores questions", text: "path,question\na.png,x\n", paths: ["a.png"], questions: [nil]),
    ])
    func rows(_ one: Case) throws {
        let rows = try table(one.text, one.task).rows
        #expect(rows.map(\.path) == one.paths)
        #expect(rows.map { $0.variables["question"] } == one.questions)
    }

    @Test func aTableWithoutPathsIsAnError() {
        #expect(throws: DatasetError.self) { try table("question,answer\nHow many?,3\n", "answer") }
    }

    @Test(arguments: [("answer", ["question"]), ("transcribe", []), ("tag", [])])
    func whatATaskNeeds(task: String, needed: [String]) throws {
        #expect(PredictionTable.requiredVariables(of: try TaskRegistry.standard.task(TaskChoice(task))) == needed)
        #expect(PredictionTable.requiredVariables(of: nil) == [])
    }
}
