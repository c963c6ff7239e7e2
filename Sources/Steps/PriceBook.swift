// What tokens and hours cost by the price table of the run.

package import Basics
package import Specification

/// The tokens of some requests.
package struct TokenUsage: Hashable, Sendable, Codable {
    package var prompt: Int
    /// Prompt tokens that the provider had cached; part of `prompt`.
    package var cached: Int
    package var completion: Int

    package init(prompt: Int = 0, cached: Int = 0, completion: Int = 0) {
        self.prompt = prompt
        self.cached = cached
        self.completion = completion
    }

    package static func + (a: TokenUsage, b: TokenUsage) -> TokenUsage {
        TokenUsage(prompt: a.prompt + b.prompt, cached: a.cached + b.cached, completion: a.completion + b.completion)
    }
}

/// Prices in use; a model without a price costs an unknown sum, `nil`.
package struct PriceBook: Sendable {
    package var table: PriceTable?

    package init(table: PriceTable?) { self.table = table }

    /// What requests cost. Prices are dollars per million tokens.
    package func cost(of usage: TokenUsage, model: String, isBatch: Bool) -> Money? {
        guard let table, let price = table.models[model] else { return nil }
        let input = price.input.dollars * Double(usage.prompt - usage.cached)
        let cached = (price.cachedInput ?? price.input).dollars * Double(usage.cached)
        let output = price.output.dollars * Double(usage.completion)
        let factor = isBatch ? 1 - table.batchDiscount : 1
        return Money(dollars: (input + cached + output) * factor / 1_000_000)
    }

    /// What a fine-tuning job costs by its trained tokens: those of the examples times the epochs.
    package func trainingCost(tokens: Int, model: String, type: TrainingType?) -> Money? {
        guard let price = table?.models[model]?.training[type ?? .standard] else { return nil }
        return Money(dollars: price.dollars * Double(tokens) / 1_000_000)
    }

    /// What an hour of a deployment costs.
    package func hosting(sku: DeploymentSKU) -> Money { table?.hostingPerHour[sku] ?? .zero }
}
