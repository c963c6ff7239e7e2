// The models of a spec: which are trained, and where their checkpoints are.

import Artifacts
import Basics
import Foundation
import Planning
import Platform
package import ProviderKit
import Specification
import Steps
import TaskKit
import Tasks

/// A model of a spec with what is needed to use it.
package struct ListedModel: Sendable {
    /// The part of the spec that declares the model; it decides which commands can use the model.
    package enum Kind: String, Sendable {
        case network, trainer, probe, hosted, command, recorded
        case fineTuned = "fine-tuned"
    }

    /// Whether a model can be used, and where it is.
    package enum State: Sendable, Equatable {
        /// Can be used: the path of the checkpoint or fitted probe, and the selected epoch if there are epochs.
        case ready(path: String, epoch: Int?)
        /// The provider's name of the model, to be requested from the provider.
        case atProvider(model: String)
        /// A fine-tuning job or a training has not finished; the text names the missing result.
        case missing(String)
        /// A program, which needs no checkpoint.
        case program
        /// A table of answers that were recorded elsewhere.
        case recorded
    }

    /// The model's name in the spec.
    package var name: String
    /// The kind of the model.
    package var kind: Kind
    /// Whether it can be used.
    package var state: State
    /// The API of the emulator that serves the model; `nil` for all other models.
    package var emulator: String?
}

/// The models of one spec and the results of its earlier runs.
package struct LocalModels: Sendable {
    /// The plan with the state of each step.
    package let prepared: PreparedPlan
    let workspace: Workspace
    private let request: SpecRequest

    /// Reads and plans the spec; runs nothing and creates no state.
    /// - Throws: `Refusal` if the project has no state yet; `SpecificationError`.
    package init(_ request: SpecRequest) async throws {
        // A spec with errors is reported before the state that is missing.
        _ = try request.load()
        guard let workspace = try Workspace.existing(spec: request.spec, state: request.state) else {
            throw Refusal(
                "no model has been trained yet: '\(LocalModels.run(request))' trains the models of \(request.spec)",
                code: .invalid)
        }
        try await self.init(request, workspace)
    }

    private init(_ request: SpecRequest, _ workspace: Workspace) async throws {
        self.request = request
        self.workspace = workspace
        prepared = try await PreparedPlan.prepare(request, request.load(), workspace: workspace)
    }

    /// All models of a spec in its order, with the calls of hosted ones. Works before the first run too, and creates no
    /// state.
    package static func listing(_ request: SpecRequest) async throws -> [(model: ListedModel, call: HostedCall?)] {
        try await Workspace.reading(spec: request.spec, state: request.state) { workspace in
            let models = try await LocalModels(request, workspace)
            return try models.list().map { ($0, try models.call(of: $0)) }
        }
    }

    private static func run(_ request: SpecRequest) -> String { ShellText.command(["assay", "run", request.spec]) }

    /// The first selected variant, with its spec.
    var variant: (name: VariantName, loaded: LoadedSpec)? { prepared.specs.variants.first }

    /// The spec of the selected variant.
    var spec: ExperimentSpec { variant?.loaded.spec ?? prepared.specs.base.spec }

    /// The model with a name.
    /// - Throws: `Refusal` with the known names.
    func model(_ name: String) throws -> ModelSpec {
        if let model = spec.models[name] { return model }
        let names = spec.models.names
        let hint =
            nearest(to: name, among: names).map { "did you mean '\($0)'?" }
            ?? "its models are \(names.joined(separator: ", "))"
        throw Refusal("\(request.spec) has no model '\(name)': \(hint)", code: .invalid)
    }

    /// All models of the spec, in its order.
    package func list() throws -> [ListedModel] {
        try spec.models.names.map { name in
            let declared = try model(name)
            var entry = try listed(name, declared)
            if case .emulator(let emulator)? = declared.provider.flatMap({ spec.providers[$0] }) {
                entry.emulator = emulator.api
            }
            return entry
        }
    }

    private func listed(_ name: String, _ model: ModelSpec) throws -> ListedModel {
        switch model {
        case .hosted(let hosted): ListedModel(name: name, kind: .hosted, state: .atProvider(model: hosted.model))
        case .fineTuned: ListedModel(name: name, kind: .fineTuned, state: try tuned(name))
        case .trained: ListedModel(name: name, kind: .network, state: try state(name))
        case .programTrained: ListedModel(name: name, kind: .trainer, state: try state(name))
        case .probe: ListedModel(name: name, kind: .probe, state: try state(name))
        case .command: ListedModel(name: name, kind: .command, state: .program)
        case .recorded: ListedModel(name: name, kind: .recorded, state: .recorded)
        }
    }

    private func tuned(_ name: String) throws -> ListedModel.State {
        let step = prepared.plan.trainings.first { $0.model == name && $0.repetition == 0 && $0.variant == variant?.name }?.steps
            .first
        guard let step, let digest = outputs(of: step)[FineTune.model] else {
            return .missing("not fine-tuned yet")
        }
        return .atProvider(model: try TunedModel(json: workspace.store.bytes(of: digest)).model)
    }

    private func state(_ name: String) throws -> ListedModel.State {
        do {
            let found = try checkpoint(of: name)
            return .ready(path: try workspace.store.verifiedPath(of: found.digest), epoch: found.epoch)
        } catch let refusal as NotTrained {
            return .missing(refusal.reason)
        }
    }

    // MARK: Checkpoints

    /// A model that has no checkpoint yet.
    struct NotTrained: Error {
        var reason: String
    }

    /// The outputs of a step that has a result.
    func outputs(of step: StepID) -> [String: Digest] {
        guard let index = prepared.plan.steps.firstIndex(where: { $0.id == step }) else { return [:] }
        return prepared.statuses[index].outputs
    }

    /// The steps that train a model, in order.
    func trainingSteps(of name: String) -> [Step] {
        let ids = training(of: name)?.steps ?? []
        return prepared.plan.steps.filter { ids.contains($0.id) }
    }

    /// The task of a training program; `nil` for classification, which built-in networks and probes learn.
    func task(of name: String) throws -> (any TaskDefinition)? {
        guard case .trainerEpoch(let work)? = trainingSteps(of: name).last?.work, let choice = work.identity.program.task
        else { return nil }
        return try TaskRegistry.standard.task(choice)
    }

    private func training(of name: String) -> Plan.Training? {
        prepared.plan.trainings.first { $0.model == name && $0.repetition == 0 && $0.variant == variant?.name }
    }

    /// The step that fits a probe.
    func fitStep(of name: String) -> Step? {
        prepared.plan.steps.first { step in
            step.kind == .fitProbe && step.models.contains(name) && (variant.map { step.variants.contains($0.name) } ?? true)
        }
    }

    /// The artifact of a trained model and the epoch that it comes from; no epoch for a probe.
    /// - Throws: `NotTrained`.
    func checkpoint(of name: String) throws -> (digest: Digest, epoch: Int?) {
        if let fit = fitStep(of: name) {
            guard let digest = outputs(of: fit.id)[FitProbe.probe] else { throw NotTrained(reason: "not fitted yet") }
            return (digest, nil)
        }
        guard let training = training(of: name), let selection = training.selection else {
            throw NotTrained(reason: "not trained yet")
        }
        let made = outputs(of: selection)
        guard let digest = made[SelectCheckpoint.checkpoint], let choice = made[SelectCheckpoint.choice] else {
            let done = training.steps.count { outputs(of: $0)[TrainEpoch.checkpoint] != nil }
            throw NotTrained(
                reason: done == 0 ? "not trained yet" : "not trained yet: \(done) of \(training.steps.count) epochs are done")
        }
        return (digest, try JSONValue(parsing: workspace.store.bytes(of: choice))["epoch"]?.int)
    }

    /// The artifact of a trained model, for commands that need it.
    /// - Throws: `Refusal` for a model that is not local or not trained.
    func usable(_ name: String, for purpose: String) throws -> (digest: Digest, epoch: Int?) {
        switch try model(name) {
        case .trained, .programTrained, .probe: break
        case .hosted, .fineTuned:
            throw Refusal(
                "'\(name)' is a model of a provider and cannot be \(purpose) here: "
                    + "'\(ShellText.command(["assay", "models", "list", request.spec]))' shows how to call it", code: .invalid)
        case .command:
            throw Refusal("'\(name)' is a program without a checkpoint; it cannot be \(purpose)", code: .invalid)
        case .recorded:
            throw Refusal("'\(name)' is a table of recorded answers; it cannot be \(purpose)", code: .invalid)
        }
        do {
            return try checkpoint(of: name)
        } catch let error as NotTrained {
            throw Refusal(
                "'\(name)' is \(error.reason); '\(LocalModels.run(request))' trains it"
                    + (request.variant.isEmpty && request.settings.isEmpty ? "" : " (with the same --variant and --set)"),
                code: .invalid)
        }
    }
}
