// The box conventions of requests, for any task whose predictions are boxes.

import Basics
import ProviderKit
import Providers
import Specification
import Statistics
import TaskKit
import Testing

/// A task with boxes that is not built in.
private struct Locate: TaskDefinition {
    static let name = "locate"
    static let summary = "The box around one object."
    static let columns = [TaskColumn("boxes", "boxes")]
    static let view = TaskView.boxes

    init(options: TaskOptions) throws(TaskOptionError) {}

    func reference(of row: TaskRow) throws(TaskRowError) -> JSONValue { .string(try row.text("boxes")) }
    func answer(for reference: JSONValue, _ context: TaskContext) -> JSONValue { reference }
    func read(_ reply: String, about item: TaskItem, _ context: TaskContext) -> Prediction { Prediction(.string(reply), .clean) }
    func score(_ prediction: JSONValue?, of item: TaskItem, _ context: TaskContext) -> ItemScore {
        ItemScore(["right": prediction == item.reference ? 1 : 0])
    }
    func metrics(_ context: TaskContext) -> MetricTable {
        MetricTable(
            primary: TaskMetric("exact", "exact boxes", .mean(of: "right"), interval: .wilson, test: .mcnemar, range: 0...1), [])
    }
}

@Suite struct BoxTaskTests {
    /// The diagnostics about tasks of a spec whose request declares a box convention.
    private func found(_ task: String, dataset: String) -> [Diagnostic] {
        let text = """
            assay: 1
            name: boxes
            \(task)
            dataset: \(dataset)
            splits: { main: { train: 4, test: 4, order: name } }
            prompts: { find: { user: ["Find it.", image] } }
            requests: { boxes: { prompt: find, answer: { json: boxes, name: Boxes, boxes: yxyx-1000 } } }
            providers: { local: { kind: emulator, account: boxes } }
            models: { base: { provider: local, model: shapes-base, deployment: base } }
            evaluations: { accuracy: { split: main.test, models: { base: { online: boxes } } } }
            """
        let loader = SpecLoader(
            environment: Environment([:]), today: "2026-01-15", providers: builtInProviders.keys,
            tasks: TaskRegistry([Locate.self])
        ) { path in
            guard path == "spec.yaml" else { throw NoSuchFile() }
            return Array(text.utf8)
        }
        return diagnostics(loader, "spec.yaml").list.filter { $0.code == "unsupported-by-task" }
    }

    @Test func everyTaskOfBoxesHasBoxConventions() {
        #expect(found("task: locate", dataset: "{ table: items.csv }") == [])
    }

    @Test func classificationHasNoneAndTheHintNamesARegisteredTask() {
        let errors = found("", dataset: "{ folder: images }")
        #expect(errors.map(\.message) == ["the task 'classify' cannot use 'boxes'"])
        #expect(errors.map(\.hint) == ["remove it, or add 'task: locate'"])
    }
}
