// Problems of a spec with their positions.

package import Basics

/// A problem with its position and related positions. `SpecProblem+Wording` provides its message.
package struct Finding: Error, Sendable, Hashable {
    /// A second position that explains the problem.
    package struct Note: Sendable, Hashable {
        /// The relation of the position to the problem.
        package var subject: SpecProblem.Related
        /// The related position, possibly in another file.
        package var position: YAMLPosition

        /// - Parameter subject: how the position relates to the problem.
        package init(_ subject: SpecProblem.Related, at position: YAMLPosition) {
            self.subject = subject
            self.position = position
        }
    }

    /// The problem, as a value without wording.
    package var problem: SpecProblem
    /// The position; `nil` when no text is at fault, as for an unreadable file.
    package var position: YAMLPosition?
    /// Related positions, in the order in which they are shown.
    package var notes: [Note]

    /// - Parameter position: `nil` when no text is at fault.
    package init(_ problem: SpecProblem, at position: YAMLPosition?, notes: [Note] = []) {
        self.problem = problem
        self.position = position
        self.notes = notes
    }

    /// Whether the problem prevents the run; a warning does not.
    package var isError: Bool { problem.severity == .error }

    /// The finding as a diagnostic with its message and hint; anything that looks like a key is masked.
    package var diagnostic: Diagnostic {
        Diagnostic(
            problem.severity, code: problem.code.rawValue, KeyMask.masked(problem.message), at: position?.range,
            hint: problem.hint.map(KeyMask.masked),
            notes: notes.map { .init(KeyMask.masked($0.subject.message), at: $0.position.range) })
    }
}

/// The error for an invalid spec: all diagnostics, at least one of them an error, and the source texts.
package struct SpecificationError: Error, Sendable {
    /// The problems to report; at least one of them is an error.
    package var diagnostics: [Diagnostic]
    /// The texts of the files, for excerpts in messages.
    package var sources: SourceTexts

    /// - Parameter sources: the texts that the diagnostics refer to.
    package init(_ diagnostics: [Diagnostic], sources: SourceTexts) {
        self.diagnostics = diagnostics
        self.sources = sources
    }
}

/// The texts that were read, by file name, for excerpts in diagnostics.
package struct SourceTexts: Sendable, Hashable {
    private var texts: [String: SourceText] = [:]

    /// Starts without texts.
    package init() {}

    /// Adds a text under its name; a text of the same name is replaced.
    package mutating func add(_ text: SourceText) { texts[text.name] = text }

    /// A line, counted from 1, without its line break; `nil` for an unknown file or line.
    package func line(_ number: Int, of file: String) -> String? { texts[file]?.line(number) }

    /// The whole text of a file, with invalid UTF-8 replaced; `nil` for an unknown file.
    package subscript(file: String) -> String? { texts[file].map { String(decoding: $0.bytes, as: UTF8.self) } }
}
