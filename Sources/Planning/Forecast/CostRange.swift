// What something will cost, as far as can be said beforehand.

package import Basics

/// The least, the likeliest and the most that something will cost.
package struct CostRange: Hashable, Sendable, Codable {
    package var low: Money
    package var expected: Money
    package var high: Money

    package static let zero = CostRange(.zero)

    package init(low: Money, expected: Money, high: Money) {
        self.low = low
        self.expected = expected
        self.high = high
    }

    /// A sum that is known.
    package init(_ sum: Money) { self.init(low: sum, expected: sum, high: sum) }

    package static func + (a: CostRange, b: CostRange) -> CostRange {
        CostRange(low: a.low + b.low, expected: a.expected + b.expected, high: a.high + b.high)
    }
    package static func += (a: inout CostRange, b: CostRange) { a = a + b }
}

/// The least, the likeliest and the largest number of tokens.
package struct TokenRange: Hashable, Sendable, Codable {
    package var low: Int
    package var expected: Int
    package var high: Int

    package static let zero = TokenRange(0)

    /// The largest number of tokens that is told apart from more, so that sums of a few never overflow.
    private static let ceiling = 1_000_000_000_000_000

    /// Numbers beyond a quadrillion become that.
    package init(low: Int, expected: Int, high: Int) {
        self.low = min(low, TokenRange.ceiling)
        self.expected = min(expected, TokenRange.ceiling)
        self.high = min(high, TokenRange.ceiling)
    }

    /// A number that is known.
    package init(_ count: Int) { self.init(low: count, expected: count, high: count) }

    package static func + (a: TokenRange, b: TokenRange) -> TokenRange {
        TokenRange(
            low: a.low.saturatingAdding(b.low), expected: a.expected.saturatingAdding(b.expected),
            high: a.high.saturatingAdding(b.high))
    }
    package static func += (a: inout TokenRange, b: TokenRange) { a = a + b }
    package static func * (a: TokenRange, factor: Int) -> TokenRange {
        TokenRange(
            low: a.low.saturatingMultiplied(by: factor), expected: a.expected.saturatingMultiplied(by: factor),
            high: a.high.saturatingMultiplied(by: factor))
    }
}
