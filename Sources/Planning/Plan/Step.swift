// One cached unit of work of a plan.

package import Artifacts
package import Basics
package import Specification

/// An output of an earlier step that a step reads.
package struct StepInput: Hashable, Sendable, Codable {
    package enum Role: String, Hashable, Sendable, Codable {
        /// The content decides the result: its digest is part of the key.
        case content
        /// Needed only while the step works, and no part of the key: a request file names a deployment, which
        /// decides nothing. Such a step runs only when a step that needs it will run.
        case onDemand = "on-demand"
    }

    /// The name under which the step finds it.
    package var name: String
    package var from: StepID
    /// The name of the output.
    package var output: String
    package var role: Role

    package init(_ name: String, from: StepID, output: String, role: Role = .content) {
        self.name = name
        self.from = from
        self.output = output
        self.role = role
    }
}

/// How an evaluation matches answers against labels, with its place in the spec.
package struct DeclaredMatch: Hashable, Sendable, Codable {
    package var match: MatchSpec
    package var place: SourceRange?
}

/// A step of a plan: what it does, with what, and for whom.
package struct Step: Sendable, Codable {
    package var id: StepID
    package var work: StepWork
    package var inputs: [StepInput]
    /// The parts of its key that are known before anything runs; `KeyPartPlaces` finds where they stand in the spec.
    package var parts: [KeyPart]
    /// The models and variants that need it, in the order of the spec.
    package var models: [String]
    package var variants: [VariantName]
    /// How its answers will be matched against labels, for a step that asks a model: what cannot be matched is reported
    /// before it is paid for. No part of the key.
    package var matches: [DeclaredMatch]

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

    package var kind: StepKind { work.kind }
}

extension Step {
    /// The version of the rules by which keys are made; raised only with a line under *Cache keys* in the
    /// change log.
    package static let keyFormat = 1

    /// All parts of the key: those of the identity, then the digest of each input whose content counts.
    /// - Parameter digests: by the input's name.
    /// - Returns: `nil` while the digest of an input is not known.
    package func keyParts(digests: [String: Digest]) -> [KeyPart]? {
        var all = parts
        for input in inputs where input.role == .content {
            guard let digest = digests[input.name] else { return nil }
            all.append(KeyPart(name: "input." + input.name, value: .string(digest.hex), place: nil))
        }
        return all
    }

    /// The key that parts make. The order of parts is of no account, and neither are places.
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
