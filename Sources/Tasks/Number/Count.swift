// The task `count`: how many of something an image shows.

package import Basics
package import Statistics
package import TaskKit
import TaskMetrics

/// Whole numbers.
package struct Count: TaskDefinition {
    package static let name = "count"
    package static let summary = "A whole number: how many of something an image shows."
    package static let options = [NumberTask.within]
    package static let columns = [
        TaskColumn("number", "number", alsoNamed: ["count"]), TaskColumn.question(isRequired: false),
    ]
    package static let features: Set<TaskFeature> = [.networkTraining]

    private let numbers: NumberTask

    package init(options: TaskOptions) throws(TaskOptionError) {
        numbers = NumberTask(tolerance: try NumberTask.tolerance(options) ?? .absolute(1), unit: nil, isWhole: true)
    }

    package func reference(of row: TaskRow) throws(TaskRowError) -> JSONValue { try numbers.reference(of: row) }
    package func schema(_ context: TaskContext) -> JSONValue { ["type": "integer"] }
    package func answer(for reference: JSONValue, _ context: TaskContext) -> JSONValue { numbers.answer(for: reference, context) }
    package func read(_ reply: String, about item: TaskItem, _ context: TaskContext) -> Prediction { numbers.read(reply, context) }
    package func score(_ prediction: JSONValue?, of item: TaskItem, _ context: TaskContext) -> ItemScore {
        numbers.score(prediction, of: item)
    }
    package func metrics(_ context: TaskContext) -> MetricTable { numbers.metrics() }
}
