// Creates the plan as a pure function of specs and observations.

package import Artifacts
package import Basics
package import Specification
package import VisionProtocol

/// Creates plans. Steps that several variants or models share appear once.
package struct Planner {
    let observations: Observations
    let options: PlanOptions
    var steps: [Step] = []
    var measures: [Plan.Measure] = []
    var trainings: [Plan.Training] = []
    var providers: [String: ProviderSpec] = [:]
    var diagnostics: [Diagnostic] = []
    private var known: [StepShape: StepID] = [:]
    private var position: [StepID: Int] = [:]
    private var places: KeyPartPlaces

    /// The identity of a step within a plan: the same work on the same inputs is one step.
    private struct StepShape: Hashable {
        var work: StepWork
        var inputs: [StepInput]
    }

    private init(observations: Observations, options: PlanOptions, specs: [LoadedSpec]) {
        self.observations = observations
        self.options = options
        places = KeyPartPlaces(specs: specs)
        let expected = specs.reduce(0) { $0 + $1.spec.commands.names.count }
        known.reserveCapacity(expected)
        position.reserveCapacity(expected)
    }

    /// Plans variants of a spec.
    /// - Returns: the plan; warnings about missing files and variables, which are errors only in a run and only if a
    /// step that will run needs them; and the locations of key parts in the specs.
    /// - Throws: `DiagnosticsError` for errors that make a plan impossible.
    package static func plan(
        _ variants: [(name: VariantName, loaded: LoadedSpec)], observations: Observations,
        options: PlanOptions = PlanOptions()
    ) throws -> (plan: Plan, diagnostics: [Diagnostic], places: KeyPartPlaces) {
        var planner = Planner(observations: observations, options: options, specs: variants.map(\.loaded))
        for (number, (name, loaded)) in variants.enumerated() {
            // Consumed instead of copied, because a sweep may have thousands of variants.
            var variant = VariantPlanner(planner: consume planner, variant: name, number: number, loaded: loaded)
            try variant.plan()
            planner = variant.planner
        }
        try planner.readKeyParts()
        let errors = planner.diagnostics.filter { $0.severity == .error }
        guard errors.isEmpty else { throw DiagnosticsError(planner.diagnostics) }
        let plan = Plan(
            experiment: variants.first?.loaded.spec.name ?? "", variants: variants.map(\.name), steps: planner.steps,
            measures: planner.measures, trainings: planner.trainings, providers: planner.providers)
        return (plan, planner.diagnostics, planner.places)
    }

    /// Adds a step, or returns the id of an existing step with the same work and inputs.
    mutating func add(
        _ id: StepID, _ work: StepWork, inputs: [StepInput], places: SpecPlaces, variant: VariantName, number: Int,
        model: String?
    ) throws -> StepID {
        let shape = StepShape(work: work, inputs: inputs)
        if let existing = known[shape], let at = position[existing] {
            if steps[at].variants.last != variant { steps[at].variants.append(variant) }
            if let model, !steps[at].models.contains(model) { steps[at].models.append(model) }
            return existing
        }
        var unique = id
        if position[unique] != nil { unique = StepID("\(id)@\(variant)") }
        var count = 2
        while position[unique] != nil {
            unique = StepID("\(id)@\(variant)~\(count)")
            count += 1
        }
        position[unique] = steps.count
        known[shape] = unique
        steps.append(
            Step(
                id: unique, work: work, inputs: inputs, parts: [], models: model.map { [$0] } ?? [], variants: [variant]))
        self.places.append(places, of: number)
        return unique
    }

    /// Computes the key parts from the identities, in parallel for large plans.
    private mutating func readKeyParts() throws {
        let steps = steps
        let parts = threadedMap(count: steps.count, atLeast: 128) { index in
            Result { try keyParts(of: steps[index].work.identity) }
        }
        for (index, parts) in parts.enumerated() { self.steps[index].parts = try parts.get() }
    }

    /// Records how the answers of a step will be matched.
    mutating func mark(_ answers: StepID, match: MatchSpec, at place: SourceRange?) {
        guard match != MatchSpec(), let at = position[answers], !steps[at].matches.contains(where: { $0.match == match })
        else { return }
        steps[at].matches.append(DeclaredMatch(match: match, place: place))
    }

    /// Records that a model needs a step and everything that the step reads.
    mutating func mark(_ id: StepID, model: String, variant: VariantName) {
        var open = [id]
        while let next = open.popLast() {
            guard let at = position[next] else { continue }
            let isNew = !steps[at].models.contains(model)
            if isNew { steps[at].models.append(model) }
            let isNewVariant = !steps[at].variants.contains(variant)
            if isNewVariant { steps[at].variants.append(variant) }
            if isNew || isNewVariant { open += steps[at].inputs.map(\.from) }
        }
    }
}
