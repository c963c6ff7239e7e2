// What the requests and jobs of a run cost, by the price table that it is given.

package import Basics
package import Planning
package import Specification

/// The tokens of some requests, as the provider counts them.
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

    /// Whether one request can have had it. An earlier version wrote down whatever a provider said.
    package var isPlausible: Bool {
        let tokens = 0...1_000_000_000
        return tokens.contains(prompt) && tokens.contains(completion) && (0...prompt).contains(cached)
    }

    package static func + (a: TokenUsage, b: TokenUsage) -> TokenUsage {
        TokenUsage(
            prompt: a.prompt.saturatingAdding(b.prompt), cached: a.cached.saturatingAdding(b.cached),
            completion: a.completion.saturatingAdding(b.completion))
    }
}

/// Prices in use, by the model names of the plan. Without a price a cost is `nil`, never zero.
package struct PriceBook: Sendable {
    package var table: PriceTable?
    /// The price table's names for models that it knows under another.
    package var aliases: [String: String]

    package init(table: PriceTable?, aliases: [String: String] = [:]) {
        self.table = table
        self.aliases = aliases
    }

    package func name(of model: String) -> String { aliases[model] ?? model }

    package func cost(of usage: TokenUsage, model: String, by route: RequestRoute) -> Money? {
        table?.cost(
            model: name(of: model), input: usage.prompt, cachedInput: usage.cached, output: usage.completion, by: route)
    }

    package func trainingCost(tokens: Int, model: String, type: TrainingType?) -> Money? {
        table?.trainingCost(model: name(of: model), type: type ?? .standard, trainedTokens: tokens)
    }

    /// What reinforcement costs, which bills by the hour.
    package func reinforcementCost(hours: Double, model: String) -> Money? {
        table?.trainingCost(model: name(of: model), hours: hours)
    }

    package func hosting(hours: Double, sku: DeploymentSKU) -> Money { table?.hosting(hours: hours, sku: sku) ?? .zero }
}
