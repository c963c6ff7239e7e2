// What a vision-language model is told about an image.

/// The messages that go with an image. Texts may contain `{{ labels }}`: the sorted labels, joined by `, `.
package struct PromptSpec: Hashable, Sendable, Codable {
    /// The system message.
    package var system: String?
    /// The parts of the user message, in order; exactly one is the image.
    package var user: [Part]
    /// Answered examples that go before the question.
    package var examples: ExamplesSpec?

    package init(system: String? = nil, user: [Part] = [.image], examples: ExamplesSpec? = nil) {
        self.system = system
        self.user = user
        self.examples = examples
    }
}

extension PromptSpec {
    package enum Part: Hashable, Sendable, Codable {
        case image
        case text(String)
    }

    /// A prompt's text with its labels put in.
    package static func rendered(_ text: String, labels: [String]) -> String {
        text.replacing(#/\{\{\s*labels\s*\}\}/#, with: labels.joined(separator: ", "))
    }
}
