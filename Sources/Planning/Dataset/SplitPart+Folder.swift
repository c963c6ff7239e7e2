// Recognizes the usual names of the parts of a split.

package import Specification

extension SplitPart {
    /// Recognizes the name of a folder or the value of a table cell, ignoring case: `val`, `valid`, `dev`, …; `nil`
    /// for other names.
    package init?(folder name: String) {
        switch name.lowercased() {
        case "train", "training": self = .train
        case "val", "valid", "validation", "dev": self = .validation
        case "test", "testing": self = .test
        default: return nil
        }
    }
}
