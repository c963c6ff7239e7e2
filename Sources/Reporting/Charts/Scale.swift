// Maps values to pixels and chooses round axis ticks.

import Foundation

struct Scale {
    let domain: ClosedRange<Double>
    /// Pixel positions of the domain's ends; may be descending.
    let range: (Double, Double)
    let isLogarithmic: Bool

    /// A linear scale; widens a domain of a single value.
    init(linear domain: ClosedRange<Double>, to range: (Double, Double)) {
        let isPoint = domain.lowerBound == domain.upperBound
        self.domain = isPoint ? domain.lowerBound - 0.5...domain.upperBound + 0.5 : domain
        self.range = range
        isLogarithmic = false
    }

    /// A logarithmic scale over positive values.
    init(logarithmic domain: ClosedRange<Double>, to range: (Double, Double)) {
        let low = max(domain.lowerBound, .leastNormalMagnitude)
        let high = max(domain.upperBound, low)
        self.domain = low == high ? low / 2...high * 2 : low...high
        self.range = range
        isLogarithmic = true
    }

    func callAsFunction(_ value: Double) -> Double {
        range.0 + (range.1 - range.0) * share(value)
    }

    /// The relative position of a value in the domain, 0...1.
    func share(_ value: Double) -> Double {
        if isLogarithmic {
            return log(max(value, .leastNormalMagnitude) / domain.lowerBound)
                / log(domain.upperBound / domain.lowerBound)
        }
        return (value - domain.lowerBound) / (domain.upperBound - domain.lowerBound)
    }

    /// The value at a relative position in the domain, 0...1.
    func value(atShare share: Double) -> Double {
        isLogarithmic
            ? domain.lowerBound * pow(domain.upperBound / domain.lowerBound, share)
            : domain.lowerBound + share * (domain.upperBound - domain.lowerBound)
    }

    /// Round values inside the domain, approximately `count` of them.
    func ticks(_ count: Int) -> [Double] {
        isLogarithmic ? logarithmicTicks(count) : linearTicks(count)
    }

    private func linearTicks(_ count: Int) -> [Double] {
        let step = Scale.roundStep((domain.upperBound - domain.lowerBound) / Double(max(1, count)))
        let first = (domain.lowerBound / step).rounded(.up)
        let last = (domain.upperBound / step + 1e-9).rounded(.down)
        // Guards against a domain so wide that its length is infinite.
        guard last >= first, last - first <= 1000 else { return [] }
        return stride(from: first, through: last, by: 1).map { $0 * step }
    }

    private func logarithmicTicks(_ count: Int) -> [Double] {
        let low = Int(log10(domain.lowerBound).rounded(.down)), high = Int(log10(domain.upperBound).rounded(.up))
        for digits in [[1.0, 2, 5], [1, 3], [1]] {
            let ticks = (low...max(low, high)).flatMap { power in digits.map { $0 * pow(10, Double(power)) } }
                .filter { domain.contains($0) }
            if ticks.count <= count + 1 || digits.count == 1 { return ticks }
        }
        return []
    }

    /// The smallest of 1, 2, 2.5 or 5 times a power of ten that is at least this value.
    static func roundStep(_ value: Double) -> Double {
        guard value > 0, value.isFinite else { return 1 }
        let power = pow(10, log10(value).rounded(.down))
        return [1, 2, 2.5, 5, 10].map { $0 * power }.first { $0 >= value * (1 - 1e-9) } ?? 10 * power
    }

    /// A tick's label, with as many decimals as its neighbours need.
    static func label(_ value: Double, among ticks: [Double]) -> String {
        let gaps = zip(ticks, ticks.dropFirst()).map { $1 - $0 }
        let smallest = min(gaps.min() ?? abs(value), value == 0 ? .infinity : abs(value))
        let decimals = smallest.isFinite && smallest > 0 ? max(0, Int(-log10(smallest).rounded(.down))) : 0
        let shifted = smallest * pow(10, Double(decimals))
        let needsMore = abs(shifted - shifted.rounded()) > 1e-6
        return Wording.number(value, min(6, decimals + (needsMore ? 1 : 0)))
    }
}
