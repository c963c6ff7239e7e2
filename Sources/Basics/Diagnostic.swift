// What is wrong with an input, where, and what to do: data that only the front prints.

/// A place in a text file. Lines and columns count from 1; columns count characters.
package struct SourceRange: Hashable, Sendable, Codable {
    /// The path as the user named it.
    package var file: String
    package var line: Int
    package var column: Int
    /// The column after the last character on the same line; `nil` where only the start is known.
    package var endColumn: Int?

    package init(file: String, line: Int, column: Int, endColumn: Int? = nil) {
        self.file = file
        self.line = line
        self.column = column
        self.endColumn = endColumn
    }

    /// `file:line:column`.
    package var place: String { "\(file):\(line):\(column)" }
}

/// One finding about an input: an error stops before anything runs, a warning does not.
package struct Diagnostic: Hashable, Sendable, Error {
    package enum Severity: String, Sendable, Codable, Hashable { case error, warning }

    /// A second place that belongs to the finding.
    package struct Note: Hashable, Sendable {
        package var message: String
        package var range: SourceRange?

        package init(_ message: String, at range: SourceRange? = nil) {
            self.message = message
            self.range = range
        }
    }

    package var severity: Severity
    /// A stable word such as `unknown-key`; its meaning is told in `docs/errors.md`.
    package var code: String
    package var message: String
    package var range: SourceRange?
    /// What to do about it, in one sentence.
    package var hint: String?
    package var notes: [Note]

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

/// Several findings thrown at once; at least one is an error.
package struct DiagnosticsError: Error, Sendable {
    package var diagnostics: [Diagnostic]

    package init(_ diagnostics: [Diagnostic]) { self.diagnostics = diagnostics }
}

extension Diagnostic: CustomStringConvertible {
    /// `file:line:column: error[code]: message`, on one line.
    package var description: String {
        (range.map { $0.place + ": " } ?? "") + "\(severity.rawValue)[\(code)]: \(message)"
    }
}
