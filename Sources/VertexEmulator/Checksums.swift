// MD5 and CRC-32C, which Cloud Storage reports for every object.

import Basics
import Foundation

/// The checksums of an object, computed in one pass over its bytes.
struct Checksums: Sendable {
    private var md5 = MD5()
    private var crc: UInt32 = ~0
    private(set) var bytes = 0

    mutating func add(_ data: Data) {
        bytes += data.count
        data.withUnsafeBytes { buffer in
            md5.add(buffer)
            var crc = self.crc
            Self.table.withUnsafeBufferPointer { table in
                for byte in buffer { crc = table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ (crc >> 8) }
            }
            self.crc = crc
        }
    }

    /// In Base64, as the API writes it.
    var md5Hash: String { Data(md5.digest()).base64EncodedString() }
    /// The big-endian CRC-32C in Base64.
    var crc32c: String {
        let value: UInt32 = ~crc
        return withUnsafeBytes(of: value.bigEndian) { Data($0) }.base64EncodedString()
    }

    /// The checksums of a whole file, read in constant memory.
    static func of(_ file: URL) throws -> Checksums {
        var sums = Checksums()
        let handle = try FileHandle(forReadingFrom: file)
        while let chunk = try handle.read(upToCount: 1 << 20), !chunk.isEmpty { sums.add(chunk) }
        try handle.close()
        return sums
    }

    /// Castagnoli's polynomial, reflected.
    private static let table: [UInt32] = {
        var table: [UInt32] = []
        for index in 0..<UInt32(256) {
            var value = index
            for _ in 0..<8 {
                let half: UInt32 = value >> 1
                value = value & 1 == 1 ? half ^ 0x82F6_3B78 : half
            }
            table.append(value)
        }
        return table
    }()
}

/// MD5 (RFC 1321): a checksum here, not a protection.
private struct MD5: Sendable {
    private var state: (UInt32, UInt32, UInt32, UInt32) = (0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476)
    private var rest: [UInt8] = []
    private var count: UInt64 = 0

    private static let shifts: [UInt32] = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21]
    private static let sines: [UInt32] = (1...64).map { (step: Int) -> UInt32 in
        let sine: Double = sin(Double(step))
        return UInt32(sine.magnitude * 4_294_967_296)
    }

    mutating func add(_ buffer: UnsafeRawBufferPointer) {
        count &+= UInt64(buffer.count)
        var at = 0
        if !rest.isEmpty {
            at = min(64 - rest.count, buffer.count)
            rest += buffer[..<at]
            guard rest.count == 64 else { return }
            let block = rest
            rest = []
            block.withUnsafeBytes { mix($0, 0) }
        }
        while buffer.count - at >= 64 {
            mix(buffer, at)
            at += 64
        }
        rest += buffer[at...]
    }

    func digest() -> [UInt8] {
        var copy = self
        let bits: UInt64 = count &* 8
        var padding: [UInt8] = [0x80]
        while (Int(count % 64) + padding.count) % 64 != 56 { padding.append(0) }
        withUnsafeBytes(of: bits.littleEndian) { padding.append(contentsOf: $0) }
        padding.withUnsafeBytes { copy.add($0) }
        var digest: [UInt8] = []
        for word in [copy.state.0, copy.state.1, copy.state.2, copy.state.3] {
            withUnsafeBytes(of: word.littleEndian) { digest.append(contentsOf: $0) }
        }
        return digest
    }

    private mutating func mix(_ buffer: UnsafeRawBufferPointer, _ at: Int) {
        var (a, b, c, d) = state
        Self.sines.withUnsafeBufferPointer { sines in
            Self.shifts.withUnsafeBufferPointer { shifts in
                for step in 0..<64 {
                    let round: Int = step >> 4
                    var mixed: UInt32
                    var word: Int
                    switch round {
                    case 0:
                        mixed = (b & c)
                        mixed |= (~b & d)
                        word = step
                    case 1:
                        mixed = (d & b)
                        mixed |= (~d & c)
                        word = 5 * step + 1
                    case 2:
                        mixed = b ^ c
                        mixed ^= d
                        word = 3 * step + 5
                    default:
                        mixed = b | ~d
                        mixed ^= c
                        word = 7 * step
                    }
                    word = word & 15
                    let raw: UInt32 = buffer.loadUnaligned(fromByteOffset: at + 4 * word, as: UInt32.self)
                    var sum: UInt32 = a &+ mixed
                    sum = sum &+ sines[step]
                    sum = sum &+ UInt32(littleEndian: raw)
                    let shift: UInt32 = shifts[4 * round + (step & 3)]
                    let turned: UInt32 = (sum << shift) | (sum >> (32 - shift))
                    a = d
                    d = c
                    c = b
                    b = b &+ turned
                }
            }
        }
        state = (state.0 &+ a, state.1 &+ b, state.2 &+ c, state.3 &+ d)
    }
}
