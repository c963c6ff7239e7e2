// A spec with the variants and changes that a command was asked for.

package import Basics
import Foundation
import Planning
import Platform
import ProviderKit
import Providers
package import Specification

/// What a command names of an experiment: the spec's file, changes of its values, variants, and a limit.
package struct SpecRequest: Sendable {
    /// The path of the spec's file.
    package var spec: String
    /// Changes of the spec's values, as `path=value`.
    package var settings: [String]
    /// Names of variants; `all` stands for all of them.
    package var variant: [String]
    /// Whether every point of the spec's sweep belongs to it.
    package var sweep: Bool
    /// The most examples of each label from each part of a split.
    package var limit: Int?
    /// The state folder, where it is named.
    package var state: String?

    /// A request for the spec as it is, unless changes or variants are named.
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

/// The variants that a command was asked for.
package struct ChosenSpecs: Sendable {
    /// The spec as it is, with the command's changes.
    package var base: LoadedSpec
    /// The variants that are run, each with its name; the base alone where none was named.
    package var variants: [(name: VariantName, loaded: LoadedSpec)]
}

extension SpecRequest {
    /// The spec that is used where none is named.
    package static let defaultName = "assay.yaml"

    /// The path of the spec that a command means.
    /// - Parameter named: `nil` for `assay.yaml` in the working folder.
    /// - Throws: `Refusal` where none is named and there is no `assay.yaml`.
    package static func path(_ named: String?) throws -> String {
        if let named { return named }
        guard LocalFileSystem().exists(defaultName) else {
            throw Refusal(
                "no spec is named, and there is no \(defaultName) in this folder: name one, or write one with 'assay init'",
                code: .invalid)
        }
        return defaultName
    }

    /// A loader that reads this process's environment and files of a bounded size.
    package static func loader() -> SpecLoader {
        let today = String(Date().ISO8601Format().prefix(10))
        return SpecLoader(
            environment: Environment(ProcessInfo.processInfo.environment), today: today, providers: builtInProviders.keys
        ) { path in
            try SpecRequest.bytes(path)
        }
    }

    /// The bytes of a file; why there are none in words that fit behind its name.
    package static func bytes(_ path: String) throws -> [UInt8] {
        // The spec's own .env file is read by its name; a link to one, which a project may hold, is not.
        if !SecretFile.isNamed(path), SecretFile.isReached(by: path) { throw UnreadableFile(reason: SecretFile.refusal) }
        do {
            return [UInt8](try LocalFileSystem().read(path, limit: FileSizeLimit.text))
        } catch FileError.missing {
            throw UnreadableFile(reason: "no such file", isMissing: true)
        } catch let error as FileError {
            throw UnreadableFile(reason: error.reason)
        }
    }

    /// Checks specs against what their providers can do.
    /// - Throws: `DiagnosticsError` with the settings that a provider does not support.
    private static func checkCapabilities(_ specs: [LoadedSpec]) throws {
        var diagnostics: [Diagnostic] = []
        for spec in specs { diagnostics += builtInProviders.unsupported(in: spec).filter { !diagnostics.contains($0) } }
        guard diagnostics.isEmpty else { throw DiagnosticsError(diagnostics) }
    }

    /// Reads the spec and the variants that were asked for; without any, the spec as it stands.
    /// - Throws: `SpecificationError` with all that is wrong; `DiagnosticsError` for what a provider does not support.
    package func load() throws -> ChosenSpecs {
        let base = try SpecRequest.loader().load(spec, settings: settings)
        var variants: [(name: VariantName, loaded: LoadedSpec)] = []
        for name in variant {
            if name == "all" {
                if !variants.contains(where: { $0.name == base.name }) { variants.append((base.name, base)) }
                variants += try base.variants().map { ($0.name, $0) }
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
