// Layers of a network: their tensors and computation.

import CTorch

/// A part of a network. Its tensors are stored by name outside of it, so a layer is a plain value.
protocol Layer: Sendable {
    /// Parameters and buffers, in the order of initialization.
    var tensors: [TensorDeclaration] { get }
    /// The layer's output for a batch.
    func forward(_ x: Tensor, _ pass: ForwardPass) throws -> Tensor
    /// Adds the layer's computation in evaluation mode to a graph and returns its output.
    func emit(_ x: ONNXGraph.Value, into graph: inout ONNXGraph) throws -> ONNXGraph.Value
}

/// A parameter or buffer of a network: its name in weight files, shape and initialization.
package struct TensorDeclaration: Hashable, Sendable {
    /// The distribution of initial values.
    package enum Beginning: Hashable, Sendable {
        case zeros
        case ones
        /// Normal with this standard deviation.
        case normal(Double)
        /// Uniform between minus and plus this bound.
        case uniform(Double)
        /// The same value everywhere.
        case constant(Double)
    }

    /// The layer's name, a dot and the tensor's name in the layer.
    package var name: String
    /// The dimensions, outermost first.
    package var shape: [Int]
    /// The initialization in a new network.
    package var beginning: Beginning
    /// Whether the tensor is stored but not trained.
    package var isBuffer = false
}

/// One forward pass: the network's tensors, and the random generator if training.
struct ForwardPass {
    let tensors: [String: Tensor]
    let training: TorchGenerator?

    func tensor(_ name: String) throws -> Tensor {
        guard let tensor = tensors[name] else { throw WeightsError.missing([name]) }
        return tensor
    }
}

/// A convolution without bias, padded so that only the stride shrinks the image.
struct Convolution: Layer {
    enum Padding: Sendable {
        /// `kernel / 2` on each side, as in PyTorch.
        case even
        /// TensorFlow's rule: the minimum padding, with an odd pixel at the right and bottom.
        case same
        /// None.
        case none
    }

    enum Initial: Sendable {
        /// The default of `nn.Conv2d`.
        case standard
        /// `kaiming_normal_(mode="fan_out")`.
        case kaimingNormal
        /// Normal with this standard deviation and zero bias.
        case normal(Double)
    }

    var name: String
    var inputs: Int
    var outputs: Int
    var kernel: Int
    var stride = 1
    var groups = 1
    var hasBias = false
    var padding = Padding.even
    var initial = Initial.standard

    var tensors: [TensorDeclaration] {
        let fanIn = Double(inputs / groups * kernel * kernel)
        let fanOut = Double(outputs * kernel * kernel)
        let standardBound = 1 / fanIn.squareRoot()
        let beginning: TensorDeclaration.Beginning =
            switch initial {
            case .standard: .uniform(standardBound)
            case .kaimingNormal: .normal((2 / fanOut).squareRoot())
            case .normal(let deviation): .normal(deviation)
            }
        let weight = TensorDeclaration(
            name: "\(name).weight", shape: [outputs, inputs / groups, kernel, kernel], beginning: beginning)
        guard hasBias else { return [weight] }
        let isStandard = if case .standard = initial { true } else { false }
        let bias = TensorDeclaration(
            name: "\(name).bias", shape: [outputs], beginning: isStandard ? .uniform(standardBound) : .zeros)
        return [weight, bias]
    }

    func forward(_ x: Tensor, _ pass: ForwardPass) throws -> Tensor {
        let weight = try pass.tensor("\(name).weight")
        let bias = hasBias ? try pass.tensor("\(name).bias") : nil
        switch padding {
        case .none: return try x.convolved(weight, bias: bias, stride: stride, padding: 0, groups: groups)
        case .even:
            return try x.convolved(weight, bias: bias, stride: stride, padding: kernel / 2, groups: groups)
        case .same:
            let shape = x.shape
            let rows = samePadding(shape[2])
            let columns = samePadding(shape[3])
            if rows == columns, rows % 2 == 0 {
                return try x.convolved(weight, bias: bias, stride: stride, padding: rows / 2, groups: groups)
            }
            return try x.padded(
                left: columns / 2, right: columns - columns / 2, top: rows / 2, bottom: rows - rows / 2
            ).convolved(weight, bias: bias, stride: stride, padding: 0, groups: groups)
        }
    }

    func samePadding(_ size: Int) -> Int {
        let outputs = (size + stride - 1) / stride
        return max(0, (outputs - 1) * stride + kernel - size)
    }
}

/// Batch normalization over channels.
struct BatchNormalization: Layer {
    var name: String
    var channels: Int
    var epsilon: Double
    var momentum: Double

    var tensors: [TensorDeclaration] {
        [
            TensorDeclaration(name: "\(name).weight", shape: [channels], beginning: .ones),
            TensorDeclaration(name: "\(name).bias", shape: [channels], beginning: .zeros),
            TensorDeclaration(name: "\(name).running_mean", shape: [channels], beginning: .zeros, isBuffer: true),
            TensorDeclaration(name: "\(name).running_var", shape: [channels], beginning: .ones, isBuffer: true),
        ]
    }

    func forward(_ x: Tensor, _ pass: ForwardPass) throws -> Tensor {
        if pass.training != nil, x.count == channels { throw TrainingError.oneValueAChannel }
        let weight = try pass.tensor("\(name).weight")
        let bias = try pass.tensor("\(name).bias")
        let mean = try pass.tensor("\(name).running_mean")
        let variance = try pass.tensor("\(name).running_var")
        return try .made {
            torch_batch_norm(
                x.reference, weight.reference, bias.reference, mean.reference, variance.reference,
                pass.training != nil, momentum, epsilon, $0)
        }
    }
}

/// `x W^T + b`.
struct Linear: Layer {
    enum Initial: Sendable {
        /// The default of `nn.Linear`.
        case standard
        /// Normal with standard deviation 0.01 and zero bias, as in torchvision's MobileNets.
        case narrow
        /// Normal with this standard deviation and zero bias.
        case normal(Double)
        /// `xavier_uniform_`, with a bias of this standard deviation.
        case xavier(bias: Double)
        /// The default of `nn.Linear` for the weight, and zero bias, as the output of `nn.MultiheadAttention`.
        case attentionOutput
    }

    var name: String
    var inputs: Int
    var outputs: Int
    var initial = Initial.standard

    var tensors: [TensorDeclaration] {
        let bound = 1 / Double(inputs).squareRoot()
        let (weight, bias): (TensorDeclaration.Beginning, TensorDeclaration.Beginning) =
            switch initial {
            case .standard: (.uniform(bound), .uniform(bound))
            case .narrow: (.normal(0.01), .zeros)
            case .attentionOutput: (.uniform(bound), .zeros)
            case .normal(let deviation): (.normal(deviation), .zeros)
            case .xavier(let bias):
                (.uniform((6 / Double(inputs + outputs)).squareRoot()), bias == 0 ? .zeros : .normal(bias))
            }
        return [
            TensorDeclaration(name: "\(name).weight", shape: [outputs, inputs], beginning: weight),
            TensorDeclaration(name: "\(name).bias", shape: [outputs], beginning: bias),
        ]
    }

    func forward(_ x: Tensor, _ pass: ForwardPass) throws -> Tensor {
        try x.linear(pass.tensor("\(name).weight"), bias: pass.tensor("\(name).bias"))
    }
}

extension Activation: Layer {
    var tensors: [TensorDeclaration] { [] }
    func forward(_ x: Tensor, _ pass: ForwardPass) throws -> Tensor { try x.activated(self) }
}

/// Max pooling over squares of pixels.
struct MaxPooling: Layer {
    var size: Int
    /// The distance of squares; the size unless set.
    var stride: Int?
    var padding = 0
    var tensors: [TensorDeclaration] { [] }
    func forward(_ x: Tensor, _ pass: ForwardPass) throws -> Tensor {
        try x.maxPooled(size, stride: stride ?? size, padding: padding)
    }
}

/// Global average pooling: the mean of each channel, as a row.
struct GlobalAverage: Layer {
    var tensors: [TensorDeclaration] { [] }
    func forward(_ x: Tensor, _ pass: ForwardPass) throws -> Tensor {
        try x.averagedOverPicture().flattened()
    }
}

/// Global max pooling: the largest value of each channel over the image, as a row.
struct GlobalMaximum: Layer {
    var tensors: [TensorDeclaration] { [] }
    func forward(_ x: Tensor, _ pass: ForwardPass) throws -> Tensor {
        try x.largestOverPicture().flattened()
    }
}

/// Zeroes random values during training.
struct Dropout: Layer {
    var probability: Double
    var tensors: [TensorDeclaration] { [] }
    func forward(_ x: Tensor, _ pass: ForwardPass) throws -> Tensor {
        guard let generator = pass.training else { return x }
        return try .made { torch_dropout(x.reference, probability, generator.reference, $0) }
    }
}

/// Layers applied in sequence.
struct LayerSequence: Layer {
    var layers: [any Layer]
    init(_ layers: [any Layer]) { self.layers = layers }
    var tensors: [TensorDeclaration] { layers.flatMap(\.tensors) }
    func forward(_ x: Tensor, _ pass: ForwardPass) throws -> Tensor {
        try layers.reduce(x) { try $1.forward($0, pass) }
    }
}

/// Layers with a residual connection; during training, random examples skip the body.
struct Residual: Layer {
    var body: LayerSequence
    /// Computes the value that is added to the body's output; `nil` for the input itself.
    var shortcut: LayerSequence?
    /// Stochastic depth: the probability that an example skips the body.
    var skipProbability = 0.0

    var tensors: [TensorDeclaration] { body.tensors + (shortcut?.tensors ?? []) }

    func forward(_ x: Tensor, _ pass: ForwardPass) throws -> Tensor {
        var y = try body.forward(x, pass)
        if let generator = pass.training, skipProbability > 0 {
            let kept = y
            y = try .made { torch_drop_examples(kept.reference, skipProbability, generator.reference, $0) }
        }
        return try y + (shortcut?.forward(x, pass) ?? x)
    }
}

/// Squeeze-and-excitation: weights channels by their content in the whole image.
struct SqueezeExcitation: Layer {
    var reduce: Convolution
    var expand: Convolution
    var activation = Activation.relu
    var gate = Activation.hardSigmoid

    var tensors: [TensorDeclaration] { reduce.tensors + expand.tensors }

    func forward(_ x: Tensor, _ pass: ForwardPass) throws -> Tensor {
        let squeezed = try reduce.forward(x.averagedOverPicture(), pass).activated(activation)
        return try expand.forward(squeezed, pass).activated(gate) * x
    }
}
