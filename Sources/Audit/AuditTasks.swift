// The tasks whose recorded answers can be audited.

package import TaskKit

/// Finds the task of an audit.
package enum AuditTasks {
    /// The registry's task of a name, without options; classification where no registry has it.
    /// - Throws: `TaskOptionError` for an unknown name.
    package static func task(_ name: String, in registry: TaskRegistry) throws(TaskOptionError) -> any TaskDefinition {
        if registry[name] == nil, name == LabelTask.name { return try LabelTask(options: TaskOptions()) }
        return try registry.task(TaskChoice(name))
    }
}
