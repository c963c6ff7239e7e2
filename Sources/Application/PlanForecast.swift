// Forecasts the cost of a plan's steps before anything is sent.

package import Artifacts
package import Basics
package import Planning
import Specification

/// Forecasts a plan by the prices of its variants, from actual or expected examples.
package struct PlanForecast {
    let prepared: PreparedPlan
    let store: ArtifactStore

    /// - Parameter store: contains the examples to count.
    package init(prepared: PreparedPlan, store: ArtifactStore) {
        self.prepared = prepared
        self.store = store
    }

    /// Forecasts of the paid steps that will run.
    package func pending() -> [StepID: StepForecast] {
        let positions = prepared.plan.positions()
        return all { positions[$0].map { prepared.statuses[$0].outputs } ?? [:] }
            .filter { id, _ in positions[id].map(prepared.willRun) ?? false }
    }

    /// Forecasts of all paid steps.
    /// - Parameters:
    ///   - wanted: the steps to forecast; `nil` for all.
    ///   - outputs: returns a step's outputs, as far as they are known.
    func all(of wanted: Set<StepID>? = nil, outputs: (StepID) -> KnownOutputs) -> [StepID: StepForecast] {
        var basis: [VariantName: ForecastBasis] = [:]
        for (name, loaded) in prepared.specs.variants {
            basis[name] = ForecastBasis(
                outlook: loaded.spec.dataset.flatMap { DatasetOutlook($0, expected: loaded.expectedLabels) },
                pricing: { loaded.pricing(of: $0) })
        }
        return prepared.plan.forecasts(basis: basis, of: wanted) { step, part in
            guard let digest = outputs(step)[part.rawValue],
                let data = try? store.bytes(of: digest)
            else { return nil }
            return try? SplitExamples(decoding: data)
        }
    }
}

/// The total of several forecasts, and its unknown part.
package struct CostOutlook {
    /// The sum of the known forecasts.
    package var known = CostRange.zero
    /// Models without a price, in the order of the plan.
    package var unpriced: [String] = []
    /// Phrases about models that lack some of their prices only.
    private var partly: [String] = []
    /// Models without any price.
    private var wholly: Set<String> = []
    /// Whether the spec declares a server on another machine to be free of charge.
    var hasDeclaredFree = false
    /// Whether there are steps with unknown images.
    var hasUnseen = false
    /// Steps with an unknown cost.
    var unknownSteps: Set<StepID> = []

    /// - Parameter steps: the steps to include, in the order of the plan.
    package init(_ forecasts: [StepID: StepForecast], steps: some Sequence<StepID>) {
        for step in steps {
            guard let forecast = forecasts[step] else { continue }
            if let cost = forecast.cost {
                known += cost
                if cost.high == .zero, forecast.isElsewhere { hasDeclaredFree = true }
                continue
            }
            unknownSteps.insert(step)
            switch forecast.unknown {
            case .noPrice(let model, let missing)?:
                if !unpriced.contains(model) { unpriced.append(model) }
                let phrase = StepForecast.Unknown.noPrice(model: model, of: missing).description
                if missing == .model { wholly.insert(model) } else if !partly.contains(phrase) { partly.append(phrase) }
            case .noImages?, nil: hasUnseen = true
            }
        }
    }

    /// Whether there are any costs, or may be.
    package var isPaid: Bool { known.high > .zero || !unknownSteps.isEmpty || hasDeclaredFree }

    /// Why part of the cost is unknown; `nil` if all of it is known.
    package var unknown: String? {
        var reasons: [String] = []
        let models = unpriced.filter(wholly.contains)
        if !models.isEmpty {
            reasons.append(
                models.map { "'\($0)'" }.joined(separator: ", ") + (models.count == 1 ? " has" : " have") + " no price")
        }
        reasons += partly
        if hasDeclaredFree { reasons.append("only the spec states that a server on another machine is free") }
        if hasUnseen { reasons.append("the images are not known yet") }
        return reasons.isEmpty ? nil : reasons.joined(separator: ", and ")
    }

    /// `$0.13 ($0.12 to $0.15), plus an unknown amount: 'x' has no price`.
    package var text: String {
        let sum = "\(known.expected) (\(known.low) to \(known.high))"
        guard let unknown else { return sum }
        return known.high > .zero ? "\(sum), plus an unknown amount: \(unknown)" : "unknown: \(unknown)"
    }
}
