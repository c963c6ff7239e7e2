// What remote work costs at one provider: by its price table, or nothing where it is free.

package import Basics
package import Specification

extension Pricing {
    /// What requests will cost; `nil` when the price is unknown.
    /// - Parameter isTuned: whether a model fine-tuned from it is asked.
    package func forecast(
        _ load: RequestLoad, model: String, isTuned: Bool = false, by route: RequestRoute
    ) -> CostRange? {
        isFree(model) ? .zero : table?.forecast(load, model: name(of: model, isTuned: isTuned), by: route)
    }

    /// What a supervised or preference fine-tuning job will cost; `nil` when the price is unknown.
    package func forecastTraining(
        tokens: TokenRange, epochs: Automatic<Int>?, model: String, type: TrainingType
    ) -> CostRange? {
        isFree(model)
            ? .zero : table?.forecastTraining(tokens: tokens, epochs: epochs, model: name(of: model), type: type)
    }

    /// What a reinforcement fine-tuning job will cost; `nil` when the price is unknown.
    package func forecastReinforcement(model: String) -> CostRange? {
        isFree(model) ? .zero : table?.forecastReinforcement(model: name(of: model))
    }

    /// What a fine-tuned model's deployment will cost; `nil` when the price is unknown.
    package func forecastHosting(_ hours: HourRange, model: String, sku: DeploymentSKU) -> CostRange? {
        isFree(model) ? .zero : table?.forecastHosting(hours, sku: sku)
    }

    /// What requests cost by the provider's own counts; `nil` when the price is unknown.
    package func cost(
        input: Int, cachedInput: Int, output: Int, model: String, isTuned: Bool = false, by route: RequestRoute
    ) -> Money? {
        guard !isFree(model) else { return .zero }
        return table?.cost(
            model: name(of: model, isTuned: isTuned), input: input, cachedInput: cachedInput, output: output, by: route)
    }

    /// What a fine-tuning job cost by its `trained_tokens`; `nil` when the price is unknown.
    package func trainingCost(tokens: Int, model: String, type: TrainingType) -> Money? {
        isFree(model) ? .zero : table?.trainingCost(model: name(of: model), type: type, trainedTokens: tokens)
    }

    /// What a reinforcement fine-tuning job cost by its hours; `nil` when the price is unknown.
    package func trainingCost(hours: Double, model: String) -> Money? {
        isFree(model) ? .zero : table?.trainingCost(model: name(of: model), hours: hours)
    }

    /// What a fine-tuned model's deployment costs; `nil` when the price is unknown.
    package func hosting(hours: Double, model: String, sku: DeploymentSKU) -> Money? {
        isFree(model) ? .zero : table?.hosting(hours: hours, sku: sku)
    }
}
