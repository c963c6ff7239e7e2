// Extracts an answer from the text that a model wrote: removes its reasoning and parses the requested JSON.

import Basics
import Foundation
package import Specification
package import Statistics
import TaskKit

/// Parses answers of classification: removes reasoning, extracts the requested property, recognizes refusals and
/// fences.
package enum AnswerText {
    /// Whether a text contains no answer, for example because it ends within the reasoning.
    package static func isEmpty(_ text: String?) -> Bool {
        withoutReasoning(text ?? "").allSatisfy(\.isWhitespace)
    }

    /// Whether a text has no characters other than white space, not even reasoning.
    package static func isBlank(_ text: String?) -> Bool { (text ?? "").allSatisfy(\.isWhitespace) }

    /// The marks around reasoning, as the chat templates of open models write them; in lower case.
    private static let marks: [(open: String, close: String)] =
        ["think", "thinking", "thought", "reasoning", "seed:think"].map { ("<\($0)>", "</\($0)>") }
        + [
            ("[think]", "[/think]"), ("◁think▷", "◁/think▷"), ("<|begin_of_thought|>", "<|end_of_thought|>"),
            ("<|channel>thought", "<channel|>"), ("<unused94>thought", "<unused95>"),
        ]

    /// Tokens that end a model's turn. Servers with another chat template leave them in the text.
    private static let ends = [
        "<|im_end|>", "<|eot_id|>", "<|endoftext|>", "<|end_of_text|>", "<end_of_turn>", "<|end|>", "<|return|>", "</s>",
        "<eos>", "<｜end▁of▁sentence｜>",
    ]

    /// The text after a reasoning block at its start, such as `<think>…</think>`. The opening mark may be missing,
    /// because some chat templates end the prompt with it. An unterminated block leaves no answer.
    package static func withoutReasoning(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: "[") || $0 >= 0x80 }) else { return text }
        let text = withoutEnds(text)
        if let final = finalChannel(text) { return final }
        let start = text.trimmingPrefix(while: \.isWhitespace)
        for (open, close) in marks {
            let opens = start.range(of: open, options: [.caseInsensitive, .anchored]) != nil
            // A mark inside the answer, for example in a JSON string, is part of the answer.
            let isAfterPrompt = text.range(of: open, options: .caseInsensitive) == nil && !start.hasPrefix("{")
            if opens || isAfterPrompt, let end = text.range(of: close, options: [.backwards, .caseInsensitive]) {
                let rest = text[end.upperBound...].trimmingPrefix(while: \.isWhitespace)
                guard rest.isEmpty, let between = between(blocks: text, open, close) else { return String(rest) }
                return between
            }
            if opens { return "" }
        }
        return text
    }

    /// The text without the tokens that end a turn.
    private static func withoutEnds(_ text: String) -> String {
        var rest = text[...]
        while let last = rest.lastIndex(where: { !$0.isWhitespace }), case let trimmed = rest[...last],
            let end = ends.first(where: { trimmed.hasSuffix($0) })
        {
            rest = trimmed.dropLast(end.count)
        }
        return rest.endIndex == text.endIndex ? text : String(rest)
    }

    /// The final channel of a reply in OpenAI's harmony format, in which reasoning has a channel of its own; empty if
    /// the reply ends before that channel, `nil` for any other text.
    private static func finalChannel(_ text: String) -> String? {
        guard text.contains("<|channel|>"), text.contains("<|message|>") else { return nil }
        let parts = text.components(separatedBy: "<|channel|>").dropFirst()
        guard let part = parts.last(where: { $0.hasPrefix("final") }),
            let start = part.range(of: "<|message|>")
        else { return parts.contains { $0.hasPrefix("analysis") } ? "" : nil }
        let rest = part[start.upperBound...]
        return withoutEnds(String(rest[..<(rest.range(of: "<|start|>")?.lowerBound ?? rest.endIndex)]))
    }

    /// The answer of a model that reasons before it and again after it; `nil` without an answer between two blocks.
    private static func between(blocks text: String, _ open: String, _ close: String) -> String? {
        guard let first = text.range(of: close, options: .caseInsensitive),
            let second = text.range(of: open, options: .caseInsensitive, range: first.upperBound..<text.endIndex)
        else { return nil }
        let answer = text[first.upperBound..<second.lowerBound].trimmingCharacters(in: .whitespacesAndNewlines)
        return answer.isEmpty || answer.range(of: close, options: .caseInsensitive) != nil ? nil : answer
    }

    /// The reply in a text, parsed in the requested format.
    package static func reply(_ text: String, as format: AnswerFormat) -> Reply {
        let answer = withoutReasoning(text)
        guard let property = format.schema?.property, !isEmpty(answer) else { return .text(answer) }
        let trimmed = answer.trimmingCharacters(in: .whitespacesAndNewlines)
        if let (document, contradicted) = object(fenced(trimmed) ?? trimmed) {
            // An object that gives the property two values has no answer.
            if contradicted.contains(property) { return .unreadable(answer, value: nil) }
            switch document[property] {
            case .string(let value): return .text(value)
            case .null where document.object?[property] != nil: return .text("")
            default: return .unreadable(answer, value: meaning(of: document, property))
            }
        }
        // Several objects have a meaning only if it is the same.
        let meanings = ReplyText(answer).objects.map { document, contradicted in
            contradicted.contains(property) ? nil : meaning(of: document, property)
        }
        let stated = Set(meanings.compactMap(\.self))
        return .unreadable(answer, value: stated.count == 1 ? stated.first : nil)
    }

    /// The label that a JSON object of the wrong shape most likely means: the value of a key that differs only in
    /// case or punctuation, a number or Boolean, or a list of one string. `nil` if several keys match.
    private static func meaning(of document: JSONValue, _ property: String) -> String? {
        func plain(_ name: String) -> String { name.lowercased().filter { $0.isLetter || $0.isNumber } }
        let members = (document.object ?? [:]).filter { plain($0.key) == plain(property) }
        guard let value = members.count == 1 ? members.first?.value : members[property] else { return nil }
        switch value {
        case .string(let text): return text
        case .bool, .int, .double: return value.canonical
        case .array(let items): return items.count == 1 ? items[0].string : nil
        case .null, .object: return nil
        }
    }

    private static func object(_ text: String) -> (JSONValue, contradicted: Set<String>)? {
        var contradicted: Set<String> = []
        guard let document = try? JSONValue(parsing: Data(text.utf8), contradicted: &contradicted), document.object != nil
        else { return nil }
        return (document, contradicted)
    }

    /// The content of a code fence that encloses the whole text.
    private static func fenced(_ text: String) -> String? {
        guard text.hasPrefix("```"), text.hasSuffix("```"), text.utf8.count >= 6 else { return nil }
        let inner = text.dropFirst(3).dropLast(3)
        guard !inner.contains("```") else { return nil }
        return String(inner.drop { $0 != "{" && $0 != "\n" })
    }
}
