// The keys of a price table.

import Basics

extension PriceTable: SpecEntity {
    static let table = KeyTable(
        "price-table", called: "a price table",
        "A separate file named by `prices:`, with a provider's prices on one day. Prices are in US dollars per million "
            + "tokens unless stated otherwise.",
        blank: PriceTable(date: "", models: [:]),
        example: """
            assay-prices: 1
            date: 2025-09-01
            batch_discount: 0.5
            hosting_per_hour: { Standard: 1.70 }
            models:
              gpt-4o-2024-08-06:
                input: 2.50
                output: 10.00
                training: { standard: 27.50 }
                image_tokens: { low: 85, base: 85, tile: 170 }
            """,
        keys: [
            .setting("assay-prices", .format, required: true, "The version of the format. Always 1.") { _, _ in },
            .required("date", \.date, .date, "The date of the prices."),
            .optional("source", \.source, .text, "The source of the prices."),
            .key(
                "batch_discount", \.batchDiscount, .number(.fraction), "The discount of batches: 0.5 is half price."),
            .key(
                "hosting_per_hour", \.hostingPerHour, .byCase("a deployment SKU", .dollars),
                "The hourly price of a deployment of a fine-tuned model."),
            .required(
                "models", \.models, .table(.entity),
                "Prices by model name with version. `ft:MODEL` has the prices of requests to models fine-tuned from it, if "
                    + "they differ."),
        ])
}

extension ModelPrice: SpecEntity {
    static let table = KeyTable(
        "model-price", called: "a model's price", "The prices of one model.",
        blank: ModelPrice(input: .zero, output: .zero),
        keys: [
            .required("input", \.input, .dollars, "Input tokens."),
            .optional("cached_input", \.cachedInput, .dollars, "Cached input tokens."),
            .required("output", \.output, .dollars, "Output tokens."),
            .key(
                "training", \.training, .byCase("a training type", .dollars),
                "Trained tokens (tokens of the examples times epochs)."),
            .optional("training_per_hour", \.trainingPerHour, .dollars, "Reinforcement fine-tuning, per hour."),
            .optional("image_tokens", \.imageTokens, .entity, "The number of tokens of an image."),
            .key("retires", \.retires, .entity, "The days from which the model can no longer be used."),
        ])
}

extension ImageTokenRule: SpecEntity {
    static let table = KeyTable(
        "image-tokens", called: "an image token rule",
        "The number of tokens of an image: `low` at `detail: low`; otherwise `base`, plus `tile` for each tile of the "
            + "image after it is scaled to fit `fit` x `fit` and then to a shorter side of `short_side`. Other families "
            + "count patches: `factor` for each patch of `patch` pixels a side, of an image shrunk to at most "
            + "`most_patches`.",
        blank: ImageTokenRule(low: 0, base: 0, tile: 0), rules: [.exactlyOne(["tile", "patch"])],
        keys: [
            .key("low", \.low, .natural(upTo: 1_000_000), "Tokens at `detail: low`."),
            .optional(
                "medium", \.medium, .natural(upTo: 1_000_000),
                "Tokens at `detail: medium`, at providers that have it. Default: as at `detail: high`."),
            .key("base", \.base, .natural(upTo: 1_000_000), "Base tokens of an image at `detail: high`."),
            .key("tile", \.tile, .natural(upTo: 1_000_000), "Tokens per tile."),
            .key("tile_size", \.tileSize, .count(upTo: 100_000), "Width and height of a tile, in pixels."),
            .key("fit", \.fit, .count(upTo: 100_000), "The square that an image is scaled down to fit, in pixels."),
            .key("short_side", \.shortSide, .count(upTo: 100_000), "Maximum length of the shorter side, in pixels."),
            .optional(
                "crop", \.crop, .count(upTo: 100_000),
                "Images of at most this many pixels a side are one tile; larger ones have tiles of two thirds of their shorter "
                    + "side, 256 to 768 pixels. Default: tiles of `tile_size`.", examples: [384]),
            .optional("patch", \.patch, .count(upTo: 100_000), "Width and height of a patch, in pixels.", examples: [32]),
            .key("most_patches", \.maxPatches, .count(upTo: 1_000_000), "Maximum number of patches per image."),
            .key("factor", \.factor, .number(.positive(upTo: 1000)), "Tokens per patch.", examples: [1.62]),
        ])
}

extension Retirement: SpecEntity {
    static let table = KeyTable(
        "retirement", called: "a retirement", "The days from which a model can no longer be used.", blank: Retirement(),
        keys: [
            .optional("standard", \.standard, .date, "The base model, on Standard deployments."),
            .optional("others", \.others, .date, "The base model, on all other deployments."),
            .optional("training", \.training, .date, "New fine-tuning jobs."),
            .optional("fine_tuned", \.fineTuned, .date, "Deployments of fine-tuned models."),
        ])
}
