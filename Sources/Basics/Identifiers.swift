// Typed identifiers, so that a step's name cannot be passed as its key.

/// A string identifier of one kind. Encoded as the plain string.
package protocol Identifier: Hashable, Comparable, Sendable, Codable, CustomStringConvertible,
    ExpressibleByStringLiteral
{
    var text: String { get }
    init(_ text: String)
}

extension Identifier {
    /// Creates an identifier from a literal, mainly in tests and constants.
    package init(stringLiteral value: String) { self.init(value) }
    /// Decodes the plain string.
    package init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }
    /// Encodes the plain string.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
    /// The same text as `text`.
    package var description: String { text }
    /// Orders by Swift's string comparison, not byte by byte.
    package static func < (a: Self, b: Self) -> Bool { a.text < b.text }
}

/// The readable name of a step, unique within its plan: `train-epoch:cnn:3`.
package struct StepID: Identifier {
    /// The name as shown in plans and logs.
    package let text: String
    /// Wraps a name without checking it.
    package init(_ text: String) { self.text = text }
}

/// The name of a variant of a spec; the unchanged spec is named `default`.
package struct VariantName: Identifier {
    /// The name as written in the spec or derived from a sweep.
    package let text: String
    /// Wraps a name without checking it.
    package init(_ text: String) { self.text = text }
    /// The name of the spec without changes: `default`.
    package static let unchanged: VariantName = "default"
}

/// The name of a run in the ledger: its start time and a few random digits, so that names sort by time.
package struct RunID: Identifier {
    /// The name as shown to the user.
    package let text: String
    /// Wraps a name without checking it.
    package init(_ text: String) { self.text = text }
}

/// The cache key of a step: the digest of its identity and of the contents of its inputs.
package struct StepKey: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// The SHA-256 digest behind the key.
    package let digest: Digest
    /// Wraps a digest that was computed elsewhere.
    package init(_ digest: Digest) { self.digest = digest }
    /// Decodes 64 hex digits.
    package init(from decoder: any Decoder) throws { digest = try Digest(from: decoder) }
    /// Encodes 64 hex digits.
    package func encode(to encoder: any Encoder) throws { try digest.encode(to: encoder) }
    /// The digest as 64 hex digits.
    package var description: String { digest.hex }
    /// Orders by the digest's bytes.
    package static func < (a: StepKey, b: StepKey) -> Bool { a.digest < b.digest }
}
