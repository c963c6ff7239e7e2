// Columns of a table that a task reads, and the cells of a row.

package import Basics
import Foundation

/// A column that holds a reference, or a text for the prompt.
package struct TaskColumn: Hashable, Sendable {
    /// What the column holds, which is also its name in `dataset.columns`: `question`.
    package var role: String
    /// Names by which the column is found where the spec does not name it, in lower case; the first is the role's own.
    package var usualNames: [String]
    package var isRequired: Bool
    /// Whether prompts may use the cell's text as a variable of the role's name.
    package var isVariable: Bool
    /// What it holds, in words that complete "the column for the …".
    package var meaning: String

    package init(
        _ role: String, _ meaning: String, alsoNamed names: [String] = [], isRequired: Bool = true,
        isVariable: Bool = false
    ) {
        self.role = role
        self.meaning = meaning
        usualNames = [role] + names
        self.isRequired = isRequired
        self.isVariable = isVariable
    }

    /// The question about the image, which prompts use as `{{ question }}`.
    package static func question(isRequired: Bool) -> TaskColumn {
        TaskColumn("question", "question", alsoNamed: ["query"], isRequired: isRequired, isVariable: true)
    }
}

/// The cells of one row by role. A cell that is empty or absent is `nil`, except for the empty text of a separated file,
/// which only its task can interpret.
package struct TaskRow: Hashable, Sendable {
    private let cells: [String: String]
    /// The column's own name by role, for messages.
    private let names: [String: String]

    package init(cells: [String: String], names: [String: String] = [:]) {
        self.cells = cells
        self.names = names
    }

    /// The text of a cell as it stands in the file; `nil` where the table has no such column.
    package subscript(role: String) -> String? { cells[role] }

    /// The text of a cell that must not be empty, without white space at its ends.
    package func text(_ role: String) throws(TaskRowError) -> String {
        let text = (cells[role] ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
        guard !text.isEmpty else { throw TaskRowError("the column '\(names[role] ?? role)' is empty") }
        return text
    }

    /// The JSON value of a cell that must hold one: an object, a list, or the JSON text of either.
    package func json(_ role: String) throws(TaskRowError) -> JSONValue {
        let text = try text(role)
        do { return try JSONValue(parsing: Data(text.utf8)) } catch {
            throw TaskRowError("the column '\(names[role] ?? role)' is not JSON: \(text.prefix(60))")
        }
    }

    /// A cell that holds one text or a JSON list of texts.
    package func texts(_ role: String) throws(TaskRowError) -> [String] {
        let text = try text(role)
        guard text.hasPrefix("["), let items = try? JSONValue(parsing: Data(text.utf8)).array else { return [text] }
        var texts: [String] = []
        for item in items {
            switch item {
            case .string(let text): texts.append(text)
            case .int, .double, .bool: texts.append(item.canonical)
            default: throw TaskRowError("the column '\(names[role] ?? role)' holds a list with \(item.canonical.prefix(60)), not texts alone")
            }
        }
        guard !texts.isEmpty else { throw TaskRowError("the column '\(names[role] ?? role)' is an empty list") }
        return texts
    }
}

/// Why a row cannot be used, in words that stand alone.
package struct TaskRowError: Error, Hashable, Sendable {
    package var message: String

    package init(_ message: String) { self.message = message }
}
