// Selects the task of an audit.

package import TaskKit

/// Finds the task of an audit.
package enum AuditTasks {
    /// The task with this name in the registry, without options. `classify` is available even if the registry lacks
    /// it.
    /// - Throws: `TaskOptionError` for an unknown name.
    package static func task(_ name: String, in registry: TaskRegistry) throws(TaskOptionError) -> any TaskDefinition {
        if registry[name] == nil, name == LabelTask.name { return try LabelTask(options: TaskOptions()) }
        return try registry.task(TaskChoice(name))
    }
}
