// Declared types of document fields: texts, numbers, dates, objects, lists.

/// The declared type of a value. Undeclared values compare as text, or as numbers if the reference is a number.
package indirect enum FieldShape: Hashable, Sendable {
    case text, number, integer, date, boolean
    /// The fields in declaration order.
    case object([Field])
    case list(FieldShape)

    /// A named field of an object.
    package struct Field: Hashable, Sendable {
        /// The key in the document.
        package var name: String
        /// The type of the value.
        package var shape: FieldShape

        /// Creates a field; names must be unique within an object.
        package init(_ name: String, _ shape: FieldShape) {
            self.name = name
            self.shape = shape
        }
    }

    /// The type of a member; `nil` if it is not declared.
    package subscript(name: String) -> FieldShape? {
        if case .object(let fields) = self { fields.first { $0.name == name }?.shape } else { nil }
    }

    /// The type of a list's entries; other types return themselves, because a single value counts as a list with one
    /// entry.
    package var entry: FieldShape { if case .list(let shape) = self { shape } else { self } }

    /// The paths of the leaves, such as `items.price`, in order.
    package func leafPaths(below path: String = "") -> [String] {
        switch self {
        case .text, .number, .integer, .date, .boolean: [path]
        case .list(let shape): shape.leafPaths(below: path)
        case .object(let fields): fields.flatMap { $0.shape.leafPaths(below: path.isEmpty ? $0.name : path + "." + $0.name) }
        }
    }
}
