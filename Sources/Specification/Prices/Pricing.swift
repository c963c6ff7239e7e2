// What one provider charges: a price table, or nothing at all.

/// What one provider of a spec charges for its models. A model without a price has an unknown cost, never a cost of
/// zero; only `price: free` is zero.
package struct Pricing: Hashable, Sendable {
    /// The table of the spec's `prices:`, else the one that ships with the program.
    package var table: PriceTable?
    /// The table's name for the models of an emulator, when the spec gives one.
    package var priceAs: String?
    /// Whether the provider says `price: free`.
    package var isFree: Bool
    /// The provider's models whose entries in the spec all say `price: free`.
    package var freeModels: Set<String>

    package init(table: PriceTable?, priceAs: String? = nil, isFree: Bool = false, freeModels: Set<String> = []) {
        self.table = table
        self.priceAs = priceAs
        self.isFree = isFree
        self.freeModels = freeModels
    }

    /// Whether a model is declared to cost nothing.
    package func isFree(_ model: String) -> Bool { isFree || freeModels.contains(model) }

    /// The name under which the table prices a model.
    /// - Parameter isTuned: whether a model fine-tuned from it is asked; some providers price those apart, as `ft:NAME`.
    package func name(of model: String, isTuned: Bool = false) -> String {
        let name = priceAs ?? model
        let tuned = Pricing.tunedPrefix + name
        return isTuned && table?.models[tuned] != nil ? tuned : name
    }

    /// Stands before the name of a base model in a price table to price requests to models fine-tuned from it.
    package static let tunedPrefix = "ft:"
}

/// The one value of the key `price`.
package enum PriceSpec: String, Hashable, Sendable, Codable, CaseIterable {
    /// Requests cost nothing, as on a server of one's own.
    case free
}

extension LoadedSpec {
    /// What a provider of this spec or of one of its variants charges.
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
        return Pricing(
            table: prices ?? BuiltInPrices.entry(for: provider)?.table, priceAs: priceAs,
            isFree: provider.price == .free, freeModels: free.subtracting(priced))
    }
}

extension ProviderSpec {
    /// What its key `price` says.
    var price: PriceSpec? {
        switch self {
        case .azureOpenAI(let spec): spec.price
        case .openAI(let spec): spec.price
        case .emulator: nil
        }
    }
}

extension ModelSpec {
    /// What its key `price` says.
    var price: PriceSpec? {
        switch self {
        case .hosted(let model): model.price
        case .fineTuned(let model): model.price
        case .trained, .programTrained, .command: nil
        }
    }

    /// The provider's name of the model that is asked or trained; `nil` for a model that runs here.
    var providerModel: String? {
        switch self {
        case .hosted(let model): model.model
        case .fineTuned(let model): model.fineTune.model
        case .trained, .programTrained, .command: nil
        }
    }
}
