// The built-in prices of OpenAI.

import Specification

extension BuiltInPrices {
    /// Parsed on first use.
    static let openAI = BuiltInPrices("openai", text: openAIText)

    private static let openAIText = """
        assay-prices: 1
        date: 2026-11-29
        source: >-
          inference and retirement: the price table of a public client library (litellm 1.110.2); training:
          the provider's published prices of 2025, without data sharing; end of training: the provider's announcement; image
          tokens: the model maker's documentation
        batch_discount: 0.5
        models:
          gpt-4o-2024-05-13:
            input: 5
            output: 15
            image_tokens: { low: 85, base: 85, tile: 170 }
            retires: { standard: 2026-10-23, others: 2026-10-23 }
          gpt-4o-2024-08-06:
            input: 2.5
            cached_input: 1.25
            output: 10
            training: { standard: 25 }
            image_tokens: { low: 85, base: 85, tile: 170 }
            retires: { standard: 2027-01-14, others: 2027-01-14, training: 2027-01-06 }
          gpt-4o-2024-11-20:
            input: 2.5
            cached_input: 1.25
            output: 10
            image_tokens: { low: 85, base: 85, tile: 170 }
            retires: { standard: 2027-01-14, others: 2027-01-14 }
          gpt-4o:
            input: 2.5
            cached_input: 1.25
            output: 10
            image_tokens: { low: 85, base: 85, tile: 170 }
            retires: { standard: 2027-01-14, others: 2027-01-14 }
          gpt-4o-mini-2024-07-18:
            input: 0.15
            cached_input: 0.075
            output: 0.6
            training: { standard: 3 }
            image_tokens: { low: 2833, base: 2833, tile: 5667 }
            retires: { standard: 2027-01-14, others: 2027-01-14, training: 2027-01-06 }
          gpt-4o-mini:
            input: 0.15
            cached_input: 0.075
            output: 0.6
            image_tokens: { low: 2833, base: 2833, tile: 5667 }
            retires: { standard: 2027-01-14, others: 2027-01-14 }
          gpt-4.1-2025-04-14:
            input: 2
            cached_input: 0.5
            output: 8
            training: { standard: 25 }
            image_tokens: { low: 85, base: 85, tile: 170 }
            retires: { standard: 2027-01-14, others: 2027-01-14, training: 2027-01-06 }
          gpt-4.1:
            input: 2
            cached_input: 0.5
            output: 8
            image_tokens: { low: 85, base: 85, tile: 170 }
            retires: { standard: 2027-01-14, others: 2027-01-14 }
          gpt-4.1-mini-2025-04-14:
            input: 0.4
            cached_input: 0.1
            output: 1.6
            training: { standard: 5 }
            image_tokens: { patch: 32, most_patches: 1536, factor: 1.62 }
            retires: { standard: 2027-01-14, others: 2027-01-14, training: 2027-01-06 }
          gpt-4.1-mini:
            input: 0.4
            cached_input: 0.1
            output: 1.6
            image_tokens: { patch: 32, most_patches: 1536, factor: 1.62 }
            retires: { standard: 2027-01-14, others: 2027-01-14 }
          gpt-4.1-nano-2025-04-14:
            input: 0.1
            cached_input: 0.025
            output: 0.4
            training: { standard: 1.5 }
            image_tokens: { patch: 32, most_patches: 1536, factor: 2.46 }
            retires: { standard: 2026-10-23, others: 2026-10-23, training: 2027-01-06 }
          gpt-4.1-nano:
            input: 0.1
            cached_input: 0.025
            output: 0.4
            image_tokens: { patch: 32, most_patches: 1536, factor: 2.46 }
            retires: { standard: 2026-10-23, others: 2026-10-23 }
          o1-2024-12-17:
            input: 15
            cached_input: 7.5
            output: 60
            image_tokens: { low: 75, base: 75, tile: 150 }
            retires: { standard: 2026-10-23, others: 2026-10-23 }
          o1:
            input: 15
            cached_input: 7.5
            output: 60
            image_tokens: { low: 75, base: 75, tile: 150 }
            retires: { standard: 2026-10-23, others: 2026-10-23 }
          o3-2025-04-16:
            input: 2
            cached_input: 0.5
            output: 8
            image_tokens: { low: 75, base: 75, tile: 150 }
            retires: { standard: 2026-12-11, others: 2026-12-11 }
          o3:
            input: 2
            cached_input: 0.5
            output: 8
            image_tokens: { low: 75, base: 75, tile: 150 }
            retires: { standard: 2026-12-11, others: 2026-12-11 }
          o4-mini-2025-04-16:
            input: 1.1
            cached_input: 0.275
            output: 4.4
            training_per_hour: 100
            image_tokens: { patch: 32, most_patches: 1536, factor: 1.72 }
            retires: { standard: 2026-10-23, others: 2026-10-23, training: 2027-01-06 }
          o4-mini:
            input: 1.1
            cached_input: 0.275
            output: 4.4
            image_tokens: { patch: 32, most_patches: 1536, factor: 1.72 }
            retires: { standard: 2026-10-23, others: 2026-10-23 }
          gpt-5-2025-08-07:
            input: 1.25
            cached_input: 0.125
            output: 10
            image_tokens: { low: 70, base: 70, tile: 140 }
            retires: { standard: 2026-12-11, others: 2026-12-11 }
          gpt-5:
            input: 1.25
            cached_input: 0.125
            output: 10
            image_tokens: { low: 70, base: 70, tile: 140 }
            retires: { standard: 2026-12-11, others: 2026-12-11 }
          gpt-5-mini-2025-08-07:
            input: 0.25
            cached_input: 0.025
            output: 2
            image_tokens: { patch: 32, most_patches: 1536, factor: 1.62 }
            retires: { standard: 2026-12-11, others: 2026-12-11 }
          gpt-5-mini:
            input: 0.25
            cached_input: 0.025
            output: 2
            image_tokens: { patch: 32, most_patches: 1536, factor: 1.62 }
            retires: { standard: 2026-12-11, others: 2026-12-11 }
          gpt-5-nano-2025-08-07:
            input: 0.05
            cached_input: 0.005
            output: 0.4
            image_tokens: { patch: 32, most_patches: 1536, factor: 2.46 }
            retires: { standard: 2026-12-11, others: 2026-12-11 }
          gpt-5-nano:
            input: 0.05
            cached_input: 0.005
            output: 0.4
            image_tokens: { patch: 32, most_patches: 1536, factor: 2.46 }
            retires: { standard: 2026-12-11, others: 2026-12-11 }
          gpt-5.1-2025-11-13:
            input: 1.25
            cached_input: 0.125
            output: 10
            image_tokens: { low: 70, base: 70, tile: 140 }
            retires: { standard: 2027-04-01, others: 2027-04-01 }
          gpt-5.1:
            input: 1.25
            cached_input: 0.125
            output: 10
            image_tokens: { low: 70, base: 70, tile: 140 }
            retires: { standard: 2027-04-01, others: 2027-04-01 }
          gpt-5.2-2025-12-11:
            input: 1.75
            cached_input: 0.175
            output: 14
          gpt-5.2:
            input: 1.75
            cached_input: 0.175
            output: 14
          gpt-5.4-2026-03-05:
            input: 2.5
            cached_input: 0.25
            output: 15
          gpt-5.4:
            input: 2.5
            cached_input: 0.25
            output: 15
          gpt-5.4-mini-2026-03-17:
            input: 0.75
            cached_input: 0.075
            output: 4.5
          gpt-5.4-mini:
            input: 0.75
            cached_input: 0.075
            output: 4.5
          gpt-5.4-nano-2026-03-17:
            input: 0.2
            cached_input: 0.02
            output: 1.25
            retires: { standard: 2027-04-01, others: 2027-04-01 }
          gpt-5.4-nano:
            input: 0.2
            cached_input: 0.02
            output: 1.25
            retires: { standard: 2027-04-01, others: 2027-04-01 }
          gpt-5.5-2026-04-23:
            input: 5
            cached_input: 0.5
            output: 30
          gpt-5.5:
            input: 5
            cached_input: 0.5
            output: 30
          gpt-5.6:
            input: 4
            cached_input: 0.4
            output: 20
          gpt-5.6-sol:
            input: 4
            cached_input: 0.4
            output: 20
          gpt-5.6-terra:
            input: 2
            cached_input: 0.2
            output: 12
          gpt-5.6-luna:
            input: 0.2
            cached_input: 0.02
            output: 1.2
          gpt-6-astra:
            input: 10
            cached_input: 1
            output: 50
          gpt-6-sol:
            input: 2
            cached_input: 0.2
            output: 10
          gpt-6-luna:
            input: 0.1
            cached_input: 0.01
            output: 0.5
          gpt-6.1-terra:
            input: 1
            cached_input: 0.05
            output: 5
          gpt-6.1-sol:
            input: 2
            cached_input: 0.1
            output: 10
          ft:gpt-4o-2024-08-06:
            input: 3.75
            cached_input: 1.875
            output: 15
            image_tokens: { low: 85, base: 85, tile: 170 }
          ft:gpt-4.1-2025-04-14:
            input: 3
            cached_input: 0.75
            output: 12
            image_tokens: { low: 85, base: 85, tile: 170 }
          ft:gpt-4.1-mini-2025-04-14:
            input: 0.8
            cached_input: 0.2
            output: 3.2
            image_tokens: { patch: 32, most_patches: 1536, factor: 1.62 }
          ft:gpt-4o-mini-2024-07-18:
            input: 0.3
            cached_input: 0.15
            output: 1.2
            image_tokens: { low: 2833, base: 2833, tile: 5667 }
          ft:gpt-4.1-nano-2025-04-14:
            input: 0.2
            cached_input: 0.05
            output: 0.8
            image_tokens: { patch: 32, most_patches: 1536, factor: 2.46 }
          ft:gpt-4o-2024-11-20:
            input: 3.75
            output: 15
            image_tokens: { low: 85, base: 85, tile: 170 }
          ft:o4-mini-2025-04-16:
            input: 4
            cached_input: 1
            output: 16
            image_tokens: { patch: 32, most_patches: 1536, factor: 1.72 }
        """
}
