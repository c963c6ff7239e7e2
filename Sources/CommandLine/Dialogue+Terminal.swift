// Connects the application's dialogue to the terminal.

import Application

extension Dialogue {
    /// Reports to standard output, warnings to standard error, and questions if the terminal is interactive.
    static var terminal: Dialogue {
        var ask: (@Sendable (String) async -> Bool)?
        if Terminal.canAsk { ask = { question in await Terminal.ask(question, isWatched: false) } }
        return Dialogue(report: { Terminal.writeLine($0) }, warn: { Terminal.writeError($0) }, ask: ask)
    }

    /// For machine-readable output: everything else goes to standard error, and no questions are asked.
    static var unattended: Dialogue {
        Dialogue(report: { Terminal.writeError($0) }, warn: { Terminal.writeError($0) }, ask: nil)
    }
}
