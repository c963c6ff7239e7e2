// The options of all commands that read a spec.

import Application
import ArgumentParser

struct StateOptions: ParsableArguments {
    @Option(help: "The folder that holds store, ledger and runs (also ASSAY_STATE).")
    var state: String?
}

struct SpecOptions: ParsableArguments {
    @Argument(help: "The experiment's YAML file.", completion: .file(extensions: ["yaml", "yml"]))
    var spec: String

    @Option(name: .customLong("set"), parsing: .singleValue, help: ArgumentHelp("Change a value of the spec.", valueName: "path=value"))
    var settings: [String] = []

    @Option(parsing: .singleValue, help: "Also a variant of the spec, by its name; 'all' for all of them.")
    var variant: [String] = []

    @Flag(help: "Also every point of the spec's sweep.")
    var sweep = false

    @Option(help: "Only so many examples of each label, from each part of the split.")
    var limit: Int?

    @OptionGroup var stateOptions: StateOptions

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit takes a number above 0.") }
    }
}

extension SpecOptions {
    /// What the options ask for.
    var request: SpecRequest {
        SpecRequest(
            spec: spec, settings: settings, variant: variant, sweep: sweep, limit: limit, state: stateOptions.state)
    }
}
