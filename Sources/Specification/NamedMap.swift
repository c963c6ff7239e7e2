// A map from names to values that remembers the order in which they were written.

/// Named values in the order in which they were written, so that tables and plans read like the spec. The order is no
/// part of its meaning: two maps with the same members are equal.
package struct NamedMap<Value> {
    /// The names in written order.
    package private(set) var names: [String] = []
    private var members: [String: Value] = [:]

    package init() {}

    /// The last value of a repeated name stands, at its first place.
    package init(_ pairs: some Sequence<(String, Value)>) {
        for (name, value) in pairs { self[name] = value }
    }

    package var count: Int { names.count }
    package var isEmpty: Bool { names.isEmpty }
    package var values: [Value] { map { $0.value } }

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
    package func makeIterator() -> AnyIterator<(name: String, value: Value)> {
        var rest = names.makeIterator()
        return AnyIterator {
            guard let name = rest.next(), let value = members[name] else { return nil }
            return (name, value)
        }
    }
}

extension NamedMap: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, Value)...) { self.init(elements) }
}

extension NamedMap: Equatable where Value: Equatable {
    package static func == (a: NamedMap, b: NamedMap) -> Bool { a.members == b.members }
}

extension NamedMap: Hashable where Value: Hashable {
    package func hash(into hasher: inout Hasher) { hasher.combine(members) }
}

extension NamedMap: Sendable where Value: Sendable {}

/// Written as a list of names and values, which keeps the order.
extension NamedMap: Codable where Value: Codable {
    private struct Member: Codable {
        var name: String
        var value: Value
    }

    package init(from decoder: any Decoder) throws {
        let list = try decoder.singleValueContainer().decode([Member].self)
        self.init(list.map { ($0.name, $0.value) })
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(map { Member(name: $0.name, value: $0.value) })
    }
}
