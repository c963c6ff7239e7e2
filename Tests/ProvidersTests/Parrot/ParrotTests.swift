// A provider that exists only in these tests answers, batches and tunes through the same steps as every other.

import Artifacts
import Basics
import Execution
import Foundation
import Ledger
import Planning
import Platform
import ProviderKit
import Providers
import Specification
import Steps
import Synchronization
import TaskKit
import TestServer
import Testing
import VisionProtocol

/// A clock that ends every wait immediately.
private final class JumpingClock: WallClock {
    private let time = Mutex(Date(timeIntervalSince1970: 1_800_000_000))
    func now() async -> Date { time.withLock(\.self) }
    func sleep(seconds: Double) async throws {
        try Task.checkCancellation()
        time.withLock { $0 += seconds }
    }
}

/// Connects by the plug-in, as the application does.
private struct Connecting: ProviderConnecting {
    let plan: Plan
    let catalog: ProviderCatalog
    let context: ConnectionContext

    func provider(_ name: String) async throws -> ConnectedProvider {
        let settings = try #require(plan.providers[name])
        let service = try #require(settings.service)
        return try await catalog.plugin(for: settings).connect(service, context)
    }
}

/// Gives a step's outputs without doing anything.
private struct GivenRunner: StepRunner {
    let outputs: [String: Data]
    func run(_ context: StepContext) async throws -> StepOutcome { StepOutcome(outputs.mapValues { .data($0) }) }
}

@Suite struct ParrotTests {
    static let catalog = ProviderCatalog([ParrotPlugin()])
    /// All providers of the program and this one.
    static let everyone = ProviderCatalog(builtInProviders.plugins + [ParrotPlugin()])
    static let spec = """
        assay: 1
        name: parrots
        dataset: { generate: { pictures: shapes, labels: 2, per_label: 8, seed: 1 } }
        splits:
          main: { train: 5, validation: 0, test: 1, order: name }
        prompts:
          which: { system: "One of [{{ labels }}].", user: [image] }
        requests:
          plain: { prompt: which, max_tokens: 5 }
        providers:
          birds: { kind: parrot, endpoint: "${PARROT}", key: "${PARROT_KEY}", price: free }
        models:
          base: { provider: birds, model: grey-1 }
          tuned:
            provider: birds
            fine_tune: { model: grey-1, data: { split: main, prompt: which, validation: false }, hyperparameters: { n_epochs: 2 } }
        evaluations:
          batch: { split: main.test, models: { base: { batch: plain } } }
          online: { split: main.test, models: { base: { online: plain }, tuned: { online: plain } } }

        """

    static func load(
        _ text: String, environment: [String: String] = [:], catalog: ProviderCatalog = ParrotTests.catalog
    ) throws -> LoadedSpec {
        let loader = SpecLoader(
            environment: Environment(environment), today: "2026-01-15", providers: catalog.keys
        ) { path in
            guard path == "spec.yaml" else { throw UnreadableFile(reason: "no such file", isMissing: true) }
            return Array(text.utf8)
        }
        return try loader.load("spec.yaml")
    }

    /// The images of a part; test images are among the training images, so that the effect of training is visible.
    private static func part(_ store: ArtifactStore, perLabel: Int, isGrey: Bool = false) throws -> SplitExamples {
        let head =
            Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13] + Array("IHDR".utf8))
            + Data([0, 0, 0, 3, 0, 0, 0, 2, 8, isGrey ? 0 : 2, 0, 0, 0])
        var examples: [Example] = []
        for label in ["circle", "square"] {
            for number in 0..<perLabel {
                let data = head + Data("\(label) \(number)".utf8)
                examples.append(
                    Example(
                        id: examples.count, path: "\(label)/\(number).png", label: label, digest: try store.put(data).digest,
                        bytes: data.count, width: 3, height: 2))
            }
        }
        return SplitExamples(labels: ["circle", "square"], examples: examples)
    }

    private func run(
        _ plan: Plan, _ environment: Specification.Environment, in folder: TestFolder, perLabel: Int = 5, isGrey: Bool = false
    ) async throws -> (summary: RunSummary, store: ArtifactStore) {
        let store = try ArtifactStore(root: folder.path("state"))
        let ledger = try Ledger(path: folder.path("ledger.sqlite"))
        let run = RunID("run-\(UUID().uuidString)")
        try ledger.startRun(run, experiment: "parrots", spec: "spec.yaml")
        let clock = JumpingClock()
        let transport = CurlTransport(connectTimeout: 2, silence: 20)
        let context = ConnectionContext(
            environment: environment, processEnvironment: [:], transport: transport, direct: transport,
            clock: { _ in (clock, false) }, onRetry: { _ in })
        let services = StepServices(
            providers: Connecting(plan: plan, catalog: ParrotTests.catalog, context: context),
            catalog: ParrotTests.catalog, vision: VisionWorkerClient(executable: "/nonexistent"),
            jobs: RemoteJobs(ledger: ledger, run: run, settings: .init()),
            files: RemoteFiles(ledger: ledger, locks: folder.path("locks")),
            deployments: Deployments(ledger: ledger, run: run, users: [:], note: { _, _ in }), store: "store",
            spending: SpendBook(ledger: ledger, run: run, budget: nil), prices: PriceBook([:]),
            consent: ConsentGate(.everything), forecast: { _ in nil }, environment: environment, tasks: TaskRegistry([]))
        let train = try ParrotTests.part(store, perLabel: perLabel, isGrey: isGrey)
        let test = try ParrotTests.part(store, perLabel: 1, isGrey: isGrey)
        let executor = Executor(
            store: store, lanes: WorkLanes(jobs: 2), clock: SystemWallClock(), tool: "test",
            runner: { step in
                switch step.kind {
                case .indexDataset: GivenRunner(outputs: [IndexDataset.manifest: Data("images".utf8)])
                case .splitDataset:
                    GivenRunner(outputs: [
                        "train": train.encoded, "test": test.encoded,
                        "validation": SplitExamples(labels: test.labels, examples: []).encoded,
                    ])
                case .checkLeaks: GivenRunner(outputs: ["leaks": Data("none".utf8)])
                default: services.runner(for: step)
                }
            }, events: { _ in })
        return (await executor.run(plan, run: run), store)
    }

    @Test func asksBatchesAndTunes() async throws {
        let server = try ParrotServer()
        defer { server.stop() }
        let folder = try TestFolder()
        try FileManager.default.createDirectory(atPath: folder.path("locks"), withIntermediateDirectories: true)
        let environment = ["PARROT": server.url, "PARROT_KEY": "polly"]
        let loaded = try ParrotTests.load(ParrotTests.spec, environment: environment)
        let plan = try Planner.plan(
            [(.unchanged, loaded)],
            observations: Observations(
                contents: [:], environment: loaded.environment, machine: "here",
                numerics: NumericLibrary(
                    library: "none", version: "0", blas: "none", threads: 1, device: "cpu", instructions: "none")),
            options: PlanOptions()
        ).plan
        let (summary, store) = try await run(plan, loaded.environment, in: folder)
        // The same answers have one score, which the second evaluation finds.
        for (step, end) in summary.steps {
            #expect([.ran, .cached].contains(end.state), "\(step): \(end.message ?? "")")
        }

        func said(_ evaluation: String, _ model: String) throws -> [String?] {
            let measure = try #require(plan.measures.first { $0.evaluation == evaluation && $0.model == model })
            let digest = try #require(summary.steps[measure.answers]?.outputs["answers"])
            return try AnswerSet(decoding: store.bytes(of: digest)).answers.map(\.text)
        }
        #expect(try said("batch", "base") == ["parrot", "parrot"])
        #expect(try said("online", "base") == ["parrot", "parrot"])
        #expect(try said("online", "tuned") == ["circle", "square"])

        // Each paid job carries a tag of 16 hex digits, and the spec's settings reached the server.
        for path in ["batches", "lessons"] {
            let jobs = server.jobs(path)
            #expect(jobs.count == 1)
            #expect(jobs.first?["ring"]?.string?.wholeMatch(of: #/[0-9a-f]{16}/#) != nil)
        }
        #expect(server.jobs("lessons").first?["times"] == 2)
        let asked = server.requests.filter { $0.path == "/ask" }
        #expect(asked.count == 4)
        #expect(asked.allSatisfy { $0.text.contains(#""words": 5"#) && $0["x-parrot-key"] == "polly" })

        // Nothing is asked, batched or tuned twice.
        let before = server.requests.count
        let (again, _) = try await run(plan, loaded.environment, in: folder)
        #expect(again.steps.values.allSatisfy { [.cached, .notNeeded].contains($0.state) })
        #expect(server.requests.count == before)
    }

    /// Guards: the limits of one provider held for all. This one takes four grey pictures, which Azure would not train on.
    @Test func limitsOfOtherProvidersDoNotHold() async throws {
        let server = try ParrotServer()
        defer { server.stop() }
        let folder = try TestFolder()
        try FileManager.default.createDirectory(atPath: folder.path("locks"), withIntermediateDirectories: true)
        let loaded = try ParrotTests.load(ParrotTests.spec, environment: ["PARROT": server.url, "PARROT_KEY": "polly"])
        let plan = try Planner.plan(
            [(.unchanged, loaded)],
            observations: Observations(contents: [:], environment: loaded.environment, machine: "here", numerics: nil),
            options: PlanOptions()
        ).plan
        let (summary, _) = try await run(plan, loaded.environment, in: folder, perLabel: 2, isGrey: true)
        let written = try #require(summary.steps.first { $0.key.text.hasPrefix("write-training-data") }?.value)
        #expect(written.state == .ran, "\(written.message ?? "")")
        #expect(server.jobs("lessons").count == 1)
    }

    /// Its prices are those that it brings along.
    @Test func pricesComeFromThePlugin() throws {
        let loaded = try ParrotTests.load(ParrotTests.spec.replacing(", price: free", with: ""))
        let pricing = loaded.pricing(of: try #require(loaded.spec.providers["birds"]))
        #expect(pricing.table?.models["grey-1"]?.output == Money(dollars: 2))
        #expect(loaded.warnings.filter { $0.code == "missing-price" }.isEmpty)
        let other = try ParrotTests.load(ParrotTests.spec.replacing(", price: free", with: "").replacing("grey-1", with: "macaw"))
        #expect(other.warnings.contains { $0.code == "missing-price" && $0.message.contains("parrot") })
    }

    /// The account is in the keys; its secret is not.
    @Test func theAccountIsInTheKey() throws {
        let loaded = try ParrotTests.load(
            ParrotTests.spec, environment: ["PARROT": "https://Parrots.Example:443/", "PARROT_KEY": "polly"])
        let plan = try Planner.plan(
            [(.unchanged, loaded)],
            observations: Observations(contents: [:], environment: loaded.environment, machine: "here", numerics: nil),
            options: PlanOptions()
        ).plan
        let parts = plan.steps.flatMap(\.parts).filter { $0.name.hasPrefix("account") }
        #expect(parts.contains { $0.name == "account.other.kind" && $0.value == "parrot" })
        #expect(parts.contains { $0.name.hasSuffix("endpoint") && $0.value == "https://parrots.example" })
        #expect(!parts.contains { $0.value.canonical.contains("polly") })
        let formats = plan.steps.flatMap(\.parts).filter { $0.name == "dialect" }
        #expect(formats.count == 2 && formats.allSatisfy { $0.value == "parrot" })
    }

    struct Refused: Sendable, CustomTestStringConvertible {
        let id: String
        let old: String
        let new: String
        let line: Int
        let says: String
        var testDescription: String { id }
    }

    /// Guards: a setting that a provider does not support was silently dropped.
    @Test(arguments: [
        Refused(
            id: "hyperparameter", old: "{ n_epochs: 2 }", new: "{ n_epochs: 2, batch_size: 6 }", line: 16,
            says: "parrot: grey-1 is tuned by n_epochs, 1 to 9; batch_size cannot be set"),
        Refused(
            id: "hyperparameter left to the provider", old: "{ n_epochs: 2 }", new: "{ batch_size: auto }", line: 16,
            says: "batch_size cannot be set"),
        Refused(
            id: "hyperparameter in the range of another provider only", old: "{ n_epochs: 2 }", new: "{ n_epochs: 12 }", line: 16,
            says: "parrot: n_epochs is 1 to 9 there; 12 cannot be set"),
        Refused(
            id: "method", old: "data: { split: main, prompt: which, validation: false }",
            new: "method: dpo, data: { split: main, prompt: which, validation: false, rejected: { random-label: { seed: 1 } } }",
            line: 16,
            says: "parrot: it supports the tuning methods supervised; the method 'dpo' cannot be used"),
        Refused(
            id: "seed of a job", old: "fine_tune: { model", new: "fine_tune: { seed: 4, model", line: 16,
            says: "seed cannot be set"),
        Refused(
            id: "training type", old: "fine_tune: { model", new: "fine_tune: { training_type: standard, model", line: 16,
            says: "training_type cannot be standard"),
        Refused(
            id: "request", old: "max_tokens: 5", new: "max_tokens: 5, temperature: 0", line: 9,
            says: "parrot: a request supports max_tokens; temperature cannot be set"),
        Refused(
            id: "deployment", old: "model: grey-1 }\n  tuned",
            new: "model: grey-1, deploy: { sku: Standard, capacity: 1 } }\n  tuned",
            line: 13, says: "remove 'deploy'"),
    ])
    func whatAProviderLacksIsAnError(_ test: Refused) throws {
        let loaded = try ParrotTests.load(
            ParrotTests.spec.replacing(test.old, with: test.new), catalog: ParrotTests.everyone)
        let found = ParrotTests.everyone.unsupported(in: loaded)
        #expect(found.count == 1, "\(found)")
        #expect(found.first?.message.contains(test.says) == true, "\(found)")
        #expect(found.first?.range?.line == test.line, "\(found)")
        #expect(found.first?.severity == .error)
    }

    @Test func whatAllProvidersOfASpecSupportIsNoError() throws {
        #expect(ParrotTests.catalog.unsupported(in: try ParrotTests.load(ParrotTests.spec)).isEmpty)
    }

    /// The keys of a plug-in are read like all others: positions, descriptions and suggestions.
    @Test(arguments: [
        ("an unknown key", "endpoint: ", "endpoit: ", "unknown-key"),
        ("a secret in the spec", "${PARROT_KEY}", "polly", "secret-in-spec"),
        ("a missing key", "endpoint: \"${PARROT}\", ", "", "missing-key"),
    ])
    func keysAreChecked(id: String, old: String, new: String, code: String) throws {
        let error = try #require(throws: SpecificationError.self) {
            try ParrotTests.load(ParrotTests.spec.replacing(old, with: new))
        }
        #expect(error.diagnostics.contains { $0.code == code && $0.range?.line == 11 }, "\(error.diagnostics)")
    }

    /// The schema and the reference page have the keys of a plug-in, and the rest of them is unchanged.
    @Test func schemaAndReferenceHaveTheKeys() throws {
        let schema = SpecSchema.experiment(with: ParrotTests.catalog.keys)
        #expect(schema["$defs"]?["parrot"]?["else"]?["properties"]?["endpoint"] != nil)
        #expect(schema.canonical.contains("#/$defs/parrot"))
        let own = try #require(schema["$defs"]?.object).keys, plain = try #require(SpecSchema.experiment()["$defs"]?.object).keys
        #expect(Set(own).subtracting(plain) == ["parrot", "parrot-part"])
        let page = SpecReference.markdown(with: ParrotTests.catalog.keys)
        #expect(page.contains("## parrot") && page.contains("Sent in `x-parrot-key`."))
        #expect(!SpecReference.markdown().contains("parrot"))
    }
}
