// Variants generated from lists of values.

package import Basics

/// Variants generated from lists of values.
package enum SweepSpec: Hashable, Sendable, Codable {
    /// All combinations of the values.
    case grid([Axis])
    /// The first values together, the second values together, and so on.
    case zip([Axis])
    /// An explicit list of variants.
    case list([VariantSpec])

    /// A path and its values.
    package struct Axis: Hashable, Sendable, Codable {
        /// The dotted path of the changed value.
        package var path: String
        /// The values in the order of the resulting variants.
        package var values: [JSONValue]

        /// - Parameter path: dotted, as in `models.cnn.train.epochs`.
        package init(path: String, values: [JSONValue]) {
            self.path = path
            self.values = values
        }
    }
}
