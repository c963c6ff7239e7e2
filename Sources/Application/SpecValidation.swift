// Collects all errors of a spec and its local data at once.

package import Basics
import Planning
import ProviderKit
import Providers
package import Specification

/// A spec read with all its variants, and its data if it is available locally.
package struct SpecValidation: Sendable {
    /// The base spec, used to render diagnostics.
    package var spec: LoadedSpec
    /// The number of variants and sweep points.
    package var variants: Int
    /// Errors and warnings, those of the spec first.
    package var diagnostics: [Diagnostic]
    /// The dataset; `nil` if it is not available locally.
    package var dataset: DatasetOverview?

    /// Whether there are no errors.
    package var isValid: Bool { !diagnostics.contains { $0.severity == .error } }

    /// Reads the spec, all its variants and the headers of its images.
    /// - Throws: `SpecificationError` with all errors of the spec and its variants.
    package init(_ path: String, settings: [String]) async throws {
        let base = try SpecRequest.read(path, settings: settings)
        // All variants are read before reporting, so that all errors appear at once.
        if let errors = base.variantErrors() {
            throw SpecificationError(base.warnings + errors.diagnostics, sources: errors.sources)
        }
        let variants = try base.variants() + base.sweepPoints()
        var diagnostics = base.warnings
        for variant in variants { diagnostics += variant.warnings.filter { !diagnostics.contains($0) } }
        for spec in [base] + variants {
            diagnostics += builtInProviders.unsupported(in: spec).filter { !diagnostics.contains($0) }
        }
        let check = await LocalDatasetCheck.run(base)
        spec = base
        self.variants = variants.count
        self.diagnostics = diagnostics + check.diagnostics
        dataset = check.overview
    }

    /// The documents of a file by the YAML 1.2 core schema, without checking them as specs.
    /// - Throws: `SpecificationError` for a file that is not YAML.
    package static func documents(of path: String) throws -> [JSONValue] {
        var sources = SourceTexts()
        do throws(Finding) {
            let text = try source(path)
            sources.add(text)
            return try YAMLReader.documents(text, dialect: .plain).map(\.json)
        } catch {
            throw SpecificationError([error.diagnostic], sources: sources)
        }
    }

    private static func source(_ path: String) throws(Finding) -> SourceText {
        do {
            return SourceText(name: path, bytes: try SpecRequest.bytes(path))
        } catch {
            throw Finding(.unreadableFile(path, reason: "\(error)"), at: nil)
        }
    }
}
