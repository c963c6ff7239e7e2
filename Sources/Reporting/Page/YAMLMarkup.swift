// The spec with its keys and comments set off.

enum YAMLMarkup {
    /// A text that nobody reads through is shown as it is.
    private static let longest = 50_000

    static func html(_ text: String) -> String {
        guard text.utf8.count <= longest else { return SVG.escape(text) }
        return text.split(separator: "\n", omittingEmptySubsequences: false).map { line($0) }.joined(separator: "\n")
    }

    private static func line(_ line: Substring) -> String {
        let (code, comment) = split(line)
        let end = comment.isEmpty ? "" : "<span class=\"c\">\(SVG.escape(String(comment)))</span>"
        let body = code.drop { $0 == " " || $0 == "-" }
        guard let colon = body.firstIndex(of: ":"),
            body[..<colon].allSatisfy({ $0.isLetter || $0.isNumber || "_.-/".contains($0) }), colon > body.startIndex
        else { return SVG.escape(String(code)) + end }
        let indent = code[..<body.startIndex]
        return "\(indent)<span class=\"k\">\(SVG.escape(String(body[..<colon])))</span>"
            + SVG.escape(String(body[colon...])) + end
    }

    /// The line up to a comment, and the comment.
    private static func split(_ line: Substring) -> (Substring, Substring) {
        var quote: Character?
        var before: Character = " "
        for at in line.indices {
            let character = line[at]
            if let open = quote {
                if character == open { quote = nil }
            } else if character == "#", before == " " {
                return (line[..<at], line[at...])
            } else if (character == "\"" || character == "'"), " [{:,".contains(before) {
                quote = character
            }
            before = character
        }
        return (line, "")
    }
}
