// Sets of changed values made from lists.

package import Basics

/// Variants made from lists of values.
package enum SweepSpec: Hashable, Sendable, Codable {
    /// Every combination of the values.
    case grid([Axis])
    /// The first values together, the second values together, and so on.
    case zip([Axis])
    /// Spelled out.
    case list([VariantSpec])

    /// One path and its values.
    package struct Axis: Hashable, Sendable, Codable {
        package var path: String
        package var values: [JSONValue]

        package init(path: String, values: [JSONValue]) {
            self.path = path
            self.values = values
        }
    }
}
