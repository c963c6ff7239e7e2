// The environment variables available to a spec.

/// Environment variables of the process and of a `.env` file next to the spec; those of the process take precedence.
package struct Environment: Hashable, Sendable {
    private var variables: [String: String]

    /// - Parameter variables: values by name; nothing is read from the process.
    package init(_ variables: [String: String]) { self.variables = variables }

    /// The value of a variable; `nil` when it is not set.
    package subscript(name: String) -> String? { variables[name] }

    /// The names of all variables, sorted.
    package var names: [String] { variables.keys.sorted() }

    /// The union of both environments; the values of this one take precedence.
    package func over(_ other: Environment) -> Environment {
        Environment(variables.merging(other.variables) { own, _ in own })
    }
}
