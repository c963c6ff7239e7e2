// Walks every identity by reflection: each stored property is in the encoded form that makes the key, and changing it
// changes the key; each setting is on a list with the reason why it is in no key.

import Artifacts
import Basics
import Foundation
import Planning
import ProviderKit
import Providers
import Specification
import TaskKit
import Tasks
import Testing
import VisionProtocol

@Suite struct KeyCompletenessTests {
    /// A spec with every optional part of every identity set; changes below it reach the other forms.
    static let full = """
        assay: 1
        name: full
        dataset:
          folder: photos
          layout: folder-per-label
          label: { after: "-", replace: { "_": " " }, case: title }
          skip_unreadable: true
          convert: { max_side: 64 }
        splits:
          main: { first: 50, train: 40, validation: 5, test: 5, order: python-shuffle, seed: 42 }
        prompts:
          shown:
            system: "One of [{{ labels }}]."
            user: [{ text: "What?" }, image]
            examples: { split: main.train, per_label: 1, labels: [a, b] }
        requests:
          json: { prompt: shown, detail: high, answer: { json: label, name: Answer }, max_tokens: 9, temperature: 0.5, top_p: 0.9, seed: 3 }
        providers:
          local: { kind: emulator, account: full, weights: weights.safetensors, classes: classes.tsv }
        models:
          base: { provider: local, model: m, deployment: d, batch_deployment: b, enqueued_tokens: 90000 }
          tuned:
            provider: local
            fine_tune:
              model: m
              method: dpo
              data: { split: main, prompt: shown, detail: low, answer: text, rejected: { random-label: { seed: 5 } } }
              hyperparameters: { n_epochs: 2, batch_size: 6, learning_rate_multiplier: 0.5, beta: 0.2, l2_multiplier: 0.1 }
              seed: 42
              suffix: mine
              evaluate_checkpoints: true
              training_type: standard
            deploy: { sku: Standard, capacity: 50 }
          graded:
            provider: local
            fine_tune:
              model: m
              method: reinforcement
              data: { split: main, prompt: shown }
              hyperparameters: { reasoning_effort: high, compute_multiplier: 1.5, eval_interval: 3, eval_samples: 4 }
              grader: { score_model: { model: judge, prompt: "How good?", range: [0, 1] } }
            deploy: { sku: Standard, capacity: 50 }
          cnn:
            train:
              architecture: small_cnn
              weights: { file: start.safetensors }
              data: { split: main }
              epochs: 2
              optimizer: { sgd: { learning_rate: 0.1, momentum: 0.9, nesterov: true, weight_decay: 0.01 } }
              schedule: { step: { every: 2, gamma: 0.5 } }
              warmup: { epochs: 1, start: 0.1 }
              label_smoothing: 0.1
              freeze: { epochs: 1 }
              augment: [{ random_resized_crop: { size: 32, scale: [0.8, 1.0] } }, random_horizontal_flip]
              evaluate: [{ resize: 36 }, { center_crop: 32 }]
              normalize: { mean: [0.1, 0.2, 0.3], std: [0.4, 0.5, 0.6] }
              threads: 2
          outer:
            train:
              program: [python3, train.py]
              inputs: [train.py]
              data: { split: main }
              epochs: 2
              hyperparameters: { lr: 0.1, layers: [1, 2], nested: { name: x } }
              seed: 4
              environment: [SET]
              versions: [python3, --version]
              python: .venv
              time_limit: 5m
              long_lived: true
              resources: { gpu: 1 }
          probed:
            probe:
              backbone:
                architecture: small_cnn
                weights: { file: start.safetensors, key: ema }
                evaluate: [{ resize: 36 }, { center_crop: 32 }]
                normalize: { mean: [0.1, 0.2, 0.3], std: [0.4, 0.5, 0.6] }
                threads: 2
              head: { logistic: { c: [0.1, 1] } }
              data: { split: main }
          neighbours:
            probe:
              backbone:
                program: [python3, features.py]
                inputs: [features.py]
                hyperparameters: { size: 64.0 }
                seed: 4
                environment: [SET]
                versions: [python3, --version]
                python: .venv
                time_limit: 5m
                resources: { gpu: 1 }
              head: { knn: { k: [1, 3] } }
              data: { split: main }
          program:
            command:
              run: [python3, model.py]
              inputs: [model.py, { from: prepare }]
              outputs: [log.txt]
              version: v1
              environment: [SET]
              time_limit: 5m
              python: .venv
            data: { split: main }
          reported:
            answers: told.csv
            columns: { answer: a, id: b, path: c, latency_ms: d, cost_usd: e }
        commands:
          prepare: { run: "date > out.txt", outputs: [out.txt] }
        evaluations:
          accuracy:
            split: main.test
            match: { ignore_case: true, ignore_spaces: true, ignore: [punctuation, markdown, quotes], unicode: nfkc, aliases: { cat: [kitty] } }
            models: { base: { batch: json }, tuned: { online: json }, graded: { online: json }, cnn: {}, program: {}, outer: {}, probed: {}, neighbours: {}, reported: {} }
          latency:
            split: main.test
            concurrency: 2
            warmup: 1
            models: { base: { online: json }, cnn: {}, program: {}, outer: {}, reported: {} }
        """

    /// Changes of the full spec that reach the other forms of a source, an optimizer, a grader, …
    static let forms: [[String]] = [
        [], ["dataset.archive=images.tar"],
        ["dataset.archive=http://example.org/i.tar", "dataset.sha256=\(String(repeating: "ab", count: 32))"],
        ["dataset.table=labels.csv"],
        [
            "dataset={table: labels.csv, root: photos, columns: {path: a, label: b, split: c}, labels: {only: [a, b], min_images: 2}}"
        ],
        ["dataset.labels={except: [c]}"],
        ["dataset.generate={pictures: shapes, labels: 3, per_label: 60, seed: 1}", "prompts.shown.examples.labels=[x]"],
        [
            "models.cnn.train.optimizer={adamw: {learning_rate: 0.01}}",
            "models.cnn.train.schedule={cosine: {epochs: 4, minimum: 0.001}}",
        ],
        ["models.tuned.fine_tune.data.rejected={table: rejected.csv}"],
        // Hyperparameters of a plug-in's provider.
        [
            "models.tuned.fine_tune.hyperparameters={epochs: 2, adapter_size: 4}",
            "models.tuned.fine_tune.evaluate_checkpoints=false",
        ],
        [
            "models.graded.fine_tune.grader={multi: {graders: {a: {string_check: {operation: eq}}, b: {text_similarity: {metric: fuzzy_match}}}, calculate_output: a + b}}"
        ],
        [
            "providers.local={kind: openai, endpoint: \"http://localhost:1/v1\"}",
            // OpenAI has no training_type.
            "models.tuned.fine_tune={model: m, method: dpo, data: {split: main, prompt: shown, rejected: {random-label: {seed: 5}}}}",
        ],
        ["models.program.command.run=python3 model.py"],
        ["models.cnn.train.weights={url: \"http://example.org/w.pth\", sha256: \(String(repeating: "cd", count: 32))}"],
        [
            "requests.json={prompt: shown, max_completion_tokens: 9, reasoning_effort: low}",
            "evaluations.accuracy.on_refused=exclude",
        ],
        [
            "providers.local.screening={share: 0.25, seed: 3}", "models.cnn.train.weights={file: start.safetensors, key: ema}",
        ],
    ]

    /// A spec of a task other than classification, with every column that items have and shares in its split.
    static let items = """
        assay: 1
        name: items
        task: { answer: { score: anls } }
        dataset: { table: items.csv, columns: { path: file, id: key, group: document, question: asked, answers: accepted } }
        splits: { main: { train: 60%, validation: 20%, test: 20%, order: python-shuffle, seed: 3 } }
        prompts: { ask: { user: [image, { text: "{{ question }}" }] } }
        requests: { json: { prompt: ask, answer: { json: answer, name: Answer } } }
        providers: { local: { kind: emulator, account: items } }
        models:
          base: { provider: local, model: m, deployment: d, batch_deployment: b }
          tuned: { provider: local, fine_tune: { model: m, data: { split: main, prompt: ask } }, deploy: { sku: Standard } }
        evaluations: { asked: { split: main.test, models: { base: { batch: json }, tuned: { online: json } } } }
        """

    /// Answers that a judge compares with references, with human verdicts.
    static let judged = """
        assay: 1
        name: judged
        task: { answer: { score: judged, judge: strict } }
        dataset: { table: items.csv }
        splits: { main: { test: 100% } }
        prompts:
          ask: { user: [image, { text: "{{ question }}" }] }
          grade: { user: [image, { text: "{{ question }} {{ reference }} {{ answer }}" }] }
        requests:
          short: { prompt: ask, answer: text }
          verdict: { prompt: grade, answer: { json: verdict, name: Verdict } }
        providers: { local: { kind: emulator, account: judged } }
        models:
          base: { provider: local, model: m, deployment: d }
          grader: { provider: local, model: m, deployment: g, batch_deployment: b }
        judges: { strict: { model: grader, batch: verdict, labels: labels.csv } }
        evaluations: { asked: { split: main.test, models: { base: { online: short } } } }
        """

    /// Frames of clips.
    static let framed = """
        assay: 1
        name: framed
        dataset: { frames: { from: clips, count: 3, group_before: "-" } }
        splits: { main: { train: 40, validation: 5, test: 5 } }
        prompts: { ask: { user: [image] } }
        requests: { text: { prompt: ask, answer: text } }
        providers: { local: { kind: emulator, account: framed } }
        models: { base: { provider: local, model: m, deployment: d } }
        evaluations: { asked: { split: main.test, models: { base: { online: text } } } }
        """

    /// A network and a training program for a task other than classification.
    static let learned = """
        assay: 1
        name: learned
        task: { tag: { labels: [a, b] } }
        dataset: { table: items.csv }
        splits: { main: { train: 40, validation: 5, test: 5 } }
        models:
          cnn: { train: { architecture: small_cnn, data: { split: main }, epochs: 1, device: auto, precision: mixed } }
          outer: { train: { program: [python3, train.py], inputs: [train.py], data: { split: main }, epochs: 1 } }
        evaluations: { asked: { split: main.test, models: { cnn: {}, outer: {} } } }
        """

    static func plan(_ settings: [String], of spec: String = full) throws -> Plan {
        let loader = SpecLoader(
            environment: Environment(["SET": "set"]), today: "2026-01-15", providers: builtInProviders.keys, tasks: .standard
        ) { path in
            guard path == "full.yaml" else { throw CocoaError(.fileNoSuchFile) }
            return Array(spec.utf8)
        }
        let loaded = try loader.load("full.yaml", settings: settings)
        return try PlannedText.plan(loaded, limit: 3)
    }

    /// Steps of all kinds in all their forms.
    static func steps() throws -> [Step] {
        try forms.flatMap { try plan($0).steps } + [items, judged, framed, learned].flatMap { try plan([], of: $0).steps }
            + plan(["judges.strict={model: grader, batch: verdict, calibration: elsewhere.csv}"], of: judged).steps
    }

    @Test func everyKindIsPresent() throws {
        #expect(try Set(Self.steps().map(\.kind)) == Set(StepKind.allCases))
    }

    /// A property is identified by its type and name. `isSet` is false if it was only seen without a value.
    private static func walk(
        _ value: Any, _ json: JSONValue?, _ isSet: inout [String: Bool], _ problems: inout [String]
    ) {
        // Options and hyperparameters are encoded as the object that they contain; their names are not properties.
        if value is TaskOptions || value is HyperparametersSpec { return }
        let mirror = Mirror(reflecting: value)
        switch mirror.displayStyle {
        case .optional:
            if let inner = mirror.children.first { walk(inner.value, json, &isSet, &problems) }
        case .struct:
            let members = json?.object
            var given = 0
            for child in mirror.children {
                guard let label = child.label else { continue }
                let inner = Mirror(reflecting: child.value)
                let isNil = inner.displayStyle == .optional && inner.children.isEmpty
                let name = "\(mirror.subjectType).\(label)"
                isSet[name] = isSet[name] ?? false || !isNil
                if !isNil { given += 1 }
                // Types that encode as one value are compared as a whole by the leaves.
                guard let members, let member = members[label] ?? members[label.asSnakeCase] else { continue }
                walk(child.value, member, &isSet, &problems)
            }
            if let members, members.count < given {
                problems.append("\(mirror.subjectType) encodes \(members.keys.sorted()) alone")
            }
        case .enum:
            guard let child = mirror.children.first else { return }
            let member = json?.object?[child.label ?? ""] ?? json
            let payload = Mirror(reflecting: child.value)
            if payload.displayStyle == .tuple {
                for part in payload.children {
                    walk(part.value, member?.object?[part.label ?? ""] ?? member, &isSet, &problems)
                }
            } else {
                walk(child.value, member?.object?["_0"] ?? member, &isSet, &problems)
            }
        case .collection:
            for (child, item) in zip(mirror.children, json?.array ?? []) { walk(child.value, item, &isSet, &problems) }
        default: break
        }
    }

    @Test func everyPropertyIsEncodedAndSetOnce() throws {
        var isSet: [String: Bool] = [:]
        var problems: [String] = []
        for step in try Self.steps() {
            Self.walk(step.work.identity, try JSONValue(encoding: step.work.identity), &isSet, &problems)
        }
        #expect(problems.isEmpty, "\(Set(problems))")
        #expect(isSet.count > 60)
        // A property that no plan sets would not be looked at below.
        // Only a provider of a plug-in sets `dialect`; ParrotTests finds it in the keys.
        let never = isSet.filter { !$0.value && $0.key != "Identity.dialect" }.keys.sorted()
        #expect(never.isEmpty, "\(never)")
    }

    @Test func everyValueIsInTheKey() throws {
        var checked = 0
        var seen: Set<String> = []
        for step in try Self.steps() {
            let document = try JSONValue(markingNamesOf: step.work.identity)
            let key = Step.key(kind: step.kind, parts: step.parts)
            guard seen.insert(key.digest.hex).inserted else { continue }
            for mutation in KeyTests.mutations(document) {
                checked += 1
                let other = Step.key(kind: step.kind, parts: keyParts(ofMarked: mutation.value))
                #expect(other != key, "\(step.id): \(mutation.path) is in no part of the key")
            }
        }
        #expect(checked > 500)
    }

    /// The reasons why settings are in no key.
    static let exempt: [String: String] = [
        "shownURL": "the address as the spec writes it, for messages; the address itself is in the key",
        "path": "where the dataset is; its contents are in the key",
        "allowLostLabels": "whether a result that is there is taken; it decides no result",
        "labels": "where the table of human verdicts is; its digest is in the key",
        "passes": "for the forecast; the hyperparameters themselves are in the key",
        "root": "where a table's images are; their contents are in the key",
        "imageFolder": "where images are; their digests are inputs",
        "weightsPath": "where the weights are; their digest is in the key",
        "rejectedTable": "where the table is; its digest is in the key",
        "sources": "where files are; their digests are in the key",
        "provider": "the plan's name for the provider; its account is in the key",
        "deployment": "a name for a model that is in the key",
        "onlineDeployment": "the same, where missing answers are asked for again",
        "inTurn": "whether shards wait for each other; what is asked is in the key",
        "deploy": "how a model is put up; the model is in the key",
        "attempts": "how often a lost answer is asked for again",
        "suffix": "the readable part of a tuned model's name",
        "timeLimitSeconds": "when to give up",
        "allowsMissing": "whether failed requests fail the step; what a model or a program answers is the same",
        "pythonFolder": "where the Python environment is; what is installed in it is in the key",
        "isLongLived": "whether one process does several steps; a trainer's result is the same",
        "trainer": "the settings of the program, all of them in this list",
        "resources": "the devices of this machine that a step occupies",
        "machine": "where latencies that nothing asked for were measured; a fact of the result",
    ]

    @Test func everySettingIsExemptForAReason() throws {
        var settings: Set<String> = []
        for step in try Self.steps() {
            let payload = try #require(Mirror(reflecting: step.work).children.first).value
            let parts = Mirror(reflecting: payload).children
            #expect(parts.compactMap(\.label).sorted() == ["identity", "settings"])
            for part in parts where part.label == "settings" {
                settings.formUnion(Mirror(reflecting: part.value).children.compactMap(\.label))
            }
        }
        #expect(settings == Set(Self.exempt.keys))
    }
}

extension String {
    /// `nEpochs` as `n_epochs`.
    fileprivate var asSnakeCase: String {
        reduce(into: "") { $0 += $1.isUppercase ? "_" + $1.lowercased() : String($1) }
    }
}

/// Plans with everything outside made up: a file's digest is that of its path.
enum PlannedText {
    static func plan(_ loaded: LoadedSpec, limit: Int? = nil) throws -> Plan {
        var contents: [String: Digest] = [:]
        var pythonEnvironments: [String: Digest] = [:]
        var versions: [VersionCommand: String] = [:]
        for lookup in loaded.spec.lookups(in: loaded.environment) {
            switch lookup {
            case .file(let path), .images(let path), .clips(let path), .tree(let path): contents[path] = Digest(of: path)
            case .table(let path, let form, let columns, let root):
                contents[Observations.name(ofTable: path, form, columns: columns, root: root)] = Digest(of: path)
            case .python(let path): pythonEnvironments[path] = Digest(of: path)
            case .version(let command): versions[command] = "Python 3.11.2"
            case .numerics: break
            }
        }
        let observations = Observations(
            contents: contents, pythonEnvironments: pythonEnvironments, versions: versions, environment: loaded.environment,
            machine: "test machine",
            numerics: .init(
                library: "libtorch", version: "1.13.1", blas: "OpenBLAS", threads: 2, device: "cpu",
                instructions: "AVX2"))
        var (plan, _, places) = try Planner.plan(
            [(loaded.name, loaded)], observations: observations, options: PlanOptions(limit: limit))
        places.locate(in: &plan)
        return plan
    }

    /// The key of every step by its name, as if each had run with an output derived from its key.
    static func keys(_ loaded: LoadedSpec) throws -> [StepID: StepKey] {
        var keys: [StepID: StepKey] = [:]
        for step in try plan(loaded).steps {
            var digests: [String: Digest] = [:]
            for input in step.inputs { digests[input.name] = keys[input.from].map { Digest(of: "\($0) \(input.output)") } }
            keys[step.id] = step.keyParts(digests: digests).map { Step.key(kind: step.kind, parts: $0) }
        }
        return keys
    }
}
