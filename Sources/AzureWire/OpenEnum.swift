// A string enumeration that the service may extend at any time.

/// An enumeration that preserves unknown values. Known values compare without regard to case, because the service
/// accepts and sends `globalstandard`, `globalStandard` and, in old samples, `Validating`.
package protocol OpenEnum: Hashable, Sendable, Codable, RawRepresentable, CustomStringConvertible,
    ExpressibleByStringLiteral
where RawValue == String {
    /// The documented values, which `init(_:)` matches without regard to case.
    static var known: [Self] { get }
    /// Keeps the value verbatim; `init(_:)` maps a known value to its documented spelling.
    init(rawValue: String)
}

extension OpenEnum {
    /// Maps a known value, in any case, to its documented spelling; keeps other values verbatim.
    package init(_ word: String) {
        let lowered = word.lowercased()
        self = Self.known.first { $0.rawValue.lowercased() == lowered } ?? Self(rawValue: word)
    }
    /// Keeps the literal verbatim, for constants.
    package init(stringLiteral value: String) { self.init(rawValue: value) }
    /// Normalizes the spelling of known values; never rejects a string.
    package init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }
    /// Encodes the value as it was normalized or received.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
    /// The value itself, for messages.
    package var description: String { rawValue }
    /// Whether the reference documents this value.
    package var isKnown: Bool { Self.known.contains(self) }
}
