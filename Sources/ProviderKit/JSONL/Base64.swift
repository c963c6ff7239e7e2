// Base64 (RFC 4648) with a table of digit pairs, because images make up most of a request file.

/// Encodes bytes chunk by chunk into a caller's buffers.
package struct Base64Encoder: Sendable {
    /// Both digits of every 12-bit group; the first digit is in the byte that comes first in memory.
    private let pairs: [UInt16]

    /// Builds the table of 4,096 pairs; reuse the encoder.
    package init() {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        pairs = (0..<4096).map { group in
            UInt16(digits[group >> 6]).littleEndian | UInt16(digits[group & 63]).littleEndian << 8
        }
    }

    /// The length of the encoded form, in bytes.
    package static func encodedCount(_ count: Int) -> Int { (count + 2) / 3 * 4 }

    /// Encodes all of `source` to the beginning of `target`, padded with `=` if its length is not a multiple of
    /// three.
    /// - Returns: the number of bytes written, `encodedCount(source.count)`.
    package func encode(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) -> Int {
        precondition(target.count >= Base64Encoder.encodedCount(source.count))
        guard let input = source.baseAddress, let output = target.baseAddress else { return 0 }
        var from = 0, to = 0
        pairs.withUnsafeBufferPointer { pairs in
            // Six bytes become eight digits. Eight bytes are loaded at once, so the last groups are left to the loop
            // below.
            while from + 8 <= source.count {
                let bits = UInt64(bigEndian: input.loadUnaligned(fromByteOffset: from, as: UInt64.self))
                let a = UInt64(pairs[Int(truncatingIfNeeded: bits >> 52)])
                let b = UInt64(pairs[Int(truncatingIfNeeded: bits >> 40 & 4095)])
                let c = UInt64(pairs[Int(truncatingIfNeeded: bits >> 28 & 4095)])
                let d = UInt64(pairs[Int(truncatingIfNeeded: bits >> 16 & 4095)])
                let digits = a | b << 16 | c << 32 | d << 48
                output.storeBytes(of: digits.littleEndian, toByteOffset: to, as: UInt64.self)
                from += 6
                to += 8
            }
            while from < source.count {
                let left = source.count - from
                let b0 = Int(source[from])
                let b1 = left > 1 ? Int(source[from + 1]) : 0
                let b2 = left > 2 ? Int(source[from + 2]) : 0
                let first = pairs[b0 << 4 | b1 >> 4], second = pairs[(b1 & 15) << 8 | b2]
                target[to] = UInt8(truncatingIfNeeded: first)
                target[to + 1] = UInt8(truncatingIfNeeded: first >> 8)
                target[to + 2] = left > 1 ? UInt8(truncatingIfNeeded: second) : UInt8(ascii: "=")
                target[to + 3] = left > 2 ? UInt8(truncatingIfNeeded: second >> 8) : UInt8(ascii: "=")
                from += 3
                to += 4
            }
        }
        return to
    }
}
