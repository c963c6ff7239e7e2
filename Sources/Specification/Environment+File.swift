// Reads a .env file.

extension Environment {
    /// Lines `NAME=value`, with `export` before and quotes around the value where wanted; `#` begins a comment line.
    init(file: SourceText) throws(Finding) {
        var variables: [String: String] = [:]
        let lines = String(decoding: file.bytes, as: UTF8.self).split(
            omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, line) in lines.enumerated() {
            let text = line.trimmed
            if text.isEmpty || text.hasPrefix("#") { continue }
            guard let match = text.wholeMatch(of: #/(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)/#) else {
                // The line itself is not shown: it may hold a secret.
                throw Finding(.badEnvironmentFile(line: index + 1), at: nil)
            }
            var value = match.output.2[...]
            if let quote = value.first, quote == "\"" || quote == "'", value.count > 1, value.last == quote {
                value = value.dropFirst().dropLast()
            }
            variables[String(match.output.1)] = String(value)
        }
        self.init(variables)
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        drop(while: \.isWhitespace).reversedTrimmed
    }
    private var reversedTrimmed: Substring {
        var text = self
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
