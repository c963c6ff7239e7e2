// The experiments of the project, and the texts made from the key tables.

import Basics
import Foundation
import ProviderKit
import Providers
import Specification
import TaskKit
import Tasks
import Testing

@Suite struct ExperimentsTests {
    @Test(arguments: try Project.experiments())
    func isValid(name: String) throws {
        let loaded = try SpecLoader.project(environment: ["ASSAY_DATA": "/data"]).load("experiments/\(name).yaml")
        #expect(loaded.spec.name == name)
        if loaded.spec.task == nil, !name.hasPrefix("foundry-") {
            #expect(loaded.spec.models.names.prefix(3) == ["base", "tuned", "cnn"])
        }
        // The spec's own table, or the built-in one of each provider.
        #expect(loaded.prices != nil || loaded.spec.providers.values.allSatisfy { loaded.pricing(of: $0).table != nil })
        #expect(loaded.variantErrors() == nil)
    }

    @Test func stanfordDogsMatchesThePublishedExperiment() throws {
        let loaded = try SpecLoader.project().load("experiments/stanford-dogs.yaml")
        let spec = loaded.spec
        #expect(loaded.expectedLabels?.count == 120)
        #expect(
            spec.splits["shuffled"]
                == SplitSpec(
                    first: 50, train: 40, validation: 5, test: 5, order: .pythonShuffle, seed: 42))
        #expect(
            spec.requests["timed"]
                == RequestSpec(
                    prompt: "classify-timed", detail: .low, maxTokens: 10, temperature: 0, seed: 42))
        #expect(spec.prompts["classify-timed"]?.system?.hasPrefix("\nClassify") == true)
        guard case .fineTuned(let tuned)? = spec.models["tuned"], case .trained(let cnn)? = spec.models["cnn"] else {
            Issue.record("models have other kinds")
            return
        }
        #expect(
            tuned.fineTune.hyperparameters
                == HyperparametersSpec(["n_epochs": 2, "batch_size": 6, "learning_rate_multiplier": 0.5]))
        #expect(tuned.fineTune.trainingType == .standard)
        #expect(tuned.deploy == DeploySpec(sku: .standard, capacity: 50))
        #expect(cnn.optimizer == .adamw(AdamWSpec(learningRate: 3e-4, weightDecay: 1e-4)))
        #expect(cnn.schedule == .cosine(epochs: 8, minimum: 0))
        #expect(
            cnn.augment == [
                .randomResizedCrop(size: 224, scale: 0.8...1, ratio: 3.0 / 4.0...4.0 / 3.0),
                .randomHorizontalFlip(probability: 0.5),
                .colorJitter(brightness: 0.2, contrast: 0.2, saturation: 0.2, hue: 0.1),
            ])
        #expect(cnn.evaluate == [.resize(256), .centerCrop(224)])
        // Every number of the article; its 30 minutes are a bound.
        #expect(
            spec.claims.map(\.published)
                == [0.7367, 0.8267, 0.6167, 0.09, -0.12, 1665, 1506, -0.096, 152, nil, 0.10, 0.59, 0.50])
        #expect(spec.claims[9].check == .atMost(1800))
        #expect(spec.budget?.usd == Money(dollars: 250))
        #expect(loaded.prices?.models["gpt-4o-2024-08-06"]?.training[.standard] == Money(dollars: 27.5))
    }

    /// A stable version supports neither training types nor methods, which is reported before a job is paid for at
    /// another price.
    @Test(arguments: [("2024-10-21", 1), ("2024-10-01-preview", 1), ("2025-04-01-preview", 0), ("v1", 0)])
    func previewsAreAsked(version: String, errors: Int) throws {
        let (found, _) = diagnostics(
            .project(), "experiments/stanford-dogs.yaml", settings: ["providers.foundry.api_version=\(version)"])
        #expect(found.filter { $0.severity == .error }.map(\.code) == (errors == 1 ? ["provider-limit"] : []))
    }

    @Test func openAIHasNoTrainingTypes() {
        let (found, _) = diagnostics(
            .project(), "experiments/stanford-dogs.yaml",
            settings: ["providers.foundry={ kind: openai, api_key: \"${OPENAI_API_KEY:-}\" }"])
        #expect(found.filter { $0.severity == .error }.map(\.code) == ["provider-limit"])
    }

    /// The rehearsal of October 2026: 30 of 48 and 11 of 16 images are accepted, and no label loses all.
    @Test func theScreeningIsThatOfTheService() throws {
        let spec = try SpecLoader.project().load("experiments/screening.yaml").spec
        guard case .emulator(let emulator)? = spec.providers["local"], let screening = emulator.screening,
            let split = spec.splits["main"]
        else {
            Issue.record("the provider has no screening")
            return
        }
        let labels = 4
        for (lines, perLabel, submitted, accepted) in [
            (screening.training, split.train, 48, 30), (screening.validation, split.validation, 16, 11),
        ] {
            #expect(labels * perLabel == submitted && submitted - Set(lines).count == accepted)
            #expect(lines.allSatisfy { (1...submitted).contains($0) })
            let lost = Dictionary(grouping: lines) { ($0 - 1) / perLabel }
            #expect(lost.values.allSatisfy { $0.count < perLabel })
        }
    }

    @Test func theSweepOfPhotographsIsAGrid() throws {
        let loaded = try SpecLoader.project(environment: ["ASSAY_DATA": "/data"]).load("experiments/photographs-sweep.yaml")
        let points = try loaded.sweepPoints()
        #expect(points.count == 18 && points.first?.name == "learning_rate_multiplier=0.1,n_epochs=1,seed=42")
        #expect(loaded.documents.map { $0.split(separator: "/").last } == ["photographs-sweep.yaml", "photographs.yaml"])
    }

    @Test func stanfordDogsWarnsOfWhatItLacksAndOfTheArticlesSlip() throws {
        let loaded = try SpecLoader.project().load("experiments/stanford-dogs.yaml")
        let missing = loaded.warnings.filter { $0.code == "missing-environment" }
        #expect(missing.count == 5)
        // The CNN's test images differ from the hosted models', and some of them are among its training images.
        #expect(loaded.warnings.filter { $0.code == "different-images" }.count == 2)
        #expect(loaded.warnings.allSatisfy { $0.severity == .warning })
    }

    @Test func sameImagesMeansTheSameForAllThree() throws {
        let loaded = try SpecLoader.project().load("experiments/stanford-dogs-same-images.yaml")
        #expect(!loaded.warnings.contains { $0.code == "different-images" })
        guard case .trained(let cnn)? = loaded.spec.models["cnn"] else {
            Issue.record("the CNN is of another kind")
            return
        }
        #expect(cnn.data.split == "by-name" && cnn.epochs == 8 && cnn.augment.count == 3)
        #expect(loaded.spec.claims.count == 13)
    }

    @Test func todaysModelsCanBeDeployed() throws {
        let loaded = try SpecLoader.project(today: "2026-11-23").load("experiments/stanford-dogs-today.yaml")
        #expect(!loaded.warnings.contains { ["retired-model", "different-images"].contains($0.code) })
        guard case .fineTuned(let tuned)? = loaded.spec.models["tuned"] else {
            Issue.record("the tuned model is of another kind")
            return
        }
        #expect(tuned.fineTune.hyperparameters["batch_size"] == 6 && tuned.fineTune.evaluateCheckpoints)
    }

    @Test func stanfordDogsWarnsOfARetiredModelFromItsDay() throws {
        func retired(on day: String) throws -> Int {
            try SpecLoader.project(today: day).load("experiments/stanford-dogs.yaml").warnings
                .filter { $0.code == "retired-model" }.count
        }
        #expect(try retired(on: "2027-03-31") == 0)
        #expect(try retired(on: "2027-04-01") == 1)
        #expect(try retired(on: "2027-04-14") == 2)
    }

    @Test func labelsAreThePublishedOnes() throws {
        let labels = try Project.text("experiments/stanford-dogs.labels.txt").split(separator: "\n").map(String.init)
        #expect(labels.count == 120 && labels == labels.sorted())
        #expect(labels.contains("Black-And-Tan Coonhound") && labels.contains("Chihuahua"))
    }

    @Test(.enabled(if: Project.hasShared("published/cnn_per_class_accuracy.csv"), "needs ../shared/published"))
    func labelsFollowFromThePublishedFolders() throws {
        let table = try String(
            contentsOf: Project.shared.appending(path: "published/cnn_per_class_accuracy.csv"), encoding: .utf8)
        let folders = table.split(whereSeparator: \.isNewline).dropFirst().compactMap { $0.split(separator: ",").first }
        let labels = folders.compactMap { folder in
            folder.firstIndex(of: "-").map { folder[folder.index(after: $0)...].replacing("_", with: " ").lowercased() }
        }
        let listed = try Project.text("experiments/stanford-dogs.labels.txt").split(separator: "\n").map {
            $0.lowercased()
        }
        #expect(Set(labels) == Set(listed))
    }

    @Test(arguments: ["azure-openai-2025-09", "azure-openai-2026-11"])
    func pricesAreValid(name: String) throws {
        let path = "experiments/prices/\(name).yaml"
        let table = try PriceTable.read(SourceText(name: path, text: try Project.text(path)))
        #expect(table.batchDiscount == 0.5)
        #expect(table.hostingPerHour[.standard] == Money(dollars: 1.7))
        #expect(table.hostingPerHour[.developerTier] == .zero)
        #expect(table.models["gpt-4o-2024-08-06"]?.output == Money(dollars: 10))
        #expect(table.models["gpt-4o-2024-08-06"]?.imageTokens == ImageTokenRule(low: 85, base: 85, tile: 170))
        // A model has one retirement date, whichever table is asked.
        let builtIn = try #require(BuiltInPricesTests.tables.first { $0.provider == "azure-openai" }?.table)
        for (model, price) in table.models { #expect(price.retires == builtIn.models[model]?.retires, "\(model)") }
    }

    /// Guards: docs/azure.md stated other retirement dates than the price table that ships with the program.
    @Test func datesInTheDocsAreThoseOfThePriceTable() throws {
        let page = try Project.text("docs/azure.md").components(separatedBy: "\n")
        var models = 0
        for (provider, kind) in [("Azure", "azure-openai"), ("OpenAI", "openai")] {
            let table = try #require(BuiltInPricesTests.tables.first { $0.provider == kind }?.table)
            for line in page where line.hasPrefix("| \(provider), `") {
                let cells = line.split(separator: "|", omittingEmptySubsequences: false).map {
                    $0.trimmingCharacters(in: .whitespaces)
                }
                for name in cells[1].matches(of: #/`([^`]+)`/#).map({ String($0.output.1) }) {
                    let price = try #require(table.models[name], "\(name) has no price")
                    models += 1
                    #expect(cells[2] == price.retires.others.map { "until \($0)" }, "\(name)")
                    #expect(price.retires.standard == price.retires.others, "\(name)")
                    #expect(price.retires.training.map { cells[3].contains($0) } ?? (cells[3] == "no"), "\(name): \(cells[3])")
                    let tuned = kind == "openai" ? price.retires.others : price.retires.fineTuned
                    #expect(cells[4] == tuned.map { "until \($0)" } ?? "", "\(name)")
                }
            }
        }
        #expect(models == 5)
    }

    @Test func schemasAreWhatTheKeyTablesGive() throws {
        try expectRecorded(
            SpecSchema.experiment(with: builtInProviders.keys, .standard).pretty + "\n", at: "schemas/experiment.schema.json")
        try expectRecorded(SpecSchema.prices.pretty + "\n", at: "schemas/prices.schema.json")
    }

    @Test func referenceIsWhatTheKeyTablesGive() throws {
        try expectRecorded(SpecReference.markdown(with: builtInProviders.keys, .standard), at: "docs/spec.md")
    }
}
