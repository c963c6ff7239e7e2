// The environment variables that a spec may name.

/// Environment variables: the process's own first, then those of a `.env` file beside the spec.
package struct Environment: Hashable, Sendable {
    private var variables: [String: String]

    package init(_ variables: [String: String]) { self.variables = variables }

    package subscript(name: String) -> String? { variables[name] }

    package var names: [String] { variables.keys.sorted() }

    /// This environment, and beneath it the variables of another.
    package func over(_ other: Environment) -> Environment {
        Environment(variables.merging(other.variables) { own, _ in own })
    }
}
