// The application's dialogue on the terminal.

import Application

extension Dialogue {
    /// Output to standard output, warnings to standard error, and questions where a person can answer.
    static var terminal: Dialogue {
        var ask: (@Sendable (String) async -> Bool)?
        if Terminal.canAsk { ask = { question in await Terminal.ask(question) } }
        return Dialogue(report: { Terminal.writeLine($0) }, warn: { Terminal.writeError($0) }, ask: ask)
    }

    /// For output that a program reads: everything else goes to standard error, and nothing is asked.
    static var unattended: Dialogue {
        Dialogue(report: { Terminal.writeError($0) }, warn: { Terminal.writeError($0) }, ask: nil)
    }
}
