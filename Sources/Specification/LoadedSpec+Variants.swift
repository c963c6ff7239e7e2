// The variants of a spec, by name and by sweep.

package import Basics

extension LoadedSpec {
    /// The maximum number of entries of `variants:` and of points of `sweep:`.
    private static let maxPoints = 10_000
    /// The maximum number of YAML values in all points together, because each point is checked as a whole spec.
    private static let maxValues = 100_000_000

    private static func checkCount(_ count: Int, of root: YAMLNode, at position: YAMLPosition) throws(Finding) {
        let limit = min(maxPoints, maxValues / max(1, root.weight))
        guard count <= limit else { throw Finding(.tooManyVariants(count, limit: limit), at: position) }
    }

    /// The variants listed under `variants:`, in order.
    /// - Throws: the errors of all variants together.
    package func variants() throws(SpecificationError) -> [LoadedSpec] {
        let entries = origin.root["variants"]?.pairs ?? []
        if let variants = origin.root["variants"] {
            do {
                try LoadedSpec.checkCount(
                    entries.count, of: origin.root.without("variants"), at: variants.position.start)
            } catch {
                throw SpecificationError([error.diagnostic], sources: sources)
            }
        }
        return try load(entries.map { ($0.key, $0.keyPosition, LoadedSpec.changes($0.value)) })
    }

    /// One variant listed under `variants:`.
    /// - Throws: `SpecificationError`, also when there is no such variant.
    package func variant(_ name: VariantName) throws(SpecificationError) -> LoadedSpec {
        let entries = origin.root["variants"]?.pairs ?? []
        guard let entry = entries.first(where: { $0.key == name.text }) else {
            let known = entries.map(\.key)
            let finding = Finding(
                .unknownVariant(name.text, nearest: known.nearest(to: name.text), known: known), at: nil)
            throw SpecificationError([finding.diagnostic], sources: sources)
        }
        return try load([(entry.key, entry.keyPosition, LoadedSpec.changes(entry.value))])[0]
    }

    /// The points of `sweep:`, in order; the last path of a grid varies fastest. Empty without a sweep.
    /// - Throws: the errors of all points together.
    package func sweepPoints() throws(SpecificationError) -> [LoadedSpec] {
        guard let sweep = origin.root["sweep"] else { return [] }
        let points: [[SpecChange]]
        do {
            points = try LoadedSpec.points(of: sweep, in: origin.root.without("sweep"))
        } catch {
            throw SpecificationError([error.diagnostic], sources: sources)
        }
        return try load(points.map { (SpecChange.name(of: $0).text, sweep.position.start, $0) })
    }

    /// All errors in the variants and the sweep; `nil` when all of them can be planned.
    package func variantErrors() -> SpecificationError? {
        var diagnostics: [Diagnostic] = []
        var sources = sources
        for load in [variants, sweepPoints] {
            do throws(SpecificationError) {
                _ = try load()
            } catch {
                sources = error.sources
                diagnostics += error.diagnostics
            }
        }
        return diagnostics.isEmpty ? nil : SpecificationError(diagnostics, sources: sources)
    }

    /// Applies each set of changes to the spec; the errors of all points are reported together.
    private func load(
        _ points: [(name: String, position: YAMLPosition, changes: [SpecChange])]
    )
        throws(SpecificationError) -> [LoadedSpec]
    {
        var loaded: [LoadedSpec] = []
        var diagnostics: [Diagnostic] = []
        var sources = sources
        var names: Set<String> = []
        var reported: Set<Diagnostic> = []
        let base = origin.root.without("variants").without("sweep")
        for point in points {
            if !names.insert(point.name).inserted {
                diagnostics.append(Finding(.duplicateVariant(point.name), at: point.position).diagnostic)
                continue
            }
            do throws(SpecificationError) {
                var root = base
                var findings: [Finding] = []
                for change in point.changes {
                    do {
                        root = try root.applying(change, origin.vocabulary)
                    } catch {
                        findings.append(error)
                    }
                }
                var variant = try origin.loaded(root, name: VariantName(point.name), earlier: findings)
                variant.changes = Dictionary(
                    point.changes.map { ($0.path, $0.value.json) }, uniquingKeysWith: { _, last in last })
                loaded.append(variant)
            } catch {
                sources = error.sources
                // An invalid value affects every point that has it, so it is reported once.
                for diagnostic in error.diagnostics where diagnostic.severity == .error {
                    guard reported.insert(diagnostic).inserted else { continue }
                    diagnostics.append(diagnostic.noting(point.name, point.position, unlessIn: point.changes))
                }
            }
        }
        guard diagnostics.isEmpty else { throw SpecificationError(diagnostics, sources: sources) }
        return loaded
    }

    private static func changes(_ node: YAMLNode) -> [SpecChange] {
        (node.pairs ?? []).map { SpecChange(path: $0.key, at: $0.keyPosition, value: $0.value) }
    }

    private static func points(of sweep: YAMLNode, in root: YAMLNode) throws(Finding) -> [[SpecChange]] {
        if let list = sweep["list"]?.items {
            try checkCount(list.count, of: root, at: sweep.position.start)
            return list.map(changes)
        }
        if let zip = sweep["zip"] {
            let axes = choices(zip)
            let counts = axes.map(\.count)
            guard Set(counts).count <= 1 else { throw Finding(.unevenZip(counts), at: zip.position.start) }
            try checkCount(counts.first ?? 0, of: root, at: zip.position.start)
            return (0..<(counts.first ?? 0)).map { index in axes.map { $0[index] } }
        }
        let grid = sweep["grid"] ?? sweep
        let axes = choices(grid)
        // Checks the count first, because the full list might exhaust memory.
        var count = 1
        for axis in axes {
            let (product, overflow) = count.multipliedReportingOverflow(by: axis.count)
            count = overflow ? .max : product
        }
        try checkCount(count, of: root, at: grid.position.start)
        return axes.reduce([[]]) { points, axis in points.flatMap { point in axis.map { point + [$0] } } }
    }

    private static func choices(_ axes: YAMLNode) -> [[SpecChange]] {
        (axes.pairs ?? []).map { axis in
            (axis.value.items ?? []).map { SpecChange(path: axis.key, at: axis.keyPosition, value: $0) }
        }
    }
}

extension Diagnostic {
    /// Adds a note that names the variant, unless the position already identifies it.
    fileprivate func noting(
        _ variant: String, _ position: YAMLPosition, unlessIn changes: [SpecChange]
    ) -> Diagnostic {
        let places = changes.flatMap { [$0.pathPosition, $0.keyPosition] + $0.value.positions }
        guard let range, !places.contains(where: { $0.range.place == range.place }) else { return self }
        var noted = self
        noted.notes.append(.init(SpecProblem.Related.inVariant(variant).message, at: position.range))
        return noted
    }
}

extension YAMLNode {
    /// The positions of the node and of all nodes below it.
    fileprivate var positions: [YAMLPosition] {
        [position] + (items ?? []).flatMap(\.positions) + (pairs ?? []).flatMap { [$0.keyPosition] + $0.value.positions }
    }
}
