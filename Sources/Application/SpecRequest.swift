// A spec with the variants and changes that a command selects.

package import Basics
import Foundation
import Planning
import Platform
import ProviderKit
import Providers
package import Specification
import TaskKit
import Tasks

/// A command's selection: the spec's file, changes of its values, variants, and a limit.
package struct SpecRequest: Sendable {
    /// The path of the spec.
    package var spec: String
    /// The name by which the user chose a bundled experiment; `nil` for a path.
    package var bundled: String?
    /// Changes of the spec's values, as `path=value`.
    package var settings: [String]
    /// Names of variants; `all` selects all of them, and `default` the spec without variants.
    package var variant: [String]
    /// Whether to include every point of the spec's sweep.
    package var sweep: Bool
    /// Maximum number of examples per label in each part of a split; `nil` for no limit.
    package var limit: Int?
    /// The state folder given by the user; `nil` for the default.
    package var state: String?

    /// A request for the unchanged spec, unless changes or variants are given.
    package init(
        spec: String, settings: [String] = [], variant: [String] = [], sweep: Bool = false, limit: Int? = nil,
        state: String? = nil
    ) {
        self.spec = spec
        self.settings = settings
        self.variant = variant
        self.sweep = sweep
        self.limit = limit
        self.state = state
    }
}

/// The variants selected by a command.
package struct ChosenSpecs: Sendable {
    /// The base spec, with the command's changes.
    package var base: LoadedSpec
    /// The variants to run, with their names; only the base if none was selected.
    package var variants: [(name: VariantName, loaded: LoadedSpec)]
}

extension SpecRequest {
    /// The spec used if none is named.
    package static let defaultName = "assay.yaml"

    /// The path of the spec that a command uses.
    /// - Parameter named: `nil` for `assay.yaml` in the working folder.
    /// - Throws: `Refusal` if none is named and there is no `assay.yaml`.
    package static func path(_ named: String?) throws -> String {
        if let named { return named }
        guard LocalFileSystem().exists(defaultName) else {
            throw Refusal(
                "no spec is named, and there is no \(defaultName) in this folder: name one, or write one with 'assay init'",
                code: .invalid)
        }
        return defaultName
    }

    /// A loader that reads this process's environment, and files up to a size limit.
    package static func loader() -> SpecLoader {
        let today = String(Date().ISO8601Format().prefix(10))
        return SpecLoader(
            environment: Environment(ProcessInfo.processInfo.environment), today: today, providers: builtInProviders.keys,
            tasks: .standard
        ) { path in
            try SpecRequest.bytes(path)
        }
    }

    /// Reads a spec that the user named.
    /// - Throws: `SpecificationError`; for a missing file with the nearest name as its hint.
    package static func read(_ path: String, settings: [String] = []) throws(SpecificationError) -> LoadedSpec {
        do throws(SpecificationError) {
            return try loader().load(path, settings: settings)
        } catch {
            guard !LocalFileSystem().exists(path) else { throw error }
            var missing = error
            let hint = nearestSpec(to: path).map { "did you mean '\($0)'?" }
            for at in missing.diagnostics.indices where missing.diagnostics[at].range == nil {
                missing.diagnostics[at].hint = hint
            }
            throw missing
        }
    }

    /// The name that a mistyped spec was probably meant to be: a YAML file of the same folder or a bundled experiment.
    package static func nearestSpec(to path: String) -> String? {
        let folder = path.parentPath, name = (path as NSString).lastPathComponent
        let inFolder = (try? FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder)) ?? []
        let files = Array(inFolder.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }.prefix(maxFilesCompared))
        let bundled = folder.isEmpty ? BundledExperiments.names : []
        let found = nearest(to: name, among: files + bundled) ?? nearest(to: name + ".yaml", among: files)
        return found.map { folder.isEmpty ? $0 : (folder as NSString).appendingPathComponent($0) }
    }

    /// Maximum number of files whose names are compared with a mistyped one.
    private static let maxFilesCompared = 10_000

    /// The bytes of a file. Throws an error with a reason that reads well after the file's name.
    package static func bytes(_ path: String) throws -> [UInt8] {
        // The spec's own .env file may be read by its name, but not through a link, which a project could contain.
        if !SecretFile.isNamed(path), SecretFile.isTarget(of: path) { throw UnreadableFile(reason: SecretFile.refusal) }
        do {
            return [UInt8](try LocalFileSystem().read(path, limit: FileSizeLimit.text))
        } catch FileError.missing {
            throw UnreadableFile(reason: "no such file", isMissing: true)
        } catch let error as FileError {
            throw UnreadableFile(reason: error.reason)
        }
    }

    /// Checks specs against their providers' capabilities.
    /// - Throws: `DiagnosticsError` with the settings that a provider does not support.
    private static func checkCapabilities(_ specs: [LoadedSpec]) throws {
        var diagnostics: [Diagnostic] = []
        for spec in specs { diagnostics += builtInProviders.unsupported(in: spec).filter { !diagnostics.contains($0) } }
        guard diagnostics.isEmpty else { throw DiagnosticsError(diagnostics) }
    }

    /// Reads the spec and the selected variants; only the base if none is selected.
    /// - Throws: `SpecificationError` with all errors; `DiagnosticsError` for settings that a provider does not
    /// support.
    package func load() throws -> ChosenSpecs {
        let base = try SpecRequest.read(spec, settings: settings)
        var variants: [(name: VariantName, loaded: LoadedSpec)] = []
        for name in variant {
            if name == "all" || name == VariantName.unchanged.text {
                if !variants.contains(where: { $0.name == base.name }) { variants.append((base.name, base)) }
                if name == "all" { variants += try base.variants().map { ($0.name, $0) } }
            } else {
                let loaded = try base.variant(VariantName(name))
                variants.append((loaded.name, loaded))
            }
        }
        if sweep { variants += try base.sweepPoints().map { ($0.name, $0) } }
        if variants.isEmpty { variants = [(base.name, base)] }
        try SpecRequest.checkCapabilities(variants.map(\.loaded))
        return ChosenSpecs(base: base, variants: variants)
    }
}
