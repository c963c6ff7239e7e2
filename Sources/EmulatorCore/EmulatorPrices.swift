// Prices for the bill of an emulated account.

/// Prices in dollars. Models without their own entry use `standard`.
package struct EmulatorPrices: Hashable, Codable, Sendable {
    /// The prices of one model. The defaults are those of gpt-4o (global standard).
    package struct Model: Hashable, Codable, Sendable {
        /// Dollars per million prompt tokens; batches pay half.
        package var input = 2.5
        /// Dollars per million completion tokens; batches pay half.
        package var output = 10.0
        /// Dollars per million trained tokens; the developer tier pays half.
        package var training = 25.0
        /// Dollars per hour of reinforcement training.
        package var trainingPerHour = 100.0
        /// Dollars per hour of hosting a fine-tuned model; free in the developer tier.
        package var hosting = 1.70

        /// The default prices, those of gpt-4o.
        package init() {}
    }

    /// Prices of models without an entry in `models`.
    package var standard = Model()
    /// Prices by base model name.
    package var models: [String: Model] = [:]

    /// The default prices for every model.
    package init() {}

    /// The prices of a base model; `standard` if it has no entry.
    package func of(_ model: String) -> Model { models[model] ?? standard }
}
