// Built-in prices: present, dated, used without `prices:`, and never zero for a missing model.

import Basics
import ProviderKit
import Providers
import Specification
import Testing

@Suite struct BuiltInPricesTests {
    static let tables = builtInProviders.keys.flatMap { $0.prices?.tables() ?? [] }

    @Test func everyKindOfPaidProviderHasATable() {
        #expect(Self.tables.map(\.provider) == ["azure-openai", "openai", "vertex", "vertex (regional)"])
        for entry in Self.tables {
            #expect(entry.table.date >= "2026-11-01")
            #expect(entry.table.source?.isEmpty == false)
            #expect(!entry.table.models.isEmpty)
            guard !entry.provider.hasPrefix("vertex") else { continue }
            #expect(entry.table.models.count > 20)
            #expect(entry.table.models["gpt-4o-2024-08-06"]?.output == Money(dollars: 10))
            #expect(entry.table.models["gpt-4o-2024-08-06"]?.imageTokens == ImageTokenRule(low: 85, base: 85, tile: 170))
            for (name, price) in entry.table.models { #expect(price.input > .zero && price.output > .zero, "\(name)") }
        }
    }

    private func load(_ text: String) throws -> LoadedSpec {
        try SpecLoader(["spec.yaml": text, "small.yaml": ErrorPage.smallSpec, "own.yaml": Self.own]).load("spec.yaml")
    }

    static let own = "assay-prices: 1\ndate: 2020-01-01\nmodels: { gpt-4o-2024-08-06: { input: 1, output: 2 } }\n"

    static func spec(_ provider: String, model: String = "gpt-4o-2024-08-06", more: String = "", price: String = "") -> String {
        """
        extends: small.yaml
        providers: { there: \(provider) }
        models: { asked: { provider: there, model: \(model), deployment: d\(price) } }
        \(more)
        """
    }

    static let azure = "{ kind: azure-openai, endpoint: \"https://a.test\", api_key: \"${KEY:-}\" }"

    /// Case 22: Azure without `prices` works, and no hint points to a table that is not there.
    @Test func aSpecWithoutPricesUsesTheTableOfItsProvider() throws {
        for (provider, kind) in [(Self.azure, "azure-openai"), ("{ kind: openai }", "openai")] {
            let loaded = try load(Self.spec(provider))
            let there = try #require(loaded.spec.providers["there"])
            #expect(loaded.pricing(of: there).table == Self.tables.first { $0.provider == kind }?.table)
            #expect(!loaded.warnings.contains { $0.code == "missing-price" }, "\(loaded.warnings.map(\.message))")
        }
    }

    @Test func pricesOfTheSpecOverride() throws {
        let loaded = try load(Self.spec(Self.azure, more: "prices: own.yaml"))
        let there = try #require(loaded.spec.providers["there"])
        #expect(loaded.pricing(of: there).table?.date == "2020-01-01")
    }

    struct Unpriced: Sendable, CustomTestStringConvertible {
        var id: String
        var spec: String
        /// The diagnostics about prices, by severity.
        var found: [Diagnostic.Severity]
        var testDescription: String { id }
    }

    static let unpriced: [Unpriced] = [
        Unpriced(id: "azure, a model without a price", spec: spec(azure, model: "llava-9"), found: [.warning]),
        Unpriced(
            id: "a server under an address of its own",
            spec: spec("{ kind: openai, endpoint: \"http://127.0.0.1:1/v1\" }", model: "llava-9"), found: [.warning]),
        Unpriced(
            id: "with a budget", spec: spec(azure, model: "llava-9", more: "budget: { usd: 1 }"), found: [.error]),
        Unpriced(
            id: "a table that lacks it", spec: spec(azure, model: "llava-9", more: "prices: own.yaml"), found: [.warning]),
        Unpriced(
            id: "a free provider",
            spec: spec("{ kind: openai, price: free }", model: "llava-9", more: "budget: { usd: 1 }"), found: []),
        Unpriced(
            id: "a free model", spec: spec(azure, model: "llava-9", more: "budget: { usd: 1 }", price: ", price: free"),
            found: []),
        Unpriced(
            id: "training without a price",
            spec: """
                extends: small.yaml
                providers: { there: { kind: openai } }
                models:
                  asked: { provider: there, fine_tune: { model: gpt-5.1, data: { split: main, prompt: classify } } }
                """, found: [.warning]),
    ]

    /// Guards against models with zero cost because no table contains them.
    @Test(arguments: unpriced)
    func modelWithoutAPriceIsReported(item: Unpriced) {
        let loader = SpecLoader([
            "spec.yaml": item.spec, "small.yaml": ErrorPage.smallSpec, "own.yaml": Self.own,
        ])
        let found = diagnostics(loader, "spec.yaml").list.filter { $0.code == "missing-price" }
        #expect(found.map(\.severity) == item.found)
        for diagnostic in found where !item.spec.contains("own.yaml") {
            #expect(diagnostic.message.contains("built-in prices"))
            #expect(diagnostic.hint?.contains("add it to the table") != true)
        }
    }

    @Test func onlyDeclaredModelsAreFree() throws {
        let loaded = try load(
            """
            extends: small.yaml
            providers: { there: \(Self.azure), local2: { kind: openai, price: free } }
            models:
              a: { provider: there, model: x, deployment: d, price: free }
              b: { provider: there, model: y, deployment: d, price: free }
              c: { provider: there, model: y, deployment: e }
              d: { provider: local2, model: z }
            """)
        let there = loaded.pricing(of: try #require(loaded.spec.providers["there"]))
        #expect(there.isFree("x"))
        #expect(!there.isFree("y"), "another entry of the same model is not free")
        #expect(loaded.pricing(of: try #require(loaded.spec.providers["local2"])).isFree("anything"))
        #expect(!loaded.pricing(of: try #require(loaded.spec.providers["local"])).isFree("shapes-base"))
    }

    @Test func modelsFineTunedFromAModelMayHavePricesOfTheirOwn() throws {
        let table = try #require(Self.tables.first { $0.provider == "openai" }?.table)
        let pricing = Pricing(table: table)
        #expect(pricing.name(of: "gpt-4o-2024-08-06", isTuned: true) == "ft:gpt-4o-2024-08-06")
        #expect(pricing.name(of: "gpt-5.1", isTuned: true) == "gpt-5.1")
    }

    /// The numbers of Google's pages: an image of any size has at most the tokens of its resolution (Gemini 3), or 258
    /// for each tile (Gemini 2.5).
    @Test func imageTokensOfGemini() throws {
        let table = try #require(Self.tables.first { $0.provider == "vertex" }?.table)
        let fixed = try #require(table.models["gemini-3.5-flash"]?.imageTokens)
        #expect(fixed.low == 280 && fixed.base == 1120 && fixed.tile == 0)
        let crops = try #require(table.models["gemini-2.5-flash"]?.imageTokens)
        #expect(crops.low == 64 && crops.tile == 258 && crops.crop == 384)
    }
}
