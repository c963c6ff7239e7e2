// Options of a task in a spec, and the values that a spec gives them.

package import Basics

/// One option of a task: `score` of `task: { answer: { score: anls } }`.
package struct TaskOption: Hashable, Sendable {
    package var name: String
    /// What is expected, in words that complete "… is expected": `a list of texts`.
    package var expected: String
    /// The JSON schema of its value.
    package var schema: JSONValue
    package var isRequired: Bool
    /// What it means, in a sentence or two of Markdown.
    package var summary: String

    package init(_ name: String, expected: String, schema: JSONValue, isRequired: Bool = false, _ summary: String) {
        self.name = name
        self.expected = expected
        self.schema = schema
        self.isRequired = isRequired
        self.summary = summary
    }

    /// One of some words.
    package static func choice(_ name: String, _ words: [String], _ summary: String) -> TaskOption {
        TaskOption(
            name, expected: "one of " + words.joined(separator: ", "),
            schema: ["enum": .array(words.map(JSONValue.string))], summary)
    }

    /// A list of different texts.
    package static func texts(_ name: String, isRequired: Bool = false, _ summary: String) -> TaskOption {
        TaskOption(
            name, expected: "a list of texts",
            schema: ["type": "array", "items": ["type": "string"], "uniqueItems": true], isRequired: isRequired, summary)
    }
}

/// The options that a spec gives a task.
package struct TaskOptions: Hashable, Sendable, Codable {
    package var values: [String: JSONValue]

    package init(_ values: [String: JSONValue] = [:]) { self.values = values }

    package subscript(name: String) -> JSONValue? { values[name] }

    package init(from decoder: any Decoder) throws { values = try [String: JSONValue](from: decoder) }
    package func encode(to encoder: any Encoder) throws { try values.encode(to: encoder) }

    /// A text that is one of some words; `nil` without the option.
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

    /// A list of different texts; `nil` without the option.
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
            throw TaskOptionError([name], "'\(name)' is empty", hint: "list at least one, or leave the option out")
        }
        return list
    }
}

/// What is wrong with an option of a task.
package struct TaskOptionError: Error, Hashable, Sendable {
    /// The option, and where in its value: `fields`, `total`. Empty for the task as a whole.
    package var path: [String]
    package var message: String
    package var hint: String?

    package init(_ path: [String], _ message: String, hint: String? = nil) {
        self.path = path
        self.message = message
        self.hint = hint
    }
}

/// The task of a spec: its name and options as they are written.
package struct TaskChoice: Hashable, Sendable, Codable {
    package var name: String
    package var options: TaskOptions

    package init(_ name: String, _ options: TaskOptions = TaskOptions()) {
        self.name = name
        self.options = options
    }
}
