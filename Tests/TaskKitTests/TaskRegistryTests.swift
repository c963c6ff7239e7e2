// The registry and the values of a spec's options.

import Basics
import TaskKit
import Testing

@Suite struct TaskRegistryTests {
    private let registry = TaskRegistry([ReadClock.self])

    @Test func aTaskOfTheTestsIsConfiguredByItsOptions() throws {
        let task = try registry.task(TaskChoice("read-clock", TaskOptions(["score": "distance"])))
        #expect(task.metrics(TaskContext()).primary.name == "distance")
        #expect(try registry.task(TaskChoice("read-clock")).metrics(TaskContext()).all.map(\.name) == ["exact", "distance"])
    }

    struct Refused: Sendable, CustomTestStringConvertible {
        var id: String
        var choice: TaskChoice
        var path: [String]
        var message: String
        var hint: String
        var testDescription: String { id }
    }

    @Test(arguments: [
        Refused(
            id: "unknown task", choice: TaskChoice("read-clok"), path: [], message: "'read-clok' is not a task",
            hint: "did you mean 'read-clock'?"),
        Refused(
            id: "unknown option", choice: TaskChoice("read-clock", TaskOptions(["scor": "exact"])), path: ["scor"],
            message: "'scor' is not an option of the task 'read-clock'", hint: "did you mean 'score'?"),
        Refused(
            id: "wrong word", choice: TaskChoice("read-clock", TaskOptions(["score": "exct"])), path: ["score"],
            message: "'exct' is not a value of 'score'", hint: "did you mean 'exact'?"),
        Refused(
            id: "wrong type", choice: TaskChoice("read-clock", TaskOptions(["score": 3])), path: ["score"],
            message: "'3' is not a value of 'score'", hint: "choose one of exact, distance"),
    ])
    func whatCannotBeConfigured(_ refused: Refused) throws {
        let error = #expect(throws: TaskOptionError.self) { try registry.task(refused.choice) }
        #expect(error?.path == refused.path)
        #expect(error?.message == refused.message)
        #expect(error?.hint == refused.hint)
    }

    @Test func listsOfTextsAreReadEntryByEntry() throws {
        func path(_ value: JSONValue) throws -> [String]? {
            #expect(throws: TaskOptionError.self) { try TaskOptions(["labels": value]).texts("labels") }?.path
        }
        #expect(try TaskOptions(["labels": ["a", "b"]]).texts("labels") == ["a", "b"])
        #expect(try TaskOptions().texts("labels") == nil)
        #expect(try path("a") == ["labels"])
        #expect(try path(["a", 1]) == ["labels", "1"])
        #expect(try path(["a", "a"]) == ["labels", "1"])
        #expect(try path([]) == ["labels"])
    }
}
