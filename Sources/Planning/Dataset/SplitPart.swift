// The three parts of a split.

/// What a part of a dataset is for.
package enum SplitPart: String, CaseIterable, Hashable, Sendable, Codable, Comparable {
    case train, validation, test

    /// Reads the names people give to folders and in tables, of either case: `val`, `valid`, `dev`, …
    package init?(folder name: String) {
        switch name.lowercased() {
        case "train", "training": self = .train
        case "val", "valid", "validation", "dev": self = .validation
        case "test", "testing": self = .test
        default: return nil
        }
    }

    package static func < (a: SplitPart, b: SplitPart) -> Bool { a.rank < b.rank }

    private var rank: Int {
        switch self {
        case .train: 0
        case .validation: 1
        case .test: 2
        }
    }
}
