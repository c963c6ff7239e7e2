// Escapes text for HTML, SVG and Markdown; no other code does.

import Basics
import Mustache

/// Escapes untrusted text. Escaping works on bytes or Unicode scalars, never on `Character`: a `<` after a prepending mark such as U+0600 is
/// part of a larger `Character`, but browsers still read it as markup.
package enum Markup {
    /// Text for an HTML or SVG element or a quoted attribute. Control characters, which HTML forbids, become U+FFFD,
    /// as do bidirectional controls: with them, an answer could make a label read as another one.
    package static func html(_ text: String) -> String {
        let text = withoutControls(text)
        func isSpecial(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""), UInt8(ascii: "'"): true
            case 0x09, 0x0A, 0x0D: false
            case 0x00...0x1F, 0x7F: true
            default: false
            }
        }
        guard text.utf8.contains(where: isSpecial) else { return text }
        var escaped: [UInt8] = []
        escaped.reserveCapacity(text.utf8.count + 32)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): escaped.append(contentsOf: "&amp;".utf8)
            case UInt8(ascii: "<"): escaped.append(contentsOf: "&lt;".utf8)
            case UInt8(ascii: ">"): escaped.append(contentsOf: "&gt;".utf8)
            case UInt8(ascii: "\""): escaped.append(contentsOf: "&quot;".utf8)
            case UInt8(ascii: "'"): escaped.append(contentsOf: "&#39;".utf8)
            case _ where isSpecial(byte): escaped.append(contentsOf: "\u{FFFD}".utf8)
            default: escaped.append(byte)
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }

    /// The value of a form control: escaped like ``html(_:)``, but a browser sends exactly this text. Bidirectional
    /// controls become character references, so that the source of the page stays readable. Only U+0000, which HTML
    /// cannot contain, is replaced.
    package static func value(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\0": result += "\u{FFFD}"
            // A browser reads a carriage return as a line break.
            case "\r": result += "&#13;"
            // References to C1 controls mean other characters.
            case _ where scalar.value >= 0xA0 && TerminalText.isControl(scalar):
                result += "&#x" + String(scalar.value, radix: 16, uppercase: true) + ";"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// The text with C1 and bidirectional controls replaced by U+FFFD; ASCII is unchanged.
    private static func withoutControls(_ text: String) -> String {
        // All of these characters begin with one of these bytes in UTF-8.
        guard text.utf8.contains(where: { $0 == 0xC2 || $0 == 0xE2 }) else { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            result.append(scalar.value >= 0x80 && TerminalText.isControl(scalar) ? "\u{FFFD}" : scalar)
        }
        return String(result)
    }

    /// Text within a Markdown paragraph, heading, list item or table cell (GitHub Flavored Markdown): shown
    /// literally, on one line, never as a link, an image, emphasis, code, a table column or HTML.
    package static func markdown(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        let scalars = Array(text.unicodeScalars)
        for (index, scalar) in scalars.enumerated() {
            let next = index + 1 < scalars.count ? scalars[index + 1] : nil
            switch scalar {
            // Only these characters begin a tag, a comment or an autolink.
            case "<" where next.map { $0.isASCII && $0.properties.isAlphabetic || "/!?".unicodeScalars.contains($0) } == true:
                result.append(contentsOf: "&lt;".unicodeScalars)
            case "&": result.append(contentsOf: (next.map(isEntityStart) == true ? "&amp;" : "&").unicodeScalars)
            case "`", "*", "|": result.append(contentsOf: ["\\", scalar])
            // Only these characters turn bracketed text into a link, an image or a link definition.
            case "]" where next == "(" || next == "[" || next == ":": result.append(contentsOf: ["\\", scalar])
            case "\\" where next.map(isPunctuation) == true: result.append(contentsOf: ["\\", scalar])
            case "~" where next == "~" || (index > 0 && scalars[index - 1] == "~"):
                result.append(contentsOf: ["\\", scalar])
            case "_" where !isWithinWord(scalars, index): result.append(contentsOf: ["\\", scalar])
            case "#" where index == 0, ">" where index == 0, "+" where index == 0 && next == " ",
                "-" where index == 0 && next == " ":
                result.append(contentsOf: ["\\", scalar])
            default:
                if scalar.properties.isWhitespace {
                    result.append(" ")
                } else if TerminalText.isControl(scalar) {
                    result.append("\u{FFFD}")
                } else {
                    result.append(scalar)
                }
            }
        }
        return String(result)
    }

    /// A Markdown code span with a fence that the text cannot close.
    package static func code(_ text: String) -> String {
        let text = withoutControls(TerminalText.singleLine(text))
        let fence = String(repeating: "`", count: longestFence(text) + 1)
        let padding = text.utf8.first == UInt8(ascii: "`") || text.utf8.last == UInt8(ascii: "`") ? " " : ""
        return fence + padding + text + padding + fence
    }

    /// A fenced Markdown code block that the text cannot close.
    package static func codeBlock(_ text: String, language: String) -> String {
        let text = withoutControls(text)
        let fence = String(repeating: "`", count: max(3, longestFence(text) + 1))
        return "\(fence)\(language)\n\(text)\(text.utf8.last == UInt8(ascii: "\n") ? "" : "\n")\(fence)\n"
    }

    /// The longest run of backticks.
    private static func longestFence(_ text: String) -> Int {
        var longest = 0, run = 0
        for byte in text.utf8 {
            run = byte == UInt8(ascii: "`") ? run + 1 : 0
            longest = max(longest, run)
        }
        return longest
    }

    /// ASCII punctuation, before which a backslash is an escape (CommonMark 2.4).
    private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII && (0x21...0x7E).contains(scalar.value) && !scalar.properties.isAlphabetic
            && scalar.properties.numericType == nil
    }

    private static func isEntityStart(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "#" || scalar.properties.isAlphabetic
    }

    /// Whether letters or digits are on both sides, where an underscore is not emphasis.
    private static func isWithinWord(_ scalars: [Unicode.Scalar], _ index: Int) -> Bool {
        func isWord(_ at: Int) -> Bool {
            guard scalars.indices.contains(at) else { return false }
            return scalars[at].properties.isAlphabetic || scalars[at].properties.numericType != nil
        }
        return isWord(index - 1) && isWord(index + 1)
    }
}

/// Makes templates escape inserted text with `Markup`: the library's own escaping works on `Character`.
struct MarkupContentType: MustacheContentType {
    /// The name in the templates' `CONTENT_TYPE` pragma.
    static let name = "MARKUP"

    func escapeText(_ text: String) -> String { Markup.html(text) }
}
