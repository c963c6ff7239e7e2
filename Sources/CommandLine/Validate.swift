// `assay validate`: reports all errors of a spec and its variants.

import Application
import ArgumentParser
import Basics
import ProviderKit
import Providers
import Specification
import TaskKit
import Tasks

struct Validate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Check a spec and its local data, and report every error with its position.")

    @OptionGroup var specsOptions: SpecsOptions
    @Flag(help: "Print the diagnostics as JSON.")
    var json = false
    @Flag(help: "Only parse the file as YAML, and print each of its documents as JSON.")
    var yamlJson = false

    func run() async throws {
        try await Reporter.explaining {
            let specs = try specsOptions.requests()
            if yamlJson {
                for spec in specs {
                    for document in try SpecValidation.documents(of: spec.spec) { Terminal.writeJSON(document) }
                }
                return
            }
            var isValid = true
            // Check all specs before the command fails.
            for spec in specs {
                do {
                    let isFine = try await check(spec)
                    isValid = isValid && isFine
                } catch let error as SpecificationError {
                    json ? Terminal.writeJSON(Validate.document(error.diagnostics)) : Reporter.write(error)
                    isValid = false
                }
            }
            if !isValid { throw ExitCode.invalid }
            if !json, specs.count == 1 {
                NextCommand.write("\(NextCommand.of(specs[0], "plan")) shows what a run would do")
            }
        }
    }

    private func check(_ spec: SpecRequest) async throws -> Bool {
        let found = try await SpecValidation(spec.spec, settings: spec.settings)
        if json {
            Terminal.writeJSON(Validate.document(found.diagnostics))
            return found.isValid
        }
        Reporter.warn(found.diagnostics, found.spec)
        guard found.isValid else { return false }
        let count =
            found.variants == 0 ? "" : ", with \(found.variants) \(found.variants == 1 ? "variant" : "variants")"
        Terminal.writeLine("\(spec.spec) is valid\(count)")
        if let dataset = found.dataset { Terminal.writeLine("dataset: \(dataset.summary)") }
        return true
    }

    private static func document(_ diagnostics: [Diagnostic]) -> JSONValue {
        [
            "diagnostics": .array(
                diagnostics.map { diagnostic in
                    [
                        "severity": .string(diagnostic.severity.rawValue), "code": .string(diagnostic.code),
                        "message": .string(diagnostic.message),
                        "file": diagnostic.range.map { .string($0.file) } ?? .null,
                        "line": diagnostic.range.map { .int(Int64($0.line)) } ?? .null,
                        "column": diagnostic.range.map { .int(Int64($0.column)) } ?? .null,
                        "hint": diagnostic.hint.map { .string($0) } ?? .null,
                    ]
                })
        ]
    }
}

struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print the JSON Schema or the reference of specs or of price tables.")

    @Flag(help: "Of price tables instead of specs.")
    var prices = false
    @Flag(help: "Print the reference in Markdown instead of the schema.")
    var reference = false

    func run() throws {
        if reference {
            Terminal.write(prices ? SpecReference.prices : SpecReference.markdown(with: builtInProviders.keys, .standard))
        } else {
            Terminal.writeJSON(prices ? SpecSchema.prices : SpecSchema.experiment(with: builtInProviders.keys, .standard))
        }
    }
}
