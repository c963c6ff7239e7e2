// Which columns of a table hold what.

/// Names of a table's columns, as its first line spells them. A column that is not named is found by its usual names.
package struct TableColumns: Hashable, Sendable, Codable {
    package var path: String?
    package var label: String?
    package var split: String?

    package init(path: String? = nil, label: String? = nil, split: String? = nil) {
        self.path = path
        self.label = label
        self.split = split
    }
}
