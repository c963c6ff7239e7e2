// The cost of a run's requests and jobs, by the price tables of its providers.

package import Basics
package import Planning
package import Specification

/// Token counts of one or more requests, as the provider reports them.
package struct TokenUsage: Hashable, Sendable, Codable {
    /// Input tokens, including the cached ones.
    package var prompt: Int
    /// The prompt tokens that the provider read from its cache; included in `prompt`.
    package var cached: Int
    /// Tokens of the answers.
    package var completion: Int

    /// - Parameter cached: the part of `prompt` that came from the provider's cache.
    package init(prompt: Int = 0, cached: Int = 0, completion: Int = 0) {
        self.prompt = prompt
        self.cached = cached
        self.completion = completion
    }

    /// Whether the counts are possible for one request. Earlier versions stored provider counts unchecked.
    package var isPlausible: Bool {
        let tokens = 0...1_000_000_000
        return tokens.contains(prompt) && tokens.contains(completion) && (0...prompt).contains(cached)
    }

    /// Adds the counts; a sum that overflows is clamped.
    package static func + (a: TokenUsage, b: TokenUsage) -> TokenUsage {
        TokenUsage(
            prompt: a.prompt.saturatingAdding(b.prompt), cached: a.cached.saturatingAdding(b.cached),
            completion: a.completion.saturatingAdding(b.completion))
    }
}

/// The prices of a plan's providers. The cost is `nil`, never zero, if a price is unknown.
package struct PriceBook: Sendable {
    /// Prices by the provider's name in the plan or in the spec.
    private var pricing: [String: Pricing]
    /// The prices of providers without an entry.
    private var others: Pricing

    /// - Parameter pricing: prices by provider name; a provider without an entry has no prices.
    package init(_ pricing: [String: Pricing]) {
        self.pricing = pricing
        others = Pricing(table: nil)
    }

    /// Uses one price table for all providers.
    package init(table: PriceTable) {
        pricing = [:]
        others = Pricing(table: table)
    }

    /// The prices of a provider; the default if it has no entry.
    package func of(_ provider: String) -> Pricing { pricing[provider] ?? others }

    /// The cost of a model's answers; `nil` if a price is unknown.
    /// - Parameter isTuned: whether a model fine-tuned from `model` answered.
    package func cost(
        of usage: TokenUsage, model: String, isTuned: Bool = false, at provider: String, by route: RequestRoute
    ) -> Money? {
        of(provider).cost(
            input: usage.prompt, cachedInput: usage.cached, output: usage.completion, model: model, isTuned: isTuned,
            by: route)
    }
}
