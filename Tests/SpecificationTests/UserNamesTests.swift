// Names chosen by users are data: a keyword has no special meaning as a name.

import Basics
import ProviderKit
import Providers
import Specification
import Testing

@Suite struct UserNamesTests {
    /// Every keyword of the language that can be a name: the keys of all entities and the words of all choices, read
    /// off the schema, which is made from the key tables.
    static let keywords: [String] = {
        var found: Set<String> = []
        func visit(_ schema: JSONValue) {
            switch schema {
            case .object(let members):
                if let properties = members["properties"]?.object { found.formUnion(properties.keys) }
                for word in members["enum"]?.array ?? [] { if let word = word.string { found.insert(word) } }
                if let word = members["const"]?.string { found.insert(word) }
                for value in members.values { visit(value) }
            case .array(let items): for item in items { visit(item) }
            default: break
            }
        }
        visit(SpecSchema.experiment(with: builtInProviders.keys))
        visit(SpecSchema.prices)
        return found.filter { $0.wholeMatch(of: #/[A-Za-z0-9][A-Za-z0-9_-]*/#) != nil }.sorted()
    }()

    /// A section with names as keys, with an entry that is valid in the small spec.
    struct Section: Sendable, CustomTestStringConvertible {
        var id: String
        /// The positions of the names.
        var path: [String]
        var entry: String
        /// Keywords that mean something else as a name there, and are refused.
        var refused: Set<String> = []
        var testDescription: String { id }
    }

    static let sections: [Section] = [
        Section(id: "splits", path: ["splits"], entry: "{ train: 4, test: 2 }"),
        Section(id: "prompts", path: ["prompts"], entry: "{ system: x, user: [image] }"),
        Section(id: "requests", path: ["requests"], entry: "{ prompt: classify }"),
        Section(id: "providers", path: ["providers"], entry: "{ kind: emulator, account: a }"),
        Section(id: "models", path: ["models"], entry: "{ provider: local, model: shapes-base, deployment: d }"),
        Section(id: "evaluations", path: ["evaluations"], entry: "{ split: main.test, models: { cnn: {} } }"),
        Section(id: "commands", path: ["commands"], entry: "{ run: [\"true\"], outputs: [o] }"),
        Section(id: "variants", path: ["variants"], entry: "{ baseline: cnn }", refused: ["all", "default"]),
        Section(
            id: "graders", path: ["models", "rl", "fine_tune", "grader", "multi", "graders"],
            entry: "{ string_check: { operation: eq } }"),
    ]

    private static func spec(_ names: [String], in section: Section, extending base: String) -> String {
        var lines = ["extends: \(base)"]
        if section.id == "graders" {
            lines += [
                "models:", "  rl:", "    provider: local", "    fine_tune:", "      model: shapes-base",
                "      method: reinforcement", "      data: { split: main, prompt: classify }", "      grader:",
                "        multi:", "          calculate_output: \"1\"", "          graders:",
            ]
        } else {
            lines.append("\(section.path[0]):")
        }
        let indent = String(repeating: "  ", count: section.path.count)
        return (lines + names.map { "\(indent)\($0): \(section.entry)" }).joined(separator: "\n") + "\n"
    }

    private static func names(_ loaded: LoadedSpec, in section: Section) -> [String] {
        loaded.root.node(at: section.path.joined(separator: "."))?.pairs?.map(\.key) ?? []
    }

    /// Guards against keyword rules that are applied to names: an evaluation `batch` removed one called `online`. Each
    /// two keywords are apart in one of the divisions, once in either order.
    @Test(arguments: sections)
    func everyKeywordIsAName(section: Section) throws {
        let keywords = Self.keywords.filter { !section.refused.contains($0) }
        #expect(keywords.count > 150)
        for expected in ["batch", "online", "adamw", "sgd", "archive", "folder", "step", "cosine", "within", "multi"] {
            #expect(keywords.contains(expected))
        }
        for bit in 0..<8 {
            let halves = [0, 1].map { side in keywords.indices.filter { ($0 >> bit) & 1 == side }.map { keywords[$0] } }
            for (first, second) in [(halves[0], halves[1]), (halves[1], halves[0])] {
                let loader = SpecLoader([
                    "small.yaml": ErrorPage.smallSpec, "base.yaml": Self.spec(first, in: section, extending: "small.yaml"),
                    "spec.yaml": Self.spec(second, in: section, extending: "base.yaml"),
                ])
                let loaded = try loader.load("spec.yaml")
                let missing = Set(keywords).subtracting(Self.names(loaded, in: section))
                #expect(missing.isEmpty, "lost: \(missing.sorted())")
            }
        }
    }

    /// The same for models within an evaluation, all of which must be defined.
    @Test func everyKeywordIsAModelOfAnEvaluation() throws {
        let keywords = Self.keywords
        let models = Section(id: "models", path: ["models"], entry: "{ provider: local, model: m, deployment: d }")
        for bit in 0..<8 {
            let halves = [0, 1].map { side in keywords.indices.filter { ($0 >> bit) & 1 == side }.map { keywords[$0] } }
            func asked(_ names: [String]) -> String {
                "evaluations:\n  online:\n    split: main.test\n    models:\n"
                    + names.map { "      \($0): { online: plain }\n" }.joined()
            }
            let loaded = try SpecLoader([
                "small.yaml": ErrorPage.smallSpec,
                "base.yaml": Self.spec(halves[0], in: models, extending: "small.yaml") + asked(halves[0]),
                "spec.yaml": Self.spec(halves[1], in: models, extending: "base.yaml") + asked(halves[1]),
            ]).load("spec.yaml")
            #expect(Set(loaded.spec.evaluations["online"]?.models.names ?? []) == Set(keywords))
        }
    }

    /// An entry that extends another is merged by the same rules, and so is a setting.
    @Test func entriesAndSettingsKeepNamesToo() throws {
        let text = """
            extends: small.yaml
            models:
              adamw: { provider: local, model: a, deployment: d }
              sgd: { provider: local, model: b, deployment: d }
            evaluations:
              online:
                split: main.test
                models: { adamw: { online: plain } }
              batch: { extends: online, models: { sgd: { online: plain } } }
            """
        let loader = SpecLoader(["spec.yaml": text, "small.yaml": ErrorPage.smallSpec])
        let loaded = try loader.load(
            "spec.yaml",
            settings: [
                "evaluations.step={ split: main.test, models: { cnn: {} } }",
                "evaluations.cosine={ split: main.test, models: { cnn: {} } }", "evaluations.online.models.sgd.online=json",
            ])
        #expect(Set(loaded.spec.evaluations.names) == ["accuracy", "online", "batch", "step", "cosine"])
        #expect(loaded.spec.evaluations["batch"]?.models.names == ["adamw", "sgd"])
        #expect(loaded.spec.evaluations["online"]?.models.names == ["adamw", "sgd"])
    }

    /// A new form replaces an alternative one, for any name of the entry.
    @Test func choicesStillReplaceEachOther() throws {
        let loaded = try SpecLoader([
            "small.yaml": ErrorPage.smallSpec,
            "spec.yaml": """
            extends: small.yaml
            models: { cnn: { train: { optimizer: { sgd: { learning_rate: 0.1 } } } } }
            evaluations: { accuracy: { models: { base: { online: plain } } } }
            """,
        ]).load("spec.yaml", settings: ["evaluations.accuracy.models.base.batch=json"])
        #expect(loaded.spec.evaluations["accuracy"]?.models["base"]?.ask == .batch("json"))
        #expect(loaded.value(at: "models.cnn.train.optimizer")?.object?.keys.sorted() == ["sgd"])
    }

    /// `--variant all` chooses every variant and reports call the unchanged spec `default`.
    @Test(arguments: ["all", "default"])
    func namesThatMeanSomethingElseAreRefused(name: String) {
        let (found, _) = diagnostics(
            SpecLoader([
                "spec.yaml": "extends: small.yaml\nvariants: { \(name): { baseline: cnn } }\n",
                "small.yaml": ErrorPage.smallSpec,
            ]), "spec.yaml")
        #expect(found.map(\.code) == ["bad-name"])
        #expect(found.first?.range?.place == "spec.yaml:2:13")
    }
}
