// Prices of a provider on one day.

package import Basics

/// Prices of a provider on one day, as data: prices touch no key, and an old run can be priced again by another table.
/// Dollars are per million tokens unless said.
package struct PriceTable: Hashable, Sendable, Codable {
    /// The day the prices were read, `2025-09-01`.
    package var date: String
    /// Where they were read.
    package var source: String?
    /// The part of a price that a batch does not pay.
    package var batchDiscount: Double
    /// What a deployment of a fine-tuned model costs by the hour.
    package var hostingPerHour: [DeploymentSKU: Money]
    /// Prices by model name with version.
    package var models: NamedMap<ModelPrice>

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

/// The prices of one model, in dollars per million tokens.
package struct ModelPrice: Hashable, Sendable, Codable {
    package var input: Money
    /// Input that the provider had cached; without it, `input`.
    package var cachedInput: Money?
    package var output: Money
    /// Trained tokens (tokens of the examples times epochs), by where the job runs.
    package var training: [TrainingType: Money]
    /// Reinforcement fine-tuning, per hour of training.
    package var trainingPerHour: Money?
    /// How many tokens an image counts for.
    package var imageTokens: ImageTokenRule?
    package var retires: Retirement

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

/// The days (`2026-03-31`) from which a model can no longer be used in some way.
package struct Retirement: Hashable, Sendable, Codable {
    /// Base model on Standard deployments.
    package var standard: String?
    /// Base model on every other deployment.
    package var others: String?
    /// New fine-tuning jobs.
    package var training: String?
    /// Deployments of fine-tuned models.
    package var fineTuned: String?

    package init(
        standard: String? = nil, others: String? = nil, training: String? = nil, fineTuned: String? = nil
    ) {
        self.standard = standard
        self.others = others
        self.training = training
        self.fineTuned = fineTuned
    }
}

/// How many tokens an image counts for, by a model family's rule: tiles, or patches where `patch` is given.
package struct ImageTokenRule: Hashable, Sendable, Codable {
    /// Tokens at `detail: low`, whatever the size.
    package var low: Int
    /// Tokens at `detail: high`: `base` and `tile` for each tile begun.
    package var base: Int
    package var tile: Int
    /// Width and height of a tile in pixels.
    package var tileSize: Int
    /// The image is first made to fit a square of this side, then its shorter side is made at most `shortSide`.
    package var fit: Int
    package var shortSide: Int
    /// Width and height of a patch in pixels; the image is shrunk until `mostPatches` cover it.
    package var patch: Int?
    package var mostPatches: Int
    /// Tokens of a patch.
    package var factor: Double

    /// A rule by patches, at any detail.
    package init(patch: Int, mostPatches: Int = 1536, factor: Double) {
        self.init(low: 0, base: 0, tile: 0)
        self.patch = patch
        self.mostPatches = mostPatches
        self.factor = factor
    }

    package init(low: Int, base: Int, tile: Int, tileSize: Int = 512, fit: Int = 2048, shortSide: Int = 768) {
        patch = nil
        mostPatches = 1536
        factor = 1
        self.low = low
        self.base = base
        self.tile = tile
        self.tileSize = tileSize
        self.fit = fit
        self.shortSide = shortSide
    }
}
