// Finds a secret in bytes that may be JSON, in which each character can be written in several ways.

import Foundation
import Glibc

/// Searches for a secret verbatim and in the forms in which JSON may escape it: `\u0073` for `s`, `\/` for `/`, with
/// one backslash or, for JSON within a JSON string, several. Decoding such JSON would restore the secret.
struct SecretSearch {
    private let secret: [UInt8]

    init(_ secret: Data) { self.secret = Array(secret) }

    /// The range of the first occurrence at or after an offset. Candidates are found with `memchr`, because every
    /// response is scanned.
    func first(in data: Data, from start: Int) -> Range<Int>? {
        guard let first = secret.first else { return nil }
        return data.withUnsafeBytes { bytes -> Range<Int>? in
            var literal = SecretSearch.next(first, in: bytes, from: start)
            var escaped = SecretSearch.next(SecretSearch.backslash, in: bytes, from: start)
            while literal < bytes.count || escaped < bytes.count {
                let candidate = min(literal, escaped)
                if let end = end(of: candidate, in: bytes) { return candidate..<end }
                if literal == candidate { literal = SecretSearch.next(first, in: bytes, from: candidate + 1) }
                if escaped == candidate {
                    // A run of backslashes counts as one candidate, so that a file full of them does not take
                    // quadratic time.
                    var after = candidate
                    while after < bytes.count, bytes[after] == SecretSearch.backslash { after += 1 }
                    escaped = SecretSearch.next(SecretSearch.backslash, in: bytes, from: after)
                }
            }
            return nil
        }
    }

    private static let backslash = UInt8(ascii: "\\")

    /// The next offset of a byte, or the number of bytes if there is none.
    private static func next(_ byte: UInt8, in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        guard start < bytes.count, let base = bytes.baseAddress,
            let found = memchr(base + start, Int32(byte), bytes.count - start)
        else { return bytes.count }
        return UnsafeRawPointer(found) - base
    }

    /// The end of the secret if it begins at an offset; `nil` otherwise.
    private func end(of start: Int, in bytes: UnsafeRawBufferPointer) -> Int? {
        var position = start
        for byte in secret {
            guard position < bytes.count else { return nil }
            if bytes[position] == byte {
                position += 1
                continue
            }
            guard bytes[position] == SecretSearch.backslash else { return nil }
            while position < bytes.count, bytes[position] == SecretSearch.backslash { position += 1 }
            guard position < bytes.count else { return nil }
            if bytes[position] == UInt8(ascii: "u"), position + 4 < bytes.count,
                SecretSearch.number(bytes[(position + 1)...(position + 4)]) == Int(byte), byte < 0x80
            {
                position += 5
            } else if bytes[position] == byte {
                position += 1
            } else {
                return nil
            }
        }
        return position
    }

    private static func number(_ digits: Slice<UnsafeRawBufferPointer>) -> Int? {
        var number = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): number = number * 16 + Int(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): number = number * 16 + Int(digit - UInt8(ascii: "a")) + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): number = number * 16 + Int(digit - UInt8(ascii: "A")) + 10
            default: return nil
            }
        }
        return number
    }
}
