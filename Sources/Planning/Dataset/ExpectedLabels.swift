// Reads the labels that a dataset is expected to have, before the dataset is available.

import Basics
package import Foundation

/// Reads a list of labels, one per line, ignoring blank lines. The result is sorted by bytes.
/// - Throws: `DatasetError.notText`, `.labelTwice` or `.noLabels`.
package func readExpectedLabels(_ data: Data) throws(DatasetError) -> [String] {
    guard let text = String(validating: data, as: UTF8.self) else { throw .notText }
    var lines: [String: Int] = [:]
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
        let label = line.trimmingCharacters(in: .whitespaces)
        guard !label.isEmpty else { continue }
        if let first = lines.updateValue(index + 1, forKey: label) {
            throw .labelTwice(label: label, lines: [first, index + 1])
        }
    }
    guard !lines.isEmpty else { throw .noLabels }
    return lines.keys.sortedByBytes()
}
