// Renders diagnostics as text with the source line and a caret.

package import Basics

/// Renders `file:line:column: error[code]: message`, then the source line, a caret, related locations and a hint.
/// Secrets in source lines are masked.
package struct DiagnosticRenderer {
    private let sources: SourceTexts

    /// - Parameter sources: the texts from which excerpts are taken; a diagnostic of another file has no excerpt.
    package init(sources: SourceTexts) { self.sources = sources }

    /// The diagnostics in the given order, separated by line breaks.
    package func render(_ diagnostics: [Diagnostic]) -> String {
        diagnostics.map(render).joined(separator: "\n")
    }

    /// One diagnostic on several lines, without a trailing line break. Not yet filtered for the terminal.
    package func render(_ diagnostic: Diagnostic) -> String {
        let head = "\(diagnostic.severity.rawValue)[\(diagnostic.code)]: \(diagnostic.message)"
        var lines = [diagnostic.range.map { "\($0.place): \(head)" } ?? head]
        if let range = diagnostic.range {
            lines += excerpt(
                range, isSecret: DiagnosticRenderer.secretCodes.contains(diagnostic.code),
                followsSecret: DiagnosticRenderer.isUnknownKeyOfProvider(diagnostic))
        }
        if let hint = diagnostic.hint { lines.append("  hint: \(hint)") }
        for note in diagnostic.notes {
            lines.append("  " + (note.range.map { "\($0.place): " } ?? "") + "note: \(note.message)")
            if let range = note.range { lines += excerpt(range) }
        }
        return lines.joined(separator: "\n")
    }

    /// The codes of problems with values that are, or may contain, a secret.
    private static let secretCodes: Set<String> = [
        SpecProblem.Code.secretInSpec.rawValue, SpecProblem.Code.badAddress.rawValue,
    ]

    /// Whether the diagnostic is an unknown key of a provider, which may be a misspelt `api_key`.
    private static func isUnknownKeyOfProvider(_ diagnostic: Diagnostic) -> Bool {
        diagnostic.code == SpecProblem.Code.unknownKey.rawValue && diagnostic.message.hasSuffix(" provider")
    }

    /// The source line with its number, and a caret below the range. A very long line is shortened to the part around
    /// the caret.
    /// - Parameters:
    ///   - isSecret: whether the text from the caret on is masked, whatever key precedes it.
    ///   - followsSecret: whether the value after the range is masked.
    private func excerpt(_ range: SourceRange, isSecret: Bool = false, followsSecret: Bool = false) -> [String] {
        guard let line = sources.line(range.line, of: range.file) else { return [] }
        // Control characters would affect the terminal, so their pictures are shown.
        var scalars = line.unicodeScalars.map { $0.value < 0x20 && $0 != "\t" ? Unicode.Scalar(0x2400 + $0.value) ?? $0 : $0 }
        var column = range.column - 1
        var length = max(0, (range.endColumn ?? 0) - range.column)
        var hidden = DiagnosticRenderer.secrets(in: line)
        for key in KeyMask.ranges(in: scalars) where !hidden.contains(where: { $0.overlaps(key) }) { hidden.append(key) }
        hidden.sort { $0.lowerBound < $1.lowerBound }
        func hide(_ place: Range<Int>) {
            hidden =
                hidden.filter { $0.lowerBound < place.lowerBound }
                .map { $0.lowerBound..<min($0.upperBound, place.lowerBound) } + [place]
        }
        if isSecret, column < scalars.count { hide(column..<scalars.count) }
        let after = max(range.endColumn ?? 0, range.column) - 1
        if followsSecret, let start = scalars.indices.first(where: { $0 >= after && scalars[$0] == ":" }),
            start + 1 < scalars.count
        {
            let value = start + 1 + (scalars[start + 1] == " " ? 1 : 0)
            // Within braces, the text before the range may be the value of another such key.
            let brace = scalars[..<min(column, scalars.count)].firstIndex(of: "{").map { $0 + 1 }
            if let brace, brace < column { hidden = [brace..<column] }
            if value < scalars.count { hide(value..<scalars.count) }
        }
        for secret in hidden.reversed() {
            scalars.replaceSubrange(secret, with: DiagnosticRenderer.mask)
            if column >= secret.upperBound {
                column += DiagnosticRenderer.mask.count - secret.count
            } else if column >= secret.lowerBound {
                (column, length) = (secret.lowerBound, 0)
            }
        }
        guard column <= scalars.count else { return [] }
        let width = 160
        if scalars.count > width {
            let start = max(0, min(column - 60, scalars.count - width))
            scalars = Array(scalars[start..<min(scalars.count, start + width)])
            column -= start
        }
        let number = String(range.line)
        let gutter = String(repeating: " ", count: number.count)
        let end = min(column + length, scalars.count)
        // Tabs are kept, so that the caret aligns at any tab width.
        let pad = text(scalars[..<column]).map { character in
            character == "\t" ? "\t" : String(repeating: " ", count: String(character).terminalColumns)
        }
        let underline = max(1, text(scalars[column..<end]).terminalColumns)
        return [
            "  \(number) | \(text(scalars[...]))",
            "  \(gutter) | \(pad.joined())^" + String(repeating: "~", count: underline - 1),
        ]
    }

    private func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var text = ""
        text.unicodeScalars.append(contentsOf: scalars)
        return text
    }

    private static let mask = [Unicode.Scalar](repeating: "*", count: 8)

    /// The ranges of a line to mask: the value after each key whose name suggests a secret, unless the value is an
    /// environment variable without a default. Within braces, the value ends at its closing quote or at the next
    /// comma or brace; otherwise it extends to the end of the line.
    private static func secrets(in line: String) -> [Range<Int>] {
        let key =
            #/(?i)(?:keys?|secret|bearer|token|pass(?:word|wd|phrase)?|credentials?)\s*["']?\s*[:=]\s*(?!["']?\$\{\w+(?::-)?\}|\s|$)/#
        var hidden: [Range<Int>] = []
        for match in line.matches(of: key) {
            let start = line[..<match.range.upperBound].unicodeScalars.count
            guard start >= hidden.last?.upperBound ?? 0 else { continue }
            let value = #/"(?:[^"\\]|\\.)*"|'[^']*'|\$\{[^}]*\}|[^,{}"']+(?=[,}])/#
            guard line[..<match.range.lowerBound].contains("{"),
                let match = line[match.range.upperBound...].prefixMatch(of: value)
            else {
                hidden.append(start..<line.unicodeScalars.count)
                break
            }
            hidden.append(start..<start + match.output.unicodeScalars.count)
        }
        return hidden
    }
}
