// The task protocol: how references are read, replies are interpreted and items are scored.

package import Basics
package import Statistics

/// A kind of task, configured with a spec's options: classification, transcription, question answering.
///
/// A task is a stateless value. All other code (data steps, requests, scoring, reports, claims, documentation) uses
/// tasks only through this protocol, so a new task is one folder and one line in a ``TaskRegistry``. References and
/// predictions are passed around as JSON values, which only their task interprets.
package protocol TaskDefinition: Sendable {
    /// The task's name in a spec: `transcribe`.
    static var name: String { get }
    /// A one-sentence Markdown description for the spec reference.
    static var summary: String { get }
    /// The options of `task: { NAME: { … } }`.
    static var options: [TaskOption] { get }
    /// The table columns with the reference or with text for the prompt. Columns common to all tasks (`path`, `id`,
    /// `group`, `split`) are not listed.
    static var columns: [TaskColumn] { get }
    /// The optional features of a spec that the task supports.
    static var features: Set<TaskFeature> { get }
    /// The output that a built-in network learns from the references; `nil` if networks are not trained for the task.
    static var learnedOutput: LearnedOutput? { get }
    /// The form in which galleries show references and predictions.
    static var view: TaskView { get }

    /// The task's part of a new spec for a table of items; `nil` if `assay init` writes none.
    /// - Parameters:
    ///   - references: of all items, read without options; not empty.
    ///   - asksQuestions: whether the items have questions of their own, which prompts insert as `{{ question }}`.
    static func starter(for references: [JSONValue], asksQuestions: Bool) -> TaskStarter?

    /// Configures the task.
    /// - Throws: `TaskOptionError` for the first invalid option. Unknown options are rejected before this call.
    init(options: TaskOptions) throws(TaskOptionError)

    /// Reads the reference of a row.
    /// - Throws: `TaskRowError`, phrased to follow the row's location.
    func reference(of row: TaskRow) throws(TaskRowError) -> JSONValue

    /// The names used by the references of the whole dataset, sorted: labels, tags, box classes. Prompts list them as
    /// `{{ labels }}`, and metrics per name use them. Empty for tasks without a closed set of names.
    func vocabulary(of references: some Sequence<JSONValue>) -> [String]

    /// Prompt variables besides those from columns, by name; equal for every item.
    func variables(_ context: TaskContext) -> [String: String]
    /// The names of the variables that ``variables(_:)`` returns.
    var variableNames: [String] { get }

    /// The JSON schema of the answer property, for requests that ask for JSON.
    func schema(_ context: TaskContext) -> JSONValue

    /// The option without which requests cannot state a schema; `nil` if they can.
    var optionNeededForSchema: String? { get }

    /// The correct answer to an item, as supervised examples state it: text, or the value of the answer property if
    /// the form is JSON.
    func answer(for reference: JSONValue, _ context: TaskContext) -> JSONValue
    /// The correct answer to an item. Differs from ``answer(for:_:)`` where the answer depends on the size of the
    /// images, as boxes do.
    func answer(to item: TaskItem, _ context: TaskContext) -> JSONValue

    /// Interprets a reply. Total: every text has a prediction, which may be unreadable.
    /// - Parameter reply: the text without the model's reasoning; contains a character other than white space.
    func read(_ reply: String, about item: TaskItem, _ context: TaskContext) -> Prediction

    /// The prediction of an empty reply, which is correct for items such as a blank page; `nil` if an empty reply is never
    /// an answer.
    static var emptyPrediction: JSONValue? { get }

    /// Scores one item.
    /// - Parameter prediction: `nil` for an unreadable answer, which gets the task's worst score for the item. Items
    ///   without a reply are never scored.
    func score(_ prediction: JSONValue?, of item: TaskItem, _ context: TaskContext) -> ItemScore

    /// The rows of the metric table.
    func metrics(_ context: TaskContext) -> MetricTable

    /// A reference or a prediction as text for people.
    func text(of value: JSONValue) -> String
}

extension TaskDefinition {
    /// By default, an empty reply is never an answer.
    package static var emptyPrediction: JSONValue? { nil }
    /// The prediction and score of an empty reply to an item whose correct answer is empty, such as a blank page; `nil` for
    /// any other item, and if JSON was requested, which an empty reply is not. The caller checks that the reply ended normally:
    /// one that was cut off at the token limit is no answer.
    package func emptyAnswer(to item: TaskItem, _ context: TaskContext) -> (prediction: Prediction, score: ItemScore)? {
        guard context.form.property == nil, let value = Self.emptyPrediction else { return nil }
        let score = score(value, of: item, context)
        return score["right"] == 1 ? (Prediction(value, .clean), score) : nil
    }
    /// By default, a task has no options.
    package static var options: [TaskOption] { [] }
    /// By default, a task supports no optional features.
    package static var features: Set<TaskFeature> { [] }
    /// By default, no network is trained for the task.
    package static var learnedOutput: LearnedOutput? { nil }
    /// By default, `assay init` writes no spec for the task.
    package static func starter(for references: [JSONValue], asksQuestions: Bool) -> TaskStarter? { nil }
    /// By default, references and predictions are shown as text.
    package static var view: TaskView { .plain }
    /// By default, the answer depends on the reference alone.
    package func answer(to item: TaskItem, _ context: TaskContext) -> JSONValue { answer(for: item.reference, context) }
    /// By default, there is no closed set of names.
    package func vocabulary(of references: some Sequence<JSONValue>) -> [String] { [] }
    /// By default, only columns provide prompt variables.
    package func variables(_ context: TaskContext) -> [String: String] { [:] }
    /// By default, only columns provide prompt variables.
    package var variableNames: [String] { [] }
    /// By default, the answer is a JSON string.
    package func schema(_ context: TaskContext) -> JSONValue { ["type": "string"] }
    /// By default, requests can state a schema.
    package var optionNeededForSchema: String? { nil }
    /// By default, the string itself, or canonical JSON for other values.
    package func text(of value: JSONValue) -> String { value.string ?? value.canonical }
}

/// The output that a built-in network learns from the references of a task. Each case states their JSON form.
package enum LearnedOutput: String, Hashable, Sendable, Codable {
    /// A list of names of the vocabulary, any number of them.
    case tags
    /// A whole number of at least 0.
    case count
}

/// An optional part of a spec that only some tasks support.
package enum TaskFeature: String, Hashable, Sendable, CaseIterable {
    /// `train:` with an architecture: training a built-in network. Other tasks support it by their ``LearnedOutput``.
    case networkTraining
    /// `rejected: random-label` in preference tuning.
    case randomRejection
    /// `match:` in an evaluation.
    case labelMatching
    /// `dataset.labels`, `dataset.label` and folder layouts: selected or derived labels.
    case labelledFolders
}

/// Context shared by all items of a request or evaluation.
package struct TaskContext: Hashable, Sendable {
    /// The dataset's names, as returned by ``TaskDefinition/vocabulary(of:)``.
    package var vocabulary: [String]
    /// The form of the answers.
    package var form: AnswerForm

    /// The defaults describe plain-text answers without a closed set of names.
    package init(vocabulary: [String] = [], form: AnswerForm = AnswerForm()) {
        self.vocabulary = vocabulary
        self.form = form
    }
}

/// The form in which a request asks for the answer.
package struct AnswerForm: Hashable, Sendable {
    /// The JSON property that holds the answer; `nil` for plain-text answers.
    package var property: String?
    /// The box convention of the request, by its name in a spec (`xyxy-1000`); `nil` if not stated. Conventions are
    /// declared and never inferred from references.
    package var boxes: String?

    /// The box conventions that a request can declare; the first one is the default.
    package static let boxConventions = ["xyxy-1000", "yxyx-1000", "xyxy-1", "xyxy-pixels", "loc-1024"]

    /// The convention of boxes in pixels of the image.
    package static let pixelBoxes = "xyxy-pixels"

    /// The default is plain text without a box convention.
    package init(property: String? = nil, boxes: String? = nil) {
        self.property = property
        self.boxes = boxes
    }
}
