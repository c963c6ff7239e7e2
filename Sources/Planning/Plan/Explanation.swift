// Explains why steps will run: the parts of their keys that changed since their last results.

package import Artifacts
package import Basics

/// A changed part of a step's key.
package struct KeyChange: Hashable, Sendable, Codable {
    /// The part's name, such as `hyperparameters.n_epochs` or `input.checkpoint`.
    package var part: String
    /// The old value; `nil` when the part is new.
    package var was: JSONValue?
    /// The new value; `nil` when the part was removed.
    package var now: JSONValue?
    /// The location in the spec; `nil` for a part that does not come from the spec.
    package var place: SourceRange?
    /// The spec key that the part comes from.
    package var path: String?

    /// - Parameter was: the old value; `now` is the new one, and `nil` means absent.
    package init(part: String, was: JSONValue?, now: JSONValue?, place: SourceRange?, path: String? = nil) {
        self.part = part
        self.was = was
        self.now = now
        self.place = place
        self.path = path
    }

    /// The name for the user: the part's own name if the spec key ends with it or if it names a file or variable,
    /// else the spec key.
    package var name: String {
        let isFile = part.hasPrefix("files.") || part.hasPrefix("environment.")
        guard let path, !isFile, path != part, !path.hasSuffix("." + part) else { return part }
        return path
    }

    /// The differences between two lists of parts, sorted by name.
    package static func between(_ old: [KeyPart], _ new: [KeyPart]) -> [KeyChange] {
        let before = Dictionary(old.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let after = Dictionary(new.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        return Set(before.keys).union(after.keys).sorted().compactMap { name in
            let was = before[name]?.value, now = after[name]?.value
            guard was != now else { return nil }
            return KeyChange(
                part: name, was: was, now: now, place: after[name]?.place ?? before[name]?.place, path: after[name]?.path)
        }
    }
}

/// The reason why a step will run.
package struct StepExplanation: Hashable, Sendable {
    /// The reasons, from which `StaleCause` groups steps.
    package enum Reason: Hashable, Sendable {
        /// There is no result of a step with this name.
        case neverRan
        /// Parts of the step's key changed.
        case changed([KeyChange])
        /// The step reads outputs of steps that run first.
        case follows
        /// The key matches the last result, but the store no longer has that result.
        case resultGone
        /// All parts are unchanged but the key differs: this version of Assay implements the step differently.
        case toolChanged(was: String, now: String)
    }

    /// The step to explain, by its name in the plan.
    package var step: StepID
    /// The kind of the step.
    package var kind: StepKind
    /// The step's own reason; changes take precedence over `follows`.
    package var reason: Reason
    /// The steps that run first and produce its inputs, independent of its own reason.
    package var after: [StepID]

    /// The changes of its own key; empty for other reasons.
    package var changes: [KeyChange] { if case .changed(let changes) = reason { changes } else { [] } }
}

extension Plan {
    /// Explains each step that will run, in plan order.
    /// - Parameters:
    ///   - tool: the version of Assay that would run the steps.
    ///   - last: returns the last result of a step with the given name.
    ///   - made: returns the result of the given step that has an output with the given digest.
    package func explanations(
        _ statuses: [StepStatus], tool: String, last: (StepID) throws -> ResultManifest?,
        made: (StepID, Digest) throws -> ResultManifest?
    ) rethrows -> [StepExplanation] {
        let positions = positions()
        var explanations: [StepExplanation] = []
        for (index, step) in steps.enumerated() {
            let status = statuses[index]
            guard status.state == .pending || status.state == .unknown else { continue }
            let waitsFor = step.inputs.filter { $0.role == .content }.map(\.from).filter { from in
                positions[from].map { statuses[$0].state != .cached } ?? false
            }.uniqued
            let reason: StepExplanation.Reason
            if let old = try last(step.id) {
                // Unknown inputs appear as steps to follow, not as changes.
                let known = step.inputs.filter { $0.role == .content && !waitsFor.contains($0.from) }
                let names = Set(known.map { "input." + $0.name })
                var digests: [String: Digest] = [:]
                for input in known {
                    digests[input.name] = positions[input.from].flatMap { statuses[$0].outputs[input.output] }
                }
                let now =
                    step.parts
                    + digests.map {
                        KeyPart(name: "input." + $0.key, value: .string($0.value.hex))
                    }
                let before = old.parts.filter { !$0.name.hasPrefix("input.") || names.contains($0.name) }
                let changes = try KeyChange.between(before, now).flatMap { change -> [KeyChange] in
                    guard let input = known.first(where: { "input." + $0.name == change.part }) else { return [change] }
                    return try origins(of: change, through: input.from, statuses, positions, last: last, made: made)
                }.uniqued
                if !changes.isEmpty {
                    reason = .changed(changes)
                } else if !waitsFor.isEmpty {
                    reason = .follows
                } else if status.key != old.key {
                    reason = .toolChanged(was: old.tool, now: tool)
                } else {
                    reason = .resultGone
                }
            } else {
                reason = waitsFor.isEmpty ? .neverRan : .follows
            }
            explanations.append(StepExplanation(step: step.id, kind: step.kind, reason: reason, after: waitsFor))
        }
        return explanations
    }

    /// Explains why a known input differs from the content that the last result used: returns the changes in the steps
    /// that produced it, in terms of the spec. If there are none, returns one change that states only that the content
    /// differs.
    private func origins(
        of change: KeyChange, through from: StepID, _ statuses: [StepStatus], _ positions: [StepID: Int],
        last: (StepID) throws -> ResultManifest?, made: (StepID, Digest) throws -> ResultManifest?
    ) rethrows -> [KeyChange] {
        func digest(_ value: JSONValue?) -> Digest? { value?.string.flatMap(Digest.init(hex:)) }
        var found: [KeyChange] = []
        var open = [(id: from, was: digest(change.was))], seen: Set<StepID> = [from]
        while let (id, was) = open.popLast() {
            guard let at = positions[id] else { continue }
            // The result that was read; the step's last result may come from another run.
            let source = try was.flatMap { try made(id, $0) }
            guard let old = try source ?? last(id) else { continue }
            let before = old.parts.filter { !$0.name.hasPrefix("input.") }
            found += KeyChange.between(before, steps[at].parts)
            for input in steps[at].inputs where input.role == .content {
                let was = digest(old.parts.first { $0.name == "input." + input.name }?.value)
                let now = positions[input.from].flatMap { statuses[$0].outputs[input.output] }
                guard source == nil || was != now, seen.insert(input.from).inserted else { continue }
                open.append((input.from, was))
            }
        }
        // Several inputs may come from one step; its result is a single cause.
        return found.isEmpty ? [KeyChange(part: "result of \(from)", was: nil, now: nil, place: nil)] : found
    }
}

extension Array where Element: Hashable {
    fileprivate var uniqued: [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
