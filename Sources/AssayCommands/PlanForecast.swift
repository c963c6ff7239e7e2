// What the steps of a plan that will run will cost, before anything is sent.

import Artifacts
import Basics
import Planning
import Specification

/// Forecasts a plan by the price tables of its variants, from examples that are there or expected.
struct PlanForecast {
    let prepared: PreparedPlan
    let store: ArtifactStore

    /// Dollars of the steps that will run, by step; nothing for steps that cost nothing or have no price.
    func costs() -> [StepID: CostRange] {
        let positions = prepared.plan.positions()
        return all { positions[$0].map { prepared.statuses[$0].outputs } ?? [:] }
            .filter { id, _ in positions[id].map(prepared.willRun) ?? false }
    }

    /// Dollars of all paid steps that have a price.
    /// - Parameter outputs: what a step gave, as far as it is known.
    func all(outputs: (StepID) -> KnownOutputs) -> [StepID: CostRange] {
        var basis: [VariantName: ForecastBasis] = [:]
        for (name, loaded) in prepared.specs.variants {
            basis[name] = ForecastBasis(
                prices: loaded.prices,
                outlook: loaded.spec.dataset.flatMap { DatasetOutlook($0, expected: loaded.expectedLabels) })
        }
        let forecasts = prepared.plan.forecasts(basis: basis) { step, part in
            guard let digest = outputs(step)[part.rawValue],
                let data = try? store.bytes(of: digest)
            else { return nil }
            return try? SplitExamples(decoding: data)
        }
        return forecasts.compactMapValues(\.cost)
    }
}
