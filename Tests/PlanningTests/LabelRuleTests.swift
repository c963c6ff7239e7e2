import Foundation
import Planning
import Testing

@Suite("Label rules")
struct LabelRuleTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var id: String
        var rule: LabelRule
        var name: String
        var label: String
        var testDescription: String { id }
    }

    static let dogs = LabelRule(after: "-", replace: ["_": " "], letterCase: .title)

    @Test("A name becomes a label", arguments: [
        Case(id: "plain", rule: LabelRule(), name: "cat", label: "cat"),
        Case(id: "published", rule: dogs, name: "n02085620-Chihuahua", label: "Chihuahua"),
        Case(
            id: "published hyphens", rule: dogs, name: "n02089078-black-and-tan_coonhound",
            label: "Black-And-Tan Coonhound"),
        Case(id: "lower", rule: LabelRule(letterCase: .lower), name: "ÉCLAIR", label: "éclair"),
        Case(id: "upper", rule: LabelRule(letterCase: .upper), name: "straße", label: "STRASSE"),
        Case(id: "longest first", rule: LabelRule(replace: ["a": "1", "ab": "2"]), name: "aab", label: "12"),
        Case(id: "replaced once", rule: LabelRule(replace: ["a": "b", "b": "a"]), name: "abba", label: "baab"),
        Case(id: "only the first separator", rule: LabelRule(after: "-"), name: "1-b-c", label: "b-c"),
    ])
    func label(_ test: Case) throws {
        #expect(try test.rule.label(of: test.name) == test.label)
    }

    @Test func namesWithoutTheSeparatorAreErrors() {
        #expect(throws: DatasetError.separatorMissing(name: "cat", separator: "-")) {
            try LabelRuleTests.dogs.label(of: "cat")
        }
        #expect(throws: DatasetError.emptyLabel(name: "n1-")) { try LabelRuleTests.dogs.label(of: "n1-") }
    }

    static let titles = [
        "black-and-tan coonhound", "they're bill's friends from the UK", "3rd x2y3z", "o'neill  mc_donald",
        "ÉCLAIR ÑANDÚ", "ǆungla ĳsland ŉ", "ΟΔΟΣ ΑΣ Σ ΑΣ. ΑΣΑ", "ﬁne ﬂat", "straße ß", "", " ", "a\u{301}b", "x\u{2019}s",
        "ⅷ item ⓐb", "İstanbul IĞDIR", "日本 inu", "🐶dog", "_private__name", "1st-2nd", "ჭადრაკი",
    ]

    @Test(.enabled(if: Python.isHere, "needs python3"))
    func titleCaseIsPythons() throws {
        let script = "import sys\nfor line in sys.stdin.buffer.read().decode().split('\\n'): print(line.title())"
        let ours = LabelRuleTests.titles.map { pythonTitle($0) + "\n" }.joined()
        let input = LabelRuleTests.titles.joined(separator: "\n")
        // Compared as bytes, for Swift holds composed and decomposed letters to be equal.
        #expect(try Array(Python.run("# coding: utf-8\n" + script, input: input).utf8) == Array(ours.utf8))
    }
}
