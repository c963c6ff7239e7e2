// The options of all commands that read a spec, and what comes of them: variants, observations, a plan.

import ArgumentParser
import Artifacts
import Basics
import Execution
import Foundation
import Planning
import Platform
import Specification

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

/// The variants that a command was asked for.
struct ChosenSpecs {
    var base: LoadedSpec
    var variants: [(name: VariantName, loaded: LoadedSpec)]
}

extension SpecOptions {
    static func loader() -> SpecLoader {
        let today = String(Date().ISO8601Format().prefix(10))
        return SpecLoader(environment: Environment(ProcessInfo.processInfo.environment), today: today) { path in
            try SpecOptions.bytes(path)
        }
    }

    /// The bytes of a file; why there are none in words that fit behind its name.
    static func bytes(_ path: String) throws -> [UInt8] {
        // The spec's own .env file is read by its name; a link to one, which a project may hold, is not.
        if !SecretFile.isNamed(path), SecretFile.isReached(by: path) { throw UnreadableFile(reason: SecretFile.refusal) }
        do {
            return [UInt8](try LocalFileSystem().read(path, limit: FileSizeLimit.text))
        } catch FileError.missing {
            throw UnreadableFile(reason: "no such file", isMissing: true)
        } catch let error as FileError {
            throw UnreadableFile(reason: error.reason)
        }
    }

    /// Reads the spec and the variants that were asked for; without any, the spec as it stands.
    /// - Throws: `SpecificationError` with all that is wrong.
    func load() throws -> ChosenSpecs {
        let base = try SpecOptions.loader().load(spec, settings: settings)
        var variants: [(name: VariantName, loaded: LoadedSpec)] = []
        for name in variant {
            if name == "all" {
                if !variants.contains(where: { $0.name == base.name }) { variants.append((base.name, base)) }
                variants += try base.variants().map { ($0.name, $0) }
            } else {
                let loaded = try base.variant(VariantName(name))
                variants.append((loaded.name, loaded))
            }
        }
        if sweep { variants += try base.sweepPoints().map { ($0.name, $0) } }
        if variants.isEmpty { variants = [(base.name, base)] }
        return ChosenSpecs(base: base, variants: variants)
    }
}

/// A plan with what is known of each of its steps.
struct PreparedPlan {
    var specs: ChosenSpecs
    var observations: Observations
    var plan: Plan
    var diagnostics: [Diagnostic]
    var statuses: [StepStatus]

    /// Looks, plans, and looks the results up.
    /// - Parameters:
    ///   - loaded: what the options name, where it has been read.
    ///   - locatesAll: whether the key parts of cached steps get their places too, as explanations need them.
    static func prepare(
        _ options: SpecOptions, _ loaded: ChosenSpecs? = nil, measurement: Int = 0, locatesAll: Bool = false,
        workspace: Workspace
    ) async throws -> PreparedPlan {
        let specs = try loaded ?? options.load()
        let looker = Looker(workspace: workspace, environment: specs.base.environment)
        let observations = try await looker.look(at: specs.variants.map(\.loaded.spec))
        var (plan, diagnostics, places) = try Planner.plan(
            specs.variants, observations: observations,
            options: PlanOptions(limit: options.limit, measurement: measurement))
        let store = workspace.store
        // That the outputs are there, as they nearly always are, is looked at once the whole plan is known.
        var statuses = try plan.statuses { key in try store.recorded(key)?.knownOutputs }
        if !store.holds(all: statuses.flatMap { $0.outputs.values }) {
            statuses = try plan.statuses { key in try store.summary(for: key)?.knownOutputs }
        }
        // What is about to run is recorded, and explained, with the places in the spec that it comes from.
        places.locate(in: &plan) { locatesAll || statuses[$0].state != .cached }
        return PreparedPlan(
            specs: specs, observations: observations, plan: plan, diagnostics: diagnostics, statuses: statuses)
    }

    /// Whether a step will run, or may.
    func willRun(_ index: Int) -> Bool { statuses[index].state == .pending || statuses[index].state == .unknown }
}
