// The contract of a task: how references are read, replies are interpreted and items are scored.

package import Basics

/// A kind of task, configured with the options of a spec: classification, transcription, question answering.
///
/// A task is a value without state. Everything outside of it (data steps, requests, scoring, reports, claims,
/// documentation) knows tasks through this protocol alone, so that a new task is one folder and one line in a
/// ``TaskRegistry``. References and predictions travel as JSON values, which only their own task interprets.
package protocol TaskDefinition: Sendable {
    /// The task's name in a spec: `transcribe`.
    static var name: String { get }
    /// What the task asks of a model, in one sentence of Markdown for the reference of the spec.
    static var summary: String { get }
    /// The options that `task: { NAME: { … } }` may have.
    static var options: [TaskOption] { get }
    /// The columns of a table that hold the reference or text for the prompt. Columns that every task has (`path`, `id`,
    /// `group`, `split`) are not listed.
    static var columns: [TaskColumn] { get }
    /// What else of a spec makes sense for the task.
    static var features: Set<TaskFeature> { get }

    /// Configures the task.
    /// - Throws: `TaskOptionError` for the first option that cannot be used. Unknown options never get here.
    init(options: TaskOptions) throws(TaskOptionError)

    /// The reference of a row.
    /// - Throws: `TaskRowError`, in words that fit behind the row's place.
    func reference(of row: TaskRow) throws(TaskRowError) -> JSONValue

    /// The names that references of the whole dataset use, sorted: labels, tags, classes of boxes. It is what prompts list
    /// as `{{ labels }}`, and what metrics by name are made for. Empty for tasks without a closed set of names.
    func vocabulary(of references: some Sequence<JSONValue>) -> [String]

    /// Prompt variables besides those of columns, by name; the same for every item.
    func variables(_ context: TaskContext) -> [String: String]
    /// The names of what ``variables(_:)`` gives.
    var variableNames: [String] { get }

    /// The JSON schema of the property that holds the answer, where a request asks for JSON.
    func schema(_ context: TaskContext) -> JSONValue

    /// The answer that a model should give to an item, as supervised examples state it: a text, or the value of the
    /// property where the form is JSON.
    func answer(for reference: JSONValue, _ context: TaskContext) -> JSONValue

    /// Interprets a reply. Total: every text has a prediction, which may be unreadable.
    /// - Parameter reply: the text without the model's reasoning; never empty or only white space.
    func read(_ reply: String, about item: TaskItem, _ context: TaskContext) -> Prediction

    /// The counts of one item.
    /// - Parameter prediction: `nil` for an item without a readable answer, which gets the worst counts that the task has
    ///   for it. Items whose reply is missing are never scored.
    func score(_ prediction: JSONValue?, of item: TaskItem, _ context: TaskContext) -> ItemScore

    /// The rows of the metric table.
    func metrics(_ context: TaskContext) -> MetricTable

    /// A reference or a prediction as a person reads it.
    func text(of value: JSONValue) -> String
}

extension TaskDefinition {
    package static var options: [TaskOption] { [] }
    package static var features: Set<TaskFeature> { [] }
    package func vocabulary(of references: some Sequence<JSONValue>) -> [String] { [] }
    package func variables(_ context: TaskContext) -> [String: String] { [:] }
    package var variableNames: [String] { [] }
    package func schema(_ context: TaskContext) -> JSONValue { ["type": "string"] }
    package func text(of value: JSONValue) -> String { value.string ?? value.canonical }
}

/// A part of a spec that only some tasks can use.
package enum TaskFeature: String, Hashable, Sendable, CaseIterable {
    /// `train:`: a network that is trained here.
    case networkTraining
    /// `rejected: random-label` of preference tuning.
    case randomRejection
    /// `match:` of an evaluation.
    case labelMatching
    /// `dataset.labels`, `dataset.label`, layouts of folders: labels that are selected or derived.
    case labelledFolders
    /// An image in the dataset stands for one item only, and `splits` count images of each label.
    case oneItemPerImage
}

/// What is known when items are asked and scored, besides the item.
package struct TaskContext: Hashable, Sendable {
    /// The dataset's names, as ``TaskDefinition/vocabulary(of:)`` gave them.
    package var vocabulary: [String]
    package var form: AnswerForm

    package init(vocabulary: [String] = [], form: AnswerForm = AnswerForm()) {
        self.vocabulary = vocabulary
        self.form = form
    }
}

/// The form in which a request asks for the answer.
package struct AnswerForm: Hashable, Sendable {
    /// The property of the JSON object that holds the answer; `nil` where the answer is plain text.
    package var property: String?
    /// How the request states boxes, by the spec's word (`xyxy-1000`); `nil` where it does not say. Conventions are declared
    /// and never inferred from a reference.
    package var boxes: String?

    package init(property: String? = nil, boxes: String? = nil) {
        self.property = property
        self.boxes = boxes
    }
}
