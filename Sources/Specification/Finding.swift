// One thing that is wrong in a spec, and where.

package import Basics

/// A problem at its place, with the related places. Its words are made by `SpecProblem+Wording`.
package struct Finding: Error, Sendable, Hashable {
    package struct Note: Sendable, Hashable {
        package var subject: SpecProblem.Related
        package var position: YAMLPosition

        package init(_ subject: SpecProblem.Related, at position: YAMLPosition) {
            self.subject = subject
            self.position = position
        }
    }

    package var problem: SpecProblem
    /// Where; `nil` when no text is at fault, as for a file that cannot be read.
    package var position: YAMLPosition?
    package var notes: [Note]

    package init(_ problem: SpecProblem, at position: YAMLPosition?, notes: [Note] = []) {
        self.problem = problem
        self.position = position
        self.notes = notes
    }

    package var isError: Bool { problem.severity == .error }

    /// In words, without anything that looks like a key.
    package var diagnostic: Diagnostic {
        Diagnostic(
            problem.severity, code: problem.code.rawValue, KeyMask.masked(problem.message), at: position?.range,
            hint: problem.hint.map(KeyMask.masked),
            notes: notes.map { .init(KeyMask.masked($0.subject.message), at: $0.position.range) })
    }
}

/// Everything that was found wrong with a spec, at least one error among it, and the texts in which it stands.
package struct SpecificationError: Error, Sendable {
    package var diagnostics: [Diagnostic]
    package var sources: SourceTexts

    package init(_ diagnostics: [Diagnostic], sources: SourceTexts) {
        self.diagnostics = diagnostics
        self.sources = sources
    }
}

/// The texts that were read, by name, for showing the line of a diagnostic.
package struct SourceTexts: Sendable, Hashable {
    private var texts: [String: SourceText] = [:]

    package init() {}

    package mutating func add(_ text: SourceText) { texts[text.name] = text }

    package func line(_ number: Int, of file: String) -> String? { texts[file]?.line(number) }

    /// The whole text of a file; what is not UTF-8 in it is replaced.
    package subscript(file: String) -> String? { texts[file].map { String(decoding: $0.bytes, as: UTF8.self) } }
}
