// A question to a model in no provider's format, and what a plug-in needs to write it.

package import Basics

/// One message of a conversation.
package struct Turn: Hashable, Sendable {
    package enum Role: Hashable, Sendable { case user, assistant }

    package enum Part: Hashable, Sendable {
        case text(String)
        /// An image and how closely the model looks at it, by the word of the spec: `auto`, `low` or `high`.
        case image(ImageFile, detail: String)
    }

    package var role: Role
    package var parts: [Part]

    package init(_ role: Role, _ parts: [Part]) {
        self.role = role
        self.parts = parts
    }
}

/// The form that an answer must have.
package enum ResponseForm: Hashable, Sendable {
    case text
    /// JSON that fits a schema. The order of the schema's members is kept on the wire.
    case json(name: String, schema: PythonJSON)
}

/// How an answer is generated. What is `nil` is not sent: the provider's default applies.
package struct Sampling: Hashable, Sendable {
    /// The most tokens of the answer alone (`max_tokens`).
    package var maxTokens: Int?
    /// The most tokens of reasoning and answer together (`max_completion_tokens`).
    package var maxCompletionTokens: Int?
    package var temperature: Double?
    package var topP: Double?
    package var seed: Int?
    package var reasoningEffort: String?

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

/// Everything that all questions of a step have in common.
package struct QuestionForm: Hashable, Sendable {
    /// The system message.
    package var system: String?
    /// Solved examples before the question: user and assistant take turns.
    package var examples: [Turn]
    package var answer: ResponseForm
    package var sampling: Sampling

    package init(system: String?, examples: [Turn] = [], answer: ResponseForm = .text, sampling: Sampling = Sampling()) {
        self.system = system
        self.examples = examples
        self.answer = answer
        self.sampling = sampling
    }
}

/// A whole question: what all have in common, and the turns that ask this one.
package struct Question: Hashable, Sendable {
    package var form: QuestionForm
    package var turns: [Turn]

    package init(_ form: QuestionForm, _ turns: [Turn]) {
        self.form = form
        self.turns = turns
    }
}

/// What a model is taught by one line of training data.
package enum TrainingExample: Hashable, Sendable {
    /// The answer to give.
    case supervised(answer: String)
    /// The better one of two answers (direct preference optimization).
    case preference(preferred: String, rejected: String)
    /// The reference by which a grader rewards the model's own answers.
    case reinforcement(reference: PythonJSON)
}

/// Writes questions of one form as a provider takes them. Made once for a step: what the questions have in common is
/// encoded once.
package protocol QuestionWriter: Sendable {
    /// The body of a request that asks a model online.
    func body(_ turns: [Turn], model: String) -> PythonJSON
    /// One line of a batch's input.
    /// - Parameters:
    ///   - id: comes back with the answer.
    ///   - path: the operation's path on the provider's server, where the lines name one and the spec's provider has
    ///     another than the usual.
    func batchLine(_ turns: [Turn], id: String, model: String, path: String?) -> PythonJSON
    /// One line of training data.
    func trainingLine(_ turns: [Turn], teaching example: TrainingExample) -> PythonJSON
    /// Names a question by all that reaches the model, images by their digests. Model, id and the file that a line
    /// travels in take no part. Journals of paid answers are kept under it: it must not change between versions.
    func fingerprint(_ turns: [Turn]) -> Digest
}

/// The file formats of a provider. Needs no connection.
package protocol RequestDialect: Sendable {
    /// How large one file of a batch's input may be.
    var batchLimits: ShardLimits { get }
    /// How large a training file may be.
    var trainingLimits: ShardLimits { get }

    func writer(for form: QuestionForm) -> any QuestionWriter
}
