// The task `measure`: a quantity that an image shows.

package import Basics
package import Statistics
package import TaskKit
import TaskMetrics

/// Numbers with a unit.
package struct Measure: TaskDefinition {
    package static let name = "measure"
    package static let summary = "A number with a unit: a length, a temperature, a reading of a gauge."
    package static let options = [
        TaskOption("unit", expected: "a text such as mm", schema: ["type": "string", "minLength": 1], "The unit of reference and answer, for reports."),
        NumberTask.within,
    ]
    package static let columns = [TaskColumn("number", "number"), TaskColumn.question(isRequired: false)]

    private let numbers: NumberTask

    package init(options: TaskOptions) throws(TaskOptionError) {
        let unit = options["unit"]
        guard unit == nil || unit?.string?.isEmpty == false else {
            throw TaskOptionError(["unit"], "'\(unit?.canonical ?? "")' is not a unit", hint: "write a text such as mm")
        }
        numbers = NumberTask(
            tolerance: try NumberTask.tolerance(options) ?? .share(0.05), unit: unit?.string, isWhole: false)
    }

    package func reference(of row: TaskRow) throws(TaskRowError) -> JSONValue { try numbers.reference(of: row) }
    package func variables(_ context: TaskContext) -> [String: String] { ["unit": numbers.unit ?? ""] }
    package var variableNames: [String] { ["unit"] }
    package func schema(_ context: TaskContext) -> JSONValue { ["type": "number"] }
    package func answer(for reference: JSONValue, _ context: TaskContext) -> JSONValue { numbers.answer(for: reference, context) }
    package func read(_ reply: String, about item: TaskItem, _ context: TaskContext) -> Prediction { numbers.read(reply, context) }
    package func score(_ prediction: JSONValue?, of item: TaskItem, _ context: TaskContext) -> ItemScore {
        numbers.score(prediction, of: item)
    }
    package func metrics(_ context: TaskContext) -> MetricTable { numbers.metrics() }
    package func text(of value: JSONValue) -> String {
        numbers.unit.map { value.canonical + " " + $0 } ?? value.canonical
    }
}
