// Sanitizes a provider's text for messages: one line, bounded, without control characters.

package import Foundation

/// Cleans untrusted text for display.
package enum ProviderText {
    /// The maximum characters shown of a provider's message.
    package static let messageLimit = 600
    /// The maximum characters shown of a code, a parameter name or a request id.
    package static let wordLimit = 100

    /// The text on one line. Control and invisible formatting characters become spaces, runs of white space one
    /// space; the text beyond the limit is replaced by a count.
    package static func line(_ text: String, limit: Int = messageLimit) -> String {
        var line = String.UnicodeScalarView()
        var isAfterSpace = true
        var count = 0
        for scalar in text.unicodeScalars {
            let isSpace = scalar.properties.isWhitespace || isInvisible(scalar)
            if isSpace {
                if isAfterSpace { continue }
                isAfterSpace = true
            } else {
                isAfterSpace = false
            }
            count += 1
            guard count <= limit else { break }
            line.append(isSpace ? " " : scalar)
        }
        var result = String(line)
        while result.hasSuffix(" ") { result.removeLast() }
        return count <= limit ? result : result + "… (\(text.unicodeScalars.count) characters in all)"
    }

    /// Whether a character is invisible or changes the direction of text, and so could disguise a message.
    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }

    /// A summary of a body without a readable error: the title or text of a web page, the beginning of any other
    /// text, the size of binary data.
    package static func summary(ofBody body: Data, fields contentType: String?) -> String {
        guard !body.isEmpty else { return "" }
        let text = String(decoding: body.prefix(100_000), as: UTF8.self)
        if isHTML(body, contentType) {
            let title =
                text.firstMatch(of: #/(?is)<title[^>]*>(.*?)</title>/#).map { String($0.output.1) }
                ?? text.firstMatch(of: #/(?is)<h1[^>]*>(.*?)</h1>/#).map { String($0.output.1) }
            let words =
                title
                ?? text.replacing(#/(?is)<(script|style)\b.*?</\1>/#, with: " ")
                .replacing(#/<[^>]*>/#, with: " ")
            return "a web page was returned instead of JSON: \"\(line(words, limit: 200))\""
        }
        let broken = text.unicodeScalars.prefix(1000).count { $0 == "\u{FFFD}" }
        if broken > 20 { return "\(body.count) bytes that are not text" }
        return line(text)
    }

    /// Whether a body is a web page, as sent by proxies and login portals.
    package static func isHTML(_ body: Data, _ contentType: String?) -> Bool {
        let start = String(decoding: body.prefix(200), as: UTF8.self).lowercased()
        let head = start.drop { $0.isWhitespace || $0 == "\u{FEFF}" }
        return head.hasPrefix("<!doctype html") || head.hasPrefix("<html")
            || (contentType?.lowercased().hasPrefix("text/html") ?? false) && head.hasPrefix("<")
    }
}
