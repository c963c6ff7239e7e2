// Answers that differ from a label: the ignored differences, the reports of matching, and conflicts.

import Statistics
import Testing

@Suite struct NormalizationTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var id: String
        var answer: String
        var label: String?
        var ignoring: [TextDifference] = []
        var testDescription: String { id }
    }

    /// Guards decorated answers that were all counted as unmatched without a word: 0 % instead of 83%.
    @Test(arguments: [
        Case(id: "period", answer: "blue.", label: "blue", ignoring: [.punctuation]),
        Case(id: "bold", answer: "**red**", label: "red", ignoring: [.markdown]),
        Case(id: "bold and a period", answer: "**circle**.", label: nil),
        Case(id: "quotes", answer: "\"red\"", label: "red", ignoring: [.quotes]),
        Case(id: "curly quotes", answer: "“red”", label: "red", ignoring: [.quotes]),
        Case(id: "introduction", answer: "Category: green", label: "green", ignoring: [.punctuation]),
        Case(id: "bold introduction", answer: "**Category:** green", label: "green", ignoring: [.punctuation]),
        Case(id: "long introduction", answer: "The final answer is: red", label: "red", ignoring: [.punctuation]),
        Case(id: "negation", answer: "Not: green", label: nil),
        Case(id: "another introduction", answer: "Unlike: green", label: nil),
        Case(id: "newline", answer: "red\n", label: "red", ignoring: [.spaces]),
        Case(id: "case", answer: "RED", label: "red", ignoring: [.case]),
        Case(id: "several", answer: "**Red**.", label: "red", ignoring: [.case, .punctuation]),
        Case(id: "code fence", answer: "```\nred\n```", label: "red", ignoring: [.markdown]),
        Case(id: "heading", answer: "# red", label: "red", ignoring: [.markdown]),
        Case(id: "bullet", answer: "- red", label: "red", ignoring: [.markdown]),
        Case(id: "no-break space", answer: "light\u{A0}blue", label: "light blue", ignoring: [.unicode]),
        Case(id: "no-break hyphen", answer: "blue\u{2011}green", label: "blue-green", ignoring: [.unicode]),
        Case(id: "hyphen", answer: "blue\u{2010}green", label: "blue-green", ignoring: [.unicode]),
        Case(id: "en dash", answer: "blue–green", label: "blue-green", ignoring: [.unicode]),
        Case(id: "full width", answer: "ｒｅｄ", label: "red", ignoring: [.unicode]),
        Case(id: "zero width space", answer: "re\u{200B}d", label: "red", ignoring: [.unicode]),
        Case(id: "underscore", answer: "light_blue", label: "light blue", ignoring: [.punctuation]),
        Case(id: "sentence", answer: "The image shows green.", label: nil),
        Case(id: "two labels", answer: "red, green", label: nil),
        Case(id: "another number", answer: "-7", label: nil),
        Case(id: "number", answer: "7.", label: "7", ignoring: [.punctuation]),
        Case(id: "decimal", answer: "7.0", label: nil),
        // A sign that looked like the mark of a list was removed: -7 counted as 7.
        Case(id: "a sign apart", answer: "- 7", label: nil),
        Case(id: "a plus apart", answer: "+ 7", label: nil),
        Case(id: "a comparison", answer: "> 7", label: nil),
        Case(id: "a number in a list", answer: "• 7", label: "7", ignoring: [.markdown]),
        Case(id: "part of a label", answer: "blue-", label: "blue", ignoring: [.punctuation]),
        Case(id: "sharp", answer: "C#", label: nil),
    ])
    func suggests(_ item: Case) {
        let labels = ["red", "green", "blue", "light blue", "blue-green", "7", "C"]
        let matcher = LabelMatcher(labels: labels)
        #expect(matcher.match(item.answer) == nil, "exact matching stays the default")
        let found = matcher.suggestion(for: item.answer)
        if item.id == "bold and a period" { return #expect(found == nil, "no label 'circle'") }
        #expect(found?.label == item.label)
        #expect(Set(found?.ignoring ?? []) == Set(item.ignoring), "\(found?.ignoring ?? [])")
        // If the reported difference is declared, the answer counts.
        let declared = LabelMatcher(labels: labels, ignoring: Set(item.ignoring))
        #expect(declared.match(item.answer) == item.label)
    }

    /// The match had the answer's spelling, which other programs take for another label.
    @Test(arguments: [("caf\u{E9}", "cafe\u{301}"), ("cafe\u{301}", "caf\u{E9}"), ("\u{212B}", "\u{C5}")])
    func aMatchHasTheLabelsUnicodeForm(label: String, answer: String) throws {
        let scored = LabelMatcher(labels: [label, "tea"]).score(example: "1", label: label, reply: .text(answer))
        #expect(scored.outcome == .correct && scored.isNormalized == nil)
        #expect(Array(try #require(scored.matched).utf8) == Array(label.utf8))
        #expect(Array(try #require(scored.answer).utf8) == Array(answer.utf8))
    }

    @Test func anIntroductionThatIsALabelIsNone() {
        let matcher = LabelMatcher(labels: ["color", "shape", "red"], ignoring: [.punctuation, .case])
        #expect(matcher.match("Color: shape") == nil)
        #expect(matcher.match("Label: shape") == "shape")
    }

    @Test func aliasesAreOtherNames() {
        let matcher = LabelMatcher(labels: ["red", "blue"], ignoring: [.case], aliases: ["red": ["crimson", "scarlet"]])
        #expect(matcher.match("Scarlet") == "red" && matcher.match("crimson") == "red" && matcher.match("cyan") == nil)
        let scored = matcher.score(example: "0", label: "red", reply: .text("scarlet"))
        #expect(scored.outcome == .correct && scored.isNormalized == true)
    }

    struct Conflict: Sendable, CustomTestStringConvertible {
        var id: String
        var labels: [String]
        var ignoring: Set<TextDifference> = []
        var aliases: [String: [String]] = [:]
        var found: [MatchConflict]
        var testDescription: String { id }
    }

    @Test(arguments: [
        Conflict(id: "none", labels: ["a", "b"], ignoring: Set(TextDifference.allCases), found: []),
        Conflict(id: "case", labels: ["Cat", "cat", "dog"], ignoring: [.case], found: [.equalLabels(["Cat", "cat"])]),
        Conflict(id: "case that counts", labels: ["Cat", "cat"], found: []),
        Conflict(
            id: "punctuation", labels: ["St. Bernard", "St Bernard"], ignoring: [.punctuation],
            found: [.equalLabels(["St. Bernard", "St Bernard"])]),
        Conflict(id: "alias is a label", labels: ["a", "b"], aliases: ["a": ["b"]], found: [.alias("b", of: "a", names: "b")]),
        Conflict(
            id: "alias becomes a label", labels: ["a", "b"], ignoring: [.case], aliases: ["a": ["B"]],
            found: [.alias("B", of: "a", names: "b")]),
        Conflict(
            id: "alias of two", labels: ["a", "b"], aliases: ["a": ["x"], "b": ["x"]],
            found: [.alias("x", of: "b", names: "a")]),
        Conflict(id: "its own name", labels: ["a", "b"], ignoring: [.case], aliases: ["a": ["A"]], found: []),
        Conflict(id: "nothing left of a label", labels: ["?", "a"], ignoring: [.punctuation], found: [.empty("?", of: nil)]),
        Conflict(id: "an empty alias", labels: ["a", "b"], aliases: ["a": [""]], found: [.empty("", of: "a")]),
        Conflict(
            id: "nothing left of an alias", labels: ["a", "b"], ignoring: [.quotes, .punctuation], aliases: ["b": ["''"]],
            found: [.empty("''", of: "b")]),
        Conflict(
            id: "full case folding", labels: ["Straße", "STRASSE"], ignoring: [.case],
            found: [.equalLabels(["Straße", "STRASSE"])]),
        Conflict(id: "dotless i", labels: ["ılık", "ilik"], ignoring: [.case], found: []),
        Conflict(id: "no label", labels: ["a", "b"], aliases: ["c": ["x"]], found: [.unknownLabel("c")]),
    ])
    func conflicts(_ item: Conflict) {
        #expect(LabelMatcher.conflicts(labels: item.labels, ignoring: item.ignoring, aliases: item.aliases) == item.found)
    }

    @Test func decorationAloneNamesNoLabel() {
        let matcher = LabelMatcher(labels: ["?", "a"], ignoring: [.punctuation])
        #expect(matcher.match("...") == nil && matcher.match("?") == "?")
    }

    /// The warning suggested a `match` for answers in another form, which cannot count them.
    @Test func anAnswerInAnotherFormNeedsNoMatch() {
        let matcher = LabelMatcher(labels: ["red", "blue"])
        let replies: [Reply] = [.unreadable("Sure: {\"label\": \"Red.\"}", value: "Red."), .text("RED")]
        let counts = AnswerCounts(replies.map { matcher.score(example: "0", label: "red", reply: $0) })
        #expect(counts.suggested == 2 && counts.suggestedForm == 1 && counts.ignoring == [.case])
    }

    @Test func everyAnswerIsCountedOnce() {
        let matcher = LabelMatcher(labels: ["red", "blue"])
        let replies: [(Reply, String?)] = [
            (.text("red"), nil), (.text("blue"), nil), (.text("Red."), nil), (.text("pink"), nil), (.text("pink"), "length"),
            (.unreadable("plain", value: nil), nil), (.unreadable("Sure: {\"label\": \"red\"}", value: "red"), nil),
            (.text(""), "length"), (.text(" "), "stop"), (.refused("I cannot"), nil), (.filtered, nil), (.missing, nil),
        ]
        let counts = AnswerCounts(replies.map { matcher.score(example: "0", label: "red", reply: $0.0, finishReason: $0.1) })
        #expect(counts.n == 11 && counts.correct == 1 && counts.missing == 1)
        #expect(counts.exact == 2 && counts.normalized == 2 && counts.unmatched == 2 && counts.unreadable == 1)
        #expect(counts.empty == 2 && counts.refused == 1 && counts.filtered == 1 && counts.cutOff == 2)
        #expect(
            counts.exact + counts.normalized + counts.unmatched + counts.unreadable + counts.empty + counts.refused
                + counts.filtered == counts.n)
        #expect(counts.finishReasons == ["length": 1, "stop": 1])
        #expect(counts.texts.first?.text == "pink" && counts.texts.first?.count == 2)
        #expect(counts.normalizedAccuracy == 3.0 / 11 && counts.differsByNormalization)
    }
}
