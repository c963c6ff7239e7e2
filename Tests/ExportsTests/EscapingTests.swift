// Text from experiments, labels and answers in each format: necessary escapes and no other changes.

import Basics
import Foundation
import Reporting
import Testing

@testable import Exports

@Suite struct EscapingTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var id: String
        var text: String
        var latex: String
        var xml: String
        var testDescription: String { id }

        init(_ id: String, _ text: String, latex: String, xml: String) {
            (self.id, self.text, self.latex, self.xml) = (id, text, latex, xml)
        }
    }

    // Guards against text that would end a cell, start a command, or make the document invalid.
    @Test(arguments: [
        Case("plain", "Border Collie 2", latex: "Border Collie 2", xml: "Border Collie 2"),
        Case("columns and comments", "a & b % c", latex: "a \\& b \\% c", xml: "a &amp; b % c"),
        Case("command", "\\input{/etc/passwd}", latex: "\\textbackslash{}input\\{/etc/passwd\\}", xml: "\\input{/etc/passwd}"),
        Case("after a row end", "[5cm] *", latex: "{[}5cm{]} {*}", xml: "[5cm] *"),
        Case("ligatures", "a--b ?` ''", latex: "a-{}-b ?{}` '{}'", xml: "a--b ?` &apos;&apos;"),
        Case(
            "markup", "<b>\"x\"</b>",
            latex: "\\textless{}b\\textgreater{}{\\char`\\\"}x{\\char`\\\"}\\textless{}/b\\textgreater{}",
            xml: "&lt;b&gt;&quot;x&quot;&lt;/b&gt;"),
        Case("end of CDATA", "]]>", latex: "{]}{]}\\textgreater{}", xml: "]]&gt;"),
        Case("lines", "a\nb\tc", latex: "a b c", xml: "a&#10;b&#9;c"),
        Case("control", "a\u{0}b\u{1B}[31m", latex: "a?b?{[}31m", xml: "a\u{FFFD}b\u{FFFD}[31m"),
        Case("bidirectional", "a\u{202E}b", latex: "a?b", xml: "a\u{FFFD}b"),
        Case("no character", "a\u{FFFE}b", latex: "a?b", xml: "a\u{FFFD}b"),
        Case("report signs", "+9.0 − 2 – 3 ± 4 × 5", latex: "+9.0 $-$ 2 -- 3 $\\pm$ 4 $\\times$ 5", xml: "+9.0 − 2 – 3 ± 4 × 5"),
        Case("combining mark after a bracket", "<\u{0301}x", latex: "\\textless{}\u{0301}x", xml: "&lt;\u{0301}x"),
    ])
    func isEscaped(_ item: Case) {
        #expect(Array(LaTeX.escaped(item.text).unicodeScalars) == Array(item.latex.unicodeScalars))
        #expect(Array(XMLText.escaped(item.text).unicodeScalars) == Array(item.xml.unicodeScalars))
    }

    struct Name: Sendable, CustomTestStringConvertible {
        var id: String
        var text: String
        var isKept: Bool
        var testDescription: String { id }

        init(_ id: String, _ text: String, isKept: Bool) { (self.id, self.text, self.isKept) = (id, text, isKept) }
    }

    // MLflow refuses such names, or stores two of them as one.
    @Test(arguments: [
        Name("plain", "accuracy/balanced_accuracy.low", isKept: true), Name("space", "a b", isKept: true),
        Name("umlaut", "Größe", isKept: false), Name("quote", "a'b`c", isKept: false),
        Name("parent folder", "a/../b", isKept: false),
        Name("empty part", "a//b", isKept: false), Name("slash at the start", "/a", isKept: false),
        Name("empty", "", isKept: false), Name("long", String(repeating: "x", count: 251), isKept: false),
        Name("line", "a\nb", isKept: false), Name("dot", "a/./b", isKept: false),
    ])
    func namesFitMLflow(_ item: Name) {
        var text = MLflowText()
        let key = text.key(item.text)
        #expect((key == item.text) == item.isKept)
        #expect(text.notes.isEmpty == item.isKept)
        #expect(!key.isEmpty && key.utf8.count <= MLflowText.maxKeyBytes)
        #expect(key.wholeMatch(of: #/[A-Za-z0-9_\-.:\/ ]+/#) != nil)
        #expect(!key.split(separator: "/", omittingEmptySubsequences: false).contains { $0.isEmpty || $0 == "." || $0 == ".." })
    }

    @Test func differentNamesStayDifferent() {
        var text = MLflowText()
        let names = ["ä", "ö", "a/ä", "a'b", "a\"b", "a`b"].map { text.key($0) }
        #expect(Set(names).count == names.count)
        let portable = ["A", "a", "ä", "con", "x/y", "x-y", "..", "data", ""].map(PortableName.of)
        #expect(Set(portable).count == portable.count)
        for name in portable {
            #expect(name.wholeMatch(of: #/[a-z0-9_][a-z0-9_.\-]*/#) != nil && !name.hasSuffix("."), "\(name)")
        }
    }

    @Test func longValuesAreCutAndSaid() {
        var text = MLflowText()
        let long = String(repeating: "é", count: 7000)
        #expect(text.parameter(long, of: "p").unicodeScalars.count == MLflowText.maxParameterLength)
        #expect(text.tag(long, of: "t").unicodeScalars.count == MLflowText.maxTagLength)
        #expect(text.parameter("short", of: "q") == "short")
        #expect(text.notes.count == 2 && text.notes[0].contains("'p'") && text.notes[0].contains("6000"))
    }
}
