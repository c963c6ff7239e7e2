// Integer arithmetic that stops at the bounds of its type, for numbers that untrusted input decides.

extension FixedWidthInteger {
    /// The sum, or the bound of the type that the sum passes.
    package func saturatingAdding(_ other: Self) -> Self {
        let (sum, overflow) = addingReportingOverflow(other)
        guard overflow else { return sum }
        return other < 0 ? .min : .max
    }

    /// The difference, or the bound of the type that the difference passes.
    package func saturatingSubtracting(_ other: Self) -> Self {
        let (difference, overflow) = subtractingReportingOverflow(other)
        guard overflow else { return difference }
        return other < 0 ? .max : .min
    }

    /// The product, or the bound of the type that the product passes.
    package func saturatingMultiplied(by other: Self) -> Self {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        guard overflow else { return product }
        return (self < 0) == (other < 0) ? .max : .min
    }

    /// The number without its fraction, or the bound of the type that it passes. NaN becomes the upper bound: an amount
    /// that is not known must never look small.
    package init(saturating value: Double) {
        if value.isNaN || value >= Double(Self.max) {
            self = .max
        } else if value <= Double(Self.min) {
            self = .min
        } else {
            self = Self(value)
        }
    }
}

extension Duration {
    /// A wait in seconds that `Duration` can hold: negative and undefined ones become zero, and the longest is some 30
    /// years.
    package static func waiting(seconds: Double) -> Duration {
        .seconds(seconds.isNaN ? 0 : min(max(seconds, 0), 1e9))
    }
}
