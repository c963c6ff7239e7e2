// The built-in tasks. To add a task, add a folder here and a line below.

package import TaskKit

extension TaskRegistry {
    /// The built-in tasks, in the order of the documentation.
    package static let standard = TaskRegistry(
        [
            Classify.self,
            Transcribe.self,
            Extract.self,
            Answer.self,
            Tag.self,
            Count.self,
            Measure.self,
            Detect.self,
            Caption.self,
        ], inner: [Verdict.self])
}
