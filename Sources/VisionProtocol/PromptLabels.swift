// Extracts the labels that a prompt lists.

import Basics
import Foundation

/// Parses label lists in prompts, for the emulator.
package enum PromptLabels {
    /// The labels of a prompt: those of a JSON array of strings, else of lines that begin with `- `, else of the
    /// comma-separated text between the first `[` and the last `]`. Empty if the prompt has none of these.
    package static func labels(in text: String) -> [String] {
        if let open = text.firstIndex(of: "["), let close = text.lastIndex(of: "]"), open < close {
            if let labels = json(text[open...close]) { return labels }
            let inside = text[text.index(after: open)..<close]
            return list(inside)
                ?? inside.split(separator: ",")
                .map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }.filter { !$0.isEmpty }
        }
        return list(text[...]) ?? []
    }

    private static func json(_ text: Substring) -> [String]? {
        guard let values = try? JSONValue(parsing: Data(text.utf8)).array else { return nil }
        let labels = values.compactMap(\.string)
        return labels.isEmpty || labels.count != values.count ? nil : labels
    }

    private static func list(_ text: Substring) -> [String]? {
        let labels = text.split(whereSeparator: \.isNewline)
            .filter { $0.hasPrefix("- ") }.map { $0.dropFirst(2).trimmingCharacters(in: .whitespaces) }
        return labels.isEmpty ? nil : labels
    }
}
