// Seeded random numbers, identical on every machine.

/// The SplitMix64 generator (Steele, Lea, Flood 2014): fast, and identical on every machine for the same seed.
package struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// - Parameter seed: the initial state; any value, including 0, is a good seed.
    package init(seed: UInt64) { state = seed }

    /// The next 64 random bits; advances the state.
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A uniform number in 0..<1 with 53 random bits.
    package mutating func unit() -> Double { Double(next() >> 11) * 0x1.0p-53 }
}
