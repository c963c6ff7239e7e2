// The observed environment before planning, as a value: file contents, environment variables, this machine.

package import Basics
package import Specification
package import VisionProtocol

/// Everything besides the spec that a plan depends on. The command-line front end observes it; planning only reads
/// it.
package struct Observations: Sendable {
    /// Digests of files by path, and digests of folders and tables by the names and contents of their images. A
    /// requested path that is missing here does not exist.
    package var contents: [String: Digest]
    /// The files below folders that programs read, by folder path; their digests are in `contents`.
    package var folders: [String: [String]]
    /// Digests of Python environments (version and installed packages), by folder. A requested folder that is missing
    /// here is not a Python environment.
    package var pythonEnvironments: [String: Digest]
    /// Outputs of version commands. A command that is missing here was not run or failed.
    package var versions: [VersionCommand: String]
    /// The environment variables for references in the spec.
    package var environment: Environment
    /// The name and kind of this machine, because a latency measured on another machine is not valid here.
    package var machine: String
    /// The vision worker's numeric library; `nil` when the worker could not be queried.
    package var numerics: NumericLibrary?

    /// Creates observations; omitted collections are empty.
    package init(
        contents: [String: Digest], folders: [String: [String]] = [:], pythonEnvironments: [String: Digest] = [:],
        versions: [VersionCommand: String] = [:], environment: Environment, machine: String,
        numerics: NumericLibrary?
    ) {
        self.contents = contents
        self.folders = folders
        self.pythonEnvironments = pythonEnvironments
        self.versions = versions
        self.environment = environment
        self.machine = machine
        self.numerics = numerics
    }
}

extension Observations {
    /// The key in `contents` of a table that is read with these columns and this root.
    package static func name(ofTable path: String, _ form: TableForm = .text, columns: TableColumns?, root: String?) -> String {
        guard columns != nil || root != nil || form != .text else { return path }
        let names =
            [columns?.path, columns?.label, columns?.split].map { $0 ?? "" }
            + [columns?.id.map { "id=" + $0 }, columns?.group.map { "group=" + $0 }].compactMap { $0 }
            + (columns?.roles ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return ([path, root ?? ""] + names + (form == .text ? [] : [form.rawValue])).joined(separator: "\u{0}")
    }
}

/// An external fact that the plan of a spec depends on.
package enum Lookup: Hashable, Sendable {
    /// The bytes of a file.
    case file(String)
    /// The names and contents of a folder's images.
    case images(String)
    /// A table and the images it lists, with the columns and the root that the spec names.
    case table(String, TableForm, columns: TableColumns?, root: String?)
    /// The names and contents of a folder's video clips.
    case clips(String)
    /// A file, or a folder with everything in it, that a program reads.
    case tree(String)
    /// A Python environment: its version and installed packages.
    case python(String)
    /// The output of a version command.
    case version(VersionCommand)
    /// The vision worker's numeric library.
    case numerics
}

/// A command with output that is part of a key, and the Python environment that runs it.
package struct VersionCommand: Hashable, Sendable {
    /// The command to run; its output becomes part of the key.
    package var command: CommandLine
    /// The environment's folder; `nil` without one.
    package var python: String?

    /// - Parameter python: the environment's folder; `nil` without one.
    package init(command: CommandLine, python: String?) {
        self.command = command
        self.python = python
    }
}

extension ExperimentSpec {
    /// The external facts that must be observed before planning the spec. Paths with unset variables are omitted; the
    /// plan reports them.
    package func lookups(in environment: Environment) -> Set<Lookup> {
        var lookups: Set<Lookup> = []
        func path(_ reference: FileReference?) -> String? {
            guard let reference, case .path(let path) = try? reference.location(in: environment) else { return nil }
            return path
        }
        func add(_ lookup: (String) -> Lookup, _ reference: FileReference?) {
            if let path = path(reference) { lookups.insert(lookup(path)) }
        }
        func addTable(_ reference: FileReference, _ form: TableForm) {
            let root = path(dataset?.root) ?? path(dataset?.frames?.from)
            if let path = path(reference) { lookups.insert(.table(path, form, columns: dataset?.columns, root: root)) }
        }
        switch dataset?.source {
        case .archive(let reference): add(Lookup.file, reference)
        case .folder(let reference): add(dataset?.frames == nil ? Lookup.images : Lookup.clips, reference)
        case .table(let reference): addTable(reference, .text)
        case .coco(let reference): addTable(reference, .coco)
        case .voc(let reference): addTable(reference, .voc)
        case .generate, nil: break
        }
        for judge in judges.values {
            add(Lookup.file, judge.labels)
            add(Lookup.file, judge.calibration)
        }
        for provider in providers.values {
            guard case .emulator(let emulator) = provider else { continue }
            add(Lookup.file, emulator.weights)
            add(Lookup.file, emulator.classes)
            for reference in emulator.inputs { add(Lookup.tree, reference) }
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
            case .probe(let probe):
                // The worker's numeric library fits the classifier for every backbone.
                lookups.insert(.numerics)
                switch probe.backbone {
                case .network(let network):
                    if case .file(let reference, _, _) = network.weights { add(Lookup.file, reference) }
                case .program(let program):
                    add(program.trainer(probe.data).command)
                    if let command = program.versions {
                        lookups.insert(.version(VersionCommand(command: command, python: path(program.python))))
                    }
                }
            case .command(let model): add(model.command)
            case .fineTuned(let model):
                if case .table(let reference) = model.fineTune.data.rejected { add(Lookup.file, reference) }
            case .recorded(let model): add(Lookup.file, model.answers)
            case .hosted: break
            }
        }
        return lookups
    }
}
