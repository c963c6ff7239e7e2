// A program run as a cached step.

/// A program run in a folder of its own that holds its declared inputs and from which its declared outputs are taken.
/// Its command line, inputs, version and environment decide its result; nothing else is seen of the machine.
package struct CommandSpec: Hashable, Sendable, Codable {
    /// What is run.
    package var run: CommandLine
    /// What it reads.
    package var inputs: [CommandInput]
    /// Paths below its folder that it writes.
    package var outputs: [String]
    /// Changed by hand when the program does something else though its files look the same.
    package var version: String?
    /// Names of environment variables that it sees and that decide its result.
    package var environment: [String]
    /// After this long it is ended and has failed.
    package var timeLimit: Duration?
    /// The folder of a Python virtual environment whose programs come first.
    package var python: FileReference?

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

/// The command line of a program.
package enum CommandLine: Hashable, Sendable, Codable {
    /// The program and its arguments, started directly.
    case arguments([String])
    /// A line for `/bin/sh -c`.
    case shell(String)
}

/// What a program reads.
package enum CommandInput: Hashable, Sendable, Codable {
    /// A file or a folder beside the spec; it has the same relative path in the program's folder.
    case file(FileReference)
    /// An output of another command, or all of them; at the same path.
    case output(command: String, path: String?)
}
