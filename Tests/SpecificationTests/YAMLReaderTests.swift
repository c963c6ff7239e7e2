// Reading YAML: types, positions, anchors and merges, limits.

import Basics
import Specification
import Testing

@Suite struct YAMLReaderTests {
    struct Scalar: Sendable, CustomTestStringConvertible {
        var text: String
        var value: CoreValue
        var testDescription: String { text }
    }

    /// YAML 1.2.2, 10.3.2, and values that YAML 1.1 would read differently.
    static let scalars: [Scalar] = [
        Scalar(text: "", value: .null), Scalar(text: "~", value: .null), Scalar(text: "null", value: .null),
        Scalar(text: "nULL", value: .string("nULL")),
        Scalar(text: "true", value: .bool(true)), Scalar(text: "FALSE", value: .bool(false)),
        Scalar(text: "yes", value: .string("yes")), Scalar(text: "no", value: .string("no")),
        Scalar(text: "On", value: .string("On")), Scalar(text: "y", value: .string("y")),
        Scalar(text: "0", value: .int(0)), Scalar(text: "-19", value: .int(-19)), Scalar(text: "+7", value: .int(7)),
        Scalar(text: "007", value: .int(7)), Scalar(text: "0o17", value: .int(15)),
        Scalar(text: "0x3A", value: .int(58)),
        Scalar(text: "0o8", value: .string("0o8")), Scalar(text: "-0x1", value: .string("-0x1")),
        Scalar(text: "1_000", value: .string("1_000")), Scalar(text: "1:30", value: .string("1:30")),
        Scalar(text: "2025-09-01", value: .string("2025-09-01")), Scalar(text: "0b1", value: .string("0b1")),
        Scalar(text: "0.", value: .double(0)), Scalar(text: ".5", value: .double(0.5)),
        Scalar(text: "-1e-4", value: .double(-1e-4)), Scalar(text: "1e3", value: .double(1000)),
        Scalar(text: "3.0e-4", value: .double(3e-4)), Scalar(text: "12e03", value: .double(12000)),
        Scalar(text: "1.e2", value: .double(100)), Scalar(text: "+.5e+1", value: .double(5)),
        Scalar(text: ".inf", value: .double(.infinity)), Scalar(text: "-.INF", value: .double(-.infinity)),
        Scalar(text: "+-1", value: .string("+-1")), Scalar(text: "-", value: .string("-")),
        Scalar(text: ".", value: .string(".")), Scalar(text: "1e", value: .string("1e")),
        Scalar(text: "e3", value: .string("e3")), Scalar(text: "1.2.3", value: .string("1.2.3")),
        Scalar(text: "9223372036854775807", value: .int(.max)),
        Scalar(text: "9223372036854775808", value: .double(9_223_372_036_854_775_808)),
        Scalar(text: "gpt-4o", value: .string("gpt-4o")), Scalar(text: "nan", value: .string("nan")),
    ]

    @Test(arguments: scalars)
    func plainScalarHasItsCoreType(scalar: Scalar) {
        #expect(YAMLScalar(text: scalar.text, isPlain: true).resolved == scalar.value)
        #expect(YAMLScalar(text: scalar.text, isPlain: false).resolved == .string(scalar.text))
    }

    @Test func notANumberIsADouble() {
        guard case .double(let value) = YAMLScalar.coreValue(".nan") else {
            Issue.record(".nan is no double")
            return
        }
        #expect(value.isNaN)
        #expect(YAMLScalar.coreValue("-.nan") == .string("-.nan"))
    }

    /// Line ends of YAML 1.1 are ordinary characters: in quotes, in plain strings, in keys and in comments.
    @Test(arguments: ["\u{85}", "\u{2028}", "\u{2029}", "\u{85}" + String(UnicodeScalar(0xFDD0 as UInt32)!) + "\u{2028}"])
    func oldLineBreaksAreCharacters(text: String) throws {
        let root = try read(
            "# a\(text)b\nquoted: \"x\(text)y \\N\"\nsingle: 'x\(text)y'\nplain: x\(text)y\nk\(text)y: |\n  x\(text)y\nlast: 1\n")
        #expect(root["quoted"]?.scalar?.text == "x\(text)y \u{85}")
        for key in ["single", "plain"] { #expect(root[key]?.scalar?.text == "x\(text)y") }
        #expect(root["k\(text)y"]?.scalar?.text == "x\(text)y\n")
        #expect(root["last"]?.position.line == 7)
        #expect(root["last"]?.position.column == 7)
    }

    private func read(_ text: String, limits: YAMLReader.Limits = .init()) throws(Finding) -> YAMLNode {
        try YAMLReader.documents(SourceText(name: "a.yaml", text: text), limits: limits)[0]
    }

    private func problem(_ bytes: [UInt8], limits: YAMLReader.Limits = .init()) -> (SpecProblem.Code, String)? {
        do {
            _ = try YAMLReader.documents(SourceText(name: "a.yaml", bytes: bytes), limits: limits)
            return nil
        } catch {
            return (error.problem.code, error.position?.range.place ?? "")
        }
    }

    @Test func nodesKnowTheirPlaces() throws {
        let root = try read("a: 1\nb:\n  - x\n  - { ключ: значение, d: \"é\" }\n")
        #expect(root["a"]?.position.range == SourceRange(file: "a.yaml", line: 1, column: 4, endColumn: 5))
        #expect(root.node(at: "b.0")?.position.range.place == "a.yaml:3:5")
        // Columns count characters, not bytes.
        #expect(
            root.node(at: "b.1.ключ")?.position.range == SourceRange(file: "a.yaml", line: 4, column: 13, endColumn: 21)
        )
        #expect(root.node(at: "b.1.d")?.position.range.column == 26)
        #expect(root.node(at: "b.2") == nil)
    }

    @Test(arguments: ["a: 1\nb: 2\n", "\u{FEFF}a: 1\nb: 2\n", "a: 1\r\nb: 2\r\n", "a: 1\rb: 2"])
    func lineEndsAndByteOrderMarkChangeNothing(text: String) throws {
        let root = try read(text)
        #expect(root.json == ["a": 1, "b": 2])
        #expect(root["b"]?.position.range.place == "a.yaml:2:4")
        #expect(SourceText(name: "a", text: text).line(2) == "b: 2")
    }

    @Test func anchorsAndMergesAreWrittenOut() throws {
        let root = try read(
            """
            base: &base { train: 40, test: 5 }
            same: *base
            more: { <<: *base, train: 30, seed: 1 }
            both: { <<: [{ a: 1 }, { a: 2, b: 2 }] }
            """)
        #expect(root["same"]?.json == ["train": 40, "test": 5])
        #expect(root["more"]?.json == ["train": 30, "test": 5, "seed": 1])
        #expect(root["both"]?.json == ["a": 1, "b": 2])
        // Merged values keep the position at which they were written.
        #expect(root.node(at: "more.test")?.position.line == 1)
        #expect(root.node(at: "more.train")?.position.line == 3)
    }

    @Test(arguments: [
        ("\"a\\q\": b", "yaml-syntax", "a.yaml:1:3"), ("a: [b,\n\n", "yaml-syntax", "a.yaml:1:7"),
        ("a: 1\na: 2", "duplicate-key", "a.yaml:2:1"),
        ("a: {b: 1, 'b': 2}", "duplicate-key", "a.yaml:1:11"),
        ("? [a]\n: b", "complex-key", "a.yaml:1:3"),
        ("a: &x [*x]", "unknown-alias", "a.yaml:1:8"),
        ("a: !!binary aGk=", "unknown-tag", "a.yaml:1:4"),
        ("a: b\u{0}c", "control-character", "a.yaml:1:5"),
        ("a: 'é\u{1B}'", "control-character", "a.yaml:1:6"),
        ("a:\n\t- b", "yaml-syntax", "a.yaml:2:1"),
        ("a: 'b", "yaml-syntax", "a.yaml:1:6"),
        ("a: @b", "yaml-syntax", "a.yaml:1:4"),
    ])
    func refusesAtItsPlace(text: String, code: String, place: String) throws {
        let found = try #require(problem(Array(text.utf8)))
        #expect(found.0.rawValue == code && found.1 == place)
    }

    @Test(
        arguments: [
            ("a: ", [0xFF], "a.yaml:1:4"), ("a: x\nb: ", [0xC3], "a.yaml:2:4"),
            ("é: ", [0xED, 0xA0, 0x80], "a.yaml:1:4"), ("", [0xFF, 0xFE, 0x61, 0x00], "a.yaml:1:1"),
        ] as [(String, [UInt8], String)])
    func refusesWhatIsNotUTF8(text: String, bytes: [UInt8], place: String) throws {
        let found = try #require(problem(Array(text.utf8) + bytes))
        #expect(found.0 == .notUTF8 && found.1 == place)
    }

    @Test func refusesOversizedInput() throws {
        var limits = YAMLReader.Limits()
        limits.bytes = 100
        #expect(problem(Array(repeating: UInt8(ascii: "a"), count: 101), limits: limits)?.0 == .tooLarge)
        #expect(problem(Array(repeating: UInt8(ascii: "a"), count: 100), limits: limits) == nil)
    }

    @Test func boundsDepth() {
        for opening in ["[", "{a: ", "- ", "? "] {
            let text = String(repeating: opening, count: 1_000_000 / opening.utf8.count)
            #expect(problem(Array(text.utf8)) != nil)
        }
    }

    // Without the bounds, these would exhaust any machine; scripts/bench measures their time.

    @Test func billionLaughsIsAnError() {
        var lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
        for (name, before) in zip("bcdefghijklm", "abcdefghijkl") {
            lines.append("\(name): &\(name) [" + Array(repeating: "*\(before)", count: 9).joined(separator: ", ") + "]")
        }
        #expect(problem(Array(lines.joined(separator: "\n").utf8))?.0 == .aliasExpansion)
    }

    @Test func mergesOfMergesEnd() {
        // Each line merges the one before twice; keys are the same, so nothing grows but the work that is counted.
        var lines = ["a0: &a0 { x: 1 }"]
        for index in 1...60 {
            lines.append("a\(index): &a\(index) { <<: [*a\(index - 1), *a\(index - 1)], y\(index): 1 }")
        }
        #expect(problem(Array(lines.joined(separator: "\n").utf8)) == nil)
    }
}
