// Table columns that a task reads, and the cells of a row.

package import Basics
import Foundation

/// A column with a reference, or with text for the prompt.
package struct TaskColumn: Hashable, Sendable {
    /// The column's role, which is also its key in `dataset.columns`: `question`.
    package var role: String
    /// Lower-case names by which the column is found if the spec does not name it; the first one is the role.
    package var commonNames: [String]
    /// Whether a table without this column is an error.
    package var isRequired: Bool
    /// Whether prompts may use the cell's text as a variable named after the role.
    package var isVariable: Bool
    /// Whether the column is found by its usual names; otherwise it counts only if the spec names it.
    package var isFoundByName = true
    /// The contents as a phrase that completes "the column for the …".
    package var meaning: String

    /// - Parameter meaning: completes "the column for the …".
    package init(
        _ role: String, _ meaning: String, alsoNamed names: [String] = [], isRequired: Bool = true,
        isVariable: Bool = false
    ) {
        self.role = role
        self.meaning = meaning
        commonNames = [role] + names
        self.isRequired = isRequired
        self.isVariable = isVariable
    }

    /// The type of the question, by which reports break results down; only if the spec names the column.
    package static var type: TaskColumn {
        var column = TaskColumn("type", "type of question", isRequired: false, isVariable: true)
        column.isFoundByName = false
        return column
    }

    /// The question about the image, available in prompts as `{{ question }}`.
    package static func question(isRequired: Bool) -> TaskColumn {
        TaskColumn("question", "question", alsoNamed: ["query"], isRequired: isRequired, isVariable: true)
    }
}

/// The cells of one row by role. An empty or absent cell is `nil`, except for empty text in a CSV file, which the
/// task interprets.
package struct TaskRow: Hashable, Sendable {
    private let cells: [String: String]
    /// The table's column name for each role, for messages.
    private let names: [String: String]

    /// - Parameter names: the table's column names by role, for messages.
    package init(cells: [String: String], names: [String: String] = [:]) {
        self.cells = cells
        self.names = names
    }

    /// The unmodified text of a cell; `nil` if the table has no such column.
    package subscript(role: String) -> String? { cells[role] }

    /// The trimmed text of a cell.
    /// - Throws: `TaskRowError` if it is empty or absent.
    package func text(_ role: String) throws(TaskRowError) -> String {
        let text = (cells[role] ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
        guard !text.isEmpty else { throw TaskRowError("the column '\(names[role] ?? role)' is empty") }
        guard text.utf8.count <= TaskRow.maxTextBytes else {
            throw TaskRowError(
                "the column '\(names[role] ?? role)' has \(text.utf8.count) bytes; at most \(TaskRow.maxTextBytes) can be scored")
        }
        return text
    }

    /// The largest size of a reference in bytes: every answer is compared with it in seconds.
    package static let maxTextBytes = 500_000

    /// The JSON value of a cell: an object, a list, or the JSON text of either.
    /// - Throws: `TaskRowError` for anything else.
    package func json(_ role: String) throws(TaskRowError) -> JSONValue {
        let text = try text(role)
        do { return try JSONValue(parsingRecord: Data(text.utf8)) } catch {
            let reason = (error as? DecodingError)?.reason ?? "not JSON"
            throw TaskRowError("the column '\(names[role] ?? role)' is not usable JSON (\(reason)): \(text.prefix(60))")
        }
    }

    /// The texts of a cell that holds one text or a list of texts, as JSON or as Python writes it: pandas writes lists to CSV
    /// as `['a', 'b']`. An item of the list may be an object with the text in `answer` (the form of VQA v2) or `text`, and an
    /// object may have the list in `text` (the form of SQuAD at Hugging Face).
    /// - Throws: `TaskRowError` also for text that begins like a list and is none, which no answer would equal.
    package func texts(_ role: String) throws(TaskRowError) -> [String] {
        var text = try text(role)
        if text.hasPrefix("{"),
            let list = ((try? JSONValue(parsingRecord: Data(text.utf8), allowsRepeatedNames: true)) ?? ReplyText.literal(text))?[
                "text"], list.array != nil
        {
            text = list.canonical
        }
        guard text.hasPrefix("[") else { return [text] }
        guard
            let items = (try? JSONValue(parsingRecord: Data(text.utf8), allowsRepeatedNames: true).array)
                ?? ReplyText.literal(text)?.array
        else {
            let start = text.dropFirst().first { !$0.isWhitespace }
            guard start == "'" || start == "\"" else { return [text] }
            throw TaskRowError(
                "the column '\(names[role] ?? role)' begins like a list but is not a JSON list of texts: \(text.prefix(60))")
        }
        var texts: [String] = []
        for item in items {
            switch item {
            case .string(let text): texts.append(text)
            case .int, .double, .bool: texts.append(item.canonical)
            case .object where item["answer"]?.string != nil || item["text"]?.string != nil:
                texts.append(item["answer"]?.string ?? item["text"]?.string ?? "")
            default:
                throw TaskRowError(
                    "the column '\(names[role] ?? role)' contains a list with \(item.canonical.prefix(60)), not only strings")
            }
        }
        guard !texts.isEmpty else { throw TaskRowError("the column '\(names[role] ?? role)' is an empty list") }
        return texts
    }
}

/// Why a row cannot be used, as a self-contained message.
package struct TaskRowError: Error, Hashable, Sendable {
    /// The message, without the row's location.
    package var message: String

    /// - Parameter message: a phrase that is understandable without the row's location.
    package init(_ message: String) { self.message = message }
}
