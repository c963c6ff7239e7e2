// Price tables of providers.

package import Basics

/// The prices of a provider on one day. Prices are not part of any key, so an old run can be repriced with another
/// table. Amounts are US dollars per million tokens unless stated otherwise.
package struct PriceTable: Hashable, Sendable, Codable {
    /// The day on which the prices were looked up: `2025-09-01`.
    package var date: String
    /// The publication of the prices.
    package var source: String?
    /// The discount for batches as a fraction of the price: 0.5 halves it.
    package var batchDiscount: Double
    /// The hosting price of a fine-tuned model's deployment, per hour.
    package var hostingPerHour: [DeploymentSKU: Money]
    /// The prices by model name with version.
    package var models: NamedMap<ModelPrice>

    /// - Parameter batchDiscount: a fraction of the price.
    package init(
        date: String, source: String? = nil, batchDiscount: Double = 0.5,
        hostingPerHour: [DeploymentSKU: Money] = [:], models: NamedMap<ModelPrice>
    ) {
        self.date = date
        self.source = source
        self.batchDiscount = batchDiscount
        self.hostingPerHour = hostingPerHour
        self.models = models
    }
}

/// The prices of one model, in US dollars per million tokens.
package struct ModelPrice: Hashable, Sendable, Codable {
    /// The price of input tokens.
    package var input: Money
    /// The price of cached input tokens; `nil` for the price of `input`.
    package var cachedInput: Money?
    /// The price of output tokens.
    package var output: Money
    /// The price of trained tokens (tokens of the examples times epochs), by training type.
    package var training: [TrainingType: Money]
    /// The price of reinforcement fine-tuning, per hour of training.
    package var trainingPerHour: Money?
    /// The rule for image tokens; `nil` when it is unknown.
    package var imageTokens: ImageTokenRule?
    /// The dates from which the model can no longer be used; all are `nil` when none is announced.
    package var retires: Retirement

    /// - Parameter imageTokens: `nil` when the rule is unknown.
    package init(
        input: Money, cachedInput: Money? = nil, output: Money, training: [TrainingType: Money] = [:],
        trainingPerHour: Money? = nil, imageTokens: ImageTokenRule? = nil, retires: Retirement = Retirement()
    ) {
        self.input = input
        self.cachedInput = cachedInput
        self.output = output
        self.training = training
        self.trainingPerHour = trainingPerHour
        self.imageTokens = imageTokens
        self.retires = retires
    }
}

/// The dates (`2026-03-31`) from which a model is no longer available for certain uses.
package struct Retirement: Hashable, Sendable, Codable {
    /// For the base model on Standard deployments.
    package var standard: String?
    /// For the base model on all other deployments.
    package var others: String?
    /// For new fine-tuning jobs.
    package var training: String?
    /// For deployments of fine-tuned models.
    package var fineTuned: String?

    /// - Parameter training: the date from which new fine-tuning jobs are rejected.
    package init(
        standard: String? = nil, others: String? = nil, training: String? = nil, fineTuned: String? = nil
    ) {
        self.standard = standard
        self.others = others
        self.training = training
        self.fineTuned = fineTuned
    }
}

/// The number of tokens of an image, by the model family's rule: tiles, or patches if `patch` is set.
package struct ImageTokenRule: Hashable, Sendable, Codable {
    /// The tokens at `detail: low`, for any image size.
    package var low: Int
    /// The tokens at `detail: medium`, for any image size; `nil` for a model without it.
    package var medium: Int?
    /// The fixed tokens at `detail: high`, to which `tile` is added for each tile.
    package var base: Int
    /// The tokens per tile, including partial tiles.
    package var tile: Int
    /// The width and height of a tile in pixels.
    package var tileSize: Int
    /// The image is first scaled down to fit a square with this side, then until its shorter side is at most
    /// `shortSide`.
    package var fit: Int
    /// The maximum length of the shorter side in pixels after scaling.
    package var shortSide: Int
    /// Images of at most this many pixels a side are one tile; larger ones are divided into square tiles of two thirds of
    /// their shorter side, between 256 and 768 pixels. `nil` for tiles of `tileSize`.
    package var crop: Int?
    /// The width and height of a patch in pixels; the image is scaled down until at most `maxPatches` cover it.
    /// `nil` for the tile rule.
    package var patch: Int?
    /// The maximum number of patches per image.
    package var maxPatches: Int
    /// The tokens per patch.
    package var factor: Double

    /// The patch rule, which applies at any detail.
    package init(patch: Int, maxPatches: Int = 1536, factor: Double) {
        self.init(low: 0, base: 0, tile: 0)
        self.patch = patch
        self.maxPatches = maxPatches
        self.factor = factor
    }

    /// The tile rule; lengths are in pixels.
    package init(low: Int, base: Int, tile: Int, tileSize: Int = 512, fit: Int = 2048, shortSide: Int = 768) {
        patch = nil
        maxPatches = 1536
        factor = 1
        self.low = low
        self.base = base
        self.tile = tile
        self.tileSize = tileSize
        self.fit = fit
        self.shortSide = shortSide
    }
}
