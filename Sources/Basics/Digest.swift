// SHA-256 digests, which name every artifact and every step key.

import CCrypto
package import Foundation

/// The SHA-256 digest of some bytes, written as 64 lower-case hex digits. Stored as four words, so that large
/// collections stay compact and fast to compare.
package struct Digest: Sendable, CustomStringConvertible {
    /// The 32 bytes as four words of eight bytes, in big-endian order.
    package let words: (UInt64, UInt64, UInt64, UInt64)

    /// Creates a digest from its four big-endian words; nothing is hashed.
    package init(words a: UInt64, _ b: UInt64, _ c: UInt64, _ d: UInt64) { words = (a, b, c, d) }

    /// Parses 64 hex digits of either case; `nil` for any other text.
    package init?(hex: String) {
        var hex = hex
        guard let digest = hex.withUTF8({ Digest(digits: $0) }) else { return nil }
        self = digest
    }

    private init?(digits: UnsafeBufferPointer<UInt8>) {
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        var count = 0
        for byte in digits {
            let value: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): value = byte - UInt8(ascii: "A") + 10
            default: return nil
            }
            switch count >> 4 {
            case 0: words.0 = words.0 << 4 | UInt64(value)
            case 1: words.1 = words.1 << 4 | UInt64(value)
            case 2: words.2 = words.2 << 4 | UInt64(value)
            case 3: words.3 = words.3 << 4 | UInt64(value)
            default: return nil
            }
            count += 1
        }
        guard count == 64 else { return nil }
        self.words = words
    }

    /// Hashes bytes in memory.
    package init(of bytes: some DataProtocol) {
        var builder = DigestBuilder()
        builder.update(bytes)
        self = builder.finish()
    }

    /// Hashes the UTF-8 bytes of a text.
    package init(of text: String) {
        var text = text
        self = text.withUTF8 { bytes in
            var builder = DigestBuilder()
            builder.update(UnsafeRawBufferPointer(bytes))
            return builder.finish()
        }
    }

    /// The digest as 64 lower-case hex digits.
    package var hex: String {
        String(unsafeUninitializedCapacity: 64) { buffer in
            Digest.write(words.0, to: buffer, at: 0)
            Digest.write(words.1, to: buffer, at: 16)
            Digest.write(words.2, to: buffer, at: 32)
            Digest.write(words.3, to: buffer, at: 48)
            return 64
        }
    }

    /// Writes the sixteen hex digits of a word.
    @inline(__always)
    private static func write(_ word: UInt64, to buffer: UnsafeMutableBufferPointer<UInt8>, at start: Int) {
        var rest = word
        var at = start + 15
        while at >= start {
            let value = UInt8(truncatingIfNeeded: rest & 15)
            buffer[at] = value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
            rest >>= 4
            at -= 1
        }
    }

    /// The first 16 hex digits, for display and for the names of remote jobs and files.
    package var short: String { String(hex.prefix(16)) }
    /// The same text as `hex`.
    package var description: String { hex }
}

extension Digest: Hashable, Comparable {
    /// Compares all 256 bits.
    package static func == (a: Digest, b: Digest) -> Bool { a.words == b.words }
    /// Orders digests by their bytes, which equals the order of their hex texts.
    package static func < (a: Digest, b: Digest) -> Bool { a.words < b.words }
    /// Hashes the first word only: SHA-256 output is uniform, so any word serves as the hash.
    package func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}

extension Digest: Codable {
    /// Decodes the 64 hex digits that `encode(to:)` writes.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let digest = Digest(hex: text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not a SHA-256 digest: 64 hex digits are needed")
        }
        self = digest
    }

    /// Encodes the digest as a string of 64 hex digits.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }
}

/// Hashes bytes incrementally. A copy continues from the state of the original.
package struct DigestBuilder: Sendable {
    private var state = SHA256_CTX()

    /// Starts with no bytes.
    package init() { SHA256_Init(&state) }

    /// Hashes further bytes of a value such as `Data`.
    package mutating func update(_ bytes: some DataProtocol) {
        for region in bytes.regions { region.withUnsafeBytes { update($0) } }
    }

    /// Hashes further bytes in memory.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        // These OpenSSL functions fail only without a context or memory, which cannot happen here.
        SHA256_Update(&state, bytes.baseAddress, bytes.count)
    }

    /// The digest of all bytes so far.
    package func finish() -> Digest {
        var state = state
        return withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { bytes in
            SHA256_Final(bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), &state)
            func word(_ index: Int) -> UInt64 {
                UInt64(bigEndian: bytes.load(fromByteOffset: 8 * index, as: UInt64.self))
            }
            return Digest(words: word(0), word(1), word(2), word(3))
        }
    }
}
