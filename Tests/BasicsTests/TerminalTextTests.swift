// Text in a terminal: control characters, styles and columns.

import Basics
import Foundation
import Testing

/// Control characters in untrusted text never reach the terminal.
struct TerminalTextTests {
    @Test(arguments: [
        ("plain", "Beagle\tat 1\n", "Beagle\tat 1\n"), ("letters", "Zoë, 東京, −3", "Zoë, 東京, −3"),
        ("colour", "\u{1B}[31mred", "\u{241B}[31mred"), ("title", "\u{1B}]0;owned\u{7}", "\u{241B}]0;owned\u{2407}"),
        ("overwritten", "ok\rbad", "ok\u{240D}bad"), ("backspace", "a\u{8}\u{7F}", "a\u{2408}\u{2421}"),
        ("C1", "\u{9B}31m\u{85}", "<U+009B>31m<U+0085>"), ("reordered", "a\u{202E}b\u{2066}", "a<U+202E>b<U+2066>"),
        ("separators", "a\u{2028}b", "a<U+2028>b"), ("combined", "\u{1B}\u{301}[2J", "\u{241B}\u{301}[2J"),
        ("a style from outside", String(Unicode.Scalar(0xFDD3) ?? "x") + "red", "red"),
    ])
    func isFiltered(id: String, text: String, expected: String) {
        #expect(TerminalText.filtered(text).unicodeScalars.elementsEqual(expected.unicodeScalars), "\(id)")
    }

    @Test func stylesAreShownOnlyWithColours() {
        let text = TerminalText.styled("a\u{1B}[0m", .red)
        #expect(TerminalText.filtered(text, colors: true) == "\u{1B}[31ma\u{241B}[0m\u{1B}[0m")
        #expect(TerminalText.filtered(text) == "a\u{241B}[0m")
    }

    /// Sentences were broken inside words on narrow terminals.
    @Test(arguments: [
        ("short", "a short line", "a short line"), ("words", "one two three four five six", "one two three four\n  five six"),
        ("indented", "  one two three four five", "  one two three four\n    five"),
        ("wide letters", "東京東京 東京東京 東京", "東京東京 東京東京\n  東京"),
        ("several lines", "a\n\none two three four five six\n", "a\n\none two three four\n  five six\n"),
        ("a row of a table", "base    60  55.0% [42.5, 66.9]     21.5", "base    60  55.0% [42.5, 66.9]     21.5"),
        ("a long word", "see /a/very/long/path/that/does/not/fit here", "see\n  /a/very/long/path/that/does/not/fit\n  here"),
        ("no word fits", "/a/very/long/path/that/does/not/fit", "/a/very/long/path/that/does/not/fit"),
        ("exactly", "one two three four 5", "one two three four 5"),
    ])
    func isWrapped(id: String, text: String, expected: String) {
        #expect(TerminalText.wrapped(text, columns: 20) == expected, "\(id)")
    }

    @Test func stylesTakeNoColumns() {
        let text = TerminalText.styled("  one two three four five", .dim)
        #expect(TerminalText.filtered(TerminalText.wrapped(text, columns: 20)) == "  one two three four\n    five")
        #expect(TerminalText.styled("ab", .bold).terminalColumns == 2 && "東".padded(toColumns: 4) == "東  ")
    }

    @Test func jsonStaysTheSameValue() throws {
        let value: JSONValue = ["a\u{9B}": .string("\u{1B}\u{7F}\u{85}\u{202E}é\u{2028}")]
        let text = TerminalText.escapedJSON(Array(value.pretty.utf8))
        #expect(try JSONValue(parsing: Data(text)) == value)
        #expect(TerminalText.filtered(String(decoding: text, as: UTF8.self)).utf8.elementsEqual(text))
    }
}
