// Amounts with their units: dollars and tokens.

package import Foundation

/// US dollars, exact to a millionth of a cent. Arithmetic saturates at about 92 billion dollars either way, so that no
/// amount in untrusted input can trap.
package struct Money: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// Millionths of a cent: 100,000,000 make a dollar.
    package let units: Int64
    private static let unitsPerDollar = 100_000_000.0

    package static let zero = Money(units: 0)

    package init(units: Int64) { self.units = units }
    /// Rounds to the nearest millionth of a cent. Larger amounts, and NaN, become the largest one.
    package init(dollars: Double) { units = Int64(saturating: (dollars * Money.unitsPerDollar).rounded()) }

    package var dollars: Double { Double(units) / Money.unitsPerDollar }

    package init(from decoder: any Decoder) throws {
        self.init(dollars: try decoder.singleValueContainer().decode(Double.self))
    }
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(dollars)
    }

    package static func < (a: Money, b: Money) -> Bool { a.units < b.units }
    package static func + (a: Money, b: Money) -> Money { Money(units: a.units.saturatingAdding(b.units)) }
    package static func - (a: Money, b: Money) -> Money { Money(units: a.units.saturatingSubtracting(b.units)) }
    package static func += (a: inout Money, b: Money) { a = a + b }
    package static func * (a: Money, factor: Double) -> Money { Money(dollars: a.dollars * factor) }

    /// `$154.44`; below a cent four digits are shown, so that small sums do not look free.
    package var description: String {
        let digits = units != 0 && abs(dollars) < 0.01 ? 6 : 2
        return "$" + String(format: "%.\(digits)f", dollars)
    }
}

/// A number of model tokens. Addition saturates.
package struct TokenCount: Hashable, Comparable, Sendable, Codable, ExpressibleByIntegerLiteral,
    CustomStringConvertible
{
    package let value: Int
    package init(_ value: Int) { self.value = value }
    package init(integerLiteral value: Int) { self.value = value }
    package init(from decoder: any Decoder) throws {
        value = try decoder.singleValueContainer().decode(Int.self)
    }
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }
    package static func < (a: TokenCount, b: TokenCount) -> Bool { a.value < b.value }
    package static func + (a: TokenCount, b: TokenCount) -> TokenCount {
        TokenCount(a.value.saturatingAdding(b.value))
    }
    package static func += (a: inout TokenCount, b: TokenCount) { a = a + b }
    package var description: String { String(value) }
}
