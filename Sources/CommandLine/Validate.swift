// `assay validate`: all errors of a spec and its variants.

import Application
import ArgumentParser
import Basics
import Specification

struct Validate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Check a spec and its local data: all errors at once, each at its place.")

    @OptionGroup var specOptions: SpecOptions
    @Flag(help: "Write the diagnostics as JSON.")
    var json = false
    @Flag(help: "Only read the file as YAML, and write each of its documents as JSON.")
    var yamlJson = false

    func run() async throws {
        try await Reporter.explaining {
            if yamlJson { return try writeDocuments() }
            do {
                let base = try SpecRequest.loader().load(specOptions.spec, settings: specOptions.settings)
                // All variants are read before anything is told, so that every error comes at once.
                if let errors = base.variantErrors() {
                    throw SpecificationError(base.warnings + errors.diagnostics, sources: errors.sources)
                }
                let variants = try base.variants() + base.sweepPoints()
                var diagnostics = base.warnings
                for variant in variants {
                    diagnostics += variant.warnings.filter { !diagnostics.contains($0) }
                }
                let look = await DatasetLook.look(base)
                diagnostics += look.diagnostics
                let isInvalid = diagnostics.contains { $0.severity == .error }
                if json {
                    Terminal.writeJSON(Validate.document(diagnostics))
                } else {
                    Reporter.warn(diagnostics, base)
                }
                if isInvalid { throw ExitCode.invalid }
                if !json {
                    let count =
                        variants.isEmpty ? "" : ", with \(variants.count) \(variants.count == 1 ? "variant" : "variants")"
                    Terminal.writeLine("\(specOptions.spec) is valid\(count)")
                    if let overview = look.overview { Terminal.writeLine("dataset: \(overview.summary)") }
                }
            } catch let error as SpecificationError where json {
                Terminal.writeJSON(Validate.document(error.diagnostics))
                throw ExitCode.invalid
            }
        }
    }

    /// The file's documents by the YAML 1.2 core schema, whatever they hold.
    private func writeDocuments() throws {
        var sources = SourceTexts()
        do {
            let text = try SourceText.file(specOptions.spec)
            sources.add(text)
            for document in try YAMLReader.documents(text, dialect: .plain) {
                Terminal.writeJSON(document.json)
            }
        } catch {
            throw SpecificationError([error.diagnostic], sources: sources)
        }
    }

    private static func document(_ diagnostics: [Diagnostic]) -> JSONValue {
        [
            "diagnostics": .array(diagnostics.map { diagnostic in
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

extension SourceText {
    fileprivate static func file(_ path: String) throws(Finding) -> SourceText {
        do {
            return SourceText(name: path, bytes: try SpecRequest.bytes(path))
        } catch {
            throw Finding(.unreadableFile(path, reason: "\(error)"), at: nil)
        }
    }
}

struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Write the JSON Schema of specs, or of price tables.")

    @Flag(help: "The schema of price tables.")
    var prices = false
    @Flag(help: "The reference page, in Markdown.")
    var reference = false

    func run() throws {
        if reference {
            Terminal.write(SpecReference.markdown)
        } else {
            Terminal.writeJSON((prices ? SpecSchema.prices : SpecSchema.experiment))
        }
    }
}
