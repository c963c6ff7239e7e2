// Where the parts of a plan's keys stand in the specs, found when they are asked for.

import Artifacts
import Basics
package import Specification

/// The places of key parts, step by step. They are looked for only where somebody wants them: of ten thousand steps whose
/// results are there, nobody does.
package struct KeyPartPlaces: Sendable {
    private let specs: [LoadedSpec]
    /// For each step the paths of its parts and the number of the spec that they are paths of.
    private var steps: [(paths: SpecPlaces, spec: Int)] = []

    init(specs: [LoadedSpec]) { self.specs = specs }

    mutating func append(_ paths: SpecPlaces, of spec: Int) { steps.append((paths, spec)) }

    /// Gives the parts of some of the plan's steps their places.
    /// - Parameter isWanted: whether a step is among them, by its position in the plan.
    package func locate(in plan: inout Plan, where isWanted: (Int) -> Bool = { _ in true }) {
        for (index, (paths, spec)) in steps.enumerated() where isWanted(index) {
            for part in plan.steps[index].parts.indices {
                let path = paths.path(of: plan.steps[index].parts[part].name)
                plan.steps[index].parts[part].path = path
                plan.steps[index].parts[part].place = path.flatMap { nearest($0, in: specs[spec]) }
            }
        }
    }

    /// The place of a path or, for what the spec leaves out, of the nearest one above it that is written.
    private func nearest(_ path: String, in spec: LoadedSpec) -> SourceRange? {
        var path = path[...]
        while !path.isEmpty {
            if let found = spec.range(of: String(path)) { return found }
            guard let dot = path.lastIndex(of: ".") else { return nil }
            path = path[..<dot]
        }
        return nil
    }
}
