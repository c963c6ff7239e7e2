// Converts the name of a folder or a cell of a table to a label.

import Foundation
package import Specification

extension LabelSpec {
    /// The label for a name: first everything up to and including `after` is removed, then texts are replaced, then
    /// the case is changed.
    /// - Throws: `DatasetError.emptyLabel` when the result is empty.
    package func label(of name: String) throws(DatasetError) -> String {
        var label = name
        if let after, !after.isEmpty, let found = label.firstRange(of: after) {
            label = String(label[found.upperBound...])
        }
        for replacement in replace where !replacement.old.isEmpty {
            label = label.replacingOccurrences(of: replacement.old, with: replacement.new, options: .literal)
        }
        switch letterCase {
        case .title: label = pythonTitle(label)
        case .lower: label = label.lowercased()
        case .upper: label = label.uppercased()
        case nil: break
        }
        guard !label.isEmpty else { throw .emptyLabel(name: name) }
        return label
    }
}
