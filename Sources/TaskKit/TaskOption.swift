// Task options in a spec and their values.

package import Basics

/// One option of a task: `score` in `task: { answer: { score: anls } }`.
package struct TaskOption: Hashable, Sendable {
    /// The key in the spec.
    package var name: String
    /// The expected value as a phrase that completes "… is expected": `a list of texts`.
    package var expected: String
    /// The JSON schema of the value.
    package var schema: JSONValue
    /// Whether a spec without the option is an error.
    package var isRequired: Bool
    /// Whether the option affects references or requests. Options that affect only the score can change without new
    /// requests.
    package var isAsked: Bool
    /// The meaning, in one or two sentences of Markdown.
    package var summary: String

    /// - Parameter isAsked: false for options that affect only the score.
    package init(
        _ name: String, expected: String, schema: JSONValue, isRequired: Bool = false, isAsked: Bool = true, _ summary: String
    ) {
        self.name = name
        self.expected = expected
        self.schema = schema
        self.isRequired = isRequired
        self.isAsked = isAsked
        self.summary = summary
    }

    /// An option with one of the given words as its value.
    package static func choice(_ name: String, _ words: [String], isAsked: Bool = true, _ summary: String) -> TaskOption {
        TaskOption(
            name, expected: "one of " + words.joined(separator: ", "),
            schema: ["enum": .array(words.map(JSONValue.string))], isAsked: isAsked, summary)
    }

    /// An option with a list of distinct texts as its value.
    package static func texts(_ name: String, isRequired: Bool = false, isAsked: Bool = true, _ summary: String) -> TaskOption {
        TaskOption(
            name, expected: "a list of texts",
            schema: ["type": "array", "items": ["type": "string"], "uniqueItems": true], isRequired: isRequired,
            isAsked: isAsked, summary)
    }
}

/// The option values that a spec sets for a task.
package struct TaskOptions: Hashable, Sendable, Codable {
    /// Unvalidated values by option name.
    package var values: [String: JSONValue]

    /// - Parameter values: by option name; empty for a task without options.
    package init(_ values: [String: JSONValue] = [:]) { self.values = values }

    /// The value of an option; `nil` if the spec does not set it.
    package subscript(name: String) -> JSONValue? { values[name] }

    /// Decodes a plain map of options.
    package init(from decoder: any Decoder) throws { values = try [String: JSONValue](from: decoder) }
    /// Encodes a plain map of options.
    package func encode(to encoder: any Encoder) throws { try values.encode(to: encoder) }

    /// The value of a choice option; `nil` if it is not set.
    /// - Throws: `TaskOptionError` for any other word.
    package func choice(_ name: String, of words: [String]) throws(TaskOptionError) -> String? {
        guard let value = values[name] else { return nil }
        guard let word = value.string, words.contains(word) else {
            throw TaskOptionError(
                [name], "'\(value.string ?? value.canonical)' is not a value of '\(name)'",
                hint: value.string.flatMap { nearest(to: $0, among: words) }.map { "did you mean '\($0)'?" }
                    ?? "choose one of \(words.joined(separator: ", "))")
        }
        return word
    }

    /// The value of an option with distinct texts; `nil` if it is not set.
    /// - Throws: `TaskOptionError` for any other value.
    package func texts(_ name: String) throws(TaskOptionError) -> [String]? {
        guard let value = values[name] else { return nil }
        let texts = value.array?.map(\.string)
        var list: [String] = []
        for (index, text) in (texts ?? [nil]).enumerated() {
            guard let text, !text.isEmpty else {
                throw TaskOptionError(
                    texts == nil ? [name] : [name, String(index)], "'\(name)' is a list of texts",
                    hint: "for example '\(name): [cat, dog]'")
            }
            guard !list.contains(text) else {
                throw TaskOptionError([name, String(index)], "'\(text)' is listed twice", hint: "remove one of the two")
            }
            list.append(text)
        }
        guard !list.isEmpty else {
            throw TaskOptionError([name], "'\(name)' is empty", hint: "list at least one, or remove the option")
        }
        return list
    }
}

/// An invalid option of a task. The spec reader adds its position in the file.
package struct TaskOptionError: Error, Hashable, Sendable {
    /// The option and the path within its value: `fields`, `total`. Empty for errors of the task as a whole.
    package var path: [String]
    /// The error message, with the offending value.
    package var message: String
    /// The suggested fix; `nil` if the message suffices.
    package var hint: String?

    /// - Parameter path: the option and the path within its value.
    package init(_ path: [String], _ message: String, hint: String? = nil) {
        self.path = path
        self.message = message
        self.hint = hint
    }
}

/// The task of a spec: its name and unvalidated options.
package struct TaskChoice: Hashable, Sendable, Codable {
    /// The task's name, which may be unknown.
    package var name: String
    /// The options as written in the spec.
    package var options: TaskOptions

    /// Creates a choice without checking it against a registry.
    package init(_ name: String, _ options: TaskOptions = TaskOptions()) {
        self.name = name
        self.options = options
    }

    /// The default task of a spec without `task:`.
    package static let classification = "classify"
    /// The task of requests to judges, which plans use.
    package static let verdict = "verdict"

    /// The choice without options that affect only the score: the part that data steps and requests depend on.
    package func asked(by kind: (any TaskDefinition.Type)?) -> TaskChoice {
        let names = Set((kind?.options ?? []).filter(\.isAsked).map(\.name))
        return TaskChoice(name, TaskOptions(options.values.filter { names.contains($0.key) }))
    }
}
