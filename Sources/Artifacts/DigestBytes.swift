// A digest as 32 bytes in four words: what indexes over many thousands of digests hold.

import Basics

/// The bytes of a digest, small and quick to compare and to look up.
struct DigestBytes: Hashable, Sendable {
    var a: UInt64
    var b: UInt64
    var c: UInt64
    var d: UInt64

    init(a: UInt64, b: UInt64, c: UInt64, d: UInt64) {
        self.a = a
        self.b = b
        self.c = c
        self.d = d
    }

    init(_ digest: Digest) {
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        var at = 0
        for digit in digest.hex.utf8 {
            // A digest's digits are 0-9 and a-f, by its type.
            let value = UInt64(digit <= 57 ? digit - 48 : digit - 87)
            switch at >> 4 {
            case 0: words.0 = words.0 << 4 | value
            case 1: words.1 = words.1 << 4 | value
            case 2: words.2 = words.2 << 4 | value
            default: words.3 = words.3 << 4 | value
            }
            at += 1
        }
        self.init(a: words.0, b: words.1, c: words.2, d: words.3)
    }

    var digest: Digest? {
        var hex = ""
        hex.reserveCapacity(64)
        for word in [a, b, c, d] {
            let digits = String(word, radix: 16)
            hex += String(repeating: "0", count: 16 - digits.utf8.count) + digits
        }
        return Digest(hex: hex)
    }

    // SHA-256 is evenly spread: any word of it is a hash.
    func hash(into hasher: inout Hasher) { hasher.combine(a) }
}
