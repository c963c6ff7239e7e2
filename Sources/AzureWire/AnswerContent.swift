// Extracts the answer text from the forms of `content` that servers send.

import Basics

/// The text and the refusal in an answer's `content`. A string is used verbatim; the text parts of a list are joined,
/// and reasoning parts are dropped. Any other value is kept as its JSON text, so that no model output is read as an
/// empty answer.
struct AnswerContent: Hashable, Sendable {
    private(set) var text: String?
    private(set) var refusal: String?

    /// The part types that carry reasoning instead of the answer.
    private static let reasoning: Set<String> = [
        "thinking", "redacted_thinking", "reasoning", "reasoning_text", "reasoning_content", "summary_text", "thought",
    ]

    /// - Parameter content: the value of `content`; null gives neither text nor refusal.
    init(_ content: JSONValue) {
        switch content {
        case .null: break
        case .string(let string): text = string
        case .array(let parts):
            var texts: [String] = [], refusals: [String] = [], isUnknown = false
            for part in parts {
                switch AnswerContent.kind(of: part) {
                case .text(let string): texts.append(string)
                case .refusal(let string): refusals.append(string)
                case .reasoning: break
                case .unknown: isUnknown = true
                }
            }
            text = texts.isEmpty ? nil : texts.joined()
            refusal = refusals.isEmpty ? nil : refusals.joined()
            if isUnknown, text == nil, refusal == nil { text = content.canonical }
        case .object:
            switch AnswerContent.kind(of: content) {
            case .text(let string): text = string
            case .refusal(let string): refusal = string
            case .reasoning: break
            case .unknown: text = content.canonical
            }
        case .bool, .int, .double: text = content.canonical
        }
    }

    /// The classification of one part.
    private enum Kind { case text(String), refusal(String), reasoning, unknown }

    /// Classifies a part by its `type`; untyped objects with a single text member also count as text.
    private static func kind(of part: JSONValue) -> Kind {
        if let string = part.string { return .text(string) }
        guard let members = part.object else { return .unknown }
        let type = members["type"]?.string
        if let type, reasoning.contains(type) { return .reasoning }
        if type == "refusal", let string = members["refusal"]?.string { return .refusal(string) }
        guard ["text", "output_text"].contains(type) || type == nil && members.count == 1 else { return .unknown }
        // `{"text": {"value": …}}` is the form of the Assistants API.
        let text = members["text"]?.string ?? members["text"]?["value"]?.string ?? members["content"]?.string
        return text.map { .text($0) } ?? .unknown
    }
}
