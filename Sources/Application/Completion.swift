// Names in a project for shell completion.

import Basics
import Foundation
import Ledger
import Specification

/// Looks up names without changing anything. Returns none for an unreadable project.
package enum Completion {
    /// The ids of runs, latest first.
    package static func runs(state: String?) -> [String] {
        (try? existing(state)?.ledger.runs(limit: 100))?.map(\.id.text) ?? []
    }

    /// The tags of the latest runs, sorted.
    package static func tags(state: String?) -> [String] {
        let runs = (try? existing(state)?.ledger.runs(limit: 1000)) ?? []
        return Set(runs.flatMap(\.tags)).sorted()
    }

    /// The names of a spec's variants.
    /// - Parameter spec: `nil` for `assay.yaml`.
    package static func variants(of spec: String?) -> [String] {
        guard let path = try? SpecRequest.path(spec), let loaded = try? SpecRequest.loader().load(path),
            let variants = try? loaded.variants()
        else { return [] }
        return variants.map(\.name.text)
    }

    /// The models of a spec.
    /// - Parameter spec: `nil` for `assay.yaml`.
    package static func models(of spec: String?) -> [String] {
        guard let path = try? SpecRequest.path(spec), let loaded = try? SpecRequest.loader().load(path) else { return [] }
        return loaded.spec.models.names
    }

    /// The steps of a run.
    /// - Parameter words: the words of the command line; the first that names a run selects it, otherwise the last
    /// run is used.
    package static func steps(words: [String], state: String?) -> [String] {
        guard let workspace = try? existing(state) else { return [] }
        let named = words.lazy.compactMap { word in word.isEmpty ? nil : try? workspace.run(named: word) }.first
        guard let run = named ?? (try? workspace.run(named: nil)) else { return [] }
        return ((try? workspace.ledger.steps(of: run.id)) ?? []).map(\.step.text)
    }

    private static func existing(_ state: String?) throws -> Workspace? { try Workspace.existing(state: state) }
}
