// A word from a list that the service may lengthen at any time.

/// An enumeration that keeps words it does not know. Known words compare without regard to case, since the
/// service takes and sends `globalstandard`, `globalStandard` and, in old samples, `Validating`.
package protocol OpenEnum: Hashable, Sendable, Codable, RawRepresentable, CustomStringConvertible,
    ExpressibleByStringLiteral where RawValue == String
{
    static var known: [Self] { get }
    /// Keeps the word as it is; `init(_:)` puts a known word into its known spelling.
    init(rawValue: String)
}

extension OpenEnum {
    package init(_ word: String) {
        let lowered = word.lowercased()
        self = Self.known.first { $0.rawValue.lowercased() == lowered } ?? Self(rawValue: word)
    }
    package init(stringLiteral value: String) { self.init(rawValue: value) }
    package init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
    package var description: String { rawValue }
    /// Whether the reference names this word.
    package var isKnown: Bool { Self.known.contains(self) }
}
