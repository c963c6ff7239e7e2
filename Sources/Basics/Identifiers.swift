// Ids as types, so that a step's name is never passed where its key is meant.

/// A text that names one kind of thing.
package protocol Identifier: Hashable, Comparable, Sendable, Codable, CustomStringConvertible,
    ExpressibleByStringLiteral
{
    var text: String { get }
    init(_ text: String)
}

extension Identifier {
    package init(stringLiteral value: String) { self.init(value) }
    package init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
    package var description: String { text }
    package static func < (a: Self, b: Self) -> Bool { a.text < b.text }
}

/// The name of a step in a plan, readable and unique there: `train-epoch:cnn:3`.
package struct StepID: Identifier {
    package let text: String
    package init(_ text: String) { self.text = text }
}

/// The name of a variant of a spec; the unchanged spec is `default`.
package struct VariantName: Identifier {
    package let text: String
    package init(_ text: String) { self.text = text }
    package static let unchanged: VariantName = "default"
}

/// The name of a run in the ledger: start time and a few random digits, so that names sort by time.
package struct RunID: Identifier {
    package let text: String
    package init(_ text: String) { self.text = text }
}

/// The digest of a step's identity and of the contents of its inputs.
package struct StepKey: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    package let digest: Digest
    package init(_ digest: Digest) { self.digest = digest }
    package init(from decoder: any Decoder) throws { digest = try Digest(from: decoder) }
    package func encode(to encoder: any Encoder) throws { try digest.encode(to: encoder) }
    package var description: String { digest.hex }
    package static func < (a: StepKey, b: StepKey) -> Bool { a.digest < b.digest }
}
