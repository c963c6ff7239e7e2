// Writes messages in the wire format of protocol buffers.

import Foundation

/// A message under construction. Fields are written in the order of the calls; a repeated field is one call per value.
struct ProtobufWriter {
    private(set) var data = Data()

    /// A number in seven bits per byte, the lowest first.
    private mutating func append(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            data.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        data.append(UInt8(rest))
    }

    /// Adds an integer field.
    mutating func add(_ field: Int, _ value: Int) {
        append(varint: UInt64(field) << 3)
        append(varint: UInt64(bitPattern: Int64(value)))
    }

    /// Adds a 32-bit float field.
    mutating func add(_ field: Int, _ value: Float) {
        append(varint: UInt64(field) << 3 | 5)
        withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) }
    }

    /// Adds a field of bytes.
    mutating func add(_ field: Int, _ bytes: Data) {
        append(varint: UInt64(field) << 3 | 2)
        append(varint: UInt64(bytes.count))
        data.append(bytes)
    }

    /// Adds a text field.
    mutating func add(_ field: Int, _ text: String) { add(field, Data(text.utf8)) }

    /// Adds a message field.
    mutating func add(_ field: Int, _ build: (inout ProtobufWriter) -> Void) {
        var message = ProtobufWriter()
        build(&message)
        add(field, message.data)
    }
}
