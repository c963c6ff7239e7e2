// Selects the task of an audit.

package import TaskKit

/// Selects the task of an audit; adds normalized accuracy to classification.
package enum AuditTasks {
    /// The task with this name in the registry, without options. `classify` is available even if the registry lacks
    /// it, and also states the accuracy without differences of spelling.
    /// - Throws: `TaskOptionError` for an unknown name.
    package static func task(_ name: String, in registry: TaskRegistry) throws(TaskOptionError) -> any TaskDefinition {
        guard name == LabelTask.name else { return try registry.task(TaskChoice(name)) }
        guard registry[name] != nil else { return try LabelTask(options: TaskOptions()) }
        return LabelTask(base: try registry.task(TaskChoice(name)))
    }
}
