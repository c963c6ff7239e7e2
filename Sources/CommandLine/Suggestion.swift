// Suggests corrections for mistyped commands.

import ArgumentParser
import Basics
import Foundation

/// Detects unknown command names before the arguments are parsed.
enum Suggestion {
    /// The error for a command line with an unknown command; `nil` for any other.
    ///
    /// Mistyped options of commands are left to the parser, which suggests the nearest one.
    static func unknownCommand(in arguments: [String]) -> String? {
        if let option = arguments.first, let known = nearestOption(to: option) {
            return "error: unknown option '\(option)'; did you mean '\(known)'?"
        }
        var command: any ParsableCommand.Type = AssayCommand.self
        var path = "assay"
        for argument in arguments {
            let commands = command.configuration.subcommands
            guard !commands.isEmpty, !argument.hasPrefix("-") else { return nil }
            // `assay help COMMAND` shows the help of all commands for a name that it does not know.
            if argument == "help" { continue }
            if let next = commands.first(where: { name(of: $0) == argument }) {
                command = next
                path += " " + argument
                continue
            }
            let names = commands.filter { $0.configuration.shouldDisplay }.map { name(of: $0) }
            let hint = nearest(to: argument, among: names)
            // A group with a default command passes other words to it as arguments.
            if command.configuration.defaultSubcommand != nil {
                guard let hint, !FileManager.default.fileExists(atPath: argument) else { return nil }
                return "error: unknown command '\(path) \(argument)'; did you mean '\(path) \(hint)'?"
            }
            return "error: unknown command '\(path) \(argument)'"
                + (hint.map { "; did you mean '\(path) \($0)'?" } ?? ": '\(path) --help' lists them")
        }
        return nil
    }

    /// The option of `assay` itself that was mistyped; the parser suggests only those of commands.
    private static func nearestOption(to word: String) -> String? {
        let options = ["--version", "--help"]
        guard word.hasPrefix("--"), !word.hasPrefix("---"), !options.contains(word) else { return nil }
        return nearest(to: word, among: options)
    }

    private static func name(of command: any ParsableCommand.Type) -> String {
        command.configuration.commandName ?? "\(command)".lowercased()
    }
}
