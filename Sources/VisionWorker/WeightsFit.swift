// Matches a file's tensors with a network: tensor set, name prefix, publisher's naming.

/// One way to find a network's tensors in a tensor set of a file.
struct WeightsFit {
    /// Index of the set in the file's sets.
    var set: Int
    /// The keys that lead to the set, joined by dots.
    var path: String
    /// The prefix of every name, including its dot, such as `module.`.
    var prefix: String
    /// Whether `_orig_mod.`, which `torch.compile` inserts, was removed from names.
    var isCompiled: Bool
    /// For each declared tensor, its expected name in the file.
    var expected: [String: String]
    /// For each declared tensor that the file has, its name there.
    var found: [String: String]
    /// The expected names of absent tensors, without the last layer's.
    var missing: [String]
    /// Number of tensors with another shape, without the last layer's.
    var misshapen: Int

    /// The key that selects this set in a spec: `state_dict`, `ema`, or `model.net`.
    var key: String { [path, String(prefix.dropLast())].filter { !$0.isEmpty }.joined(separator: ".") }

    private var isComplete: Bool { missing.isEmpty }

    private static let compiled = "_orig_mod."
    /// Maximum number of prefixes tried per set.
    private static let maxPrefixes = 64

    /// The only fit in a file, or the one that `key` selects.
    ///
    /// - Throws: `WeightsError` if several sets fit, or `key` selects none.
    static func choose(
        in weights: StoredWeights, for architecture: Architecture, _ declarations: [TensorDeclaration], key: String?
    ) throws(WeightsError) -> WeightsFit {
        var fits: [WeightsFit] = []
        for index in weights.sets.indices { fits += Self.fits(weights.sets[index], index, architecture, declarations) }
        if let key {
            let named = fits.filter { [$0.key, $0.path, String($0.prefix.dropLast())].contains(key) }
            guard !named.isEmpty else {
                throw .noSet(key: key, has: Array(Set(fits.map(\.key)).subtracting([""])).sorted())
            }
            fits = named
        }
        var best = fits.filter { $0.isComplete && $0.misshapen == 0 }
        if best.isEmpty { best = fits.filter(\.isComplete) }
        if best.count > 1 {
            // Tensors at the top level under their own names take precedence.
            if let top = best.first(where: { $0.key.isEmpty }) { return top }
            throw .ambiguous(keys: best.map(\.key).sorted())
        }
        guard let fit = best.first ?? fits.min(by: { $0.missing.count < $1.missing.count }) else {
            throw .malformed("it contains no named tensors")
        }
        return fit
    }

    private static func fits(
        _ set: StoredWeights.Set, _ index: Int, _ architecture: Architecture, _ declarations: [TensorDeclaration]
    ) -> [WeightsFit] {
        // Names without torch.compile's marks; if two names become equal, the unmarked one counts.
        var originals: [String: String] = [:]
        for name in set.tensors.keys {
            let plain = name.replacing(compiled, with: "")
            if originals[plain] == nil || plain == name { originals[plain] = name }
        }
        let body = declarations.filter { !architecture.isClassifier($0.name) }
        var fits: [WeightsFit] = []
        for names in architecture.namings(of: declarations.map(\.name)) {
            let anchors = Set([body.first, body.last].compactMap { $0.flatMap { names[$0.name] } })
            var prefixes: Set<String> = [""]
            for name in originals.keys {
                for anchor in anchors where name.hasSuffix("." + anchor) && prefixes.count < maxPrefixes {
                    prefixes.insert(String(name.dropLast(anchor.count)))
                }
            }
            for prefix in prefixes.sorted() {
                var fit = WeightsFit(
                    set: index, path: set.path, prefix: prefix, isCompiled: false, expected: names.mapValues { prefix + $0 },
                    found: [:], missing: [], misshapen: 0)
                for declaration in declarations {
                    guard let name = fit.expected[declaration.name] else { continue }
                    let isBody = !architecture.isClassifier(declaration.name)
                    guard let original = originals[name] else {
                        if isBody { fit.missing.append(name) }
                        continue
                    }
                    fit.found[declaration.name] = original
                    if original != name { fit.isCompiled = true }
                    if isBody, set.tensors[original]?.shape != declaration.shape { fit.misshapen += 1 }
                }
                fits.append(fit)
            }
        }
        // Of two namings for the same set and prefix, keeps the one that finds more tensors.
        return Dictionary(grouping: fits, by: \.prefix).values.compactMap { same in
            same.min { $0.missing.count < $1.missing.count }
        }.sorted { $0.prefix < $1.prefix }
    }
}

/// The outcome of loading a weights file into a network.
package struct LoadedWeights: Hashable, Sendable {
    /// Last-layer tensors that kept their initial values, by their names in the file.
    package var replaced: [String] = []
    /// Adjustments made to the file's contents, each a sentence without its subject; empty if there were none.
    package var notes: [String] = []
}

extension Network {
    /// Loads the values of a file, from whichever tensor set, prefix, naming and floating-point type it uses. With
    /// `replacingClassifier`, the last layer keeps its initial values if the file has it for other classes.
    ///
    /// - Parameter key: the tensor set to use, if several fit.
    /// - Throws: `WeightsError` for tensors that are missing or have another shape or type, or if several sets fit.
    package func load(_ weights: StoredWeights, key: String? = nil, replacingClassifier: Bool) throws -> LoadedWeights {
        let fit = try WeightsFit.choose(in: weights, for: architecture, declarations, key: key)
        let stored = weights.sets[fit.set].tensors
        var loaded = LoadedWeights()
        var converted: [String: Int] = [:]
        var missing = fit.missing
        for declaration in declarations {
            let isReplaceable = replacingClassifier && architecture.isClassifier(declaration.name)
            guard let name = fit.found[declaration.name], let found = stored[name] else {
                guard architecture.isClassifier(declaration.name) else { continue }
                let name = fit.expected[declaration.name] ?? declaration.name
                if isReplaceable { loaded.replaced.append(name) } else { missing.append(name) }
                continue
            }
            guard found.shape == declaration.shape else {
                guard isReplaceable else {
                    throw WeightsError.shape(name: name, found: found.shape, needed: declaration.shape)
                }
                loaded.replaced.append(name)
                continue
            }
            guard let values = found.convertedToFloats() else {
                throw WeightsError.kind(name: name, found: found.kind.rawValue)
            }
            guard values.allSatisfy(\.isFinite) else { throw WeightsError.notFinite(name: name) }
            if found.kind != .float32 { converted[found.kind.rawValue, default: 0] += 1 }
            try write(values, to: declaration.name)
        }
        guard missing.isEmpty else { throw WeightsError.missing(missing) }
        loaded.notes = notes(on: fit, in: weights, converted)
        return loaded
    }

    private func notes(on fit: WeightsFit, in weights: StoredWeights, _ converted: [String: Int]) -> [String] {
        var notes: [String] = []
        if !fit.path.isEmpty { notes.append("taken from '\(fit.path)'") }
        if !fit.prefix.isEmpty { notes.append("prefix '\(fit.prefix)' removed from the tensors' names") }
        if fit.isCompiled { notes.append("'_orig_mod.' removed from the tensors' names") }
        for (kind, count) in converted.sorted(by: { $0.key < $1.key }) {
            notes.append("\(count) \(count == 1 ? "tensor" : "tensors") converted from \(kind) to F32")
        }
        let taken = Set(fit.found.values)
        let unused = weights.sets[fit.set].tensors.keys
            .filter { !taken.contains($0) && !$0.hasSuffix("num_batches_tracked") }.sorted()
        if !unused.isEmpty {
            notes.append(
                "\(unused.count) \(unused.count == 1 ? "tensor" : "tensors") that the architecture does not have ignored: "
                    + unused.prefix(3).joined(separator: ", ") + (unused.count > 3 ? ", …" : ""))
        }
        let others = weights.sets.indices.filter { $0 != fit.set }.map { weights.sets[$0].path }
        if !others.isEmpty {
            notes.append("not used: " + others.prefix(3).map { "'\($0.isEmpty ? "(top)" : $0)'" }.joined(separator: ", "))
        }
        return notes
    }
}
