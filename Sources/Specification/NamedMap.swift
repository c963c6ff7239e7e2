// A dictionary that preserves the order of its source.

/// Named values in written order, so that tables and plans follow the order of the spec. The order does not affect
/// equality: two maps with the same members are equal.
package struct NamedMap<Value> {
    /// The names in written order.
    package private(set) var names: [String] = []
    private var members: [String: Value] = [:]

    /// Creates an empty map.
    package init() {}

    /// For a repeated name, the last value is kept at the position of the first.
    package init(_ pairs: some Sequence<(String, Value)>) {
        for (name, value) in pairs { self[name] = value }
    }

    /// The number of members.
    package var count: Int { names.count }
    /// Whether there are no members.
    package var isEmpty: Bool { names.isEmpty }
    /// The values in written order.
    package var values: [Value] { map { $0.value } }

    /// The value of a name; a new name is appended, and `nil` removes the member.
    package subscript(name: String) -> Value? {
        get { members[name] }
        set {
            let old = members.updateOrRemove(newValue, at: name)
            if old == nil, newValue != nil { names.append(name) }
            if old != nil, newValue == nil { names.removeAll { $0 == name } }
        }
    }
}

extension Dictionary {
    fileprivate mutating func updateOrRemove(_ value: Value?, at key: Key) -> Value? {
        if let value { updateValue(value, forKey: key) } else { removeValue(forKey: key) }
    }
}

extension NamedMap: Sequence {
    /// Iterates over the members in written order.
    package func makeIterator() -> AnyIterator<(name: String, value: Value)> {
        var rest = names.makeIterator()
        return AnyIterator {
            guard let name = rest.next(), let value = members[name] else { return nil }
            return (name, value)
        }
    }
}

extension NamedMap: ExpressibleByDictionaryLiteral {
    /// Keeps the order of the literal.
    package init(dictionaryLiteral elements: (String, Value)...) { self.init(elements) }
}

extension NamedMap: Equatable where Value: Equatable {
    /// Compares the members regardless of their order.
    package static func == (a: NamedMap, b: NamedMap) -> Bool { a.members == b.members }
}

extension NamedMap: Hashable where Value: Hashable {
    /// Hashes the members regardless of their order, consistently with `==`.
    package func hash(into hasher: inout Hasher) { hasher.combine(members) }
}

extension NamedMap: Sendable where Value: Sendable {}

/// Encoded as a list of names and values, which preserves the order.
extension NamedMap: Codable where Value: Codable {
    private struct Member: Codable {
        var name: String
        var value: Value
    }

    /// Decodes a list of names and values in order.
    package init(from decoder: any Decoder) throws {
        let list = try decoder.singleValueContainer().decode([Member].self)
        self.init(list.map { ($0.name, $0.value) })
    }

    /// Encodes a list of names and values in order.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(map { Member(name: $0.name, value: $0.value) })
    }
}
