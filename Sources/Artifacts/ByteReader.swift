// Reads and writes the little-endian records of the store's packed files.

import Basics
import Foundation

/// Reads values from the front of a byte buffer; `nil` once the bytes run out.
struct ByteReader {
    let bytes: UnsafeRawBufferPointer
    var position = 0

    mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type = Value.self) -> Value? {
        let size = MemoryLayout<Value>.size
        guard position + size <= bytes.count else { return nil }
        defer { position += size }
        return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: Value.self))
    }

    mutating func double() -> Double? { integer(UInt64.self).map(Double.init(bitPattern:)) }

    mutating func string() -> String? {
        guard let count = integer(UInt32.self).map(Int.init), position + count <= bytes.count else { return nil }
        defer { position += count }
        return String(decoding: bytes[position..<position + count], as: UTF8.self)
    }

    mutating func digest() -> Digest? {
        guard let a = integer(UInt64.self), let b = integer(UInt64.self), let c = integer(UInt64.self),
            let d = integer(UInt64.self)
        else { return nil }
        return Digest(words: a, b, c, d)
    }
}

extension Data {
    mutating func append(integer value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }

    mutating func append(double value: Double) { append(integer: value.bitPattern) }

    mutating func append(string value: String) {
        append(integer: UInt32(value.utf8.count))
        append(contentsOf: value.utf8)
    }

    mutating func append(digest value: Digest) {
        append(integer: value.words.0)
        append(integer: value.words.1)
        append(integer: value.words.2)
        append(integer: value.words.3)
    }
}

/// The 64-bit FNV-1a checksum (Fowler, Noll, Vo), eight bytes at a time; it detects incomplete records.
func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    var at = 0
    while at + 8 <= bytes.count {
        hash =
            (hash ^ UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)))
            &* 0x0000_0100_0000_01b3
        hash ^= hash >> 32
        at += 8
    }
    while at < bytes.count {
        hash = (hash ^ UInt64(bytes[at])) &* 0x0000_0100_0000_01b3
        at += 1
    }
    return hash
}
