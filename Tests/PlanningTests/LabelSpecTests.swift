// Rules that derive labels from folder names and cells.

import Foundation
import Planning
import Specification
import Testing

@Suite("Label rules")
struct LabelSpecTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var id: String
        var rule: LabelSpec
        var name: String
        var label: String
        var testDescription: String { id }
    }

    static let dogs = LabelSpec(after: "-", replace: [.init(old: "_", new: " ")], letterCase: .title)

    @Test(
        "A name becomes a label",
        arguments: [
            Case(id: "plain", rule: LabelSpec(), name: "cat", label: "cat"),
            Case(id: "published", rule: dogs, name: "n02085620-Chihuahua", label: "Chihuahua"),
            Case(
                id: "published hyphens", rule: dogs, name: "n02089078-black-and-tan_coonhound",
                label: "Black-And-Tan Coonhound"),
            Case(id: "lower", rule: LabelSpec(letterCase: .lower), name: "ÉCLAIR", label: "éclair"),
            Case(id: "upper", rule: LabelSpec(letterCase: .upper), name: "straße", label: "STRASSE"),
            Case(
                id: "one after the other",
                rule: LabelSpec(replace: [.init(old: "a", new: "b"), .init(old: "b", new: "cc")]), name: "aab", label: "cccccc"),
            Case(id: "without the separator", rule: dogs, name: "some_cat", label: "Some Cat"),
            Case(id: "only the first separator", rule: LabelSpec(after: "-"), name: "1-b-c", label: "b-c"),
        ])
    func label(_ test: Case) throws {
        #expect(try test.rule.label(of: test.name) == test.label)
    }

    @Test func emptyDerivedNameIsAnError() {
        #expect(throws: DatasetError.emptyLabel(name: "n1-")) { try LabelSpecTests.dogs.label(of: "n1-") }
    }

    static let titles = [
        "black-and-tan coonhound", "they're bill's friends from the UK", "3rd x2y3z", "o'neill  mc_donald",
        "ÉCLAIR ÑANDÚ", "ǆungla ĳsland ŉ", "ΟΔΟΣ ΑΣ Σ ΑΣ. ΑΣΑ", "ﬁne ﬂat", "straße ß", "", " ", "a\u{301}b", "x\u{2019}s",
        "ⅷ item ⓐb", "İstanbul IĞDIR", "日本 inu", "🐶dog", "_private__name", "1st-2nd", "ჭადრაკი",
    ]

    @Test(.enabled(if: Python.isHere, "needs python3"))
    func titleCaseIsPythons() throws {
        let script =
            "import sys\nfor line in sys.stdin.buffer.read().decode().split('\\n'): sys.stdout.buffer.write((line.title() + '\\n').encode())"
        let ours = LabelSpecTests.titles.map { pythonTitle($0) + "\n" }.joined()
        let input = LabelSpecTests.titles.joined(separator: "\n")
        // Compared as bytes, for Swift holds composed and decomposed letters to be equal.
        #expect(try Array(Python.run(script, input: input).utf8) == Array(ours.utf8))
    }
}
