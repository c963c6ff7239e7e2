// The unknown part of a forecast names the prices that are missing.

import Basics
import Testing

@testable import Application
@testable import Planning

@Suite struct CostOutlookTests {
    private static func unpriced(_ model: String, _ missing: StepForecast.MissingPrice) -> StepForecast {
        StepForecast(cost: nil, unknown: .noPrice(model: model, of: missing), load: nil, isEmulated: false)
    }

    @Test(arguments: [
        ("one", [unpriced("a", .model)], "'a' has no price"),
        ("two", [unpriced("a", .model), unpriced("b", .model)], "'a', 'b' have no price"),
        ("training only", [unpriced("a", .training)], "'a' has no price for training"),
        (
            "both kinds", [unpriced("a", .training), unpriced("b", .model), unpriced("a", .training)],
            "'b' has no price, and 'a' has no price for training"
        ),
    ])
    func unknownCosts(id: String, forecasts: [StepForecast], text: String) {
        let steps = forecasts.indices.map { StepID("s\($0)") }
        let outlook = CostOutlook(Dictionary(uniqueKeysWithValues: zip(steps, forecasts)), steps: steps)
        #expect(outlook.unknown == text, "\(id)")
        #expect(Set(outlook.unpriced) == Set(forecasts.compactMap { $0.unpricedModel }), "\(id)")
    }
}

extension StepForecast {
    fileprivate var unpricedModel: String? { if case .noPrice(let model, _)? = unknown { model } else { nil } }
}
