// How the name of a folder, or a cell of a table, becomes a label.

/// Cut, replace, change case: in this order.
package struct LabelRule: Hashable, Sendable, Codable {
    /// The case that a label is written in.
    package enum Case: String, Hashable, Sendable, Codable, CaseIterable {
        /// Python's `str.title()`.
        case title
        case lower, upper
    }

    /// The label is what follows the first occurrence of this text.
    package var after: String?
    /// Texts and what stands for them. All are replaced in one walk from the left, the longest that fits
    /// first, so that the order in which they are written does not matter.
    package var replace: [String: String]
    package var letterCase: Case?

    package init(after: String? = nil, replace: [String: String] = [:], letterCase: Case? = nil) {
        self.after = after
        self.replace = replace
        self.letterCase = letterCase
    }

    /// The label of a name.
    /// - Throws: `DatasetError.separatorMissing` or `.emptyLabel`.
    package func label(of name: String) throws(DatasetError) -> String {
        var label = name
        if let after, !after.isEmpty {
            guard let found = label.firstRange(of: after) else {
                throw .separatorMissing(name: name, separator: after)
            }
            label = String(label[found.upperBound...])
        }
        label = replaced(in: label)
        switch letterCase {
        case .title: label = pythonTitle(label)
        case .lower: label = label.lowercased()
        case .upper: label = label.uppercased()
        case nil: break
        }
        guard !label.isEmpty else { throw .emptyLabel(name: name) }
        return label
    }

    private func replaced(in text: String) -> String {
        let pairs = replace.filter { !$0.key.isEmpty }.sorted {
            ($1.key.utf8.count, $0.key) < ($0.key.utf8.count, $1.key)
        }
        guard !pairs.isEmpty else { return text }
        var result = ""
        var rest = text[...]
        while !rest.isEmpty {
            if let pair = pairs.first(where: { rest.hasPrefix($0.key) }) {
                result += pair.value
                rest = rest.dropFirst(pair.key.count)
            } else {
                result.append(rest.removeFirst())
            }
        }
        return result
    }
}
