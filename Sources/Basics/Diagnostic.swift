// Diagnostics of inputs as data: the problem, its position and the remedy. Only the front end prints them.

/// A range in one line of a text file. Lines and columns count from 1; columns count characters.
package struct SourceRange: Hashable, Sendable, Codable {
    /// The path as the user gave it.
    package var file: String
    /// The line, counted from 1.
    package var line: Int
    /// The column of the first character, counted from 1.
    package var column: Int
    /// The column after the last character on the same line; `nil` when only the start is known.
    package var endColumn: Int?

    /// - Parameter endColumn: the column after the last character; `nil` when only the start is known.
    package init(file: String, line: Int, column: Int, endColumn: Int? = nil) {
        self.file = file
        self.line = line
        self.column = column
        self.endColumn = endColumn
    }

    /// The position as `file:line:column`.
    package var place: String { "\(file):\(line):\(column)" }
}

/// An error or warning about an input. An error prevents the run; a warning does not.
package struct Diagnostic: Hashable, Sendable, Error {
    /// Whether the diagnostic prevents the run (`error`) or not (`warning`).
    package enum Severity: String, Sendable, Codable, Hashable { case error, warning }

    /// A second location related to the diagnostic.
    package struct Note: Hashable, Sendable {
        /// The relation of the location to the problem.
        package var message: String
        /// The location; `nil` when the note applies to no particular place.
        package var range: SourceRange?

        /// - Parameter range: the location; `nil` when the note applies to no particular place.
        package init(_ message: String, at range: SourceRange? = nil) {
            self.message = message
            self.range = range
        }
    }

    /// Whether the diagnostic prevents the run.
    package var severity: Severity
    /// A stable code such as `unknown-key`, explained in `docs/errors.md`.
    package var code: String
    /// The problem, as one sentence, with the wrong value.
    package var message: String
    /// The location of the problem; `nil` when it is in no text file.
    package var range: SourceRange?
    /// The remedy, as one sentence; `nil` when there is no advice.
    package var hint: String?
    /// Related locations, in the order in which they are shown.
    package var notes: [Note]

    /// - Parameter code: a stable code that is listed in `docs/errors.md`.
    package init(
        _ severity: Severity = .error, code: String, _ message: String, at range: SourceRange? = nil,
        hint: String? = nil, notes: [Note] = []
    ) {
        self.severity = severity
        self.code = code
        self.message = message
        self.range = range
        self.hint = hint
        self.notes = notes
    }
}

/// Several diagnostics thrown together; at least one is an error.
package struct DiagnosticsError: Error, Sendable {
    /// All diagnostics, warnings included, in the order in which they are shown.
    package var diagnostics: [Diagnostic]

    /// - Parameter diagnostics: at least one of them is an error.
    package init(_ diagnostics: [Diagnostic]) { self.diagnostics = diagnostics }
}

extension Diagnostic: CustomStringConvertible {
    /// `file:line:column: error[code]: message`, on one line.
    package var description: String {
        (range.map { $0.place + ": " } ?? "") + "\(severity.rawValue)[\(code)]: \(message)"
    }
}
