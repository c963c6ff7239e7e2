// A named set of changed values.

package import Basics

/// A spec with some values changed. Paths are dotted, as `models.cnn.train.epochs`; a changed value replaces what was
/// there.
package struct VariantSpec: Hashable, Sendable, Codable {
    /// What is changed, in order.
    package var changes: [Change]

    package init(changes: [Change]) {
        self.changes = changes
    }
}

extension VariantSpec {
    package struct Change: Hashable, Sendable, Codable {
        package var path: String
        package var value: JSONValue

        package init(path: String, value: JSONValue) {
            self.path = path
            self.value = value
        }
    }
}
