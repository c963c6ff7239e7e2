// The prompts of vision-language models.

import Basics

/// The messages sent with an image. Texts may contain `{{ labels }}`, the sorted labels joined by `, `, or a form
/// that is unambiguous for labels with commas: `{{ labels | list }}` or `{{ labels | json }}`.
package struct PromptSpec: Hashable, Sendable, Codable {
    /// The system message; `nil` for none.
    package var system: String?
    /// The parts of the user message, in order; exactly one is the image.
    package var user: [Part]
    /// Few-shot examples placed before the question; `nil` for none.
    package var examples: ExamplesSpec?

    /// - Parameter user: exactly one part is the image.
    package init(system: String? = nil, user: [Part] = [.image], examples: ExamplesSpec? = nil) {
        self.system = system
        self.user = user
        self.examples = examples
    }
}

extension PromptSpec {
    /// A part of the user message.
    package enum Part: Hashable, Sendable, Codable {
        case image
        case text(String)
    }

    /// The formats of the label list in a prompt.
    package enum LabelForm: Hashable, Sendable, CaseIterable {
        /// `{{ labels }}`: joined by `, `.
        case commas
        /// `{{ labels | list }}`: one line per label, each starting with `- `.
        case list
        /// `{{ labels | json }}`: a JSON array of strings.
        case json

        /// Parses the text between the braces of a placeholder; `nil` when it is not a label list.
        package init?(placeholder: String) {
            switch placeholder.filter({ $0 != " " }) {
            case "labels": self = .commas
            case "labels|list": self = .list
            case "labels|json": self = .json
            default: return nil
            }
        }

        fileprivate func text(_ labels: [String]) -> String {
            switch self {
            case .commas: labels.joined(separator: ", ")
            case .list: labels.map { "- " + $0 }.joined(separator: "\n")
            case .json: "[" + labels.map { JSONValue.string($0).canonical }.joined(separator: ", ") + "]"
            }
        }

        /// Whether a label in this format could be read as two labels, or as part of one.
        package func isAmbiguous(_ label: String) -> Bool {
            switch self {
            case .commas: label.contains(",") || label.contains(where: \.isNewline)
            case .list: label.contains(where: \.isNewline)
            case .json: false
            }
        }
    }

    /// A prompt text with the label list inserted.
    package static func rendered(_ text: String, labels: [String]) -> String {
        text.replacing(#/\{\{\s*labels\s*(?:\|\s*(list|json)\s*)?\}\}/#) { match in
            let form: LabelForm = match.output.1.map { $0 == "list" ? .list : .json } ?? .commas
            return form.text(labels)
        }
    }

    /// A prompt text with the label list and other variables inserted. Values are inserted literally: braces within
    /// them are not placeholders.
    package static func rendered(_ text: String, labels: [String], variables: [String: String]) -> String {
        guard !variables.isEmpty, text.utf8.contains(UInt8(ascii: "{")) else { return rendered(text, labels: labels) }
        var result = "", rest = text[...]
        while let match = rest.firstMatch(of: #/\{\{\s*([a-z_]+)\s*\}\}/#) {
            result += rendered(String(rest[..<match.range.lowerBound]), labels: labels)
            let name = String(match.output.1)
            result += variables[name] ?? rendered(String(match.output.0), labels: labels)
            rest = rest[match.range.upperBound...]
        }
        return result + rendered(String(rest), labels: labels)
    }

    /// The names of all placeholders in the user message, such as `question`.
    package var variableNames: Set<String> {
        var names = Set<String>()
        for case .text(let text) in user {
            names.formUnion(text.matches(of: #/\{\{\s*([a-z_]+)\s*\}\}/#).map { String($0.output.1) })
        }
        return names
    }

    /// The label list formats used in the prompt's texts.
    package var labelForms: Set<LabelForm> {
        var texts = system.map { [$0] } ?? []
        for case .text(let text) in user { texts.append(text) }
        return Set(
            texts.flatMap { text in
                text.matches(of: #/\{\{\s*labels\s*(?:\|\s*(list|json)\s*)?\}\}/#).map { match in
                    match.output.1.map { $0 == "list" ? LabelForm.list : .json } ?? .commas
                }
            })
    }
}
