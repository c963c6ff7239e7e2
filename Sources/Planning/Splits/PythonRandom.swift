// CPython's `random.Random` for integer seeds, with which published splits were drawn.

/// The generator MT19937 (Matsumoto, Nishimura 1998), seeded and read as in CPython's `random.Random`.
package struct PythonRandom: Sendable {
    private var state: [UInt32]
    private var index: Int
    private static let size = 624
    private static let shift = 397

    /// `random.Random(seed)`: seeds with the 32-bit words of the seed's absolute value, lowest first.
    package init(seed: Int) {
        let magnitude = UInt64(seed.magnitude)
        let low = UInt32(truncatingIfNeeded: magnitude), high = UInt32(magnitude >> 32)
        self.init(key: high == 0 ? [low] : [low, high])
    }

    /// `init_by_array` of the reference implementation.
    private init(key: [UInt32]) {
        let size = PythonRandom.size
        var state = [UInt32](repeating: 0, count: size)
        func mixed(_ i: Int, _ factor: UInt32) -> UInt32 { (state[i - 1] ^ (state[i - 1] >> 30)) &* factor }
        state[0] = 19_650_218
        for i in 1..<size { state[i] = mixed(i, 1_812_433_253) &+ UInt32(i) }
        var i = 1, j = 0
        for _ in 0..<max(size, key.count) {
            state[i] = (state[i] ^ mixed(i, 1_664_525)) &+ key[j] &+ UInt32(j)
            i += 1
            j += 1
            if i >= size {
                state[0] = state[size - 1]
                i = 1
            }
            if j >= key.count { j = 0 }
        }
        for _ in 0..<(size - 1) {
            state[i] = (state[i] ^ mixed(i, 1_566_083_941)) &- UInt32(i)
            i += 1
            if i >= size {
                state[0] = state[size - 1]
                i = 1
            }
        }
        state[0] = 0x8000_0000
        self.state = state
        index = size
    }

    /// The next 32 random bits.
    package mutating func nextWord() -> UInt32 {
        if index == PythonRandom.size { refill() }
        var y = state[index]
        index += 1
        y ^= y >> 11
        y ^= (y << 7) & 0x9D2C_5680
        y ^= (y << 15) & 0xEFC6_0000
        return y ^ (y >> 18)
    }

    private mutating func refill() {
        let size = PythonRandom.size
        for i in 0..<size {
            let y = (state[i] & 0x8000_0000) | (state[(i + 1) % size] & 0x7FFF_FFFF)
            state[i] = state[(i + PythonRandom.shift) % size] ^ (y >> 1) ^ (y & 1 == 0 ? 0 : 0x9908_B0DF)
        }
        index = 0
    }

    /// `getrandbits(count)`, for 1 to 32 bits.
    package mutating func bits(_ count: Int) -> UInt32 { nextWord() >> UInt32(32 - count) }

    /// `_randbelow(limit)`: draws as many bits as `limit` needs until the value is below it.
    package mutating func below(_ limit: UInt32) -> UInt32 {
        let width = UInt32.bitWidth - limit.leadingZeroBitCount
        var drawn = bits(width)
        while drawn >= limit { drawn = bits(width) }
        return drawn
    }

    /// `shuffle(values)`.
    package mutating func shuffle<Element>(_ values: inout [Element]) {
        for i in stride(from: values.count - 1, to: 0, by: -1) {
            values.swapAt(i, Int(below(UInt32(i + 1))))
        }
    }
}
