// A reference-counted tensor of the numeric library.

import CTorch

/// A tensor of float32 unless stated otherwise. Not thread-safe.
package final class Tensor {
    let reference: TorchTensorRef

    private init(owning reference: TorchTensorRef) { self.reference = reference }

    deinit { torch_release(reference) }

    /// The tensor created by a library call.
    static func made(_ call: (UnsafeMutablePointer<TorchTensorRef?>) -> TorchStatus) throws(TorchError) -> Tensor {
        var reference: TorchTensorRef?
        try Torch.check(call(&reference))
        guard let reference else { throw .failed("no tensor was made") }
        return Tensor(owning: reference)
    }

    /// Creates a float32 tensor from row-major values, which must fit the shape.
    package convenience init(_ values: [Float], shape: [Int]) throws(TorchError) {
        precondition(values.count == shape.reduce(1, *), "values do not fit the shape")
        let sizes = shape.map(Int64.init)
        var reference: TorchTensorRef?
        try Torch.check(torch_from_floats(values, sizes, Int32(sizes.count), &reference))
        guard let reference else { throw .failed("no tensor was made") }
        self.init(owning: reference)
    }

    static func zeros(shape: [Int]) throws(TorchError) -> Tensor {
        try Tensor([Float](repeating: 0, count: shape.reduce(1, *)), shape: shape)
    }

    /// Class indices in the type that the loss requires (int64).
    package static func indices(_ values: [Int]) throws(TorchError) -> Tensor {
        let wide = values.map(Int64.init)
        return try made { torch_from_indices(wide, Int64(wide.count), $0) }
    }

    /// The dimensions, outermost first.
    package var shape: [Int] {
        (0..<torch_rank(reference)).map { Int(torch_size(reference, $0)) }
    }

    /// Number of values: the product of the dimensions.
    package var count: Int { Int(torch_count(reference)) }

    /// The values in row-major order, for any memory format.
    package func floats() throws(TorchError) -> [Float] {
        var values = [Float](repeating: 0, count: count)
        try Torch.check(torch_read_floats(reference, &values))
        return values
    }

    /// Overwrites the values in place, from row-major order.
    func write(_ values: [Float]) throws(TorchError) {
        precondition(values.count == count, "values do not fit the shape")
        try Torch.check(torch_write_floats(reference, values))
    }

    /// The same values in channels-last memory order, the fastest for convolutions.
    package func channelsLast() throws(TorchError) -> Tensor {
        try .made { torch_channels_last(reference, $0) }
    }
}
