// Files that extend others, changes, variants and sweeps.

import Basics
import ProviderKit
import Providers
import Specification
import TaskKit
import Tasks
import Testing

@Suite struct LoadingTests {
    private func load(
        _ text: String, _ files: [String: String] = [:], settings: [String] = []
    ) throws -> LoadedSpec {
        let all = files.merging(["spec.yaml": text, "small.yaml": ErrorPage.smallSpec]) { own, _ in own }
        return try SpecLoader(all).load("spec.yaml", settings: settings)
    }

    private func train(_ loaded: LoadedSpec, _ name: String = "cnn") throws -> TrainSpec {
        guard case .trained(let recipe)? = loaded.spec.models[name] else { throw NoSuchFile() }
        return recipe
    }

    @Test func mapsMergeAndListsAndScalarsReplace() throws {
        let loaded = try load(
            """
            extends: small.yaml
            name: other
            prompts:
              classify: { user: [{ text: "Look." }, image] }
            models:
              cnn: { train: { seed: 7 } }
            """)
        #expect(loaded.spec.name == "other")
        #expect(loaded.spec.prompts["classify"]?.user == [.text("Look."), .image])
        #expect(loaded.spec.prompts["classify"]?.system?.isEmpty == false)
        #expect(try train(loaded).seed == 7)
        #expect(try train(loaded).epochs == 4)
        #expect(loaded.spec.models.names == ["base", "tuned", "cnn"])
        // Each value keeps the position at which it was written.
        #expect(loaded.range(of: "models.cnn.train.seed")?.place == "spec.yaml:6:25")
        #expect(loaded.range(of: "models.cnn.train.epochs")?.file == "small.yaml")
        #expect(loaded.range(of: "models.cnn.train.batch_size") == nil)
        #expect(loaded.place(of: "models.cnn.train.batch_size").place == "spec.yaml:6:17")
        #expect(loaded.value(at: "models.cnn.train.seed") == 7)
    }

    /// A label that was listed twice, or not as text, counted in the forecast.
    @Test(
        arguments: [
            ("labels", Array("b\r\n a \n\né\n".utf8), ["a", "b", "é"], nil),
            ("a label twice", Array("a\nb\na\n".utf8), nil, "the label 'a' is listed twice, on lines 1 and 3"),
            ("no labels", Array("\n \n".utf8), nil, "it lists no labels"),
            ("not text", [0x61, 0x0A, 0xFF, 0xFE], nil, "it is not UTF-8 text"),
        ] as [(String, [UInt8], [String]?, String?)])
    func expectedLabelsAreAListOfDifferentTexts(_ id: String, _ bytes: [UInt8], _ labels: [String]?, _ reason: String?) throws {
        let spec = ErrorPage.smallSpec.replacing(
            "  generate: { pictures: shapes, labels: 12, per_label: 50, seed: 7 }",
            with: "  folder: photos\n  expect: { labels: labels.txt, per_label: 50 }")
        let loader = SpecLoader(
            environment: Environment([:]), today: "2026-01-15", providers: builtInProviders.keys, tasks: .standard
        ) { path in
            guard let file = ["labels.txt": bytes, "spec.yaml": Array(spec.utf8)][path] else { throw NoSuchFile() }
            return file
        }
        let errors = diagnostics(loader, "spec.yaml").list.filter { $0.severity == .error }
        #expect(errors.map(\.code) == (reason == nil ? [] : ["unreadable-file"]), "\(id): \(errors)")
        if let reason { #expect(errors.first?.message == "cannot read 'labels.txt': \(reason)", "\(id)") }
        if let labels { #expect(try loader.load("spec.yaml").expectedLabels == labels, "\(id)") }
    }

    @Test func publishedCountsAreRead() throws {
        let loaded = try load(
            """
            extends: small.yaml
            published:
              charts: { counts: { base: 9/10, "gpt-4.1": 8 / 10 }, source: a page }
              images: { screening: { submitted: 48, accepted: 30 } }
            """)
        let charts = try #require(loaded.spec.published["charts"])
        #expect(charts.counts["base"] == PublishedCount("9/10") && charts.counts["gpt-4.1"]?.right == 8)
        #expect(charts.source == "a page" && charts.screening == nil)
        #expect(loaded.spec.published["images"]?.screening == PublishedScreening(submitted: 48, accepted: 30))
    }

    @Test(arguments: [
        ("{ counts: { base: 11/10 } }", "bad-format"), ("{ counts: { base: 1/0 } }", "bad-format"),
        ("{ counts: { base: 9 } }", "wrong-type"), ("{ counts: { base: 1/100001 } }", "bad-format"), ("{}", "missing-key"),
        ("{ screening: { submitted: 3, accepted: 4 } }", "out-of-range"), ("{ screening: { submitted: 3 } }", "missing-key"),
        ("{ count: { base: 1/2 } }", "unknown-key"), ("{ counts: {} }", "out-of-range"),
    ])
    func publishedCountsAreChecked(_ entry: String, _ code: String) {
        let files = ["spec.yaml": "extends: small.yaml\npublished: { charts: \(entry) }\n", "small.yaml": ErrorPage.smallSpec]
        let found = diagnostics(SpecLoader(files), "spec.yaml").list
        #expect(found.contains { $0.code == code && $0.range?.line == 2 }, "\(found)")
    }

    @Test func keysThatExcludeEachOtherReplaceEachOther() throws {
        let loaded = try load(
            """
            extends: small.yaml
            dataset: { folder: pictures }
            models:
              cnn: { train: { optimizer: { sgd: { learning_rate: 0.1 } } } }
            evaluations:
              accuracy: { models: { base: { online: plain } } }
            """)
        #expect(loaded.spec.dataset?.source == .folder(FileReference(EnvironmentText("pictures"))))
        #expect(try train(loaded).optimizer == .sgd(SGDSpec(learningRate: 0.1)))
        #expect(loaded.spec.evaluations["accuracy"]?.models["base"]?.ask == .online("plain"))
    }

    /// A profile: a spec's cluster settings override those of the file that it extends.
    @Test func theExecutorIsAWordOrSlurmWithResources() throws {
        let profile = """
            extends: small.yaml
            executor: { slurm: { partition: cpu, time: 30m, train: { gres: "gpu:1", memory: 8G } } }
            """
        let loaded = try load(
            "extends: cluster.yaml\nexecutor: { slurm: { partition: gpu, command: { cpus: 4 } } }",
            ["cluster.yaml": profile])
        guard case .slurm(let slurm)? = loaded.spec.executor else { throw NoSuchFile() }
        #expect(slurm.resources.partition == "gpu")
        #expect(slurm.resources.time == .seconds(1800))
        #expect(slurm.train.gres == "gpu:1")
        #expect(slurm.train.over(slurm.resources).memory == "8G")
        #expect(slurm.train.over(slurm.resources).partition == "gpu")
        #expect(slurm.command.cpus == 4)
        let local = try load("extends: cluster.yaml\nexecutor: local", ["cluster.yaml": profile])
        #expect(local.spec.executor == .local)
        #expect(try load("extends: small.yaml\nexecutor: slurm").spec.executor == .slurm(SlurmSpec()))
        #expect(try load("extends: small.yaml").spec.executor == nil)
        #expect(throws: SpecificationError.self) {
            try load("extends: small.yaml\nexecutor: { slurm: { memory: much } }")
        }
    }

    @Test func pathsAreRelativeToTheFileThatNamesThem() throws {
        let files = [
            "a/base.yaml": ErrorPage.smallSpec.replacing(
                "dataset:\n  generate: { pictures: shapes, labels: 12, per_label: 50, seed: 7 }",
                with: "dataset:\n  folder: pictures"),
            "b/middle.yaml": "extends: ../a/base.yaml\nprices: prices.yaml\n",
            "b/prices.yaml": "assay-prices: 1\ndate: 2025-09-01\nmodels: {}\n",
        ]
        let loaded = try load("extends: b/middle.yaml\nname: relative\n", files)
        #expect(loaded.spec.dataset?.source == .folder(FileReference(EnvironmentText("pictures"), folder: "a")))
        #expect(loaded.spec.prices?.folder == "b")
        #expect(loaded.prices?.date == "2025-09-01")
    }

    @Test func cycleOfFilesIsReportedWhereItCloses() {
        let files = [
            "spec.yaml": "extends: a.yaml\n", "a.yaml": "name: a\nextends: b/b.yaml\n",
            "b/b.yaml": "extends: ../spec.yaml\n",
        ]
        let (found, _) = diagnostics(SpecLoader(files), "spec.yaml")
        #expect(found.map(\.code) == ["extends-cycle"])
        #expect(found.first?.range?.place == "b/b.yaml:1:10")
        #expect(found.first?.message.contains("spec.yaml → a.yaml → b/b.yaml → spec.yaml") == true)
    }

    @Test func settingsChangeValues() throws {
        let loaded = try load(
            "extends: small.yaml\n",
            settings: [
                "models.tuned.fine_tune.hyperparameters.n_epochs=3",
                "models.cnn.train.augment=[random_horizontal_flip]",
                "models.cnn.train.schedule.cosine.epochs=9", "prompts.classify.user.0=image",
            ])
        guard case .fineTuned(let tuned)? = loaded.spec.models["tuned"] else { throw NoSuchFile() }
        #expect(tuned.fineTune.hyperparameters["n_epochs"] == 3)
        #expect(try train(loaded).augment == [.randomHorizontalFlip(probability: 0.5)])
        #expect(try train(loaded).schedule == .cosine(epochs: 9, minimum: 0))
        #expect(loaded.name.text.hasPrefix("n_epochs=3,augment="))
        #expect(loaded.range(of: "models.tuned.fine_tune.hyperparameters.n_epochs")?.place == "--set:1:49")
    }

    @Test(
        arguments: [
            ("models.tuned.fine_tune.hyperparameters.n_epoch=3", "unknown-key", "did you mean 'n_epochs'?"),
            ("models.tunned.fine_tune.seed=3", "unknown-path", "did you mean 'tuned'?"),
            ("model.tuned.fine_tune.seed=3", "unknown-path", "did you mean 'models'?"),
            ("prompts.classify.user.4=image", "unknown-path", nil),
            ("models.tuned.fine_tune.seed", "bad-format", nil),
            ("models.tuned.fine_tune.seed=", "bad-format", nil),
            ("models.tuned.fine_tune.seed=[", "yaml-syntax", nil),
            ("models.tuned.fine_tune.seed=x", "wrong-type", nil),
        ] as [(String, String, String?)])
    func invalidSettingIsReportedAtItsPosition(setting: String, code: String, hint: String?) throws {
        let loader = SpecLoader(["small.yaml": ErrorPage.smallSpec])
        let (found, sources) = diagnostics(loader, "small.yaml", settings: [setting])
        #expect(found.map(\.code) == [code])
        #expect(found.first?.range?.file == "--set")
        if let hint { #expect(found.first?.hint == hint) }
        #expect(DiagnosticRenderer(sources: sources).render(found).contains("1 | \(setting)"))
    }

    /// An error caused by a variant has its position and the variant; values changed elsewhere keep their positions.
    @Test func anErrorOfAVariantNamesTheVariant() throws {
        let text = """
            extends: small.yaml
            variants:
              good: { models.cnn.train.epochs: 2 }
              empty: { splits.main.test: 0, models.cnn.train.seed: x }
            """
        let (found, _) = diagnostics(
            SpecLoader(["spec.yaml": text, "small.yaml": ErrorPage.smallSpec]), "spec.yaml")
        #expect(found.map(\.code) == ["wrong-type", "empty-split"])
        #expect(found[0].range?.place == "spec.yaml:4:56" && found[0].notes.isEmpty)
        #expect(found[1].range?.file == "small.yaml")
        #expect(found[1].notes.map(\.message) == ["'main' is defined here", "in the variant 'empty'"])
        #expect(found[1].notes.map { $0.range?.place } == ["small.yaml:6:3", "spec.yaml:4:3"])
    }

    /// A mistyped key of a dotted path is underlined itself, in a variant and in a setting.
    @Test func theLastKeyOfAPathIsMarked() {
        let text = "extends: small.yaml\nvariants: { a: { models.cnn.train.epoch: 2 } }\n"
        let files = ["spec.yaml": text, "small.yaml": ErrorPage.smallSpec]
        let ranges = [
            diagnostics(SpecLoader(files), "spec.yaml"),
            diagnostics(SpecLoader(files), "small.yaml", settings: ["models.cnn.train.epoch=2"]),
        ].map { $0.list.first?.range }
        #expect(ranges[0] == SourceRange(file: "spec.yaml", line: 2, column: 35, endColumn: 40))
        #expect(ranges[1] == SourceRange(file: "--set", line: 1, column: 18, endColumn: 23))
    }

    /// If keys exclude each other, the new one applies; two new ones are an error.
    @Test func conflictingNewKeysAreReported() {
        let text = "extends: small.yaml\nevaluations: { accuracy: { models: { base: { batch: json, online: plain } } } }\n"
        let (found, _) = diagnostics(SpecLoader(["spec.yaml": text, "small.yaml": ErrorPage.smallSpec]), "spec.yaml")
        #expect(found.map(\.code) == ["conflicting-keys"])
    }

    /// Guards: the schema of undeclared fields was any object, which providers refuse.
    @Test(
        arguments: [
            ("extract", "{ json: document, name: Document }", ["unsupported-by-task"]), ("extract", "text", []),
            ("{ extract: { fields: { total: number } } }", "{ json: document, name: Document }", []),
            ("tag", "{ json: tags, name: Tags }", []),
        ] as [(String, String, [String])])
    func schemasOfTasks(_ task: String, _ answer: String, _ codes: [String]) {
        let spec = """
            assay: 1
            name: t
            task: \(task)
            dataset: { table: t.csv }
            splits: { main: { test: 100%, order: name } }
            prompts: { p: { user: [image, { text: "What is stated?" }] } }
            requests: { r: { prompt: p, answer: \(answer) } }
            providers: { e: { kind: emulator, account: e } }
            models: { m: { provider: e, model: gpt-4o, deployment: m } }
            evaluations: { e: { split: main.test, models: { m: { online: r } } } }
            """
        let found = diagnostics(SpecLoader(["spec.yaml": spec]), "spec.yaml").list
        #expect(found.map(\.code) == codes)
        #expect(found.allSatisfy { $0.range?.line == 7 })
    }

    /// Guards: a wrong option of a task made its variables unknown, and a prompt without the question was not noticed.
    @Test(
        arguments: [
            ("answer", "{{ question }}", []), ("answer", "Answer briefly.", ["bad-template"]), ("count", "How many?", []),
            ("{ answer: { score: ANLS } }", "{{ question }}", ["bad-task"]),
            ("{ answer: { score: anls } }", "{{ question }} {{ qestion }}", ["bad-template"]),
        ] as [(String, String, [String])])
    func variablesOfTasks(_ task: String, _ text: String, _ codes: [String]) {
        let spec = """
            assay: 1
            name: t
            task: \(task)
            dataset: { table: t.csv }
            splits: { main: { test: 100%, order: name } }
            prompts: { p: { user: [image, { text: "\(text)" }] } }
            requests: { r: { prompt: p, answer: text } }
            providers: { e: { kind: emulator, account: e } }
            models: { m: { provider: e, model: gpt-4o, deployment: m } }
            evaluations: { e: { split: main.test, models: { m: { online: r } } } }
            """
        #expect(diagnostics(SpecLoader(["spec.yaml": spec]), "spec.yaml").list.map(\.code) == codes)
    }

    /// Guards: a percentage was any number that Swift reads.
    @Test(
        arguments: [
            ("80%", []), ("12.5%", []), ("0x10%", ["bad-format"]), ("1e1%", ["bad-format"]), ("+5%", ["bad-format"]),
            ("-5%", ["bad-format"]), ("nan%", ["bad-format"]), ("101%", ["bad-format"]), (".5%", ["bad-format"]),
        ] as [(String, [String])])
    func percentagesAreDecimal(_ size: String, _ codes: [String]) {
        let spec = """
            assay: 1
            name: p
            dataset: { folder: pictures }
            splits: { main: { train: 10%, test: "\(size)", order: name } }
            """
        #expect(diagnostics(SpecLoader(["spec.yaml": spec]), "spec.yaml").list.map(\.code) == codes)
    }

    @Test func anExtendedFileIsNamedByAVariable() throws {
        let loader = SpecLoader(
            ["spec.yaml": "extends: ${BASE}.yaml\n", "small.yaml": ErrorPage.smallSpec], environment: ["BASE": "small"])
        #expect(try loader.load("spec.yaml").spec.name == "small")
        let (found, _) = diagnostics(SpecLoader(["spec.yaml": "extends: ${BASE}.yaml\n"]), "spec.yaml")
        #expect(found.map(\.code) == ["missing-environment"])
    }

    @Test func entriesExtendEachOtherAlsoAfterAChange() throws {
        let text = """
            extends: small.yaml
            splits:
              other: { extends: main, order: python-shuffle, seed: 42 }
              third: { extends: other, seed: 43 }
            """
        let plain = try load(text)
        #expect(
            plain.spec.splits["third"] == SplitSpec(train: 40, validation: 5, test: 5, order: .pythonShuffle, seed: 43))
        let changed = try load(text, settings: ["splits.main.train=30"])
        #expect(changed.spec.splits["third"]?.train == 30)
    }

    @Test func variantsAreTheSpecWithTheirChanges() throws {
        let loaded = try load(
            """
            extends: small.yaml
            variants:
              long: { models.cnn.train.epochs: 8, models.cnn.train.seed: 1 }
              sgd: { models.cnn.train.optimizer: { sgd: { learning_rate: 0.1 } } }
            """)
        let variants = try loaded.variants()
        #expect(variants.map(\.name) == ["long", "sgd"])
        #expect(try train(variants[0]).epochs == 8)
        #expect(try train(loaded).epochs == 4)
        #expect(variants[0].range(of: "models.cnn.train.epochs")?.place == "spec.yaml:3:36")
        #expect(try loaded.variant("sgd").name == "sgd")
        #expect(throws: SpecificationError.self) { try loaded.variant("sdg") }
        do {
            _ = try loaded.variant("sdg")
        } catch {
            #expect(error.diagnostics.map(\.code) == ["unknown-variant"])
            #expect(error.diagnostics.first?.hint == "did you mean 'sgd'?")
        }
    }

    @Test func aGridIsEveryCombination() throws {
        let loaded = try load(
            """
            extends: small.yaml
            sweep:
              models.cnn.train.optimizer.adamw.learning_rate: [3.0e-4, 1e-3]
              models.cnn.train.epochs: [2, 4, 8]
            """)
        let points = try loaded.sweepPoints()
        #expect(
            points.map(\.name.text) == [
                "learning_rate=0.0003,epochs=2", "learning_rate=0.0003,epochs=4", "learning_rate=0.0003,epochs=8",
                "learning_rate=0.001,epochs=2", "learning_rate=0.001,epochs=4", "learning_rate=0.001,epochs=8",
            ])
        #expect(try train(points[4]).optimizer.learningRate == 1e-3)
        #expect(try train(points[4]).epochs == 4)
    }

    @Test func aZipPairsAndAListSpellsOut() throws {
        let zip = try load(
            """
            extends: small.yaml
            sweep:
              zip: { models.cnn.train.epochs: [2, 4], models.cnn.train.seed: [1, 2] }
            """)
        #expect(try zip.sweepPoints().map(\.name.text) == ["epochs=2,seed=1", "epochs=4,seed=2"])
        let list = try load(
            """
            extends: small.yaml
            sweep:
              list:
                - { models.cnn.train.epochs: 2 }
                - { models.cnn.train.seed: 3, models.tuned.fine_tune.seed: 3 }
            """)
        #expect(try list.sweepPoints().map(\.name.text) == ["epochs=2", "train.seed=3,fine_tune.seed=3"])
    }

    @Test(arguments: [
        ("sweep: { zip: { models.cnn.train.epochs: [2, 4], models.cnn.train.seed: [1] } }", "bad-sweep"),
        ("sweep: { models.cnn.train.epochs: [2, 2] }", "bad-sweep"),
        ("sweep: { models.cnn.train.epochs: [0, 1] }", "out-of-range"),
        ("sweep: { models.cn.train.epochs: [2] }", "unknown-path"),
        ("sweep: { models.cnn.train.epochs: 2 }", "wrong-type"),
        ("variants: { a: { models.cnn.train.epoch: 2 } }", "unknown-key"),
    ])
    func invalidSweepIsReported(text: String, code: String) {
        let files = ["spec.yaml": "extends: small.yaml\n\(text)\n", "small.yaml": ErrorPage.smallSpec]
        #expect(diagnostics(SpecLoader(files), "spec.yaml").list.map(\.code) == [code])
    }

    /// Guards: a provider with a wrong key was also reported to need a deployment, which its kind does not have.
    @Test func aProviderWithAnErrorCausesNoOtherError() {
        let text = """
            extends: small.yaml
            providers: { far: { kind: openai, endpoint: "http://127.0.0.1:1/v1", price: free, emulated: true } }
            models: { far: { provider: far, model: m } }
            evaluations: { other: { split: main.test, models: { far: { online: plain } } } }

            """
        let files = ["spec.yaml": text, "small.yaml": ErrorPage.smallSpec]
        #expect(diagnostics(SpecLoader(files), "spec.yaml").list.map(\.code) == ["unknown-key"])
    }

    @Test func aSweepThatIsTooLargeIsRefusedBeforeItIsMade() throws {
        let values = (1...100).map(String.init).joined(separator: ", ")
        let axes = ["epochs", "seed", "batch_size", "threads", "label_smoothing"].map {
            "  models.cnn.train.\($0): [\(values)]"
        }
        let loaded = try load("extends: small.yaml\nsweep:\n" + axes.joined(separator: "\n") + "\n")
        #expect(loaded.variantErrors()?.diagnostics.map(\.code) == ["bad-sweep"])
    }

    @Test func readsAThousandVariants() throws {
        let seeds = (1...1000).map(String.init).joined(separator: ", ")
        let text = try Project.text("experiments/photographs.yaml") + "sweep: { models.cnn.train.seed: [\(seeds)] }\n"
        let loader = SpecLoader(
            [
                "spec.yaml": text,
                "prices/azure-openai-2025-09.yaml": try Project.text("experiments/prices/azure-openai-2025-09.yaml"),
            ], environment: ["ASSAY_DATA": "/data"])
        let points = try loader.load("spec.yaml").sweepPoints()
        #expect(points.count == 1000)
        #expect(Set(points.map(\.name)).count == 1000)
        #expect(try train(points[999]).seed == 1000)
    }

    @Test func readsTenThousandCommands() throws {
        var lines = ["assay: 1", "name: chain", "commands:"]
        for index in 0..<10_000 {
            let input = index == 0 ? "in.txt" : "{ from: s\(index - 1) }"
            lines.append("  s\(index): { run: \"cat in > out\(index)\", inputs: [\(input)], outputs: [out\(index)] }")
        }
        let loader = SpecLoader(["chain.yaml": lines.joined(separator: "\n")])
        #expect(try loader.load("chain.yaml").spec.commands.count == 10_000)
    }
}
