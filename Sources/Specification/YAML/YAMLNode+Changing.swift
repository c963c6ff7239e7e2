// Merging and changing nodes, which keep the places they came from.

extension YAMLNode {
    /// This node over another: maps are merged, lists and scalars replace what was there.
    /// - Parameter rules: which keys exclude each other, by the place of this node in the spec.
    func over(_ base: YAMLNode, _ rules: MergeRules) -> YAMLNode {
        guard let own = pairs, let below = base.pairs else { return self }
        var merged = below
        for pair in own {
            // Two keys of this map itself that exclude each other stay, to be told.
            merged.replace(pair.key, at: pair.keyPosition, rules, keeping: own) { below in
                below.map { pair.value.over($0, rules.below(pair.key)) } ?? pair.value
            }
        }
        return YAMLNode(.map(merged), at: position)
    }

    /// This node with another value at a path. What is missing on the way is made.
    /// - Parameter place: where the path's last key stands. The keys before it stay where they were.
    ///   `rules` are those of this node.
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
    /// Changes the value of a key, at its place or, when it is new, at the end; and removes the keys it excludes.
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
