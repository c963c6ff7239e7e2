// The task `count`: the number of objects in an image.

package import Basics
package import Statistics
package import TaskKit
import TaskMetrics

/// Counting. References and predictions are whole numbers.
package struct Count: TaskDefinition {
    /// The name in a spec.
    package static let name = "count"
    /// The description in the generated documentation.
    package static let summary = "A count: how many objects of a kind an image shows."
    /// The number of the reference.
    package static let learnedOutput: LearnedOutput? = .count
    /// `within`, the tolerance.
    package static let options = [NumberTask.within]
    /// The number, and optionally a question.
    package static let columns = [
        TaskColumn("number", "number", alsoNamed: ["count"]), TaskColumn.question(isRequired: false),
    ]

    /// Asks for a whole number.
    package static func starter(for references: [JSONValue], asksQuestions: Bool) -> TaskStarter? {
        TaskStarter(
            system: "Answer with a whole number and nothing else.",
            text: asksQuestions ? "{{ question }}" : "How many objects does this image show?",
            promptNote: asksQuestions ? nil : "Name the objects to count.", answer: "text", maxTokens: 20,
            alternative: "every number is whole, so the task counts; for readings of a scale, use 'task: measure'")
    }

    private let numbers: NumberTask

    /// - Throws: `TaskOptionError` for a tolerance that is not a number or percentage.
    package init(options: TaskOptions) throws(TaskOptionError) {
        numbers = NumberTask(tolerance: try NumberTask.tolerance(options) ?? .absolute(1), unit: nil, isWhole: true)
    }

    /// - Throws: `TaskRowError` unless the cell is a whole number of at least 0.
    package func reference(of row: TaskRow) throws(TaskRowError) -> JSONValue { try numbers.reference(of: row) }
    /// An integer.
    package func schema(_ context: TaskContext) -> JSONValue { ["type": "integer"] }
    /// The number, as text unless the request asks for JSON.
    package func answer(for reference: JSONValue, _ context: TaskContext) -> JSONValue { numbers.answer(for: reference, context) }
    /// The single number in the reply; a reply with several numbers is unreadable.
    package func read(_ reply: String, about item: TaskItem, _ context: TaskContext) -> Prediction {
        numbers.read(reply, context)
    }
    /// Errors of the answer; an unreadable reply counts as not exact and not within tolerance.
    package func score(_ prediction: JSONValue?, of item: TaskItem, _ context: TaskContext) -> ItemScore {
        numbers.score(prediction, of: item)
    }
    /// The metrics shared with `measure`.
    package func metrics(_ context: TaskContext) -> MetricTable { numbers.metrics() }
}
