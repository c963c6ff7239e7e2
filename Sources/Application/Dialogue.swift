// Reports and questions to the user, independent of a terminal.

/// The application's interface to its user. A front end decides how lines are shown and whether questions can be
/// answered.
package struct Dialogue: Sendable {
    /// Reports a completed action in one line of the command's regular output.
    package var report: @Sendable (String) -> Void
    /// Reports a warning or an error in one line, separate from the regular output.
    package var warn: @Sendable (String) -> Void
    /// Asks a yes/no question; `nil` if nobody can answer.
    package var ask: (@Sendable (String) async -> Bool)?

    /// - Parameter ask: `nil` if nobody can answer; actions that need consent are then refused.
    package init(
        report: @escaping @Sendable (String) -> Void, warn: @escaping @Sendable (String) -> Void,
        ask: (@Sendable (String) async -> Bool)?
    ) {
        self.report = report
        self.warn = warn
        self.ask = ask
    }
}
