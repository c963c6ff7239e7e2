// Properties of every input: reading, checking and reporting terminate, and an accepted spec survives a round trip.

package import Basics
import ProviderKit
import Providers
import Specification

/// The body of the fuzz target; the tests replay its corpus through it.
package enum SpecFuzzing {
    private struct NoSuchFile: Error, CustomStringConvertible {
        var description: String { "no such file" }
    }

    /// The contents of `small.yaml` and `prices.yaml` for inputs that name them.
    private static let files: [String: String] = [
        "small.yaml": """
        assay: 1
        name: small
        dataset: { generate: { pictures: shapes, labels: 3, per_label: 20, seed: 7 } }
        splits: { main: { train: 10, validation: 5, test: 5, order: name } }
        prompts: { classify: { system: "One of [{{ labels }}].", user: [image] } }
        requests: { plain: { prompt: classify, max_tokens: 20 } }
        providers: { local: { kind: emulator, account: "${ACCOUNT:-small}" } }
        models:
          base: { provider: local, model: shapes-base, deployment: base, batch_deployment: base-batch }
          cnn: { train: { architecture: small_cnn, data: { split: main }, epochs: 4 } }
        evaluations: { accuracy: { split: main.test, models: { base: { batch: plain }, cnn: {} } } }
        """,
        "prices.yaml": "assay-prices: 1\ndate: 2025-09-01\nmodels: { gpt-4o-2024-08-06: { input: 2.50, output: 10 } }\n",
    ]

    /// Reads, checks and reports an input as a spec and as a price table, with all its variants.
    /// - Returns: the number of diagnostics.
    @discardableResult
    package static func check(_ bytes: [UInt8]) -> Int {
        let loader = SpecLoader(environment: Environment(["SET": "set"]), today: "2026-01-15", providers: builtInProviders.keys) {
            path in
            if path == "spec.yaml" { return bytes }
            guard let text = files[path] else { throw NoSuchFile() }
            return Array(text.utf8)
        }
        var count = 0
        do {
            let loaded = try loader.load("spec.yaml", settings: [])
            count += loaded.warnings.count
            _ = DiagnosticRenderer(sources: loaded.sources).render(loaded.warnings)
            if let errors = loaded.variantErrors() {
                count += errors.diagnostics.count
                _ = DiagnosticRenderer(sources: errors.sources).render(errors.diagnostics)
            }
        } catch {
            precondition(error.diagnostics.contains { $0.severity == .error }, "a refusal without an error")
            count += error.diagnostics.count
            _ = DiagnosticRenderer(sources: error.sources).render(error.diagnostics)
        }
        _ = try? PriceTable.read(SourceText(name: "prices.yaml", bytes: bytes))
        checkReadingAgain(bytes)
        return count
    }

    /// JSON is YAML: a document that was read and is written as JSON is read as the same value.
    private static func checkReadingAgain(_ bytes: [UInt8]) {
        guard let documents = try? YAMLReader.documents(SourceText(name: "spec.yaml", bytes: bytes), dialect: .plain)
        else { return }
        for document in documents where document.weight < 10_000 {
            let json = document.json
            let text = SourceText(name: "again.json", text: json.canonical)
            guard let again = try? YAMLReader.documents(text, dialect: .plain) else { continue }
            // 1 and 1.0 are one number in JSON: the texts are compared.
            precondition(
                again.count == 1 && again[0].json.canonical == json.canonical,
                "read again it is another value: \(json.canonical)")
        }
    }
}
