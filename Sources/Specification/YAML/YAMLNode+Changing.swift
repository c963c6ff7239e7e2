// Merging and changing nodes, which keep the places they came from.

extension YAMLNode {
    /// Keys of which a map holds one: giving one of them replaces another that was there.
    private static let alternatives: [Set<String>] = [
        ["archive", "folder", "table", "generate"], ["adamw", "sgd"], ["step", "cosine"], ["batch", "online"],
        ["file", "url"], ["string_check", "text_similarity", "score_model", "multi"],
        ["within", "at_most", "at_least"], ["managed-identity", "client-credentials", "bearer"],
    ]

    /// This node over another: maps are merged, lists and scalars replace what was there.
    func over(_ base: YAMLNode) -> YAMLNode {
        guard let own = pairs, let below = base.pairs else { return self }
        var merged = below
        for pair in own {
            // Two keys of this map itself that exclude each other stay, to be told.
            merged.replace(pair.key, at: pair.keyPosition, keeping: own) { pair.value.over($0 ?? pair.value) }
        }
        return YAMLNode(.map(merged), at: position)
    }

    /// This node with another value at a path. What is missing on the way is made.
    /// - Parameter place: where the path's last key stands. The keys before it stay where they were.
    func setting(_ path: ArraySlice<String>, to value: YAMLNode, keyAt place: YAMLPosition) -> YAMLNode {
        guard let key = path.first else { return value }
        let rest = path.dropFirst()
        if var items, let index = Int(key), items.indices.contains(index) {
            items[index] = items[index].setting(rest, to: value, keyAt: place)
            return YAMLNode(.list(items), at: position)
        }
        var changed = pairs ?? []
        changed.replace(key, at: place, keepsPlace: !rest.isEmpty) {
            ($0 ?? YAMLNode(.map([]), at: value.position)).setting(rest, to: value, keyAt: place)
        }
        return YAMLNode(.map(changed), at: pairs == nil ? value.position : position)
    }

    /// This map without a key.
    func without(_ key: String) -> YAMLNode {
        guard let pairs, pairs.contains(where: { $0.key == key }) else { return self }
        return YAMLNode(.map(pairs.filter { $0.key != key }), at: position)
    }

    fileprivate static func excluded(by key: String) -> Set<String>? { alternatives.first { $0.contains(key) } }
}

extension [YAMLPair] {
    /// Changes the value of a key, at its place or, when it is new, at the end; and removes the keys it excludes.
    fileprivate mutating func replace(
        _ key: String, at position: YAMLPosition, keepsPlace: Bool = false, keeping own: [YAMLPair] = [],
        _ change: (YAMLNode?) -> YAMLNode
    ) {
        if let index = firstIndex(where: { $0.key == key }) {
            self[index].value = change(self[index].value)
            if !keepsPlace { self[index].keyPosition = position }
        } else {
            if let excluded = YAMLNode.excluded(by: key) {
                removeAll { pair in excluded.contains(pair.key) && !own.contains { $0.key == pair.key } }
            }
            append(YAMLPair(key: key, keyPosition: position, value: change(nil)))
        }
    }
}
