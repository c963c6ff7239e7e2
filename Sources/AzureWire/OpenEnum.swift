// A string enumeration that the service may extend at any time.

/// An enumeration that preserves unknown words. Known words compare without regard to case, because the service
/// accepts and sends `globalstandard`, `globalStandard` and, in old samples, `Validating`.
package protocol OpenEnum: Hashable, Sendable, Codable, RawRepresentable, CustomStringConvertible,
    ExpressibleByStringLiteral where RawValue == String
{
    static var known: [Self] { get }
    /// Keeps the word verbatim; `init(_:)` maps a known word to its documented spelling.
    init(rawValue: String)
}

extension OpenEnum {
    /// Maps a known word, in any case, to its documented spelling; keeps other words verbatim.
    package init(_ word: String) {
        let lowered = word.lowercased()
        self = Self.known.first { $0.rawValue.lowercased() == lowered } ?? Self(rawValue: word)
    }
    /// Keeps the literal verbatim, for constants.
    package init(stringLiteral value: String) { self.init(rawValue: value) }
    /// Normalizes the spelling of known words; never rejects a string.
    package init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }
    /// Encodes the word as it was normalized or received.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
    /// The word itself, for messages.
    package var description: String { rawValue }
    /// Whether the reference documents this word.
    package var isKnown: Bool { Self.known.contains(self) }
}
