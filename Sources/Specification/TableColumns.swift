// The column names of a dataset table.

/// The names of a table's columns, as in its header. A column that is `nil` is found by its usual names.
package struct TableColumns: Hashable, Sendable, Codable {
    /// The column with image paths.
    package var path: String?
    /// The column with labels.
    package var label: String?
    /// The column with parts: train, validation or test.
    package var split: String?
    /// The column with the item's id, for tasks other than classification.
    package var id: String?
    /// The column with the item's group, which a split never divides.
    package var group: String?
    /// Columns of specific tasks, by role: `question`, `answers`. `nil` is not part of any key.
    package var roles: [String: String]?

    /// - Parameter roles: columns of specific tasks, by role.
    package init(
        path: String? = nil, label: String? = nil, split: String? = nil, id: String? = nil, group: String? = nil,
        roles: [String: String]? = nil
    ) {
        self.path = path
        self.label = label
        self.split = split
        self.id = id
        self.group = group
        self.roles = roles
    }
}

extension TableColumns {
    /// The roles of columns that classification does not use.
    var rolesOfTasks: [String] {
        (id == nil ? [] : ["id"]) + (roles ?? [:]).keys.sorted()
    }
}
