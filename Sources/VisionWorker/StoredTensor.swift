// A tensor as it lies in a file.

package import Foundation

/// Kind, shape and bytes (little-endian, row-major) of a tensor in a file.
package struct StoredTensor: Hashable, Sendable {
    /// Element types by their names in safetensors.
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

    package var kind: Kind
    package var shape: [Int]
    package var bytes: Data

    package init(kind: Kind, shape: [Int], bytes: Data) {
        self.kind = kind
        self.shape = shape
        self.bytes = bytes
    }

    package init(_ values: [Float], shape: [Int]) {
        self.init(kind: .float32, shape: shape, bytes: values.withUnsafeBytes { Data($0) })
    }

    package init(_ values: [Int64]) {
        self.init(kind: .int64, shape: [values.count], bytes: values.withUnsafeBytes { Data($0) })
    }

    package init(_ values: [UInt8]) {
        self.init(kind: .uint8, shape: [values.count], bytes: Data(values))
    }

    /// The number of values of a shape, or `nil` when it does not fit an integer.
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

    /// The values, when they are of this kind.
    package func floats() -> [Float]? { kind == .float32 ? values() : nil }
    package func integers() -> [Int64]? { kind == .int64 ? values() : nil }

    private func values<Value: BitwiseCopyable>() -> [Value] {
        let count = bytes.count / MemoryLayout<Value>.size
        return [Value](unsafeUninitializedCapacity: count) { buffer, written in
            bytes.copyBytes(to: UnsafeMutableRawBufferPointer(buffer))
            written = count
        }
    }
}
