// Finds the location in the spec of the parts of a plan's keys, on demand.

import Artifacts
import Basics
package import Specification

/// The locations of key parts, step by step. They are computed only on demand, because a plan of 10,000 cached steps
/// needs none of them.
package struct KeyPartPlaces: Sendable {
    private let specs: [LoadedSpec]
    /// For each step, the spec paths of its parts and the index of the spec.
    private var steps: [(paths: SpecPlaces, spec: Int)] = []

    init(specs: [LoadedSpec]) { self.specs = specs }

    mutating func append(_ paths: SpecPlaces, of spec: Int) { steps.append((paths, spec)) }

    /// Sets the location of the parts of selected steps.
    /// - Parameter isWanted: selects steps by their position in the plan.
    package func locate(in plan: inout Plan, where isWanted: (Int) -> Bool = { _ in true }) {
        for (index, (paths, spec)) in steps.enumerated() where isWanted(index) {
            for part in plan.steps[index].parts.indices {
                let path = paths.path(of: plan.steps[index].parts[part].name)
                plan.steps[index].parts[part].path = path
                plan.steps[index].parts[part].place = path.flatMap { nearest($0, in: specs[spec]) }
            }
        }
    }

    /// The location of a path or, if the spec does not write it, of its nearest written parent.
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
