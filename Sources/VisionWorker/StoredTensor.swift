// A tensor as stored in a file.

package import Foundation

/// Element type, shape and bytes (little-endian, row-major) of a tensor in a file.
package struct StoredTensor: Hashable, Sendable {
    /// Element types with their safetensors names.
    package enum Kind: String, Hashable, Sendable {
        case bool = "BOOL"
        case uint8 = "U8"
        case int8 = "I8"
        case int16 = "I16"
        case int32 = "I32"
        case int64 = "I64"
        case float16 = "F16"
        case bfloat16 = "BF16"
        case float32 = "F32"
        case float64 = "F64"

        var bytes: Int {
            switch self {
            case .bool, .uint8, .int8: 1
            case .int16, .float16, .bfloat16: 2
            case .int32, .float32: 4
            case .int64, .float64: 8
            }
        }
    }

    /// The element type.
    package var kind: Kind
    /// The dimensions, outermost first.
    package var shape: [Int]
    /// The values, little-endian and row-major.
    package var bytes: Data

    /// Creates a tensor without checking that `bytes` fit the shape.
    package init(kind: Kind, shape: [Int], bytes: Data) {
        self.kind = kind
        self.shape = shape
        self.bytes = bytes
    }

    /// Creates a 32-bit float tensor from row-major values.
    package init(_ values: [Float], shape: [Int]) {
        self.init(kind: .float32, shape: shape, bytes: values.withUnsafeBytes { Data($0) })
    }

    /// Creates a 64-bit float tensor from row-major values.
    package init(doubles values: [Double], shape: [Int]) {
        self.init(kind: .float64, shape: shape, bytes: values.withUnsafeBytes { Data($0) })
    }

    /// Creates a one-dimensional 64-bit integer tensor.
    package init(_ values: [Int64]) {
        self.init(kind: .int64, shape: [values.count], bytes: values.withUnsafeBytes { Data($0) })
    }

    /// Creates a one-dimensional tensor of bytes.
    package init(_ values: [UInt8]) {
        self.init(kind: .uint8, shape: [values.count], bytes: Data(values))
    }

    /// The number of values in a shape; `nil` on integer overflow.
    static func count(of shape: [Int]) -> Int? {
        var count = 1
        for size in shape {
            guard size >= 0 else { return nil }
            let (product, overflows) = count.multipliedReportingOverflow(by: size)
            guard !overflows else { return nil }
            count = product
        }
        return count
    }

    /// The values of a 32-bit float tensor; `nil` for other types.
    package func floats() -> [Float]? { kind == .float32 ? values() : nil }

    /// The values of a 64-bit float tensor; `nil` for other types.
    package func doubles() -> [Double]? { kind == .float64 ? values() : nil }

    /// The values of any floating-point type as 32-bit floats, with 64-bit values rounded; `nil` for other types.
    package func convertedToFloats() -> [Float]? {
        switch kind {
        case .float32: return values()
        case .float64: return (values() as [Double]).map { Float($0) }
        case .bfloat16: return (values() as [UInt16]).map { Float(bitPattern: UInt32(UInt16(littleEndian: $0)) << 16) }
        case .float16: return (values() as [UInt16]).map { Float(halfBits: UInt16(littleEndian: $0)) }
        case .bool, .uint8, .int8, .int16, .int32, .int64: return nil
        }
    }

    /// The values of a 64-bit integer tensor; `nil` for other types.
    package func integers() -> [Int64]? { kind == .int64 ? values() : nil }

    private func values<Value: BitwiseCopyable>() -> [Value] {
        let count = bytes.count / MemoryLayout<Value>.size
        return [Value](unsafeUninitializedCapacity: count) { buffer, written in
            bytes.copyBytes(to: UnsafeMutableRawBufferPointer(buffer))
            written = count
        }
    }
}

extension Float {
    /// The value of an IEEE 754 binary16 number. (`Float16` is not available on every platform.)
    init(halfBits bits: UInt16) {
        let sign = UInt32(bits >> 15) << 31
        let exponent = UInt32(bits >> 10 & 0x1F)
        let fraction = UInt32(bits & 0x3FF)
        switch exponent {
        case 0:
            let magnitude = Float(fraction) * 0x1p-24
            self = sign == 0 ? magnitude : -magnitude
        case 0x1F: self = Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
        default: self = Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
        }
    }
}
