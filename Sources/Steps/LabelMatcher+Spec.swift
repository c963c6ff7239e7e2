// The declared matching of a spec: its matcher, and what is wrong with it for a dataset's labels.

import Planning
import Specification
import Statistics

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

    /// Throws `StepFailure.matchConflicts` where one answer could match two labels.
    func check(labels: [String]) throws {
        let conflicts = LabelMatcher.conflicts(labels: labels, ignoring: ignored, aliases: aliases ?? [:])
        guard conflicts.isEmpty else { throw StepFailure.matchConflicts(conflicts) }
    }
}

extension LabelMatcher {
    init(labels: [String], match: MatchSpec) {
        self.init(labels: labels, ignoring: match.ignored, aliases: match.aliases ?? [:])
    }
}

extension Step {
    /// Throws `StepFailure.matchConflicts` where answers of this step could match two labels.
    func checkMatches(labels: [String]) throws {
        for match in matches { try match.check(labels: labels) }
    }
}
