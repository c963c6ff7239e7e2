// The cost of remote work by a price table: forecasts before the work, actual cost after it.

package import Basics
package import Specification

/// The way requests reach the model, which determines the price.
package enum RequestRoute: String, Hashable, Sendable, Codable { case batch, online }

/// A range of hours, such as the lifetime of a deployment.
package struct HourRange: Hashable, Sendable, Codable {
    /// The shortest time, in hours.
    package var low: Double
    /// The likely time, in hours.
    package var expected: Double
    /// The longest time, in hours.
    package var high: Double

    /// - Parameter low: the shortest time, in hours.
    package init(low: Double, expected: Double, high: Double) {
        self.low = low
        self.expected = expected
        self.high = high
    }

    /// The range extended by a number of hours.
    package func adding(hours: Double) -> HourRange {
        HourRange(low: low + hours, expected: expected + hours, high: high + hours)
    }

    /// The time for which a deployment exists to answer some requests.
    ///
    /// A request takes 0.5, 1.7 or 5 seconds (the published means are 1.5 and 1.7), with `concurrency` requests at
    /// once, limited by the deployment's capacity in thousands of tokens per minute. Creating and deleting the
    /// deployment takes 3, 10 or 30 minutes.
    package init(answering load: RequestLoad, concurrency: Int, capacity: Int) {
        func hours(_ secondsEach: Double, _ tokens: Int, _ overhead: Double) -> Double {
            let asked = Double(load.requests) * secondsEach / Double(max(concurrency, 1))
            let allowed = Double(tokens) / Double(max(capacity, 1) * 1000) * 60
            return overhead / 60 + max(asked, allowed) / 3600
        }
        self.init(
            low: hours(0.5, load.input.low + load.output.low, 3),
            expected: hours(1.7, load.input.expected + load.output.expected, 10),
            high: hours(5, load.input.high + load.output.high, 30))
    }
}

extension PriceTable {
    /// The forecast cost of requests; `nil` when the table does not contain the model.
    package func forecast(_ load: RequestLoad, model: String, by route: RequestRoute) -> CostRange? {
        guard let price = models[model] else { return nil }
        func cost(_ input: Int, _ output: Int) -> Money {
            sum(price, input: input, cachedInput: 0, output: output, by: route)
        }
        return CostRange(
            low: cost(load.input.low, load.output.low), expected: cost(load.input.expected, load.output.expected),
            high: cost(load.input.high, load.output.high))
    }

    /// The forecast cost of a supervised or preference fine-tuning job: the tokens of its examples times its epochs.
    /// If the provider chooses the epochs, the range is 1 to 10 with 3 expected. `nil` when the table has no price
    /// for this training.
    /// - Parameter tokens: the tokens of all training examples in one epoch. Validation examples are not billed.
    package func forecastTraining(
        tokens: TokenRange, epochs: Int?, model: String, type: TrainingType
    ) -> CostRange? {
        guard let price = models[model]?.training[type] else { return nil }
        let (fewest, likely, most) = epochs.map { ($0, $0, $0) } ?? (1, PriceTable.likelyEpochs, 10)
        return CostRange(
            low: perMillion(price, tokens.low * fewest), expected: perMillion(price, tokens.expected * likely),
            high: perMillion(price, tokens.high * most))
    }

    /// The expected number of epochs when the provider chooses it.
    package static let likelyEpochs = 3
    /// The expected duration of a reinforcement job, in hours.
    package static let likelyReinforcementHours = 2.0

    /// The forecast cost of a reinforcement fine-tuning job, which is billed by the hour: half an hour, two hours or
    /// eight hours. `nil` without a price.
    package func forecastReinforcement(model: String) -> CostRange? {
        guard let low = trainingCost(model: model, hours: 0.5),
            let expected = trainingCost(model: model, hours: PriceTable.likelyReinforcementHours),
            let high = trainingCost(model: model, hours: 8)
        else { return nil }
        return CostRange(low: low, expected: expected, high: high)
    }

    /// The forecast cost of a fine-tuned model's deployment; `nil` when the table has no price for its SKU.
    package func forecastHosting(_ hours: HourRange, sku: DeploymentSKU) -> CostRange? {
        hostingPerHour[sku].map {
            CostRange(low: $0 * hours.low, expected: $0 * hours.expected, high: $0 * hours.high)
        }
    }

    /// The cost of requests by the provider's own counts; `nil` when the table does not contain the model.
    /// - Parameters:
    ///   - input: `prompt_tokens`, cached tokens included.
    ///   - cachedInput: `prompt_tokens_details.cached_tokens`.
    ///   - output: `completion_tokens`.
    package func cost(model: String, input: Int, cachedInput: Int = 0, output: Int, by route: RequestRoute) -> Money? {
        models[model].map { sum($0, input: input, cachedInput: cachedInput, output: output, by: route) }
    }

    /// The cost of a fine-tuning job by its `trained_tokens`, which include all epochs; `nil` without a price.
    package func trainingCost(model: String, type: TrainingType, trainedTokens: Int) -> Money? {
        (models[model]?.training[type]).map { perMillion($0, trainedTokens) }
    }

    /// The cost of a reinforcement fine-tuning job by its hours; `nil` without a price.
    package func trainingCost(model: String, hours: Double) -> Money? {
        models[model]?.trainingPerHour.map { $0 * hours }
    }

    /// The cost of a fine-tuned model's deployment; `nil` when the table has no price for its SKU.
    package func hosting(hours: Double, sku: DeploymentSKU) -> Money? { hostingPerHour[sku].map { $0 * hours } }

    private func sum(_ price: ModelPrice, input: Int, cachedInput: Int, output: Int, by route: RequestRoute) -> Money {
        let part = route == .batch ? 1 - batchDiscount : 1
        let full = price.input * part
        // The batch discount does not apply to the price of cached tokens.
        let cached = min(full, price.cachedInput ?? full)
        return perMillion(full, max(0, input.saturatingSubtracting(cachedInput))) + perMillion(cached, cachedInput)
            + perMillion(price.output * part, output)
    }

    private func perMillion(_ price: Money, _ tokens: Int) -> Money { price * (Double(tokens) / 1e6) }
}
