// Named sets of changed values.

package import Basics

/// A spec with some values changed. Paths are dotted, such as `models.cnn.train.epochs`; the new value replaces the
/// old one.
package struct VariantSpec: Hashable, Sendable, Codable {
    /// The changes, applied in order.
    package var changes: [Change]

    /// - Parameter changes: applied in order; the last change of a path takes effect.
    package init(changes: [Change]) {
        self.changes = changes
    }
}

extension VariantSpec {
    /// One changed value.
    package struct Change: Hashable, Sendable, Codable {
        /// The dotted path of the changed value.
        package var path: String
        /// The new value, which replaces the old one.
        package var value: JSONValue

        /// - Parameter path: dotted, as in `models.cnn.train.epochs`.
        package init(path: String, value: JSONValue) {
            self.path = path
            self.value = value
        }
    }
}
