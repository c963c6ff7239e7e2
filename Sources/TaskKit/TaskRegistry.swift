// The available tasks.

import Basics

/// The available tasks. The application has one registry and passes it to all code that reads specs, plans, scores or
/// reports.
package struct TaskRegistry: Sendable {
    /// The task types in the order of the documentation.
    package let kinds: [any TaskDefinition.Type]
    /// Tasks that plans use and specs cannot name, such as the verdict of a judge.
    private let inner: [any TaskDefinition.Type]

    /// - Parameters:
    ///   - kinds: in the order of the documentation.
    ///   - inner: tasks that plans use and specs cannot name.
    package init(_ kinds: [any TaskDefinition.Type], inner: [any TaskDefinition.Type] = []) {
        self.kinds = kinds
        self.inner = inner
    }

    /// The names of all tasks.
    package var names: [String] { kinds.map { $0.name } }

    /// The task type with this name; `nil` if there is none.
    package subscript(name: String) -> (any TaskDefinition.Type)? { kinds.first { $0.name == name } }

    /// Creates a task of a spec or of a plan.
    /// - Throws: `TaskOptionError`, as ``task(_:)``.
    package func planned(_ choice: TaskChoice) throws(TaskOptionError) -> any TaskDefinition {
        guard let kind = inner.first(where: { $0.name == choice.name }) else { return try task(choice) }
        return try kind.init(options: choice.options)
    }

    /// Creates the configured task.
    /// - Throws: `TaskOptionError` for an unknown task, or for an unknown, missing or invalid option.
    package func task(_ choice: TaskChoice) throws(TaskOptionError) -> any TaskDefinition {
        guard let kind = self[choice.name] else {
            throw TaskOptionError(
                [], "'\(choice.name)' is not a task",
                hint: nearest(to: choice.name, among: names).map { "did you mean '\($0)'?" }
                    ?? "the tasks are \(names.joined(separator: ", "))")
        }
        let known = kind.options.map(\.name)
        for name in choice.options.values.keys.sorted() where !known.contains(name) {
            throw TaskOptionError(
                [name], "'\(name)' is not an option of the task '\(choice.name)'",
                hint: nearest(to: name, among: known).map { "did you mean '\($0)'?" }
                    ?? (known.isEmpty ? "the task has no options" : "its options are \(known.joined(separator: ", "))"))
        }
        for option in kind.options where option.isRequired && choice.options[option.name] == nil {
            throw TaskOptionError(
                [], "the task '\(choice.name)' needs '\(option.name)'", hint: "\(option.expected) is expected")
        }
        return try kind.init(options: choice.options)
    }
}
