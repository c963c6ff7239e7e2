// The rules by which maps of a spec are merged: which keys of a map exclude each other.

/// How one map is written over another: which of its keys exclude each other, and by which rules the values below its
/// keys are merged.
///
/// The rules come from the key tables, so a keyword excludes another only where the language has that choice. A name
/// that the user chose is never a keyword: a model called `sgd` leaves one called `adamw` alone.
struct MergeRules: Sendable {
    /// Sets of keys of which a map holds at most one: a new key replaces the others of its set.
    var alternatives: [Set<String>] = []
    /// The rules for the value of a key, or of an item of a list by its index.
    var below: @Sendable (String) -> MergeRules

    /// Every key stands for itself, at any depth.
    static var plain: MergeRules { MergeRules { _ in .plain } }

    /// Names of the user's choice, or items of a list, with values of one type.
    static func named(_ item: @escaping @Sendable () -> MergeRules) -> MergeRules { MergeRules { _ in item() } }

    /// The rules of a map that is one of several entities, told apart by what it holds once it is merged.
    static func oneOf(_ rules: [MergeRules]) -> MergeRules {
        MergeRules(alternatives: rules.flatMap(\.alternatives)) { key in .oneOf(rules.map { $0.below(key) }) }
    }

    /// The keys that a key replaces; empty for one that excludes no other.
    func excluded(by key: String) -> Set<String> {
        alternatives.reduce(into: []) { if $1.contains(key) { $0.formUnion($1) } }
    }
}

extension EntityDescription {
    /// The merge rules of its keys.
    var merging: MergeRules {
        let alternatives = rules.compactMap { rule -> Set<String>? in
            switch rule {
            case .exactlyOne(let keys), .atMostOne(let keys): Set(keys)
            case .needs: nil
            }
        }
        let keys = Dictionary(keys.map { ($0.name, $0.merging) }, uniquingKeysWith: { first, _ in first })
        return MergeRules(alternatives: alternatives) { keys[$0]?() ?? .plain }
    }
}
