// The declared matching of a spec: its matcher, and what is wrong with it for a dataset's labels.

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

    /// Why one answer could match two labels, or none that is named; empty where neither can happen.
    package func conflicts(labels: [String]) -> [MatchConflict] {
        LabelMatcher.conflicts(labels: labels, ignoring: ignored, aliases: aliases ?? [:])
    }

    /// What is wrong with the aliases whatever the labels of the dataset are.
    package var conflictsOfAliases: [MatchConflict] { conflicts(labels: (aliases ?? [:]).keys.sortedByBytes()) }

    /// - Throws: `StepFailure.matchConflicts` where one answer could match two labels; a `Diagnostic` where the place of
    ///   the matching in the spec is known.
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
    /// The code of a diagnostic about a conflict.
    package static let code = "match-conflict"

    /// The conflict in one sentence, with what to do about it.
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
            "'match' leaves nothing of the label '\(name)', so that no answer could match it; ignore fewer differences or "
                + "rename the label"
        }
    }
}

extension Step {
    /// Where the step declares its matching in the spec.
    var matchPlace: SourceRange? {
        let parts = parts.filter { $0.name.hasPrefix("match") && $0.place != nil }
        return (parts.first { $0.name.hasPrefix("match.aliases") } ?? parts.first)?.place
    }

    /// - Throws: as `MatchSpec.check`, where answers of this step could match two labels.
    func checkMatches(labels: [String]) throws {
        for declared in matches { try declared.match.check(labels: labels, at: declared.place) }
    }
}
