// The names that people give to the parts of a split.

package import Specification

extension SplitPart {
    /// Reads the name of a folder or a table's cell, of either case: `val`, `valid`, `dev`, …
    package init?(folder name: String) {
        switch name.lowercased() {
        case "train", "training": self = .train
        case "val", "valid", "validation", "dev": self = .validation
        case "test", "testing": self = .test
        default: return nil
        }
    }
}
