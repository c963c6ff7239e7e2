// The labels that a prompt lists in brackets.

import Foundation

package enum PromptLabels {
    /// What stands between the first `[` and the last `]`, cut at its commas; none without brackets.
    package static func labels(in text: String) -> [String] {
        guard let open = text.firstIndex(of: "["), let close = text.lastIndex(of: "]"), open < close else { return [] }
        return text[text.index(after: open)..<close].split(separator: ",")
            .map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }.filter { !$0.isEmpty }
    }
}
