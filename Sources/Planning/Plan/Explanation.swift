// Why steps will run: the parts of their keys that changed since their last results.

package import Artifacts
package import Basics

/// A part of a key that is not what it was.
package struct KeyChange: Hashable, Sendable, Codable {
    /// Such as `hyperparameters.n_epochs` or `input.checkpoint`.
    package var part: String
    /// `nil` where the part is new.
    package var was: JSONValue?
    /// `nil` where the part is gone.
    package var now: JSONValue?
    package var place: SourceRange?
    /// The key of the spec that the part comes from.
    package var path: String?

    package init(part: String, was: JSONValue?, now: JSONValue?, place: SourceRange?, path: String? = nil) {
        self.part = part
        self.was = was
        self.now = now
        self.place = place
        self.path = path
    }

    /// The part in terms of the spec: its own name where the spec's key ends with that, else the spec's key.
    package var name: String {
        let isFile = part.hasPrefix("files.") || part.hasPrefix("environment.")
        guard let path, !isFile, path != part, !path.hasSuffix("." + part) else { return part }
        return path
    }

    /// The changes from one list of parts to another, by name.
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

/// Why a step will run.
package struct StepExplanation: Hashable, Sendable {
    package enum Reason: Hashable, Sendable {
        /// No result of a step of this name is there.
        case neverRan
        /// Parts of its key changed.
        case changed([KeyChange])
        /// It reads what steps that run first will make.
        case follows
        /// The key is the one of a result that is gone from the store.
        case resultGone
        /// Every part is as it was, and the key is another: this version of Assay does the step in another way.
        case toolChanged(was: String, now: String)
    }

    package var step: StepID
    package var kind: StepKind
    package var reason: Reason
    /// The steps that run first and whose results it reads, whatever its own reason.
    package var after: [StepID]

    /// The changes that it has of its own.
    package var changes: [KeyChange] { if case .changed(let changes) = reason { changes } else { [] } }
}

extension Plan {
    /// Why each step that will run does so, in the plan's order.
    /// - Parameters:
    ///   - tool: the version of Assay that would run them.
    ///   - last: the last result of a step of a name.
    ///   - made: the result of a step that has an output with a digest.
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
                // Inputs that are not known yet are told as what is followed, not as changes.
                let known = step.inputs.filter { $0.role == .content && !waitsFor.contains($0.from) }
                let names = Set(known.map { "input." + $0.name })
                var digests: [String: Digest] = [:]
                for input in known {
                    digests[input.name] = positions[input.from].flatMap { statuses[$0].outputs[input.output] }
                }
                let now = step.parts + digests.map {
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

    /// Why an input that is known has other contents than the last result was made from: what changed in the steps that
    /// made it, in terms of the spec; that its contents differ only where nothing there did.
    private func origins(
        of change: KeyChange, through from: StepID, _ statuses: [StepStatus], _ positions: [StepID: Int],
        last: (StepID) throws -> ResultManifest?, made: (StepID, Digest) throws -> ResultManifest?
    ) rethrows -> [KeyChange] {
        func digest(_ value: JSONValue?) -> Digest? { value?.string.flatMap(Digest.init(hex:)) }
        var found: [KeyChange] = []
        var open = [(id: from, was: digest(change.was))], seen: Set<StepID> = [from]
        while let (id, was) = open.popLast() {
            guard let at = positions[id] else { continue }
            // The result that was read: the last one of the step may be of another run.
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
        // Several inputs may come from one step: its result is one cause.
        return found.isEmpty ? [KeyChange(part: "result of \(from)", was: nil, now: nil, place: nil)] : found
    }
}

extension Array where Element: Hashable {
    fileprivate var uniqued: [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
