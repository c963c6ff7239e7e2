// Forecasts of tokens and costs, compared with published ones.

import Basics
import Foundation
import Planning
import Specification
import Testing

@Suite("Forecast")
struct ForecastTests {
    /// The published experiment's prices.
    static let prices = PriceTable(
        date: "2025-09-01", hostingPerHour: [.standard: Money(dollars: 1.7)],
        models: [
            "gpt-4o-2024-08-06": ModelPrice(
                input: Money(dollars: 2.5), cachedInput: Money(dollars: 1.25), output: Money(dollars: 10),
                training: [.standard: Money(dollars: 27.5)], trainingPerHour: Money(dollars: 100),
                imageTokens: .gpt4o)
        ])
    static let model = "gpt-4o-2024-08-06"

    @Test func trainingAsPublished() throws {
        // 585 tokens an example (494 system, 85 image, 6 answer), 4,800 examples, 2 epochs; $152 were billed.
        let cost = try #require(
            ForecastTests.prices.forecastTraining(
                tokens: TokenRange(585) * 4800, epochs: 2, model: ForecastTests.model, type: .standard))
        #expect(cost == CostRange(Money(dollars: 154.44)))
        #expect(cost.expected.description == "$154.44")
        #expect(
            ForecastTests.prices.trainingCost(model: ForecastTests.model, type: .standard, trainedTokens: 5_616_000)
                == Money(dollars: 154.44))
    }

    @Test func batchAsPublished() throws {
        // 600 x (579 x 1.25 + 6 x 5) / 1e6; the publication states about $0.59, which does not follow from its own
        // counts.
        let load = RequestLoad(requests: 600, input: TokenRange(579) * 600, output: TokenRange(6) * 600)
        let cost = try #require(ForecastTests.prices.forecast(load, model: ForecastTests.model, by: .batch))
        #expect(cost == CostRange(Money(dollars: 0.45225)))
        #expect(cost.expected.description == "$0.45")
        let online = try #require(ForecastTests.prices.forecast(load, model: ForecastTests.model, by: .online))
        #expect(online.expected == Money(dollars: 0.9045))
    }

    @Test func providersOwnCounts() {
        let prices = ForecastTests.prices, model = ForecastTests.model
        #expect(
            prices.cost(model: model, input: 1_000_000, cachedInput: 400_000, output: 0, by: .online)
                == Money(dollars: 2.0))
        #expect(
            prices.cost(model: model, input: 1_000_000, cachedInput: 400_000, output: 0, by: .batch)
                == Money(dollars: 1.25))
        #expect(prices.cost(model: "unknown", input: 1, output: 1, by: .online) == nil)
        #expect(prices.trainingCost(model: model, hours: 1.5) == Money(dollars: 150))
        #expect(prices.hosting(hours: 2, sku: .standard) == Money(dollars: 3.4))
        #expect(prices.hosting(hours: 2, sku: .developerTier) == nil, "an unknown price is not zero")
    }

    @Test func modelsWithoutAPriceHaveNoForecast() {
        let prices = ForecastTests.prices
        #expect(prices.forecast(RequestLoad(requests: 1, input: .zero, output: .zero), model: "x", by: .batch) == nil)
        #expect(
            prices.forecastTraining(
                tokens: .zero, epochs: nil, model: ForecastTests.model, type: .developerTier) == nil)
    }

    @Test func epochsThatTheProviderChoosesWidenTheRange() throws {
        let cost = try #require(
            ForecastTests.prices.forecastTraining(
                tokens: TokenRange(1_000_000), epochs: nil, model: ForecastTests.model, type: .standard))
        #expect(cost.low == Money(dollars: 27.5))
        #expect(cost.expected == Money(dollars: 82.5))
        #expect(cost.high == Money(dollars: 275))
    }

    struct Picture: CustomTestStringConvertible, Sendable {
        var width: Int
        var height: Int
        var tokens: Int
        var testDescription: String { "\(width) x \(height)" }
    }

    // The provider's worked examples: 2048 x 4096 and 1024 x 1024 of its guide, and the edges between.
    @Test(
        "Tokens of an image at high detail",
        arguments: [
            Picture(width: 2048, height: 4096, tokens: 1105), Picture(width: 4096, height: 8192, tokens: 1105),
            Picture(width: 1024, height: 1024, tokens: 765), Picture(width: 512, height: 512, tokens: 255),
            Picture(width: 513, height: 512, tokens: 425), Picture(width: 64, height: 64, tokens: 255),
            Picture(width: 1, height: 1, tokens: 255), Picture(width: 768, height: 2048, tokens: 1445),
        ])
    func highDetail(_ picture: Picture) {
        #expect(ImageTokenRule.gpt4o.highDetail(width: picture.width, height: picture.height) == picture.tokens)
    }

    @Test func otherDetail() {
        // The documentation's own example, and its cap: 1,800 by 2,400 pixels make 33 by 44 patches.
        let patches = ImageTokenRule(patch: 32, factor: 1)
        #expect(patches.highDetail(width: 1800, height: 2400) == 1452)
        #expect(patches.highDetail(width: 1024, height: 1024) == 1024)
        #expect(patches.tokens(detail: .low, size: (64, 64)) == TokenRange(4))
        let mini = ImageTokenRule(patch: 32, factor: 1.62)
        #expect(mini.highDetail(width: 2048, height: 768) == 2489)
        #expect(mini.tokens(detail: .auto, size: nil).high == 2489)
        let rule = ImageTokenRule(low: 2833, base: 2833, tile: 5667)
        #expect(rule.tokens(detail: .low, size: nil) == TokenRange(2833))
        #expect(rule.tokens(detail: .high, size: (64, 64)) == TokenRange(8500))
        let gpt4o = ImageTokenRule.gpt4o
        #expect(gpt4o.tokens(detail: .high, size: nil) == TokenRange(low: 255, expected: 765, high: 1445))
        #expect(gpt4o.tokens(detail: .auto, size: nil) == TokenRange(low: 85, expected: 765, high: 1445))
        #expect(gpt4o.tokens(detail: .auto, size: (64, 64)) == TokenRange(low: 85, expected: 85, high: 255))
    }

    static let published = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "../shared/published/classification_report.csv").standardizedFileURL

    @Test(
        "The estimate of the published prompt is near what was counted",
        .enabled(if: FileManager.default.fileExists(atPath: published.path), "needs ../shared/published"))
    func estimateIsNear() throws {
        let table = try CSVTable(parsing: Data(contentsOf: ForecastTests.published))
        let column = try #require(table.column("label"))
        let labels = Set(table.rows.map { $0.fields[column] }).subtracting(["HALLUCINATION"]).sortedByBytes()
        try #require(labels.count == 120)
        let prompt = PromptSpec(
            system: "Classify the following input image into one of the following categories: [{{ labels }}].")
        let request = RequestSpec(
            prompt: "p", detail: .low, answer: .json(property: "breed", name: "BreedClassifierOutput"))
        let asked = RequestLoad(
            asking: PreparedRequest(request, prompt: prompt), labels: labels, about: .unseen(count: 600), rule: .gpt4o)
        // The provider counted 494 tokens of text and 85 of image; within 3% of it, and inside the range.
        #expect(abs(Double(asked.input.expected) / 600 / 579 - 1) < 0.03, "\(asked.input.expected / 600)")
        #expect(asked.input.low < 579 * 600 && 579 * 600 < asked.input.high)
        #expect(asked.output.low < 6 * 600 && 6 * 600 < asked.output.high)

        let example = PreparedRequest(RequestSpec(prompt: "p", detail: .low), prompt: prompt)
        let taught = RequestLoad(
            teaching: example, labels: labels, about: .unseen(count: 4800), rule: .gpt4o)
        #expect(abs(Double(taught.input.expected) / 4800 / 585 - 1) < 0.03, "\(taught.input.expected / 4800)")
        #expect(taught.output == .zero)
        let cost = try #require(
            ForecastTests.prices.forecastTraining(
                tokens: taught.input, epochs: 2, model: ForecastTests.model, type: .standard))
        #expect(cost.low < Money(dollars: 152) && Money(dollars: 152) < cost.high)
    }

    @Test func examplesInThePromptCount() {
        let labels = ["cat", "dog"]
        let request = RequestSpec(prompt: "p", detail: .low, maxTokens: 2)
        var prompt = PromptSpec(system: "{{ labels }}")
        let plain = RequestLoad(
            asking: PreparedRequest(request, prompt: prompt), labels: labels, about: .unseen(count: 1), rule: .gpt4o)
        prompt.examples = ExamplesSpec(split: SplitReference(split: "s", part: .train), perLabel: 3)
        let shown = RequestLoad(
            asking: PreparedRequest(request, prompt: prompt), labels: labels, about: .unseen(count: 1), rule: .gpt4o)
        #expect(shown.input.expected - plain.input.expected >= 6 * 85)
        #expect(plain.output == TokenRange(low: 1, expected: 2, high: 2))
    }

    @Test func measuredTokensReplaceTheEstimate() {
        let measured = MeasuredTokens(requests: 600, input: 579 * 600, output: 3600)
        let load = RequestLoad(requests: 100, likeMeasured: measured)
        #expect(load == RequestLoad(requests: 100, input: TokenRange(57_900), output: TokenRange(600)))
    }

    @Test func hostingHours() throws {
        let load = RequestLoad(requests: 600, input: TokenRange(600 * 579), output: TokenRange(600 * 6))
        let alone = HourRange(answering: load, concurrency: 1, capacity: 50)
        #expect(abs(alone.expected - (10.0 / 60 + 600 * 1.7 / 3600)) < 1e-9)
        // Concurrent requests wait for capacity: 351,000 tokens at 50,000 a minute.
        let many = HourRange(answering: load, concurrency: 100, capacity: 50)
        #expect(abs(many.expected - (10.0 / 60 + 351_000.0 / 50_000 / 60)) < 1e-9)
        let cost = try #require(ForecastTests.prices.forecastHosting(alone, sku: .standard))
        #expect(cost.low < cost.expected && cost.expected < cost.high)
    }
}
