// `--json` of every command follows its schema in schemas/output.

import Foundation
import Testing

@Suite(.enabled(if: TestProject.hasBinaries, "needs the built binaries beside the tests"), .serialized)
struct OutputSchemaTests {
    /// The commands, with the schema of each. The project has run the small experiment and a spec that changed since.
    private static let commands: [(schema: String, arguments: [String])] = [
        ("plan", ["plan", "--json"]), ("explain", ["explain", "--json"]),
        ("explain-diff", ["explain", "--diff", "last", "last", "--json"]),
        ("validate", ["validate", "--json"]), ("dataset", ["dataset", "--json"]), ("runs", ["runs", "--json"]),
        ("show", ["show", "--json"]), ("show", ["show", "last", "score:accuracy:base", "--json"]),
        ("status", ["status", "--json"]),
        ("jobs", ["jobs", "--json", "--all"]), ("models", ["models", "--json"]),
        ("models-list", ["models", "list", "assay.yaml", "--json"]),
        ("predict", ["predict", "assay.yaml", "cnn", "one.png", "none.png", "--json", "--set", "models.cnn.train.epochs=2"]),
        ("prices", ["prices", "--json"]),
        ("providers", ["providers", "--json"]),
        ("doctor", ["doctor", "--json"]), ("doctor", ["doctor", "assay.yaml", "--trainers", "--json"]),
        ("trust", ["trust", "--json"]), ("cache-size", ["cache", "size", "--json"]),
        ("cache-verify", ["cache", "verify", "--json"]),
        ("export", ["export", "--to", "junit", "--json"]),
        ("export", ["export", "--to", "ro-crate", "--json", "--output", "crate"]), ("verify", ["verify", "crate", "--json"]),
        ("audit", ["audit", "answers.csv", "--screening", "submitted=48,accepted=30", "--json"]),
        ("audit", ["audit", "audit.yaml", "--json"]), ("audit", ["audit", "--counts", "base=9/10", "tuned=8/10", "--json"]),
        ("report", ["report", "--format", "json"]), ("compare", ["compare", "--format", "json"]),
        ("compare", ["compare", "last", "last", "--format", "json"]),
        ("cache-gc", ["cache", "gc", "--dry-run", "--json"]),
    ]

    /// Guards against fields that no schema documents.
    @Test(arguments: [
        ("listed", #"{"a": 1}"#, true), ("not listed", #"{"a": 1, "b": 2}"#, false),
        ("listed by another branch", #"{"a": 1, "c": {}}"#, true), ("nested", #"{"a": 1, "c": {"e": 1}}"#, false),
        ("described as further", #"{"a": 1, "c": {"d": {"any": 1}}}"#, true),
        ("described, with another type", #"{"a": 1, "c": {"d": {"any": "1"}}}"#, false),
        ("in a list", #"{"a": 1, "f": [{"g": 1}, {"h": 1}]}"#, false),
    ])
    func undocumentedMembersAreErrors(_ id: String, _ document: String, _ isValid: Bool) throws {
        let schema = try JSONSchema(
            Data(
                """
                {"allOf": [
                  {"type": "object", "properties": {"a": {"type": "integer"},
                    "f": {"type": "array", "items": {"type": "object", "properties": {"g": {"type": "integer"}}}}}},
                  {"type": "object", "properties": {"c": {"type": "object", "properties": {
                    "d": {"type": "object", "additionalProperties": {"type": "integer"}}}}}}
                ]}
                """.utf8))
        let problems = schema.problems(of: document)
        #expect(problems.isEmpty == isValid, "\(id): \(problems)")
    }

    private func schema(_ name: String) throws -> JSONSchema {
        try JSONSchema(at: TestProject.root + "/schemas/output/\(name).schema.json")
    }

    @Test func everyCommandFollowsItsSchema() throws {
        let project = try TestProject()
        try project.write(
            "assay.yaml",
            SmallExperiment.spec
                + "\npublished:\n  charts: { counts: { base: 9/10, tuned: 8/10 }, screening: { submitted: 48, accepted: 30 } }\n")
        let run = try project.assay("run", "--json")
        #expect(run.status == 0, "\(run.errors)")
        let events = try schema("run-event")
        for line in run.output.split(separator: "\n") {
            let problems = events.problems(of: String(line))
            #expect(problems.isEmpty, "\(problems)")
        }
        try project.picture("one.png", seed: 1)
        try project.write("answers.csv", "id,label,base,tuned\n1,cat,cat,cat\n2,dog,cat,dog\n3,dog,,dog\n")
        try project.write(
            "audit.yaml",
            """
            assay-audit: 1
            name: published
            tables:
              images: { answers: answers.csv, screening: { submitted: 48, accepted: 30 } }
              charts: { counts: { base: 9/10, tuned: 8/10, "gpt-4.1": 5/8 } }
            claims:
              - { metric: comparisons.charts.accuracy.tuned.base.p_value, at_least: 0.05 }

            """)
        try project.write("assay.yaml", SmallExperiment.spec.replacing("epochs: 2\n", with: "epochs: 3\n"))
        var tested: Set<String> = ["run-event"]
        for (name, arguments) in Self.commands {
            let result = try project.assay(arguments)
            let problems = try schema(name).problems(of: result.output)
            #expect(problems.isEmpty, "\(arguments): \(problems) \(result.errors)")
            tested.insert(name)
        }
        let folder = TestProject.root + "/schemas/output"
        let all = try FileManager.default.contentsOfDirectory(atPath: folder)
            .map { $0.replacing(".schema.json", with: "") }
        #expect(Set(all) == tested, "a schema is not tested, or has no file")
        let page = try String(contentsOfFile: TestProject.root + "/docs/output.md", encoding: .utf8)
        for name in tested { #expect(page.contains("schemas/output/\(name).schema.json"), "docs/output.md lacks \(name)") }
    }

    /// In a folder without runs the same commands write the same form, and leave no state behind.
    @Test func withoutStateToo() throws {
        let project = try TestProject()
        try FileManager.default.removeItem(atPath: project.folder + "/.assay")
        try project.write("assay.yaml", SmallExperiment.spec)
        for (name, arguments) in [
            ("runs", ["runs", "--json"]), ("status", ["status", "--json"]), ("jobs", ["jobs", "--json"]),
            ("models", ["models", "--json"]), ("cache-size", ["cache", "size", "--json"]),
            ("cache-verify", ["cache", "verify", "--json"]), ("cache-gc", ["cache", "gc", "--dry-run", "--json"]),
            // Providers are queried for resources that no ledger lists, so the emulator starts, too.
            ("jobs", ["jobs", "assay.yaml", "--json"]), ("models-list", ["models", "list", "assay.yaml", "--json"]),
        ] {
            let result = try project.assay(arguments)
            #expect(result.status == 0, "\(result.errors)")
            let problems = try schema(name).problems(of: result.output)
            #expect(problems.isEmpty, "\(arguments): \(problems)")
        }
        for arguments in [
            ["show"], ["report"], ["compare"], ["export", "--to", "csv"], ["runs", "rm", "last"], ["jobs", "forget", "3"],
            ["jobs", "take-over"],
        ] {
            let result = try project.assay(arguments)
            #expect(result.status == 2)
            #expect(result.errors.contains("no runs yet"))
        }
        #expect(!FileManager.default.fileExists(atPath: project.folder + "/.assay"), "a command that only reads made state")
    }
}
