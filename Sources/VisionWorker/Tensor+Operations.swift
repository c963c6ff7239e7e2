// The tensor operations used by the architectures.

import CTorch

extension Tensor {
    func convolved(
        _ weight: Tensor, bias: Tensor? = nil, stride: Int, padding: Int, groups: Int
    ) throws(TorchError) -> Tensor {
        try .made {
            torch_conv2d(
                reference, weight.reference, bias?.reference, Int64(stride), Int64(padding), Int64(groups), $0)
        }
    }

    /// Pads each image with zeros.
    func padded(left: Int, right: Int, top: Int, bottom: Int) throws(TorchError) -> Tensor {
        try .made { torch_pad(reference, Int64(left), Int64(right), Int64(top), Int64(bottom), $0) }
    }

    /// A new tensor with the activated values; the receiver is unchanged.
    func activated(_ activation: Activation) throws(TorchError) -> Tensor {
        try .made { torch_activate(reference, activation.torch, $0) }
    }

    func maxPooled(_ size: Int, stride: Int, padding: Int) throws(TorchError) -> Tensor {
        try .made { torch_max_pool2d(reference, Int64(size), Int64(stride), Int64(padding), $0) }
    }

    /// The largest value of each `size` neighbouring rows; the width stays.
    func maxPooledRows(_ size: Int) throws(TorchError) -> Tensor {
        try .made { torch_max_pool_rows(reference, Int64(size), $0) }
    }

    /// The mean of each channel.
    func averagedOverPicture() throws(TorchError) -> Tensor {
        try .made { torch_global_average(reference, $0) }
    }

    /// The largest value of each channel.
    func largestOverPicture() throws(TorchError) -> Tensor {
        try .made { torch_global_maximum(reference, $0) }
    }

    /// [n, c, 1, 1] to [n, c].
    func flattened() throws(TorchError) -> Tensor {
        try .made { torch_flatten(reference, $0) }
    }

    func linear(_ weight: Tensor, bias: Tensor) throws(TorchError) -> Tensor {
        try .made { torch_linear(reference, weight.reference, bias.reference, $0) }
    }

    /// The softmax of each row.
    package func softmax() throws(TorchError) -> Tensor {
        try .made { torch_softmax(reference, $0) }
    }

    /// The mean cross-entropy of these logits.
    package func crossEntropy(_ targets: Tensor, labelSmoothing: Double = 0) throws(TorchError) -> Tensor {
        try .made { torch_cross_entropy(reference, targets.reference, labelSmoothing, $0) }
    }

    /// The mean binary cross-entropy of these logits.
    func binaryCrossEntropy(_ targets: Tensor) throws(TorchError) -> Tensor {
        try .made { torch_binary_cross_entropy(reference, targets.reference, $0) }
    }

    /// The mean squared difference from the targets.
    func squaredError(_ targets: Tensor) throws(TorchError) -> Tensor {
        try .made { torch_squared_error(reference, targets.reference, $0) }
    }

    /// The log-probabilities of each column: [n, k, 1, w] to [w, n, k].
    func columnLogSoftmax() throws(TorchError) -> Tensor {
        try .made { torch_column_log_softmax(reference, $0) }
    }

    /// The CTC loss of these log-probabilities, [w, n, k], with class 0 as the blank. Each example has its number of
    /// columns in `widths` and its classes in `targets`.
    func ctcLoss(_ targets: [[Int]], widths: [Int]) throws(TorchError) -> Tensor {
        let all = try Tensor.indices(targets.flatMap(\.self))
        let columns = widths.map(Int64.init)
        let lengths = targets.map { Int64($0.count) }
        return try .made {
            torch_ctc_loss(reference, all.reference, columns, lengths, Int64(lengths.count), $0)
        }
    }

    /// The sum of all values.
    func sum() throws(TorchError) -> Tensor {
        try .made { torch_sum(reference, $0) }
    }

    static func + (a: Tensor, b: Tensor) throws(TorchError) -> Tensor {
        try .made { torch_add(a.reference, b.reference, $0) }
    }

    static func * (a: Tensor, b: Tensor) throws(TorchError) -> Tensor {
        try .made { torch_multiply(a.reference, b.reference, $0) }
    }
}

/// The non-linear functions between layers.
enum Activation: Sendable, CaseIterable {
    case relu, relu6, hardSwish, hardSigmoid, sigmoid, silu, gelu

    var torch: TorchActivation {
        switch self {
        case .relu: TORCH_RELU
        case .relu6: TORCH_RELU6
        case .hardSwish: TORCH_HARD_SWISH
        case .hardSigmoid: TORCH_HARD_SIGMOID
        case .sigmoid: TORCH_SIGMOID
        case .silu: TORCH_SILU
        case .gelu: TORCH_GELU
        }
    }
}
