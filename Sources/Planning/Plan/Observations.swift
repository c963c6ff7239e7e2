// What was seen of the outside before planning: file contents, environment, this machine. A value.

package import Basics
package import Specification
package import VisionProtocol

/// Everything that a plan depends on besides the spec. The front looks; planning only reads.
package struct Observations: Sendable {
    /// Digests of files by path, and of folders and tables by the names and contents of their images. A path that
    /// was asked for and is missing here does not exist.
    package var contents: [String: Digest]
    /// The files below folders that programs read, by the folder's path; their digests are in `contents` too.
    package var folders: [String: [String]]
    /// Digests of Python environments, their versions and installed packages, by folder. One that is missing here was
    /// asked for and is not a Python environment.
    package var pythons: [String: Digest]
    /// Outputs of version commands. One that is missing here has not run, or could not.
    package var versions: [VersionCommand: String]
    package var environment: Environment
    /// A name for this machine and its kind: latency measured elsewhere is not this machine's.
    package var machine: String
    /// What the vision worker computes with; `nil` when it could not be asked.
    package var numerics: NumericLibrary?

    package init(
        contents: [String: Digest], folders: [String: [String]] = [:], pythons: [String: Digest] = [:],
        versions: [VersionCommand: String] = [:], environment: Environment, machine: String,
        numerics: NumericLibrary?
    ) {
        self.contents = contents
        self.folders = folders
        self.pythons = pythons
        self.versions = versions
        self.environment = environment
        self.machine = machine
        self.numerics = numerics
    }
}

extension Observations {
    /// Under which name `contents` has a table that is read with these columns from this root.
    package static func name(ofTable path: String, columns: TableColumns?, root: String?) -> String {
        guard columns != nil || root != nil else { return path }
        let names = [columns?.path, columns?.label, columns?.split].map { $0 ?? "" }
        return ([path, root ?? ""] + names).joined(separator: "\u{0}")
    }
}

/// A thing outside that a plan of a spec depends on.
package enum Lookup: Hashable, Sendable {
    /// The bytes of a file.
    case file(String)
    /// A folder's images: names and contents.
    case images(String)
    /// A table and the images that it lists, with the columns and the root that the spec names.
    case table(String, columns: TableColumns?, root: String?)
    /// A file, or a folder with all that is in it, that a program reads.
    case tree(String)
    /// A Python environment: its version and what is installed in it.
    case python(String)
    /// What a version command prints.
    case version(VersionCommand)
    /// The vision worker's numeric library.
    case numerics
}

/// A command whose output is part of a key, and the Python environment in which it runs.
package struct VersionCommand: Hashable, Sendable {
    package var command: CommandLine
    /// The environment's folder; `nil` without one.
    package var python: String?

    package init(command: CommandLine, python: String?) {
        self.command = command
        self.python = python
    }
}

extension ExperimentSpec {
    /// What has to be looked at before the spec can be planned. Paths whose variables are missing are left out:
    /// the plan reports them.
    package func lookups(in environment: Environment) -> Set<Lookup> {
        var lookups: Set<Lookup> = []
        func path(_ reference: FileReference?) -> String? {
            guard let reference, case .path(let path) = try? reference.location(in: environment) else { return nil }
            return path
        }
        func add(_ lookup: (String) -> Lookup, _ reference: FileReference?) {
            if let path = path(reference) { lookups.insert(lookup(path)) }
        }
        switch dataset?.source {
        case .archive(let reference): add(Lookup.file, reference)
        case .folder(let reference): add(Lookup.images, reference)
        case .table(let reference):
            let root = path(dataset?.root)
            if let path = path(reference) { lookups.insert(.table(path, columns: dataset?.columns, root: root)) }
        case .generate, nil: break
        }
        for provider in providers.values {
            guard case .emulator(let emulator) = provider else { continue }
            add(Lookup.file, emulator.weights)
            add(Lookup.file, emulator.classes)
        }
        func add(_ command: CommandSpec) {
            for case .file(let reference) in command.inputs { add(Lookup.tree, reference) }
            add(Lookup.python, command.python)
        }
        for command in commands.values { add(command) }
        for model in models.values {
            switch model {
            case .trained(let train):
                lookups.insert(.numerics)
                if case .file(let reference, _, _) = train.weights { add(Lookup.file, reference) }
            case .programTrained(let train):
                add(train.command)
                if let command = train.versions {
                    lookups.insert(.version(VersionCommand(command: command, python: path(train.python))))
                }
            case .command(let model): add(model.command)
            case .fineTuned(let model):
                if case .table(let reference) = model.fineTune.data.rejected { add(Lookup.file, reference) }
            case .hosted: break
            }
        }
        return lookups
    }
}
