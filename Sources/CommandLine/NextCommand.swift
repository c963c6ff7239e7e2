// Suggested commands: pasted into a shell in the same folder, they act on the same spec, options, state and run.

import Application
import Basics
import Foundation

enum NextCommand {
    /// A command for the spec of a request, with the same changes, variants, limit and state.
    /// - Parameters:
    ///   - command: the subcommand: `run`.
    ///   - options: further words, which follow the request's own.
    static func of(_ request: SpecRequest, _ command: String, _ options: [String] = []) -> String {
        var words = ["assay", command]
        let named = request.bundled ?? request.spec
        if named != SpecRequest.defaultName { words.append(argument(named)) }
        for setting in request.settings { words += option("--set", setting) }
        for variant in request.variant { words += option("--variant", variant) }
        if request.sweep { words.append("--sweep") }
        if let limit = request.limit { words += option("--limit", String(limit)) }
        let usual = Workspace.locate(spec: request.bundled == nil ? request.spec : nil, state: nil)
        if let state = request.state, !state.isEmpty, !isSame(state, usual) { words += option("--state", state) }
        return quoted(words + options)
    }

    /// A command without a spec, for the project with a state folder.
    /// - Parameter options: words that follow the run: `--open`.
    static func of(_ command: [String], run: RunID? = nil, options: [String] = [], state: String) -> String {
        var words = ["assay"] + command
        if let run { words.append(argument(run.text)) }
        if !isSame(state, Workspace.locate(spec: nil, state: nil)) { words += option("--state", state) }
        return quoted(words + options)
    }

    /// An option with its value, also one that begins with a hyphen.
    static func option(_ name: String, _ value: String) -> [String] {
        value.hasPrefix("-") ? ["\(name)=\(value)"] : [name, value]
    }

    /// Writes the last line of a command's output. It is never wrapped: a shell would read two commands.
    static func write(_ text: String) { Terminal.writeLine("Next: " + text) }

    private static func quoted(_ words: [String]) -> String { "'" + ShellText.command(words) + "'" }

    /// A path as an argument; one that begins with a hyphen would be read as an option.
    private static func argument(_ path: String) -> String { path.hasPrefix("-") ? "./" + path : path }

    private static func isSame(_ one: String, _ other: String) -> Bool {
        URL(fileURLWithPath: one).standardizedFileURL.path == URL(fileURLWithPath: other).standardizedFileURL.path
    }
}
