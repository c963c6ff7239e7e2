// A step: one cached unit of work of a plan.

package import Artifacts
package import Basics
package import Specification

/// An output of an earlier step that a step reads.
package struct StepInput: Hashable, Sendable, Codable {
    /// The effect of the input on the step's key.
    package enum Role: String, Hashable, Sendable, Codable {
        /// The content determines the result: its digest is part of the key.
        case content
        /// Needed only while the step runs and not part of the key: for example, a request file names a deployment,
        /// which does not affect the result. The step that produces the input runs only when a step that needs it
        /// will run.
        case onDemand = "on-demand"
    }

    /// The name by which the step looks it up.
    package var name: String
    /// The step that produces the output.
    package var from: StepID
    /// The name of the output in the producing step.
    package var output: String
    /// Whether the content is part of the key.
    package var role: Role

    /// - Parameter role: an input is part of the key by default.
    package init(_ name: String, from: StepID, output: String, role: Role = .content) {
        self.name = name
        self.from = from
        self.output = output
        self.role = role
    }
}

/// The rules by which an evaluation matches answers against labels, with their location in the spec.
package struct DeclaredMatch: Hashable, Sendable, Codable {
    /// The matching rules.
    package var match: MatchSpec
    /// The location in the spec; `nil` when the spec does not write them.
    package var place: SourceRange?
}

/// A step of a plan: its work, its inputs and the models that need it.
package struct Step: Sendable, Codable {
    /// The step's name, unique in the plan.
    package var id: StepID
    /// The work with all its parameters.
    package var work: StepWork
    /// The outputs of earlier steps that it reads.
    package var inputs: [StepInput]
    /// The parts of its key that are known before anything runs; `KeyPartPlaces` adds their locations in the spec.
    package var parts: [KeyPart]
    /// The models that need the step, in the order of the spec.
    package var models: [String]
    /// The variants that need the step, in the order of the plan.
    package var variants: [VariantName]
    /// For a step that queries a model, the rules for matching its answers against labels: unmatchable answers are
    /// reported before they are paid for. Not part of the key.
    package var matches: [DeclaredMatch]

    /// Creates a step; planning adds `matches` later.
    package init(
        id: StepID, work: StepWork, inputs: [StepInput], parts: [KeyPart], models: [String], variants: [VariantName]
    ) {
        self.id = id
        self.work = work
        self.inputs = inputs
        self.parts = parts
        self.models = models
        self.variants = variants
        matches = []
    }

    /// The kind of the step's work.
    package var kind: StepKind { work.kind }
}

extension Step {
    /// The version of the key format. Increase it only together with an entry under *Cache keys* in the changelog.
    package static let keyFormat = 1

    /// All parts of the key: the parts of the identity, then the digest of each content input.
    /// - Parameter digests: digests by input name.
    /// - Returns: `nil` while the digest of an input is unknown.
    package func keyParts(digests: [String: Digest]) -> [KeyPart]? {
        var all = parts
        for input in inputs where input.role == .content {
            guard let digest = digests[input.name] else { return nil }
            all.append(KeyPart(name: "input." + input.name, value: .string(digest.hex), place: nil))
        }
        return all
    }

    /// The key for a list of parts. Order and locations of the parts do not affect it.
    package static func key(kind: StepKind, parts: [KeyPart]) -> StepKey {
        var text = Array("assay key \(keyFormat)\n\(kind.rawValue) \(kind.definition.implementation)\n".utf8)
        for part in parts.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
            text.append(contentsOf: part.name.utf8)
            text.append(UInt8(ascii: "="))
            part.value.writeCanonical(to: &text)
            text.append(UInt8(ascii: "\n"))
        }
        return StepKey(Digest(of: text))
    }
}
