// The tasks that ship with the program. A new task is a folder here and a line below.

package import TaskKit

extension TaskRegistry {
    /// All tasks, in the order of the documentation.
    package static let standard = TaskRegistry([
        Classify.self,
        Transcribe.self,
        Extract.self,
        Answer.self,
        Tag.self,
        Count.self,
        Measure.self,
        Detect.self,
        Caption.self,
    ])
}
