// Specs with Vertex AI: supported settings, errors with their positions, and costs.

import Basics
import Foundation
import Planning
import ProviderKit
import Specification
import Testing

@testable import Providers

@Suite struct VertexSpecTests {
    static let spec = """
        assay: 1
        name: gemini
        dataset: { generate: { pictures: shapes, labels: 2, per_label: 40, seed: 1 } }
        splits:
          main: { train: 20, validation: 2, test: 5, order: name }
        prompts:
          which: { system: "One of [{{ labels }}].", user: [image] }
        requests:
          plain: { prompt: which, max_tokens: 5, reasoning_effort: low }
        providers:
          google: { kind: vertex, project: proj, location: global, bucket: bkt }
        models:
          base: { provider: google, model: gemini-3.5-flash }
          tuned:
            provider: google
            fine_tune: { model: gemini-3.5-flash, data: { split: main, prompt: which }, hyperparameters: { epochs: 2, learning_rate_multiplier: 0.5, adapter_size: 4 } }
        evaluations:
          batch: { split: main.test, models: { base: { batch: plain } } }
          online: { split: main.test, models: { base: { online: plain }, tuned: { online: plain } } }

        """

    /// - Parameter prices: the content of `own.yaml`.
    static func load(_ text: String, prices: String = "") throws -> LoadedSpec {
        try SpecLoader(environment: Environment([:]), today: "2026-11-29", providers: builtInProviders.keys) { path in
            guard ["spec.yaml", "own.yaml"].contains(path) else {
                throw UnreadableFile(reason: "no such file", isMissing: true)
            }
            return Array((path == "spec.yaml" ? text : prices).utf8)
        }.load("spec.yaml")
    }

    @Test func aSpecWithSupportedSettingsHasNoFindings() throws {
        let loaded = try Self.load(Self.spec)
        #expect(builtInProviders.unsupported(in: loaded).isEmpty)
        #expect(loaded.warnings.isEmpty, "\(loaded.warnings)")
    }

    struct Finding: Sendable, CustomTestStringConvertible {
        let id: String
        let old: String
        let new: String
        let line: Int
        let says: String
        var severity = Diagnostic.Severity.error
        var testDescription: String { id }
    }

    /// Guards: a setting that the provider or the model does not support was silently dropped.
    @Test(arguments: [
        Finding(
            id: "batch size", old: "epochs: 2,", new: "epochs: 2, batch_size: 6,", line: 16,
            says: "gemini-3.5-flash is tuned by epochs, 1 to 100; learning_rate_multiplier, above 0; adapter_size, 1, 2, 4, 8 "
                + "or 16; batch_size cannot be set"),
        Finding(id: "another name of epochs", old: "epochs: 2,", new: "n_epochs: 2,", line: 16, says: "n_epochs cannot be set"),
        Finding(
            id: "seed of a job", old: "fine_tune: { model", new: "fine_tune: { seed: 42, model", line: 16,
            says: "seed cannot be set"),
        Finding(
            id: "training type", old: "fine_tune: { model", new: "fine_tune: { training_type: standard, model", line: 16,
            says: "training_type cannot be standard"),
        Finding(
            id: "checkpoints of a long job", old: "fine_tune: { model: gemini-3.5-flash, data: { split: main, prompt: which }",
            new: "fine_tune: { evaluate_checkpoints: true, model: gemini-3.5-flash, data: { split: main, prompt: which }",
            line: 16,
            says: "does not keep the model of each epoch"),
        Finding(id: "adapter size", old: "adapter_size: 4", new: "adapter_size: 3", line: 16, says: "no adapter of the size 3"),
        Finding(
            id: "adapter size of Pro", old: "fine_tune: { model: gemini-3.5-flash", new: "fine_tune: { model: gemini-2.5-pro",
            line: 16,
            says: "gemini-2.5-pro has no adapter of the size 16"),
        Finding(
            id: "the name of a deployment", old: "model: gemini-3.5-flash }\n  tuned",
            new: "model: gemini-3.5-flash, deployment: gemini-3.8-flash }\n  tuned", line: 13, says: "addresses models by name"),
        Finding(
            id: "the name of a batch deployment", old: "model: gemini-3.5-flash }\n  tuned",
            new: "model: gemini-3.5-flash, batch_deployment: b }\n  tuned", line: 13, says: "addresses models by name"),
        Finding(
            id: "deployment", old: "model: gemini-3.5-flash }\n  tuned",
            new: "model: gemini-3.5-flash, deploy: { sku: Standard, capacity: 1 } }\n  tuned", line: 13, says: "remove 'deploy'"),
        Finding(
            id: "thinking off", old: "reasoning_effort: low", new: "reasoning_effort: none", line: 9,
            says: "gemini-3.5-flash does not support disabling thinking"),
        Finding(
            id: "more thinking than there is", old: "reasoning_effort: low", new: "reasoning_effort: xhigh", line: 9,
            says: "no reasoning effort 'xhigh'"),
        Finding(
            id: "temperature", old: "max_tokens: 5", new: "max_tokens: 5, temperature: 0", line: 9,
            says: "gemini-3.5-flash ignores temperature", severity: .warning),
        Finding(
            id: "top_p", old: "max_tokens: 5", new: "max_tokens: 5, top_p: 0.5", line: 9, says: "ignores top_p",
            severity: .warning),
        Finding(
            id: "a location that is none", old: "location: global", new: "location: \"us central\"", line: 11,
            says: "is not a location of Google"),
        Finding(
            id: "tuning in global", old: "bucket: bkt", new: "bucket: bkt, tuning_location: global", line: 11,
            says: "models are not tuned in 'global'"),
        Finding(
            id: "tuning elsewhere", old: "bucket: bkt", new: "bucket: bkt, tuning_location: asia-east1", line: 11,
            says: "us-central1 and europe-west4 only", severity: .warning),
        Finding(
            id: "tuning elsewhere, in capitals", old: "bucket: bkt", new: "bucket: bkt, tuning_location: ASIA-EAST1", line: 11,
            says: "us-central1 and europe-west4 only", severity: .warning),
        Finding(
            id: "a model that cannot be tuned", old: "fine_tune: { model: gemini-3.5-flash,",
            new: "fine_tune: { model: gemini-3.7-flash,", line: 16, says: "gemini-3.7-flash cannot be tuned"),
    ])
    func settings(_ test: Finding) throws {
        var text = Self.spec.replacing(test.old, with: test.new)
        if test.id == "checkpoints of a long job" { text = text.replacing("epochs: 2", with: "epochs: 11") }
        if test.id == "adapter size of Pro" { text = text.replacing("adapter_size: 4", with: "adapter_size: 16") }
        let found = builtInProviders.unsupported(in: try Self.load(text))
            .filter { $0.message.contains("adapter") || test.id != "adapter size of Pro" }
        #expect(found.count == 1, "\(found)")
        #expect(found.first?.message.contains(test.says) == true, "\(found)")
        #expect(found.first?.range?.line == test.line, "\(found)")
        #expect(found.first?.severity == test.severity)
    }

    /// Only what is known not to work is an error.
    @Test(arguments: ["gemini-3.5-flash", "gemini-3.5-flash-lite", "gemini-2.5-pro", "gemini-9-flash"])
    func otherModelsMayBeTuned(model: String) throws {
        let text = Self.spec.replacing("fine_tune: { model: gemini-3.5-flash,", with: "fine_tune: { model: \(model),")
        let found = builtInProviders.unsupported(in: try Self.load(text))
        #expect(!found.contains { $0.message.contains("cannot be tuned") }, "\(found)")
    }

    /// The finding names the setting to use instead.
    @Test(arguments: [
        ("epochs: 2,", "n_epochs: 2,", "write 'epochs'; "), ("epochs: 2,", "epochs: 2, batch_size: 6,", "remove it; "),
        ("fine_tune: { model", "fine_tune: { seed: 42, model", "remove it: a job there cannot be repeated exactly; "),
        ("adapter_size: 4", "adapter_size: 3", "write one of 1, 2, 4, 8, 16"),
    ])
    func findingsSayWhatToWrite(old: String, new: String, hint: String) throws {
        let found = builtInProviders.unsupported(in: try Self.load(Self.spec.replacing(old, with: new)))
        #expect(found.first?.hint?.hasPrefix(hint) == true, "\(found)")
    }

    /// The names in Google's documentation lead to those of specs.
    @Test(arguments: [
        ("max_tokens: 5", "max_output_tokens: 5", "max_tokens"), ("max_tokens: 5", "media_resolution: low", "detail"),
        ("reasoning_effort: low", "thinking_level: low", "reasoning_effort"),
        ("reasoning_effort: low", "thinking_budget: 0", "reasoning_effort"), ("epochs: 2,", "epoch_count: 2,", "epochs"),
    ])
    func namesOfGoogle(old: String, new: String, name: String) throws {
        let error = try #require(throws: SpecificationError.self) {
            try Self.load(Self.spec.replacing(old, with: new))
        }
        let found = error.diagnostics.filter { $0.code == "unknown-key" }
        #expect(found.map(\.hint) == ["write '\(name)'"], "\(error.diagnostics)")
    }

    /// Guards: 'did you mean ft:gemini-3.5-flash?', which is an entry of the price table and not a model.
    @Test func aModelIsNotSuggestedByItsTunedPrice() throws {
        let text = Self.spec.replacing("base: { provider: google, model: ", with: "base: { provider: google, model: models/")
        let found = try Self.load(text).warnings.filter { $0.code == "missing-price" }
        #expect(found.count == 1, "\(found)")
        #expect(found.allSatisfy { $0.hint?.contains("ft:") != true }, "\(found)")
    }

    /// Google rejects a validation file of more than a quarter of the training file.
    @Test(arguments: [(5, true), (6, false)]) func validationIsAQuarterAtMost(count: Int, isTaken: Bool) throws {
        let text = Self.spec.replacing("validation: 2", with: "validation: \(count)")
        guard !isTaken else {
            #expect(throws: Never.self) { try Self.load(text) }
            return
        }
        let error = try #require(throws: SpecificationError.self) { try Self.load(text) }
        #expect(error.diagnostics.map(\.code) == ["provider-limit"])
        #expect(error.diagnostics.first?.message.contains("6 validation examples of each label are more than 25%") == true)
        // Another provider has no such limit, and without validation there is none.
        let other = text.replacing("{ kind: vertex, project: proj, location: global, bucket: bkt }", with: "{ kind: openai }")
        #expect(throws: Never.self) {
            try Self.load(other.replacing("epochs: 2, learning_rate_multiplier: 0.5, adapter_size: 4", with: ""))
        }
        #expect(throws: Never.self) {
            try Self.load(text.replacing("prompt: which }, hyper", with: "prompt: which, validation: false }, hyper"))
        }
    }

    /// `medium` is a resolution of Gemini alone, in requests and in training data.
    @Test(arguments: ["max_tokens: 5", "data: { split: main, prompt: which"]) func mediumIsGeminis(place: String) throws {
        let text = Self.spec.replacing(place, with: place + ", detail: medium")
        #expect(builtInProviders.unsupported(in: try Self.load(text)).isEmpty)
        let other = text.replacing("{ kind: vertex, project: proj, location: global, bucket: bkt }", with: "{ kind: openai }")
            .replacing("epochs: 2, learning_rate_multiplier: 0.5, adapter_size: 4", with: "")
        let found = builtInProviders.unsupported(in: try Self.load(other))
        #expect(found.map(\.code) == ["unsupported-setting"], "\(found)")
        #expect(found.first?.message == "openai: an image is seen at the detail low, high, auto; medium cannot be set")
    }

    /// The tokens of an image at each detail, by the built-in table.
    @Test(arguments: [
        ("gemini-3.5-flash", ImageDetail.low, 280), ("gemini-3.5-flash", .medium, 560), ("gemini-3.5-flash", .high, 1120),
        ("gemini-2.5-flash", .low, 64), ("gemini-2.5-flash", .medium, 256), ("gemini-2.5-flash", .high, 258),
    ])
    func tokensOfAnImage(model: String, detail: ImageDetail, tokens: Int) throws {
        let rule = try #require(BuiltInPrices.vertex?.table.models[model]?.imageTokens)
        #expect(rule.tokens(detail: detail, size: (300, 200)).expected == tokens)
    }

    /// Up to ten epochs, each keeps its model.
    @Test(arguments: [(2, [1]), (4, [1, 2, 3]), (10, Array(1...9)), (11, [])]) func checkpoints(epochs: Int, kept: [Int]) throws {
        let keys = try #require(builtInProviders.keys.first { $0.kind == "vertex" })
        #expect(keys.keptCheckpoints(epochs) == kept)
        let azure = try #require(builtInProviders.keys.first { $0.kind == "azure-openai" })
        #expect(azure.keptCheckpoints(epochs) == [epochs - 2, epochs - 1].filter { $0 > 0 })
    }

    /// `assay providers` states a rule for earlier checkpoints exactly for those providers that keep some.
    @Test func keptCheckpointsAreDescribed() {
        for plugin in builtInProviders.plugins {
            let keepsSome = plugin.capabilities.tuning.map { !$0.keptCheckpoints(5).isEmpty } ?? false
            #expect((plugin.capabilities.tuning?.checkpoints != nil) == keepsSome, "\(plugin.kind)")
        }
    }

    /// The keys of another provider's tuning are refused there, too.
    @Test(arguments: ["epochs: 2", "adapter_size: 4"])
    func itsHyperparametersAreItsOwn(setting: String) throws {
        let text = Self.spec
            .replacing("{ kind: vertex, project: proj, location: global, bucket: bkt }", with: "{ kind: openai }")
            .replacing("epochs: 2, learning_rate_multiplier: 0.5, adapter_size: 4", with: setting)
        let found = builtInProviders.unsupported(in: try Self.load(text))
        #expect(found.contains { $0.message.contains("cannot be set") && $0.range?.line == 16 }, "\(found)")
    }

    struct Price: Sendable, CustomTestStringConvertible {
        let id: String
        let location: String
        var isTuned = false
        let model: String
        let input: Double
        let output: Double
        var testDescription: String { id }
    }

    @Test(arguments: [
        Price(id: "global", location: "global", model: "gemini-3.5-flash", input: 1.5, output: 9),
        Price(id: "regional", location: "us-central1", model: "gemini-3.5-flash", input: 1.65, output: 9.9),
        Price(id: "a variable", location: "${WHERE:-global}", model: "gemini-3.5-flash", input: 1.65, output: 9.9),
        Price(id: "tuned", location: "global", isTuned: true, model: "gemini-3.5-flash", input: 2.475, output: 14.85),
        Price(id: "tuned, regional", location: "eu", isTuned: true, model: "gemini-3.5-flash", input: 2.475, output: 14.85),
        Price(id: "tuned 2.5", location: "us-central1", isTuned: true, model: "gemini-2.5-flash", input: 0.3, output: 2.5),
    ])
    func prices(_ test: Price) throws {
        let loaded = try Self.load(Self.spec.replacing("location: global", with: "location: \"\(test.location)\""))
        let provider = try #require(loaded.spec.providers["google"])
        let pricing = loaded.pricing(of: provider)
        let table = try #require(pricing.table)
        let price = try #require(table.models[pricing.name(of: test.model, isTuned: test.isTuned)])
        #expect(price.input == Money(dollars: test.input))
        #expect(price.output == Money(dollars: test.output))
        #expect(table.batchDiscount == 0.5)
        #expect(table.models["gemini-3.5-flash"]?.training[.standard] == Money(dollars: 10))
    }

    /// Guards: requests to a tuned model with an unpublished price were counted at the base model's price.
    @Test(arguments: [
        (id: "no published price", model: "gemini-3.5-flash-lite", isTuned: true, prices: "", isKnown: false),
        (id: "its base model", model: "gemini-3.5-flash-lite", isTuned: false, prices: "", isKnown: true),
        (id: "a published factor", model: "gemini-3.1-flash-lite", isTuned: true, prices: "", isKnown: true),
        (
            id: "a table of the user", model: "gemini-3.5-flash-lite", isTuned: true, prices: "prices: own.yaml\n", isKnown: true
        ),
    ])
    func pricesOfTunedModels(_ test: (id: String, model: String, isTuned: Bool, prices: String, isKnown: Bool)) throws {
        let own = """
            assay-prices: 1
            date: 2026-11-30
            models: { gemini-3.5-flash-lite: { input: 1, output: 2 } }
            """
        let loaded = try Self.load(Self.spec + test.prices, prices: own)
        let pricing = loaded.pricing(of: try #require(loaded.spec.providers["google"]))
        let cost = pricing.cost(
            input: 1_000_000, cachedInput: 0, output: 1_000_000, model: test.model, isTuned: test.isTuned, by: .online)
        #expect((cost != nil) == test.isKnown, "\(test.id)")
    }

    @Test func credentialsAndBucketAreInNoKey() throws {
        let text = Self.spec.replacing("bucket: bkt", with: "bucket: bkt, credentials: /k.json, quota_project: q")
        guard case .service(let vertex)? = try Self.load(text).spec.providers["google"] else {
            Issue.record("not a plug-in's provider")
            return
        }
        #expect(Set(vertex.settings.keys) == ["project", "location"])
        #expect(Set(vertex.access.keys) == ["bucket", "credentials", "quota_project"])
    }
}
