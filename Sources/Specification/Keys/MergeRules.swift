// Merge rules for the maps of a spec: which keys of a map exclude each other.

/// The rules for merging one map over another: which of its keys exclude each other, and the rules for the values
/// below.
///
/// The rules come from the key tables, so a keyword excludes another only where the spec offers that choice.
/// User-chosen names are never keywords: a model called `sgd` does not replace one called `adamw`.
struct MergeRules: Sendable {
    /// Sets of mutually exclusive keys: a new key replaces the others of its set.
    var alternatives: [Set<String>] = []
    /// The rules for the value of a key, or for an item of a list by its index.
    var below: @Sendable (String) -> MergeRules

    /// No key excludes another, at any depth.
    static var plain: MergeRules { MergeRules { _ in .plain } }

    /// User-chosen names, or list items, with values of one type.
    static func named(_ item: @escaping @Sendable () -> MergeRules) -> MergeRules { MergeRules { _ in item() } }

    /// The rules of a map that is one of several entities, identified by its contents after merging.
    static func oneOf(_ rules: [MergeRules]) -> MergeRules {
        MergeRules(alternatives: rules.flatMap(\.alternatives)) { key in .oneOf(rules.map { $0.below(key) }) }
    }

    /// The keys that a key replaces; empty when it excludes none.
    func excluded(by key: String) -> Set<String> {
        alternatives.reduce(into: []) { if $1.contains(key) { $0.formUnion($1) } }
    }
}

extension EntityDescription {
    /// The merge rules of the entity's keys.
    func merging(_ vocabulary: Vocabulary) -> MergeRules {
        let alternatives = rules.compactMap { rule -> Set<String>? in
            switch rule {
            case .exactlyOne(let keys), .atMostOne(let keys): Set(keys)
            case .needs, .atLeastOne: nil
            }
        }
        let keys = Dictionary(keys.map { ($0.name, $0.merging) }, uniquingKeysWith: { first, _ in first })
        return MergeRules(alternatives: alternatives) { keys[$0]?(vocabulary) ?? .plain }
    }
}
