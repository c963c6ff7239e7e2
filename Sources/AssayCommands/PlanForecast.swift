// What the steps of a plan will cost, before anything is sent.

import Artifacts
import Basics
import Planning
import Specification

/// Forecasts a plan by the price table, from examples that are there or expected.
struct PlanForecast {
    let prepared: PreparedPlan
    let store: ArtifactStore

    /// Dollars of the steps that will run, by step; nothing for steps that cost nothing or have no price.
    func costs() -> [StepID: CostRange] {
        var basis: [VariantName: ForecastBasis] = [:]
        for (name, loaded) in prepared.specs.variants {
            basis[name] = ForecastBasis(
                prices: loaded.prices,
                outlook: loaded.spec.dataset.flatMap { DatasetOutlook($0, expected: loaded.expectedLabels) })
        }
        let positions = prepared.plan.positions()
        let forecasts = prepared.plan.forecasts(basis: basis) { split, part in
            guard let at = positions[split],
                let digest = prepared.statuses[at].outputs[SplitDataset.output(part)],
                let data = try? store.bytes(of: digest)
            else { return nil }
            return try? SplitExamples(decoding: data)
        }
        var costs: [StepID: CostRange] = [:]
        for (index, step) in prepared.plan.steps.enumerated() where prepared.willRun(index) {
            costs[step.id] = forecasts[step.id]?.cost
        }
        return costs
    }
}
