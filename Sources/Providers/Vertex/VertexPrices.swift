// The built-in prices of Google Vertex AI.

import Basics
import Specification

extension BuiltInPrices {
    /// The prices of `location: global`. Parsed on first use.
    static let vertex = BuiltInPrices(vertexName, text: vertexText(isGlobal: true), unpricedTuned: unpricedTunedGemini)
    /// The prices of any other location, where Gemini 3 and later cost 10% more.
    static let vertexRegional = BuiltInPrices(
        vertexRegionalName, text: vertexText(isGlobal: false), unpricedTuned: unpricedTunedGemini)
    static let vertexName = "vertex"
    static let vertexRegionalName = "vertex (regional)"

    /// One model with prices in US dollars per million tokens.
    private struct Row {
        var name: String
        var input: Double
        var cached: Double
        var output: Double
        var training: Double?
        /// The factor of requests to tuned models; `nil` if the model cannot be tuned or the factor is not known.
        var tuned: Double?
        var rule: String
        var retires: String?
        var isUplifted = true
        /// False only if the documentation says that the model cannot be tuned.
        var isTunable = true
    }

    /// At most 280 tokens at `low`, 560 at `medium`, 1,120 otherwise (Gemini 3 and later).
    private static let fixed = "{ low: 280, medium: 560, base: 1120, tile: 0, tile_size: 1 }"
    /// Up to 384 pixels a side 258 tokens; larger images by tiles of two thirds of their shorter side.
    private static let crops = "{ low: 64, medium: 256, base: 0, tile: 258, crop: 384 }"

    private static let rows: [Row] = [
        Row(
            name: "gemini-3.8-flash", input: 0.75, cached: 0.075, output: 3.75, rule: fixed, isTunable: false),
        Row(
            name: "gemini-3.7-flash", input: 0.75, cached: 0.075, output: 3.75, rule: fixed, retires: "2027-01-28",
            isTunable: false),
        Row(
            name: "gemini-3.6-flash", input: 0.75, cached: 0.075, output: 3.75, rule: fixed, retires: "2026-11-19",
            isTunable: false),
        Row(
            name: "gemini-3.5-flash", input: 1.5, cached: 0.15, output: 9, training: 10, tuned: 1.5, rule: fixed,
            retires: "2027-05-19"),
        Row(
            name: "gemini-3.5-flash-lite", input: 0.3, cached: 0.03, output: 2.5, rule: fixed, retires: "2027-07-21"),
        Row(
            name: "gemini-3.1-flash-lite", input: 0.25, cached: 0.025, output: 1.5, training: 3, tuned: 1.5, rule: fixed,
            retires: "2027-05-07"),
        Row(
            name: "gemini-2.5-pro", input: 1.25, cached: 0.125, output: 10, training: 25, tuned: 1, rule: crops,
            retires: "2026-10-20", isUplifted: false),
        Row(
            name: "gemini-2.5-flash", input: 0.3, cached: 0.03, output: 2.5, training: 5, tuned: 1, rule: crops,
            retires: "2026-10-20", isUplifted: false),
        Row(
            name: "gemini-2.5-flash-lite", input: 0.1, cached: 0.01, output: 0.4, training: 1.5, tuned: 1, rule: crops,
            retires: "2026-10-20", isUplifted: false),
    ]

    /// The models that cannot be tuned according to the documentation. Of models in neither group it is not known.
    static let untunableGemini = Set(rows.filter { !$0.isTunable }.map(\.name))
    /// The models that may be tuned and whose factor is not known.
    private static let unpricedTunedGemini = Set(rows.filter { $0.isTunable && $0.tuned == nil }.map(\.name))
    /// The models with a training price, in the order of the table.
    static let tunableGemini = rows.filter { $0.training != nil }.map(\.name)

    /// The table as a file of prices. Tuned models of Gemini 3 answer in multi-regions only, so their factor is taken of
    /// the regional price.
    private static func vertexText(isGlobal: Bool) -> String {
        var text = """
            assay-prices: 1
            date: 2026-11-29
            source: >-
              the provider's price page as of 2026-09-27 (prompts of up to 200,000 tokens), base models compared with the
              price table of a public client library (litellm 1.110.2); tuning and tuned models have the first source only;
              the factor for tuned models is taken of the regional price; image tokens and retirement: the provider's
              documentation as of 2026-10. The prices of 3.6, 3.7 and 3.8 Flash double on 2027-01-01
            batch_discount: 0.5
            models:

            """
        func number(_ value: Double) -> String { "\((value * 1_000_000).rounded() / 1_000_000)" }
        for row in rows {
            let regional = row.isUplifted ? 1.1 : 1
            let factor = isGlobal ? 1 : regional
            func add(_ name: String, _ factor: Double, training: Double?) {
                text += "  \(name):\n    input: \(number(row.input * factor))\n"
                text += "    cached_input: \(number(row.cached * factor))\n    output: \(number(row.output * factor))\n"
                if let training { text += "    training: { standard: \(number(training)) }\n" }
                text += "    image_tokens: \(row.rule)\n"
                if let day = row.retires {
                    text += "    retires: { standard: \(day), others: \(day), training: \(day), fine_tuned: \(day) }\n"
                }
            }
            add(row.name, factor, training: row.training)
            if let tuned = row.tuned { add(Pricing.tunedPrefix + row.name, tuned * regional, training: nil) }
        }
        return text
    }
}
