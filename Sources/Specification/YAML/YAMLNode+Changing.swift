// Merges and changes nodes while preserving their source positions.

extension YAMLNode {
    /// This node merged over another: maps are merged, lists and scalars replace the value below.
    /// - Parameter rules: which keys exclude each other at this node's position in the spec.
    func over(_ base: YAMLNode, _ rules: MergeRules) -> YAMLNode {
        guard let own = pairs, let below = base.pairs else { return self }
        var merged = below
        for pair in own {
            // Two exclusive keys of this map itself are kept, so that the conflict is reported.
            merged.replace(pair.key, at: pair.keyPosition, rules, keeping: own) { below in
                below.map { pair.value.over($0, rules.below(pair.key)) } ?? pair.value
            }
        }
        return YAMLNode(.map(merged), at: position)
    }

    /// This node with another value at a path; missing maps are created.
    /// - Parameters:
    ///   - place: the position of the path's last key; the keys before it keep their positions.
    ///   - rules: the merge rules of this node.
    func setting(
        _ path: ArraySlice<String>, to value: YAMLNode, keyAt place: YAMLPosition, _ rules: MergeRules
    ) -> YAMLNode {
        guard let key = path.first else { return value }
        let rest = path.dropFirst()
        if var items, let index = Int(key), items.indices.contains(index) {
            items[index] = items[index].setting(rest, to: value, keyAt: place, rules.below(key))
            return YAMLNode(.list(items), at: position)
        }
        var changed = pairs ?? []
        changed.replace(key, at: place, rules, keepsPlace: !rest.isEmpty) {
            ($0 ?? YAMLNode(.map([]), at: value.position)).setting(rest, to: value, keyAt: place, rules.below(key))
        }
        return YAMLNode(.map(changed), at: pairs == nil ? value.position : position)
    }

    /// This map without a key.
    func without(_ key: String) -> YAMLNode {
        guard let pairs, pairs.contains(where: { $0.key == key }) else { return self }
        return YAMLNode(.map(pairs.filter { $0.key != key }), at: position)
    }
}

extension [YAMLPair] {
    /// Changes the value of a key in place, or appends a new key and removes the keys that it excludes.
    fileprivate mutating func replace(
        _ key: String, at position: YAMLPosition, _ rules: MergeRules, keepsPlace: Bool = false, keeping own: [YAMLPair] = [],
        _ change: (YAMLNode?) -> YAMLNode
    ) {
        if let index = firstIndex(where: { $0.key == key }) {
            self[index].value = change(self[index].value)
            if !keepsPlace { self[index].keyPosition = position }
        } else {
            let excluded = rules.excluded(by: key)
            if !excluded.isEmpty {
                removeAll { pair in excluded.contains(pair.key) && !own.contains { $0.key == pair.key } }
            }
            append(YAMLPair(key: key, keyPosition: position, value: change(nil)))
        }
    }
}
