// The tasks of this program, in the order of documentation: one line each.

package import TaskKit

extension TaskRegistry {
    /// Every task that the program knows.
    package static let standard = TaskRegistry([
        Extract.self,
        Tag.self,
        Count.self,
        Measure.self,
        Detect.self,
        Caption.self,
    ])
}
