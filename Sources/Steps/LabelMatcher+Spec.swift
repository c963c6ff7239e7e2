// Creates a label matcher from a spec's `match`, and checks `match` against a dataset's labels.

import Artifacts
import Basics
import Planning
package import Specification
package import Statistics

extension MatchSpec {
    var ignored: Set<TextDifference> {
        var ignored: Set<TextDifference> = []
        if ignoreCase { ignored.insert(.case) }
        if ignoreSpaces { ignored.insert(.spaces) }
        if ignorePunctuation == true { ignored.insert(.punctuation) }
        if ignoreMarkdown == true { ignored.insert(.markdown) }
        if ignoreQuotes == true { ignored.insert(.quotes) }
        if unicode == .nfkc { ignored.insert(.unicode) }
        return ignored
    }

    /// The reasons why one answer could match two labels, or why an alias or label could never match; empty if there
    /// are none.
    package func conflicts(labels: [String]) -> [MatchConflict] {
        LabelMatcher.conflicts(labels: labels, ignoring: ignored, aliases: aliases ?? [:])
    }

    /// Conflicts among the aliases alone, which can be found before the dataset's labels are known.
    package var conflictsOfAliases: [MatchConflict] { conflicts(labels: (aliases ?? [:]).keys.sortedByBytes()) }

    /// - Throws: `StepFailure.matchConflicts` if one answer could match two labels; a `Diagnostic` instead if the
    ///   position of `match` in the spec is known.
    func check(labels: [String], at place: SourceRange? = nil) throws {
        let conflicts = conflicts(labels: labels)
        guard !conflicts.isEmpty else { return }
        let failure = StepFailure.matchConflicts(conflicts)
        guard let place else { throw failure }
        throw Diagnostic(code: MatchConflict.code, "\(failure)", at: place)
    }
}

extension LabelMatcher {
    init(labels: [String], match: MatchSpec) {
        self.init(labels: labels, ignoring: match.ignored, aliases: match.aliases ?? [:])
    }
}

extension MatchConflict {
    /// The diagnostic code of every match conflict.
    package static let code = "match-conflict"

    /// The conflict in one sentence, with a remedy.
    package var text: String {
        switch self {
        case .equalLabels(let labels):
            "'match' makes the labels \(labels.map { "'\($0)'" }.joined(separator: " and ")) equal, so that one "
                + "answer could match both; ignore fewer differences or rename a label"
        case .alias(let name, let label, let other):
            "'match' has the alias '\(name)' of '\(label)', which also names '\(other)'; remove one of them"
        case .unknownLabel(let label):
            "'match' has aliases of '\(label)', which is not a label of the dataset; write "
                + "'aliases: { LABEL: [other names] }'"
        case .empty(let name, let label?):
            "'match' has the alias '\(name)' of '\(label)', which is empty when the declared differences are ignored; "
                + "remove it"
        case .empty(let name, nil):
            "'match' removes all characters of the label '\(name)', so that no answer could match it; ignore fewer differences or "
                + "rename the label"
        }
    }
}

extension Step {
    /// The position of the step's `match` in the spec; its aliases are preferred. `nil` if the spec does not declare
    /// it.
    var matchPlace: SourceRange? {
        let parts = parts.filter { $0.name.hasPrefix("match") && $0.place != nil }
        return (parts.first { $0.name.hasPrefix("match.aliases") } ?? parts.first)?.place
    }

    /// - Throws: the errors of `MatchSpec.check` if answers of this step could match two labels.
    func checkMatches(labels: [String]) throws {
        for declared in matches { try declared.match.check(labels: labels, at: declared.place) }
    }
}
