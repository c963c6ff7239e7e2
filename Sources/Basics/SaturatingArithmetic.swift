// Saturating integer arithmetic for numbers from untrusted input.

extension FixedWidthInteger {
    /// The sum, clamped to the bounds of the type.
    package func saturatingAdding(_ other: Self) -> Self {
        let (sum, overflow) = addingReportingOverflow(other)
        guard overflow else { return sum }
        return other < 0 ? .min : .max
    }

    /// The difference, clamped to the bounds of the type.
    package func saturatingSubtracting(_ other: Self) -> Self {
        let (difference, overflow) = subtractingReportingOverflow(other)
        guard overflow else { return difference }
        return other < 0 ? .max : .min
    }

    /// The product, clamped to the bounds of the type.
    package func saturatingMultiplied(by other: Self) -> Self {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        guard overflow else { return product }
        return (self < 0) == (other < 0) ? .max : .min
    }

    /// The number truncated toward zero and clamped to the bounds of the type. NaN becomes the upper bound, so that
    /// an unknown amount never looks small.
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
    /// A wait that `Duration` can represent. Negative and NaN values become zero; the maximum is about 30 years.
    package static func waiting(seconds: Double) -> Duration {
        .seconds(seconds.isNaN ? 0 : min(max(seconds, 0), 1e9))
    }
}
