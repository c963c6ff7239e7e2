// A time as the data plane writes it: whole seconds since 1970.

import Basics
package import Foundation

/// Seconds since 1970. Also decodes digits in a string and ISO 8601, which older samples of the service show.
package struct UnixTime: Hashable, Comparable, Sendable, Codable, ExpressibleByIntegerLiteral {
    /// May be negative.
    package var seconds: Int
    /// About three thousand years from 1970; larger numbers are rejected.
    private static let bound = 1e11

    /// - Parameter seconds: whole seconds since 1970, UTC.
    package init(seconds: Int) { self.seconds = seconds }
    /// Takes whole seconds since 1970.
    package init(integerLiteral value: Int) { seconds = value }
    /// Rounds down to the second.
    package init(_ date: Date) { seconds = Int(saturating: date.timeIntervalSince1970.rounded(.down)) }

    /// The same time for calendar arithmetic and formatting.
    package var date: Date { Date(timeIntervalSince1970: Double(seconds)) }
    /// Orders by time, earliest first.
    package static func < (a: UnixTime, b: UnixTime) -> Bool { a.seconds < b.seconds }

    /// Throws for text that is neither digits nor ISO 8601 and for implausible times.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Double.self) {
            guard number.magnitude < UnixTime.bound else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a time: \(number)")
            }
            seconds = Int(number.rounded(.down))
        } else {
            let text = try container.decode(String.self)
            guard let parsed = Int(text) ?? UnixTime.iso8601(text), Double(parsed).magnitude < UnixTime.bound else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a time: \(text)")
            }
            seconds = parsed
        }
    }

    /// Encodes the number of seconds.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(seconds)
    }

    /// Parses ISO 8601; fractions of a second are dropped, and a missing time zone means UTC.
    private static func iso8601(_ text: String) -> Int? {
        var text = text
        if let point = text.firstIndex(of: "."), point > text.startIndex {
            let end = text[text.index(after: point)...].firstIndex { !$0.isNumber } ?? text.endIndex
            text.removeSubrange(point..<end)
        }
        if text.hasSuffix("+00:00") { text = text.dropLast(6) + "Z" }
        if !text.hasSuffix("Z"), text.count == 19 { text += "Z" }
        guard let date = try? Date(text, strategy: .iso8601) else { return nil }
        return UnixTime(date).seconds
    }
}
