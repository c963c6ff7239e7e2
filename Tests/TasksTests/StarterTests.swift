// The tasks' parts of new specs.

import Basics
import TaskKit
import Tasks
import Testing

struct StarterTests {
    struct Fields: Sendable, CustomTestStringConvertible {
        var id: String
        var references: [JSONValue]
        /// The option `fields`; `nil` if the task does not declare them.
        var fields: JSONValue?
        var testDescription: String { id }
    }

    /// Guards: for values of different types, `init` wrote a spec that was not valid.
    @Test(arguments: [
        Fields(id: "one type each", references: [["n": 1, "t": "a"], ["n": 2.5]], fields: ["n": "number", "t": "text"]),
        Fields(id: "numbers and texts", references: [["a": 1], ["a": "x"]], fields: ["a": "text"]),
        Fields(
            id: "an object instead of a list of one", references: [["menu": ["nm": "a"]], ["menu": [["nm": "b"], ["nm": "c"]]]],
            fields: ["menu": [["nm": "text"]]]),
        Fields(id: "a text instead of a list of one", references: [["a": ["x", "y"]], ["a": "z"]], fields: ["a": ["text"]]),
        Fields(id: "days", references: [["d": "2024-12-01"]], fields: ["d": "date"]),
        Fields(id: "days and times", references: [["d": "2024-12-01"], ["d": "noon"]], fields: ["d": "text"]),
        Fields(id: "objects and texts", references: [["a": ["x": 1]], ["a": "x"]], fields: nil),
        Fields(id: "objects and texts in a list", references: [["a": ["x", ["y": 1]]]], fields: nil),
    ])
    func typesOfFields(_ item: Fields) throws {
        let starter = try #require(Extract.starter(for: item.references, asksQuestions: false))
        #expect(starter.options?["fields"] == item.fields)
        #expect((starter.answer == "text") == (item.fields == nil))
        // The options of the starter are valid and fit its references.
        let options = TaskOptions(item.fields.map { ["fields": $0] } ?? [:])
        let task = try Extract(options: options)
        for reference in item.references {
            _ = try task.reference(of: TaskRow(cells: ["fields": reference.canonical], names: ["fields": "fields"]))
        }
    }
}
