// A question to a model in no provider's format, and the interfaces with which a plug-in writes it.

package import Basics
package import Specification

/// One message of a conversation.
package struct Turn: Hashable, Sendable {
    /// The author; the system message is part of `QuestionForm`.
    package enum Role: Hashable, Sendable { case user, assistant }

    /// One part of a message.
    package enum Part: Hashable, Sendable {
        case text(String)
        /// An image and its resolution, as the spec writes it: `auto`, `low`, `high`, or `medium` at providers that have it.
        case image(ImageFile, detail: String)
    }

    /// The author of the message.
    package var role: Role
    /// Text and images, in the order shown to the model.
    package var parts: [Part]

    /// - Parameter parts: in the order shown to the model.
    package init(_ role: Role, _ parts: [Part]) {
        self.role = role
        self.parts = parts
    }
}

/// The required form of an answer.
package enum ResponseForm: Hashable, Sendable {
    /// Free text.
    case text
    /// JSON that satisfies a schema. The order of the schema's members is preserved on the wire.
    case json(name: String, schema: PythonJSON)
}

/// Generation parameters. A parameter that is `nil` is not sent, so that the provider's default applies.
package struct Sampling: Hashable, Sendable {
    /// Maximum tokens of the answer (`max_tokens`).
    package var maxTokens: Int?
    /// Maximum tokens of reasoning and answer together (`max_completion_tokens`).
    package var maxCompletionTokens: Int?
    /// Higher values make answers more random; rejected by some reasoning models.
    package var temperature: Double?
    /// The probability mass to sample from, 0 to 1.
    package var topP: Double?
    /// Best-effort determinism, if the provider supports it.
    package var seed: Int?
    /// The reasoning effort, as the provider names it.
    package var reasoningEffort: String?

    /// Defaults to sending no parameter.
    package init(
        maxTokens: Int? = nil, maxCompletionTokens: Int? = nil, temperature: Double? = nil, topP: Double? = nil,
        seed: Int? = nil, reasoningEffort: String? = nil
    ) {
        self.maxTokens = maxTokens
        self.maxCompletionTokens = maxCompletionTokens
        self.temperature = temperature
        self.topP = topP
        self.seed = seed
        self.reasoningEffort = reasoningEffort
    }
}

/// The parts that all questions of a step share.
package struct QuestionForm: Hashable, Sendable {
    /// The system message; `nil` for none.
    package var system: String?
    /// Few-shot examples before the question, alternating between user and assistant.
    package var examples: [Turn]
    /// The required form of the answer.
    package var answer: ResponseForm
    /// The generation parameters.
    package var sampling: Sampling

    /// - Parameter examples: alternate between user and assistant.
    package init(system: String?, examples: [Turn] = [], answer: ResponseForm = .text, sampling: Sampling = Sampling()) {
        self.system = system
        self.examples = examples
        self.answer = answer
        self.sampling = sampling
    }
}

/// A complete question: the shared form and the turns of this question.
package struct Question: Hashable, Sendable {
    /// Shared by all questions of a step.
    package var form: QuestionForm
    /// The turns after the examples; the last is the user's.
    package var turns: [Turn]

    /// - Parameter turns: follow the examples of the form.
    package init(_ form: QuestionForm, _ turns: [Turn]) {
        self.form = form
        self.turns = turns
    }
}

/// The target of one line of training data.
package enum TrainingExample: Hashable, Sendable {
    /// The answer to give.
    case supervised(answer: String)
    /// A preferred and a rejected answer (direct preference optimization).
    case preference(preferred: String, rejected: String)
    /// The reference by which a grader scores the model's own answers.
    case reinforcement(reference: PythonJSON)
}

/// Writes questions of one form in a provider's format. Created once per step, so that the shared part is encoded
/// once.
package protocol QuestionWriter: Sendable {
    /// The body of an online request.
    func body(_ turns: [Turn], model: String) -> PythonJSON
    /// One line of a batch's input.
    /// - Parameters:
    ///   - id: returned with the answer.
    ///   - path: the operation's path on the provider's server, for lines that name one; `nil` for the usual path.
    func batchLine(_ turns: [Turn], id: String, model: String, path: String?) -> PythonJSON
    /// One line of training data.
    func trainingLine(_ turns: [Turn], teaching example: TrainingExample) -> PythonJSON
    /// Identifies a question by everything that reaches the model, with images by their digests. Independent of
    /// model, id and the file of the line. Journals of paid answers use it as their key: it must not change between
    /// versions.
    func fingerprint(_ turns: [Turn]) -> Digest
}

/// The file formats of a provider. Needs no connection.
package protocol RequestDialect: Sendable {
    /// The size limits of one batch input file.
    var batchLimits: ShardLimits { get }
    /// The size limits of a training file.
    var trainingLimits: ShardLimits { get }
    /// The limits on requests and training data that are checked before anything is sent.
    var limits: ProviderLimits { get }

    /// The writer for the questions of one step.
    func writer(for form: QuestionForm) -> any QuestionWriter
}

extension RequestDialect {
    /// Defaults to no known limit.
    package var limits: ProviderLimits { ProviderLimits() }
}
