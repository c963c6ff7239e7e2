// What the fields of a document hold, as the task declares them: texts, numbers, dates, objects, lists.

/// The declared type of a value. Undeclared values compare as texts, or as numbers where the reference is a number.
package indirect enum FieldShape: Hashable, Sendable {
    case text, number, integer, date, boolean
    /// The fields in the order in which they are declared.
    case object([Field])
    case list(FieldShape)

    /// A named field of an object.
    package struct Field: Hashable, Sendable {
        package var name: String
        package var shape: FieldShape

        package init(_ name: String, _ shape: FieldShape) {
            self.name = name
            self.shape = shape
        }
    }

    /// The shape of a member; `nil` where none is declared.
    package subscript(name: String) -> FieldShape? {
        if case .object(let fields) = self { fields.first { $0.name == name }?.shape } else { nil }
    }

    /// The shape of a list's entries; anything else stands for itself, because a single value counts as a list of one.
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
