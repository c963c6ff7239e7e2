// A SHA-256 digest of bytes: the name of every artifact and every step key.

package import Crypto
package import Foundation

/// The SHA-256 digest of some bytes, written as 64 lower-case hex digits.
package struct Digest: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// 64 lower-case hexadecimal digits.
    package let hex: String

    /// Reads 64 hex digits of either case; `nil` for anything else.
    package init?(hex: String) {
        let lower = hex.lowercased()
        guard lower.utf8.count == 64,
            lower.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
        else { return nil }
        self.hex = lower
    }

    /// Digests bytes in memory.
    package init(of bytes: some DataProtocol) {
        self.init(finishing: SHA256.hash(data: bytes))
    }

    /// Digests the UTF-8 form of a text.
    package init(of text: String) {
        self.init(of: Data(text.utf8))
    }

    package init(finishing digest: SHA256.Digest) {
        let digits = Array("0123456789abcdef".utf8)
        hex = String(unsafeUninitializedCapacity: 64) { buffer in
            var at = 0
            for byte in digest {
                buffer[at] = digits[Int(byte >> 4)]
                buffer[at + 1] = digits[Int(byte & 15)]
                at += 2
            }
            return 64
        }
    }

    /// The first 16 hex digits: what travels with remote work and is shown to people.
    package var short: String { String(hex.prefix(16)) }
    package var description: String { hex }
    package static func < (a: Digest, b: Digest) -> Bool { a.hex < b.hex }
}

extension Digest: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let digest = Digest(hex: text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not a SHA-256 digest: 64 hex digits are needed")
        }
        self = digest
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }
}

/// Digests bytes that arrive piece by piece.
package struct DigestBuilder: Sendable {
    private var hasher = SHA256()

    package init() {}

    package mutating func update(_ bytes: some DataProtocol) { hasher.update(data: bytes) }
    package mutating func update(_ bytes: UnsafeRawBufferPointer) { hasher.update(bufferPointer: bytes) }

    /// The digest of everything given so far.
    package func finish() -> Digest { Digest(finishing: hasher.finalize()) }
}
