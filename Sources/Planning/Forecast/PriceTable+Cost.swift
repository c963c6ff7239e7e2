// What remote work costs by a price table: forecasts before it, sums after it.

package import Basics
package import Specification

/// How requests reach the model, which decides the price.
package enum RequestRoute: String, Hashable, Sendable, Codable { case batch, online }

/// Hours that something is up.
package struct HourRange: Hashable, Sendable, Codable {
    package var low: Double
    package var expected: Double
    package var high: Double

    package init(low: Double, expected: Double, high: Double) {
        self.low = low
        self.expected = expected
        self.high = high
    }

    /// The same with some hours more.
    package func adding(hours: Double) -> HourRange {
        HourRange(low: low + hours, expected: expected + hours, high: high + hours)
    }

    /// How long a deployment is up to answer some requests.
    ///
    /// A request takes 0.5, 1.7 or 5 seconds (the published means are 1.5 and 1.7), `concurrency` at once,
    /// but no faster than the deployment's capacity of thousands of tokens a minute lets them through.
    /// Making and deleting it takes 3, 10 or 30 minutes.
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
    /// What requests will cost; `nil` when the table has no such model.
    package func forecast(_ load: RequestLoad, model: String, by route: RequestRoute) -> CostRange? {
        guard let price = models[model] else { return nil }
        func cost(_ input: Int, _ output: Int) -> Money {
            sum(price, input: input, cachedInput: 0, output: output, by: route)
        }
        return CostRange(
            low: cost(load.input.low, load.output.low), expected: cost(load.input.expected, load.output.expected),
            high: cost(load.input.high, load.output.high))
    }

    /// What a supervised or preference fine-tuning job will cost: the tokens of its examples times its
    /// epochs. Where the provider chooses the epochs, 1 to 10 are reckoned with and 3 expected. `nil` when the
    /// table has no price for training this model there.
    /// - Parameter tokens: of all training examples together, one epoch. Validation examples are not billed.
    package func forecastTraining(
        tokens: TokenRange, epochs: Automatic<Int>?, model: String, type: TrainingType
    ) -> CostRange? {
        guard let price = models[model]?.training[type] else { return nil }
        let (fewest, likely, most) = epochs?.value.map { ($0, $0, $0) } ?? (1, PriceTable.likelyEpochs, 10)
        return CostRange(
            low: perMillion(price, tokens.low * fewest), expected: perMillion(price, tokens.expected * likely),
            high: perMillion(price, tokens.high * most))
    }

    /// Epochs of a job where the provider chooses them.
    package static let likelyEpochs = 3
    /// Hours of a reinforcement job.
    package static let likelyReinforcementHours = 2.0

    /// What a reinforcement fine-tuning job will cost, which bills by the hour: half an hour, two, eight.
    /// `nil` without a price.
    package func forecastReinforcement(model: String) -> CostRange? {
        guard let low = trainingCost(model: model, hours: 0.5), let expected = trainingCost(model: model, hours: PriceTable.likelyReinforcementHours),
            let high = trainingCost(model: model, hours: 8)
        else { return nil }
        return CostRange(low: low, expected: expected, high: high)
    }

    /// What a fine-tuned model's deployment will cost; `nil` when the table has no price for its kind.
    package func forecastHosting(_ hours: HourRange, sku: DeploymentSKU) -> CostRange? {
        hostingPerHour[sku].map {
            CostRange(low: $0 * hours.low, expected: $0 * hours.expected, high: $0 * hours.high)
        }
    }

    /// What requests cost by the provider's own counts; `nil` when the table has no such model.
    /// - Parameters:
    ///   - input: `prompt_tokens`, the cached ones included.
    ///   - cachedInput: `prompt_tokens_details.cached_tokens`.
    ///   - output: `completion_tokens`.
    package func cost(model: String, input: Int, cachedInput: Int = 0, output: Int, by route: RequestRoute) -> Money? {
        models[model].map { sum($0, input: input, cachedInput: cachedInput, output: output, by: route) }
    }

    /// What a fine-tuning job cost by its `trained_tokens`, which count every epoch; `nil` without a price.
    package func trainingCost(model: String, type: TrainingType, trainedTokens: Int) -> Money? {
        (models[model]?.training[type]).map { perMillion($0, trainedTokens) }
    }

    /// What a reinforcement fine-tuning job cost by its hours; `nil` without a price.
    package func trainingCost(model: String, hours: Double) -> Money? {
        models[model]?.trainingPerHour.map { $0 * hours }
    }

    /// What a fine-tuned model's deployment cost; `nil` when the table has no price for its kind.
    package func hosting(hours: Double, sku: DeploymentSKU) -> Money? { hostingPerHour[sku].map { $0 * hours } }

    private func sum(_ price: ModelPrice, input: Int, cachedInput: Int, output: Int, by route: RequestRoute) -> Money {
        let part = route == .batch ? 1 - batchDiscount : 1
        let full = price.input * part
        // A batch's discount does not add to the cache's.
        let cached = min(full, price.cachedInput ?? full)
        return perMillion(full, max(0, input.saturatingSubtracting(cachedInput))) + perMillion(cached, cachedInput)
            + perMillion(price.output * part, output)
    }

    private func perMillion(_ price: Money, _ tokens: Int) -> Money { price * (Double(tokens) / 1e6) }
}
