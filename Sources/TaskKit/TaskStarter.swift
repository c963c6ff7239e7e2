// The part of a new spec that depends on its task.

package import Basics

/// A task's part of the spec that `assay init` writes for a table.
package struct TaskStarter: Hashable, Sendable {
    /// The task's options, as in `task: { NAME: { … } }`; `nil` for none.
    package var options: JSONValue?
    /// The system message; `nil` for none.
    package var system: String?
    /// The text after the image in the user's message; `nil` for none.
    package var text: String?
    /// A comment on the part of the prompt that the user may want to change; `nil` for none.
    package var promptNote: String?
    /// The request's `answer`, as YAML: `text`, or `{ json: tags, name: Tags }`.
    package var answer: String
    /// The maximum length of an answer in tokens.
    package var maxTokens: Int
    /// Another reading of the same table, as a note for the user; `nil` for none.
    package var alternative: String?

    /// - Parameters:
    ///   - answer: as YAML.
    ///   - maxTokens: the maximum length of an answer.
    package init(
        options: JSONValue? = nil, system: String? = nil, text: String? = nil, promptNote: String? = nil, answer: String,
        maxTokens: Int, alternative: String? = nil
    ) {
        self.options = options
        self.system = system
        self.text = text
        self.promptNote = promptNote
        self.answer = answer
        self.maxTokens = maxTokens
        self.alternative = alternative
    }
}
