// Options of all commands that read a spec.

import Application
import ArgumentParser

struct StateOptions: ParsableArguments {
    @Option(help: "The folder of the store, ledger and runs (also ASSAY_STATE).")
    var state: String?

    /// Opens the state of a project with existing runs.
    /// - Parameter spec: locates the state; `nil` for the working folder.
    /// - Throws: `Refusal` if nothing has run.
    func existing(spec: String? = nil) throws -> Workspace {
        guard let workspace = try Workspace.existing(spec: spec, state: state) else {
            throw Refusal("no runs yet: 'assay run SPEC' starts one", code: .invalid)
        }
        return workspace
    }
}

struct SpecOptions: ParsableArguments {
    @Argument(
        help: "The experiment's YAML file, or the name of a bundled experiment such as quickstart. Default: assay.yaml.",
        completion: .file(extensions: ["yaml", "yml"]))
    var spec: String?

    @OptionGroup var selection: SelectionOptions

    @OptionGroup var stateOptions: StateOptions
}

/// Several specs, run one after the other with the same changes and variants.
struct SpecsOptions: ParsableArguments {
    @Argument(
        help: "The experiments' YAML files, or names of bundled experiments. Default: assay.yaml.",
        completion: .file(extensions: ["yaml", "yml"]))
    var specs: [String] = []

    @OptionGroup var selection: SelectionOptions

    @OptionGroup var stateOptions: StateOptions
}

/// Changes of a spec and the selected variants.
struct SelectionOptions: ParsableArguments {
    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp("Change a value of the spec.", valueName: "path=value"))
    var settings: [String] = []

    @Option(
        parsing: .singleValue,
        help: "Include a variant of the spec, by name; 'default' is the spec as written, and 'all' adds every variant to it.",
        completion: .custom(Completions.variants))
    var variant: [String] = []

    @Flag(help: "Include every point of the spec's sweep.")
    var sweep = false

    @Option(help: "Maximum number of examples per label and part.")
    var limit: Int?

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit takes a number above 0.") }
    }
}

extension SelectionOptions {
    /// A request for one spec, given by its path or the name of a bundled experiment.
    func request(_ spec: String, state: String?) -> SpecRequest {
        var request = SpecRequest(
            spec: spec, settings: settings, variant: variant, sweep: sweep, limit: limit, state: state)
        if let bundled = BundledExperiments.spec(named: spec) {
            request.spec = bundled
            request.bundled = spec
            // Its results belong in the user's current folder, not in the installation.
            request.state = state ?? Workspace.locate(spec: nil, state: nil)
        }
        return request
    }
}

extension SpecOptions {
    /// The request that the options describe.
    /// - Throws: `Refusal` if no spec is named and there is no `assay.yaml`.
    func request() throws -> SpecRequest {
        selection.request(try SpecRequest.path(spec), state: stateOptions.state)
    }
}

extension SpecsOptions {
    /// One request per spec.
    /// - Throws: `Refusal` if no spec is named and there is no `assay.yaml`.
    func requests() throws -> [SpecRequest] {
        try (specs.isEmpty ? [SpecRequest.path(nil)] : specs).map { selection.request($0, state: stateOptions.state) }
    }
}
