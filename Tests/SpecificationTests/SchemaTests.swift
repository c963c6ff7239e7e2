// The JSON Schema and the reader agree on the experiments and on mutants of them.

import Basics
import Foundation
import ProviderKit
import Providers
import Specification
import TaskKit
import Tasks
import Testing

/// Codes that a JSON Schema can detect; all others need several positions in the file, or other files.
private let structural: Set<String> = [
    "unknown-key", "missing-key", "conflicting-keys", "wrong-type", "unknown-value", "out-of-range", "bad-format",
    "bad-name", "newer-format", "missing-schema-name", "secret-in-spec", "bad-task",
]

@Suite struct SchemaTests {
    /// A changed copy of a spec.
    struct Mutant {
        var what: String
        var json: JSONValue
    }

    /// A Python with a public validator, the package jsonschema.
    static let python = Project.root.appending(path: ".build-venv/bin/python").path
    static let hasValidator = (try? run("import jsonschema", input: ""))?.status == 0
    static let needs: Comment = "needs jsonschema in .build-venv: scripts/install-dependencies --tests"

    @Test(.enabled(if: hasValidator, needs))
    func agreesWithTheReaderOnExperimentsAndMutants() throws {
        var mutants: [Mutant] = []
        for name in try Project.experiments() {
            let text = SourceText(name: name, text: try Project.text("experiments/\(name).yaml"))
            let root = try #require(try YAMLReader.documents(text).first).json
            mutants.append(Mutant(what: name, json: root))
            var random = SeededRandom(seed: UInt64(name.utf8.count))
            let paths = root.paths
            for _ in 0..<80 {
                guard let path = paths.randomElement(using: &random) else { continue }
                mutants.append(root.mutant(at: path, using: &random))
            }
        }
        let verdicts = try Self.validate(mutants.map(\.json))
        try #require(verdicts.count == mutants.count)
        var refused = 0
        for (mutant, isValid) in zip(mutants, verdicts) {
            // JSON is YAML, so the reader takes the very same text.
            let files = try Project.files("experiments").merging(["experiments/mutant.yaml": mutant.json.canonical]) {
                $1
            }
            let loader = SpecLoader(files, environment: ["ASSAY_DATA": "/data"])
            let found = diagnostics(loader, "experiments/mutant.yaml").list.filter { structural.contains($0.code) }
            // The value of a variable is known only when the spec is read, so the schema accepts any.
            if isValid, mutant.what.contains("${NAME") { continue }
            // The schema sees one file, not the keys of the file that it extends.
            let isLeftOut = mutant.what.hasPrefix("without") || found.allSatisfy { $0.code.hasPrefix("missing-") }
            if isValid, mutant.json["extends"] != nil, isLeftOut { continue }
            // Only the task can check the values of its options beyond their types.
            if isValid, !found.isEmpty, found.allSatisfy({ $0.code == "bad-task" }) { continue }
            // Only its metric decides which numbers a claim can state.
            let isOfMetric = mutant.what.hasPrefix("claims.") && found.allSatisfy { $0.code == "out-of-range" }
            if isValid, !found.isEmpty, isOfMetric { continue }
            #expect(isValid == found.isEmpty, "\(mutant.what): \(found.map(\.message))")
            if !isValid { refused += 1 }
        }
        #expect(refused >= 100)
    }

    /// Guards: an editor marked a provider that inherits its kind.
    @Test(.enabled(if: hasValidator, needs))
    func aProviderMayInheritItsKind() throws {
        let base: JSONValue = ["kind": "azure-openai", "endpoint": "https://a.test"]
        let cases: [(provider: JSONValue, fits: Bool)] = [
            (["extends": "base"], true), (["extends": "base", "endpoint": "https://b.test"], true),
            (["extends": "base", "kind": "azure-openai", "api_version": "v1"], true),
            (["extends": "base", "nonsense": 1], false), (["extends": "base", "kind": "nonsense"], false),
            (["endpoint": "https://b.test"], false), (["kind": "openai", "bucket": "b"], false),
            (["kind": "vertex", "project": "p", "location": "global", "bucket": "b"], true),
            (["kind": "vertex", "project": "p", "location": "global"], false),
            (["kind": "emulator", "account": "a", "api": "vertex"], true),
            (["kind": "emulator", "account": "a", "api": "nonsense"], false),
        ]
        let text = SourceText(name: "small.yaml", text: ErrorPage.smallSpec)
        let small = try #require(try YAMLReader.documents(text).first?.json.object)
        let documents = cases.map { test -> JSONValue in
            let others: [String: JSONValue] = ["base": base, "other": test.provider]
            return .object(
                small.merging(["providers": .object((small["providers"]?.object ?? [:]).merging(others) { $1 })]) { $1 })
        }
        #expect(try Self.validate(documents) == cases.map(\.fits))
        for (test, document) in zip(cases, documents) {
            let loader = SpecLoader(["spec.yaml": document.canonical])
            let errors = diagnostics(loader, "spec.yaml").list.filter { $0.severity == .error }
            #expect(errors.isEmpty == test.fits, "\(test.provider.canonical): \(errors.map(\.message))")
        }
    }

    @Test(.enabled(if: hasValidator, needs))
    func isASchemaOfTheDraftItNames() throws {
        let check = "import json,sys,jsonschema\njsonschema.Draft202012Validator.check_schema(json.load(sys.stdin))"
        for path in ["schemas/experiment.schema.json", "schemas/prices.schema.json"] {
            #expect(try Self.run(check, input: try Project.text(path)).status == 0)
        }
    }

    /// Whether each document fits the schema.
    private static func validate(_ documents: [JSONValue]) throws -> [Bool] {
        let script = """
            import json, sys, jsonschema
            given = json.load(sys.stdin)
            validator = jsonschema.Draft202012Validator(given["schema"])
            print(json.dumps([validator.is_valid(document) for document in given["documents"]]))
            """
        let input: JSONValue = [
            "schema": SpecSchema.experiment(with: builtInProviders.keys, .standard), "documents": .array(documents),
        ]
        let result = try run(script, input: input.canonical)
        return try JSONValue(parsing: result.output).array?.compactMap(\.bool) ?? []
    }

    private static func run(_ script: String, input: String) throws -> (status: Int32, output: Data) {
        let file = FileManager.default.temporaryDirectory.appending(path: "assay-\(UUID().uuidString).json")
        try input.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        process.executableURL = URL(filePath: python)
        process.arguments = ["-c", script]
        process.standardInput = try FileHandle(forReadingFrom: file)
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, data)
    }
}

extension Project {
    /// The names of the specs in `experiments/`.
    static func experiments() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root.appending(path: "experiments").path)
            .filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
            // Audits have another format.
            .filter { try !text("experiments/\($0).yaml").contains("\nassay-audit:") }
    }

    /// The texts below a folder, by path from the root.
    static func files(_ folder: String) throws -> [String: String] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: root.appending(path: folder).path)
        var files: [String: String] = [:]
        for name in names where name.hasSuffix(".yaml") || name.hasSuffix(".txt") {
            files["\(folder)/\(name)"] = try text("\(folder)/\(name)")
        }
        return files
    }
}

extension JSONValue {
    /// The paths of everything below this value. Variants and sweeps hold free paths, so they are left alone.
    fileprivate var paths: [[String]] {
        switch self {
        case .object(let members):
            members.keys.sorted().filter { $0 != "variants" && $0 != "sweep" }.flatMap { key in
                [[key]] + (members[key]?.paths.map { [key] + $0 } ?? [])
            }
        case .array(let items):
            items.enumerated().flatMap { index, item in
                [[String(index)]] + item.paths.map { [String(index)] + $0 }
            }
        default: []
        }
    }

    fileprivate func mutant(at path: [String], using random: inout SeededRandom) -> SchemaTests.Mutant {
        let other: [JSONValue] = [
            "text", "", 12, -1, 0.5, 1e6, true, nil, [], [:], ["x"], ["x": 1], "${NAME:-3}", "main.test", "sampling",
        ]
        let place = path.joined(separator: ".")
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return .init(what: "without \(place)", json: changed(path[...]) { _ in nil })
        case 1:
            return .init(
                what: "\(place) renamed",
                json: changed(path.dropLast()) { value in
                    guard case .object(var members)? = value, let last = path.last else { return value }
                    members[last + "x"] = members.removeValue(forKey: last)
                    return .object(members)
                })
        default:
            let value = other.randomElement(using: &random) ?? nil
            return .init(what: "\(place) = \(value.canonical)", json: changed(path[...]) { _ in value })
        }
    }

    fileprivate func changed(_ path: ArraySlice<String>, _ change: (JSONValue?) -> JSONValue?) -> JSONValue {
        guard let key = path.first else { return change(self) ?? .null }
        switch self {
        case .object(var members):
            if path.count == 1 {
                members[key] = change(members[key])
            } else {
                members[key] = members[key]?.changed(path.dropFirst(), change)
            }
            return .object(members)
        case .array(var items):
            guard let index = Int(key), items.indices.contains(index) else { return self }
            if path.count == 1 {
                if let value = change(items[index]) { items[index] = value } else { items.remove(at: index) }
            } else {
                items[index] = items[index].changed(path.dropFirst(), change)
            }
            return .array(items)
        default: return self
        }
    }
}
