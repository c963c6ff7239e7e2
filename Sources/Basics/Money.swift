// Amounts with units: US dollars and model tokens.

import Foundation

/// An amount in US dollars, exact to a millionth of a cent. Arithmetic saturates at about ±92 billion dollars, so
/// that amounts in untrusted input cannot trap.
package struct Money: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// The amount in millionths of a cent: 100,000,000 units are one dollar.
    package let units: Int64
    private static let unitsPerDollar = 100_000_000.0

    /// No cost; an unknown cost is a `nil` amount instead.
    package static let zero = Money(units: 0)

    /// - Parameter units: the amount in millionths of a cent.
    package init(units: Int64) { self.units = units }
    /// Rounds to the nearest millionth of a cent. Amounts out of range saturate; NaN becomes the largest amount.
    package init(dollars: Double) { units = Int64(saturating: (dollars * Money.unitsPerDollar).rounded()) }

    /// The amount in dollars as a double, for display and ratios.
    package var dollars: Double { Double(units) / Money.unitsPerDollar }

    /// Decodes a number of dollars.
    package init(from decoder: any Decoder) throws {
        self.init(dollars: try decoder.singleValueContainer().decode(Double.self))
    }
    /// Encodes a number of dollars.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(dollars)
    }

    /// Compares exact amounts.
    package static func < (a: Money, b: Money) -> Bool { a.units < b.units }
    /// The sum; saturates.
    package static func + (a: Money, b: Money) -> Money { Money(units: a.units.saturatingAdding(b.units)) }
    /// The difference, which may be negative; saturates.
    package static func - (a: Money, b: Money) -> Money { Money(units: a.units.saturatingSubtracting(b.units)) }
    /// Adds an amount; saturates.
    package static func += (a: inout Money, b: Money) { a = a + b }
    /// The amount times a factor, rounded to a millionth of a cent; saturates.
    package static func * (a: Money, factor: Double) -> Money { Money(dollars: a.dollars * factor) }

    /// The amount as text, such as `$154.44`. Amounts below a cent have six decimals, so that they do not look free.
    package var description: String {
        let digits = units != 0 && abs(dollars) < 0.01 ? 6 : 2
        return "$" + String(format: "%.\(digits)f", dollars)
    }
}

/// A number of model tokens. Arithmetic saturates.
package struct TokenCount: Hashable, Comparable, Sendable, Codable, ExpressibleByIntegerLiteral,
    CustomStringConvertible
{
    /// The number of tokens as an integer, for ratios and display.
    package let value: Int
    /// Wraps a count without checking its sign.
    package init(_ value: Int) { self.value = value }
    /// Creates a count from an integer literal.
    package init(integerLiteral value: Int) { self.value = value }
    /// Decodes a plain integer.
    package init(from decoder: any Decoder) throws {
        value = try decoder.singleValueContainer().decode(Int.self)
    }
    /// Encodes a plain integer.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }
    /// Compares counts.
    package static func < (a: TokenCount, b: TokenCount) -> Bool { a.value < b.value }
    /// The sum; saturates.
    package static func + (a: TokenCount, b: TokenCount) -> TokenCount {
        TokenCount(a.value.saturatingAdding(b.value))
    }
    /// Adds a count; saturates.
    package static func += (a: inout TokenCount, b: TokenCount) { a = a + b }
    /// The count in digits, without separators.
    package var description: String { String(value) }
}
