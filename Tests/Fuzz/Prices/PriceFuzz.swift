// The fuzz target for price tables: any table that parses gives a finite cost for any load.

import Basics
import Planning
import Specification

/// Called by libFuzzer with every input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzPrices(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let text = SourceText(name: "prices.yaml", bytes: Array(UnsafeBufferPointer(start: start, count: count)))
    let table: PriceTable
    do {
        table = try PriceTable.read(text)
    } catch {
        precondition(error.diagnostics.contains { $0.severity == .error }, "a refusal without an error")
        _ = DiagnosticRenderer(sources: error.sources).render(error.diagnostics)
        return 0
    }
    for (model, price) in table.models {
        for tokens in [0, 1, 1_000_000_000_000_000, .max] {
            let load = RequestLoad(
                requests: tokens, input: TokenRange(tokens), output: TokenRange(low: 0, expected: 1, high: tokens))
            for route in [RequestRoute.batch, .online] {
                let cost = table.forecast(load, model: model, by: route)
                precondition(cost.map { $0.high >= $0.low } ?? false, "a forecast that goes down")
                _ = table.cost(model: model, input: tokens, cachedInput: tokens / 2, output: tokens, by: route)
            }
            _ = table.forecastTraining(tokens: load.input, epochs: nil, model: model, type: .standard)
        }
        _ = table.forecastReinforcement(model: model)
        for side in [1, 512, 100_000, .max] {
            _ = price.imageTokens?.tokens(detail: .high, size: (side, side))
            _ = price.imageTokens?.tokens(detail: .auto, size: nil)
        }
    }
    for sku in DeploymentSKU.allCases { _ = table.hosting(hours: 1e9, sku: sku) }
    return 0
}
