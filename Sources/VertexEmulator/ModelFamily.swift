// The properties of Gemini models that follow from their names.

import Foundation

/// Rules that differ between generations. A name that is not Gemini's, such as that of a built-in network, follows the
/// rules of the third generation, except those about locations.
struct ModelFamily: Hashable, Sendable {
    /// The name without a version after `@`.
    let name: String
    /// 2.5, 3.5, …; `nil` for a name that is not Gemini's.
    let generation: Double?

    init(_ name: String) {
        self.name = String(name.prefix { $0 != "@" })
        generation = self.name.firstMatch(of: #/^gemini-(\d+(?:\.\d+)?)/#).flatMap { Double($0.output.1) }
    }

    var isThirdGeneration: Bool { generation.map { $0 >= 3 } ?? true }

    /// Settings of the sampling have no effect, penalties and a last turn of the model are rejected.
    var ignoresSampling: Bool { generation.map { $0 >= 3.5 } ?? false }

    /// The lowest thinking level is not taken.
    var refusesMinimalThinking: Bool { generation.map { $0 >= 3.8 } ?? false }

    /// Whether tuned models of this base answer batches.
    var answersTunedBatches: Bool { !isThirdGeneration }

    /// Whether a location answers for a tuned model of this base.
    /// - Parameter home: the location of its tuning job.
    func serves(tunedIn location: String, home: String) -> Bool {
        switch generation {
        case nil: location == home || ["us", "eu"].contains(location)
        case let generation? where generation >= 3: location == (home.hasPrefix("europe") ? "eu" : "us")
        default: location == home
        }
    }

    /// Locations that tune this model; `nil` for all except `global`.
    var tuningLocations: [String]? {
        generation.map { $0 >= 3 } ?? false ? ["us-central1", "europe-west4"] : nil
    }

    /// Adapter sizes that tuning takes.
    var adapterSizes: [String] {
        let small = ["ADAPTER_SIZE_ONE", "ADAPTER_SIZE_TWO", "ADAPTER_SIZE_FOUR", "ADAPTER_SIZE_EIGHT"]
        return name.hasPrefix("gemini-2.5-pro") ? small : small + ["ADAPTER_SIZE_SIXTEEN"]
    }

    /// Price of a tuned model's tokens as a multiple of the base model's.
    var tunedPriceFactor: Double { isThirdGeneration && generation != nil ? 1.5 : 1 }

    /// Tokens of one image.
    /// - Parameter resolution: the part's or the request's media resolution.
    func tokens(ofImageAt resolution: String?) -> Int {
        guard isThirdGeneration else { return 258 }
        return switch resolution {
        case "MEDIA_RESOLUTION_LOW": 280
        case "MEDIA_RESOLUTION_MEDIUM": 560
        case "MEDIA_RESOLUTION_ULTRA_HIGH": 2240
        default: 1120
        }
    }

    /// Tokens of one image of a training example; the default resolution is high.
    func trainingTokens(ofImageAt resolution: String?) -> Int {
        guard !isThirdGeneration else { return tokens(ofImageAt: resolution) }
        return resolution == "MEDIA_RESOLUTION_LOW" ? 64 : 256
    }
}
