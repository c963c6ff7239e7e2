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

/// What the providers of a plan charge. Without a price a cost is `nil`, never zero.
package struct PriceBook: Sendable {
    /// By the provider's name in the plan or in the spec.
    private var pricing: [String: Pricing]
    /// For a provider without an entry.
    private var others: Pricing

    package init(_ pricing: [String: Pricing]) {
        self.pricing = pricing
        others = Pricing(table: nil)
    }

    /// One table for all providers.
    package init(table: PriceTable) {
        pricing = [:]
        others = Pricing(table: table)
    }

    /// What a provider charges.
    package func of(_ provider: String) -> Pricing { pricing[provider] ?? others }

    /// What answers of a model cost.
    /// - Parameter isTuned: whether a model fine-tuned from it answered.
    package func cost(
        of usage: TokenUsage, model: String, isTuned: Bool = false, at provider: String, by route: RequestRoute
    ) -> Money? {
        of(provider).cost(
            input: usage.prompt, cachedInput: usage.cached, output: usage.completion, model: model, isTuned: isTuned,
            by: route)
    }
}
