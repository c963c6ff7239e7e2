// The cost of remote work at one provider: by its price table, or zero where it is free.

package import Basics
package import Specification

extension Pricing {
    /// The forecast cost of requests; `nil` when the price is unknown.
    /// - Parameter isTuned: whether the requests go to a model that was fine-tuned from `model`.
    package func forecast(
        _ load: RequestLoad, model: String, isTuned: Bool = false, by route: RequestRoute
    ) -> CostRange? {
        isFree(model) ? .zero : table?.forecast(load, model: name(of: model, isTuned: isTuned), by: route)
    }

    /// The forecast cost of a supervised or preference fine-tuning job; `nil` when the price is unknown.
    package func forecastTraining(
        tokens: TokenRange, epochs: Int?, model: String, type: TrainingType
    ) -> CostRange? {
        isFree(model)
            ? .zero : table?.forecastTraining(tokens: tokens, epochs: epochs, model: name(of: model), type: type)
    }

    /// The forecast cost of a reinforcement fine-tuning job; `nil` when the price is unknown.
    package func forecastReinforcement(model: String) -> CostRange? {
        isFree(model) ? .zero : table?.forecastReinforcement(model: name(of: model))
    }

    /// The forecast cost of a fine-tuned model's deployment; `nil` when the price is unknown.
    package func forecastHosting(_ hours: HourRange, model: String, sku: DeploymentSKU) -> CostRange? {
        isFree(model) ? .zero : table?.forecastHosting(hours, sku: sku)
    }

    /// The cost of requests by the provider's own counts; `nil` when the price is unknown.
    package func cost(
        input: Int, cachedInput: Int, output: Int, model: String, isTuned: Bool = false, by route: RequestRoute
    ) -> Money? {
        guard !isFree(model) else { return .zero }
        return table?.cost(
            model: name(of: model, isTuned: isTuned), input: input, cachedInput: cachedInput, output: output, by: route)
    }

    /// The cost of a fine-tuning job by its `trained_tokens`; `nil` when the price is unknown.
    package func trainingCost(tokens: Int, model: String, type: TrainingType) -> Money? {
        isFree(model) ? .zero : table?.trainingCost(model: name(of: model), type: type, trainedTokens: tokens)
    }

    /// The cost of a reinforcement fine-tuning job by its hours; `nil` when the price is unknown.
    package func trainingCost(hours: Double, model: String) -> Money? {
        isFree(model) ? .zero : table?.trainingCost(model: name(of: model), hours: hours)
    }

    /// The cost of a fine-tuned model's deployment; `nil` when the price is unknown.
    package func hosting(hours: Double, model: String, sku: DeploymentSKU) -> Money? {
        isFree(model) ? .zero : table?.hosting(hours: hours, sku: sku)
    }
}
