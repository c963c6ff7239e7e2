// The pricing of one provider: a price table, or free of charge.

/// The pricing of one provider of a spec. A model without a price has an unknown cost, never zero; only `price: free`
/// means zero.
package struct Pricing: Hashable, Sendable {
    /// The table of the spec's `prices:`, or else the built-in one; `nil` when there is neither.
    package var table: PriceTable?
    /// The model of the table that prices an emulator's models; `nil` to use each model's own name.
    package var priceAs: String?
    /// Whether the provider has `price: free`.
    package var isFree: Bool
    /// The provider's models for which all entries in the spec have `price: free`.
    package var freeModels: Set<String>
    /// The models whose fine-tuned versions have an unknown price.
    package var unpricedTuned: Set<String>

    /// - Parameter table: `nil` makes all costs unknown, except those of free models.
    package init(
        table: PriceTable?, priceAs: String? = nil, isFree: Bool = false, freeModels: Set<String> = [],
        unpricedTuned: Set<String> = []
    ) {
        self.unpricedTuned = unpricedTuned
        self.table = table
        self.priceAs = priceAs
        self.isFree = isFree
        self.freeModels = freeModels
    }

    /// Whether a model is declared free of charge.
    package func isFree(_ model: String) -> Bool { isFree || freeModels.contains(model) }

    /// The name under which the table prices a model. It may be missing from the table.
    /// - Parameter isTuned: whether the request goes to a model fine-tuned from it; some providers price those
    /// separately, as `ft:NAME`.
    package func name(of model: String, isTuned: Bool = false) -> String {
        let name = priceAs ?? model
        let tuned = Pricing.tunedPrefix + name
        return isTuned && (table?.models[tuned] != nil || unpricedTuned.contains(name)) ? tuned : name
    }

    /// The prefix of a base model in a price table for requests to models fine-tuned from it.
    package static let tunedPrefix = "ft:"
}

/// The values of the key `price`.
package enum PriceSpec: String, Hashable, Sendable, Codable, CaseIterable {
    /// Requests are free of charge, as on a self-hosted server.
    case free
}

extension LoadedSpec {
    /// The pricing of a provider of this spec or of one of its variants.
    package func pricing(of provider: ProviderSpec) -> Pricing {
        var free: Set<String> = []
        var priced: Set<String> = []
        for model in spec.models.values {
            guard let name = model.provider, spec.providers[name] == provider, let asked = model.providerModel else {
                continue
            }
            if model.price == .free { free.insert(asked) } else { priced.insert(asked) }
        }
        var priceAs: String?
        if case .emulator(let emulator) = provider { priceAs = emulator.priceAs }
        let builtIn = prices == nil ? origin.vocabulary.prices(of: provider) : nil
        return Pricing(
            table: prices ?? builtIn?.table, priceAs: priceAs, isFree: provider.price == .free,
            freeModels: free.subtracting(priced), unpricedTuned: builtIn?.unpricedTuned ?? [])
    }
}

extension ProviderSpec {
    /// The value of the provider's `price` key; an emulator has none.
    var price: PriceSpec? { service?.price }
}

extension ModelSpec {
    /// The value of the model's `price` key.
    var price: PriceSpec? {
        switch self {
        case .hosted(let model): model.price
        case .fineTuned(let model): model.price
        case .trained, .programTrained, .probe, .command, .recorded: nil
        }
    }

    /// The provider's name of the model used for requests or training; `nil` for a model that runs locally.
    var providerModel: String? {
        switch self {
        case .hosted(let model): model.model
        case .fineTuned(let model): model.fineTune.model
        case .trained, .programTrained, .probe, .command, .recorded: nil
        }
    }
}
