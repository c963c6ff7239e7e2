// Finds and restores doubles such as 1.0, which the canonical text does not distinguish from integers.

extension JSONValue {
    /// The places of whole numbers that are doubles, as sorted JSON pointers (RFC 6901).
    package var wholeDoubles: [String] {
        var found: [String] = []
        addWholeDoubles(at: "", to: &found)
        return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// The value with the numbers at JSON pointers as doubles.
    package func withDoubles(at pointers: Set<String>) -> JSONValue {
        pointers.isEmpty ? self : withDoubles(at: pointers, below: "")
    }

    private func addWholeDoubles(at place: String, to found: inout [String]) {
        switch self {
        case .double(let value): if Int64(exactly: value) != nil { found.append(place) }
        case .array(let values):
            for (index, value) in values.enumerated() { value.addWholeDoubles(at: "\(place)/\(index)", to: &found) }
        case .object(let members):
            for (name, value) in members { value.addWholeDoubles(at: JSONValue.pointer(place, name), to: &found) }
        case .null, .bool, .int, .string: break
        }
    }

    private func withDoubles(at pointers: Set<String>, below place: String) -> JSONValue {
        switch self {
        case .int(let value): pointers.contains(place) ? .double(Double(value)) : self
        case .array(let values):
            .array(values.enumerated().map { $0.element.withDoubles(at: pointers, below: "\(place)/\($0.offset)") })
        case .object(let members):
            .object(
                Dictionary(
                    members.map { ($0.key, $0.value.withDoubles(at: pointers, below: JSONValue.pointer(place, $0.key))) },
                    uniquingKeysWith: { first, _ in first }))
        case .null, .bool, .double, .string: self
        }
    }

    private static func pointer(_ place: String, _ name: String) -> String {
        "\(place)/" + name.replacing("~", with: "~0").replacing("/", with: "~1")
    }
}
