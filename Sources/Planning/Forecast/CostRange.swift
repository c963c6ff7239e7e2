// Ranges of costs and of token counts, for forecasts.

package import Basics

/// The lowest, the expected and the highest cost of some work.
package struct CostRange: Hashable, Sendable, Codable {
    /// The cost under favourable assumptions.
    package var low: Money
    /// The cost under likely assumptions.
    package var expected: Money
    /// The cost under unfavourable assumptions; work needs the user's consent unless this is zero.
    package var high: Money

    /// No cost, for work that is free.
    package static let zero = CostRange(.zero)

    /// Creates a range; the three amounts must be in ascending order.
    package init(low: Money, expected: Money, high: Money) {
        self.low = low
        self.expected = expected
        self.high = high
    }

    /// A known amount, as a range of width zero.
    package init(_ sum: Money) { self.init(low: sum, expected: sum, high: sum) }

    /// Adds lowest, expected and highest costs separately.
    package static func + (a: CostRange, b: CostRange) -> CostRange {
        CostRange(low: a.low + b.low, expected: a.expected + b.expected, high: a.high + b.high)
    }
    /// Adds lowest, expected and highest costs separately.
    package static func += (a: inout CostRange, b: CostRange) { a = a + b }
}

/// The lowest, the expected and the highest number of tokens.
package struct TokenRange: Hashable, Sendable, Codable {
    /// The lower bound.
    package var low: Int
    /// The likely number.
    package var expected: Int
    /// The upper bound.
    package var high: Int

    /// No tokens.
    package static let zero = TokenRange(0)

    /// The largest number of tokens; larger numbers are reduced to it, so that sums never overflow.
    private static let ceiling = 1_000_000_000_000_000

    /// Numbers above 10^15 (one quadrillion) are reduced to that.
    package init(low: Int, expected: Int, high: Int) {
        self.low = min(low, TokenRange.ceiling)
        self.expected = min(expected, TokenRange.ceiling)
        self.high = min(high, TokenRange.ceiling)
    }

    /// A known number, as a range of width zero.
    package init(_ count: Int) { self.init(low: count, expected: count, high: count) }

    /// Adds the three numbers separately and saturates at 10^15.
    package static func + (a: TokenRange, b: TokenRange) -> TokenRange {
        TokenRange(
            low: a.low.saturatingAdding(b.low), expected: a.expected.saturatingAdding(b.expected),
            high: a.high.saturatingAdding(b.high))
    }
    /// Adds the three numbers separately and saturates at 10^15.
    package static func += (a: inout TokenRange, b: TokenRange) { a = a + b }
    /// Multiplies the three numbers and saturates at 10^15.
    package static func * (a: TokenRange, factor: Int) -> TokenRange {
        TokenRange(
            low: a.low.saturatingMultiplied(by: factor), expected: a.expected.saturatingMultiplied(by: factor),
            high: a.high.saturatingMultiplied(by: factor))
    }
}
