// Programs that run as cached steps.

/// A program that runs in its own folder, which contains its declared inputs and receives its declared outputs. The
/// command line, inputs, version and environment determine its cache key; nothing else counts as an input.
package struct CommandSpec: Hashable, Sendable, Codable {
    /// The command line.
    package var run: CommandLine
    /// The files and outputs that the program reads.
    package var inputs: [CommandInput]
    /// The paths that the program writes, relative to its folder.
    package var outputs: [String]
    /// Part of the cache key; changed by the user when the program behaves differently although its files are the
    /// same.
    package var version: String?
    /// Names of the environment variables that the program receives; their values are part of the cache key.
    package var environment: [String]
    /// The time after which the program is terminated and the step fails; `nil` for no limit.
    package var timeLimit: Duration?
    /// The folder of a Python virtual environment, placed first in the program's `PATH`.
    package var python: FileReference?

    /// - Parameter timeLimit: `nil` for no limit.
    package init(
        run: CommandLine, inputs: [CommandInput] = [], outputs: [String] = [], version: String? = nil,
        environment: [String] = [], timeLimit: Duration? = nil, python: FileReference? = nil
    ) {
        self.run = run
        self.inputs = inputs
        self.outputs = outputs
        self.version = version
        self.environment = environment
        self.timeLimit = timeLimit
        self.python = python
    }
}

/// The command line of a program. Its form is part of the key, because a shell interprets the text.
package enum CommandLine: Hashable, Sendable, Codable {
    /// The program and its arguments, started without a shell.
    case arguments([String])
    /// A line for `/bin/sh -c`.
    case shell(String)
}

/// A file that is copied into the program's folder and is part of the step's key.
package enum CommandInput: Hashable, Sendable, Codable {
    /// A file or folder relative to the spec; it has the same relative path in the program's folder.
    case file(FileReference)
    /// One output of another command, or all of them when `path` is `nil`, at the same relative path.
    case output(command: String, path: String?)
}
