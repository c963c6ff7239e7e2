// Forecasts of whole plans.

import Basics
import Foundation
import Planning
import ProviderKit
import Providers
import Specification
import Testing
import VisionProtocol

@Suite("Forecast of a plan")
struct PlanForecastTests {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Plans one of the project's experiments with settings of the command line.
    static func plan(_ experiment: String, _ settings: [String] = [], limit: Int? = nil) throws -> (Plan, LoadedSpec) {
        let names = [
            "AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_API_KEY", "AZURE_SUBSCRIPTION_ID", "AZURE_RESOURCE_GROUP",
            "AZURE_ACCOUNT",
        ]
        let environment = Environment(
            Dictionary(
                uniqueKeysWithValues: names.map {
                    ($0, $0 == "AZURE_OPENAI_ENDPOINT" ? "https://example.test" : "example")
                }))
        let loader = SpecLoader(environment: environment, today: "2025-09-15", providers: builtInProviders.keys) { path in
            try [UInt8](Data(contentsOf: URL(filePath: path)))
        }
        let path = root.appending(path: "experiments/\(experiment).yaml").path(percentEncoded: false)
        let loaded = try loader.load(path, settings: settings)
        let observations = Observations(
            contents: [:], environment: environment, machine: "here",
            numerics: NumericLibrary(
                library: "none", version: "0", blas: "none", threads: 2, device: "cpu", instructions: "none"))
        let plan = try Planner.plan([(.unchanged, loaded)], observations: observations, options: PlanOptions(limit: limit))
        return (plan.plan, loaded)
    }

    static func basis(_ loaded: LoadedSpec) throws -> [VariantName: ForecastBasis] {
        let dataset = try #require(loaded.spec.dataset)
        let outlook = DatasetOutlook(dataset, expected: loaded.expectedLabels)
        return [.unchanged: ForecastBasis(outlook: outlook) { loaded.pricing(of: $0) }]
    }

    static func forecasts(_ settings: [String] = [], limit: Int? = nil) throws -> [StepID: StepForecast] {
        let (plan, loaded) = try plan("stanford-dogs", settings, limit: limit)
        return plan.forecasts(basis: try basis(loaded), examples: { _, _ in nil })
    }

    @Test func thePublishedExperimentIsForecastOffline() throws {
        let forecasts = try PlanForecastTests.forecasts()
        let tune = try #require(forecasts["fine-tune:tuned"])
        #expect(tune.load?.requests == 4800)
        // $152 were billed; the exact token counts give $154.44.
        let cost = try #require(tune.cost)
        #expect(cost.low < Money(dollars: 152) && Money(dollars: 154.44) < cost.high)
        #expect(abs(cost.expected.dollars / 154.44 - 1) < 0.03, "\(cost.expected)")

        let batch = try #require(forecasts["run-batch:base:json:by-name.test"])
        #expect(batch.load?.requests == 600)
        #expect(abs((batch.cost?.expected.dollars ?? 0) / 0.45225 - 1) < 0.1, "\(batch)")

        let online = try #require(forecasts["ask-online:tuned:plain:by-name.test"]?.cost)
        #expect(online.expected > Money(dollars: 0.9), "twice the batch, and hosting on top: \(online)")
        #expect(forecasts.values.allSatisfy { $0.unknown == nil && !$0.isEmulated })
    }

    @Test(arguments: ["stanford-dogs-same-images", "stanford-dogs-today"])
    func itsSistersAreForecastOffline(experiment: String) throws {
        let (plan, loaded) = try PlanForecastTests.plan(experiment)
        let forecasts = plan.forecasts(basis: try PlanForecastTests.basis(loaded), examples: { _, _ in nil })
        #expect(forecasts.values.allSatisfy { $0.unknown == nil && !$0.isEmulated }, "\(forecasts)")
        let tests = Set(plan.measures.map { $0.split.description })
        #expect(tests == ["by-name.test"])
        #expect((forecasts["fine-tune:tuned"]?.cost?.expected.dollars ?? 0) > 100)
        #expect(plan.measures.contains { $0.model == "tuned@epoch-1" } == (experiment == "stanford-dogs-today"))
    }

    @Test func epochsAndLimitsChangeTheForecast() throws {
        let two = try #require(PlanForecastTests.forecasts()["fine-tune:tuned"]?.cost)
        let three = try #require(
            PlanForecastTests.forecasts(
                ["models.tuned.fine_tune.hyperparameters.n_epochs=3"])["fine-tune:tuned"]?.cost)
        #expect(abs(three.expected.dollars / two.expected.dollars - 1.5) < 1e-6)
        let limited = try PlanForecastTests.forecasts(limit: 2)
        #expect(limited["fine-tune:tuned"]?.load?.requests == 240)
    }

    @Test func existingExamplesAreCounted() throws {
        let (plan, loaded) = try PlanForecastTests.plan("stanford-dogs")
        let part = SplitExamples(
            labels: ["a", "b"],
            examples: (0..<7).map { id in
                Example(id: id, path: "\(id).jpg", label: "a", digest: Digest(of: "\(id)"), bytes: 1, width: 9, height: 9)
            })
        let forecasts = plan.forecasts(basis: [.unchanged: ForecastBasis(outlook: nil) { loaded.pricing(of: $0) }]) {
            $1 == .test ? part : nil
        }
        #expect(forecasts["run-batch:base:json:by-name.test"]?.load?.requests == 7)
        #expect(forecasts["fine-tune:tuned"]?.unknown == .noImages)
        #expect(forecasts["fine-tune:tuned"]?.cost == nil)
    }

    /// Before the images are known it is known already that a price is missing: a budget cannot be kept.
    @Test func missingPriceIsReportedWithoutImages() throws {
        let (plan, _) = try PlanForecastTests.plan("stanford-dogs")
        let forecasts = plan.forecasts(
            basis: [.unchanged: ForecastBasis(outlook: nil) { _ in Pricing(table: nil) }], examples: { _, _ in nil })
        #expect(!forecasts.isEmpty)
        #expect(forecasts.values.allSatisfy { $0.unknown == .noPrice(model: "gpt-4o-2024-08-06") })
    }

    @Test func aModelWithoutAPriceIsNamed() throws {
        let (plan, loaded) = try PlanForecastTests.plan("stanford-dogs")
        let outlook = try PlanForecastTests.basis(loaded)[.unchanged]?.outlook
        let forecasts = plan.forecasts(
            basis: [.unchanged: ForecastBasis(outlook: outlook) { _ in Pricing(table: nil) }], examples: { _, _ in nil })
        #expect(forecasts["fine-tune:tuned"]?.unknown == .noPrice(model: "gpt-4o-2024-08-06"))
        #expect(forecasts["fine-tune:tuned"]?.load?.requests == 4800)
        #expect(forecasts["fine-tune:tuned"]?.needsConsent == true, "an unknown cost is not a cost of zero")
    }

    /// Guards: a model that lacks only a training price was reported to have no price.
    @Test(arguments: [
        ("the training", true, "'gpt-4o-2024-08-06' has no price for training"),
        ("the model", false, "'gpt-4o-2024-08-06' has no price for it"),
    ])
    func theMissingPriceIsNamed(id: String, isListed: Bool, says: String) throws {
        let (plan, loaded) = try PlanForecastTests.plan("stanford-dogs")
        let outlook = try PlanForecastTests.basis(loaded)[.unchanged]?.outlook
        var table = try #require(loaded.prices)
        table.models["gpt-4o-2024-08-06"]?.training = [:]
        if !isListed { table.models["gpt-4o-2024-08-06"] = nil }
        let forecasts = plan.forecasts(
            basis: [.unchanged: ForecastBasis(outlook: outlook) { [table] _ in Pricing(table: table) }],
            examples: { _, _ in nil })
        let forecast = try #require(forecasts["fine-tune:tuned"])
        #expect(forecast.cost == nil && forecast.unknown?.description == says, "\(id)")
        #expect((forecasts["run-batch:base:json:by-name.test"]?.cost != nil) == isListed, "\(id)")
    }

    /// Guards against a deployment that is forecast for nothing because its kind has no price.
    @Test func hostingWithoutAPriceIsUnknown() throws {
        let (plan, loaded) = try PlanForecastTests.plan("stanford-dogs")
        let outlook = try PlanForecastTests.basis(loaded)[.unchanged]?.outlook
        var table = try #require(loaded.prices)
        table.hostingPerHour = [:]
        let forecasts = plan.forecasts(
            basis: [.unchanged: ForecastBasis(outlook: outlook) { [table] _ in Pricing(table: table) }],
            examples: { _, _ in nil })
        #expect(forecasts["ask-online:tuned:plain:by-name.test"]?.cost == nil)
        #expect(forecasts["ask-online:tuned:plain:by-name.test"]?.unknown == .noPrice(model: "gpt-4o-2024-08-06"))
        #expect(forecasts["run-batch:base:json:by-name.test"]?.cost != nil)
    }

    @Test func aDeploymentThatStaysIsForecastForAsLong() throws {
        let step: StepID = "ask-online:tuned:plain:by-name.test"
        let deleted = try #require(PlanForecastTests.forecasts()[step]?.cost)
        let kept = try #require(PlanForecastTests.forecasts(["models.tuned.deploy.keep=2h"])[step]?.cost)
        #expect(abs(kept.expected.dollars - deleted.expected.dollars - 2 * 1.7) < 0.001)
    }

    /// For a server on this machine; only the spec states that one elsewhere is free.
    @Test(arguments: [("http://127.0.0.1:8080", false), ("https://models.example", true)])
    func whatIsFreeCostsNothing(endpoint: String, needsConsent: Bool) throws {
        let (plan, loaded) = try PlanForecastTests.plan("stanford-dogs", ["providers.foundry.endpoint=\(endpoint)"])
        for pricing in [Pricing(table: nil, isFree: true), Pricing(table: loaded.prices, freeModels: ["gpt-4o-2024-08-06"])] {
            let forecasts = plan.forecasts(
                basis: [.unchanged: ForecastBasis(outlook: nil) { _ in pricing }], examples: { _, _ in nil })
            #expect(!forecasts.isEmpty)
            #expect(forecasts.values.allSatisfy { $0.cost == .zero && $0.unknown == nil && $0.needsConsent == needsConsent })
        }
    }

    @Test func requestsBeforeAMeasurementAreForecastToo() {
        let load = RequestLoad(requests: 10, input: TokenRange(100), output: TokenRange(20))
        #expect(load.adding(requests: 5) == RequestLoad(requests: 15, input: TokenRange(150), output: TokenRange(30)))
        #expect(load.adding(requests: 0) == load)
    }

    @Test func emulatedModelsAreMarkedAndPricedAsSpecified() throws {
        let (plan, loaded) = try PlanForecastTests.plan("quickstart")
        let forecasts = plan.forecasts(basis: try PlanForecastTests.basis(loaded), examples: { _, _ in nil })
        #expect(!forecasts.isEmpty)
        #expect(forecasts.values.allSatisfy { $0.isEmulated })
        #expect(forecasts["fine-tune:tuned"]?.load?.requests == 480)
        #expect(Pricing(table: loaded.prices).name(of: "shapes-base") == "shapes-base")
    }

    @Test func measuredTokensReplaceTheEstimate() throws {
        let (plan, loaded) = try PlanForecastTests.plan("stanford-dogs")
        let measured = MeasuredTokens(requests: 10, input: 5790, output: 60)
        let forecasts = plan.forecasts(basis: try PlanForecastTests.basis(loaded), examples: { _, _ in nil }) {
            $0.kind == .runBatch ? measured : nil
        }
        #expect(forecasts["run-batch:base:json:by-name.test"]?.cost == CostRange(Money(dollars: 0.45225)))
    }

    @Test func datasetsThatSayNothingHaveNoOutlook() {
        let folder = DatasetSpec(source: .folder(FileReference(EnvironmentText("x"))))
        #expect(DatasetOutlook(folder, expected: nil) == nil)
        #expect(DatasetOutlook(folder, expected: ["a"])?.labels == ["a"])
    }
}
