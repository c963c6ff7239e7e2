// A built-in price table, which a kind of provider brings along.

/// A built-in price table. It applies to specs without `prices:` and is as current as its date.
package struct BuiltInPrices: Sendable {
    /// The kind of provider as written in `kind`, with the kind of account where prices differ: `vertex (regional)`.
    package var provider: String
    /// The parsed price table.
    package var table: PriceTable
    /// The models that can be fine-tuned and whose fine-tuned versions have no published price. Without an entry `ft:NAME`,
    /// every other model's fine-tuned versions cost as much as the model.
    package var unpricedTuned: Set<String>

    /// Parses a table in the form of a price file.
    /// - Parameter unpricedTuned: the models whose fine-tuned versions have no published price.
    /// - Returns: `nil` for a text that is not a price table, which the tests of each plug-in rule out.
    package init?(_ provider: String, text: String, unpricedTuned: Set<String> = []) {
        guard let table = try? PriceTable.read(SourceText(name: "built-in prices of \(provider)", text: text)) else { return nil }
        self.provider = provider
        self.table = table
        self.unpricedTuned = unpricedTuned
    }
}

extension Vocabulary {
    /// The built-in table of a provider; `nil` for a kind without one. An emulator uses the prices of the kind that it
    /// imitates.
    func prices(of provider: ProviderSpec) -> BuiltInPrices? {
        guard let prices = keys(of: provider)?.prices else { return nil }
        let name = prices.name(provider.service)
        return prices.tables().first { $0.provider == name }
    }
}
