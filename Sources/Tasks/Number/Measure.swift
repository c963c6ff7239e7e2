// The task `measure`: a quantity shown in an image.

package import Basics
package import Statistics
package import TaskKit
import TaskMetrics

/// Measurement. References and predictions are numbers in one unit.
package struct Measure: TaskDefinition {
    /// The name in a spec.
    package static let name = "measure"
    /// The description in the generated documentation.
    package static let summary = "A number with a unit: a length, a temperature, a reading of a gauge."
    /// The unit and the tolerance.
    package static let options = [
        TaskOption(
            "unit", expected: "a text such as mm", schema: ["type": "string", "minLength": 1],
            "The unit of references and answers, shown in reports."),
        NumberTask.within,
    ]
    /// The number, and optionally a question.
    package static let columns = [TaskColumn("number", "number"), TaskColumn.question(isRequired: false)]

    /// Asks for a number.
    package static func starter(for references: [JSONValue], asksQuestions: Bool) -> TaskStarter? {
        TaskStarter(
            system: "Answer with a number and nothing else.",
            text: asksQuestions ? "{{ question }}" : "Which value does this image show?",
            promptNote: asksQuestions ? nil : "State the quantity and its unit.", answer: "text", maxTokens: 20)
    }

    private let numbers: NumberTask

    /// - Throws: `TaskOptionError` for an empty unit or an invalid tolerance. The default tolerance is 5%.
    package init(options: TaskOptions) throws(TaskOptionError) {
        let unit = options["unit"]
        guard unit == nil || unit?.string?.isEmpty == false else {
            throw TaskOptionError(["unit"], "'\(unit?.canonical ?? "")' is not a unit", hint: "write a text such as mm")
        }
        numbers = NumberTask(
            tolerance: try NumberTask.tolerance(options) ?? .share(0.05), unit: unit?.string, isWhole: false)
    }

    /// - Throws: `TaskRowError` unless the cell is a finite number.
    package func reference(of row: TaskRow) throws(TaskRowError) -> JSONValue { try numbers.reference(of: row) }
    /// `unit`: the declared unit; empty without one.
    package func variables(_ context: TaskContext) -> [String: String] { ["unit": numbers.unit ?? ""] }
    /// Always `unit`.
    package var variableNames: [String] { ["unit"] }
    /// A number, without the unit.
    package func schema(_ context: TaskContext) -> JSONValue { ["type": "number"] }
    /// The number, as text unless the request asks for JSON.
    package func answer(for reference: JSONValue, _ context: TaskContext) -> JSONValue { numbers.answer(for: reference, context) }
    /// The single number in the reply; a reply with several numbers is unreadable.
    package func read(_ reply: String, about item: TaskItem, _ context: TaskContext) -> Prediction {
        numbers.read(reply, context)
    }
    /// Errors of the answer; an unreadable reply counts as not within tolerance.
    package func score(_ prediction: JSONValue?, of item: TaskItem, _ context: TaskContext) -> ItemScore {
        numbers.score(prediction, of: item)
    }
    /// The metrics shared with `count`.
    package func metrics(_ context: TaskContext) -> MetricTable { numbers.metrics() }
    /// The number followed by its unit.
    package func text(of value: JSONValue) -> String {
        numbers.unit.map { value.canonical + " " + $0 } ?? value.canonical
    }
}
