// How the application reports to a person and asks questions, without knowing what a terminal is.

/// The application's way to the person who started it. A front end decides how a line is shown and who can answer.
package struct Dialogue: Sendable {
    /// Reports what was done, in one line that is part of the command's output.
    package var report: @Sendable (String) -> Void
    /// Reports a warning or an error in one line, apart from the command's output.
    package var warn: @Sendable (String) -> Void
    /// Asks a question that is answered with yes or no; `nil` where nobody can answer.
    package var ask: (@Sendable (String) async -> Bool)?

    /// - Parameter ask: `nil` where nobody can answer: whatever needs consent is then refused.
    package init(
        report: @escaping @Sendable (String) -> Void, warn: @escaping @Sendable (String) -> Void,
        ask: (@Sendable (String) async -> Bool)?
    ) {
        self.report = report
        self.warn = warn
        self.ask = ask
    }
}
