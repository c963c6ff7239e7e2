// Highlights keys and comments of a spec as HTML.

enum YAMLMarkup {
    /// Longer texts are shown without highlighting.
    private static let maxBytes = 50_000

    static func html(_ text: String) -> String {
        guard text.utf8.count <= maxBytes else { return Markup.html(text) }
        return text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
            .map { line($0) }.joined(separator: "\n")
    }

    private typealias Line = Substring.UnicodeScalarView

    private static func line(_ line: Line) -> String {
        let (code, comment) = split(line)
        let end = comment.isEmpty ? "" : "<span class=\"c\">\(Markup.html(String(comment)))</span>"
        let body = code.drop { $0 == " " || $0 == "-" }
        guard let colon = body.firstIndex(of: ":"), body[..<colon].allSatisfy(isName), colon > body.startIndex
        else { return Markup.html(String(code)) + end }
        let indent = String(code[..<body.startIndex])
        return "\(indent)<span class=\"k\">\(Markup.html(String(body[..<colon])))</span>"
            + Markup.html(String(body[colon...])) + end
    }

    private static func isName(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic || scalar.properties.numericType != nil || "_.-/".unicodeScalars.contains(scalar)
    }

    /// The line up to a comment, and the comment.
    private static func split(_ line: Line) -> (Line, Line) {
        var quote: Unicode.Scalar?
        var before: Unicode.Scalar = " "
        for at in line.indices {
            let scalar = line[at]
            if let open = quote {
                if scalar == open { quote = nil }
            } else if scalar == "#", before == " " {
                return (line[..<at], line[at...])
            } else if scalar == "\"" || scalar == "'", " [{:,".unicodeScalars.contains(before) {
                quote = scalar
            }
            before = scalar
        }
        return (line, line[line.endIndex...])
    }
}
