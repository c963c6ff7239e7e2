// Which columns of a table hold what.

/// Names of a table's columns, as its first line spells them. A column that is not named is found by its usual names.
package struct TableColumns: Hashable, Sendable, Codable {
    package var path: String?
    package var label: String?
    package var split: String?
    /// Of tasks other than classification: the item's id, and the group that a split does not part.
    package var id: String?
    package var group: String?
    /// Columns that only some tasks have, by role: `question`, `answers`. What is absent is in no key.
    package var roles: [String: String]?

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
    /// Columns that classification does not have, by role.
    var rolesOfTasks: [String] {
        (id == nil ? [] : ["id"]) + (group == nil ? [] : ["group"]) + (roles ?? [:]).keys.sorted()
    }
}
