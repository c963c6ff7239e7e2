// Layers of networks that normalize over channels or compute on tokens.

import CTorch

/// Normalizes over the last dimension: over the channels of each position, with the channels at the end.
struct LayerNormalization: Layer {
    var name: String
    var channels: Int
    var epsilon = 1e-6

    var tensors: [TensorDeclaration] {
        [
            TensorDeclaration(name: "\(name).weight", shape: [channels], beginning: .ones),
            TensorDeclaration(name: "\(name).bias", shape: [channels], beginning: .zeros),
        ]
    }

    func forward(_ x: Tensor, _ pass: ForwardPass) throws -> Tensor {
        let weight = try pass.tensor("\(name).weight")
        let bias = try pass.tensor("\(name).bias")
        return try .made { torch_layer_norm(x.reference, weight.reference, bias.reference, epsilon, $0) }
    }
}

/// Moves the channels of an image to the end, or back.
struct ChannelsAtEnd: Layer {
    var isForward: Bool
    var tensors: [TensorDeclaration] { [] }
    func forward(_ x: Tensor, _ pass: ForwardPass) throws -> Tensor {
        try .made { torch_channels_at_end(x.reference, isForward, $0) }
    }
}

/// Multiplies each channel by a trained factor.
struct ChannelScale: Layer {
    /// The full name of the tensor.
    var name: String
    var channels: Int
    /// The initial factor.
    var initial: Double

    var tensors: [TensorDeclaration] {
        [TensorDeclaration(name: name, shape: [channels, 1, 1], beginning: .constant(initial))]
    }

    func forward(_ x: Tensor, _ pass: ForwardPass) throws -> Tensor { try x * pass.tensor(name) }
}

/// Turns an image into tokens, one per position, after a trained first token.
struct Tokens: Layer {
    /// The full name of the first token's tensor.
    var name: String
    var channels: Int

    var tensors: [TensorDeclaration] { [TensorDeclaration(name: name, shape: [1, 1, channels], beginning: .zeros)] }

    func forward(_ x: Tensor, _ pass: ForwardPass) throws -> Tensor {
        let first = try pass.tensor(name)
        return try .made { torch_tokens(x.reference, first.reference, $0) }
    }
}

/// Adds a trained vector to each token.
struct PositionEmbedding: Layer {
    /// The full name of the tensor.
    var name: String
    var tokens: Int
    var channels: Int

    var tensors: [TensorDeclaration] {
        [TensorDeclaration(name: name, shape: [1, tokens, channels], beginning: .normal(0.02))]
    }

    func forward(_ x: Tensor, _ pass: ForwardPass) throws -> Tensor { try x + pass.tensor(name) }
}

/// Multi-head self-attention with PyTorch's names of `nn.MultiheadAttention`.
struct Attention: Layer {
    var name: String
    var channels: Int
    var heads: Int

    var output: Linear {
        Linear(name: "\(name).out_proj", inputs: channels, outputs: channels, initial: .attentionOutput)
    }

    var tensors: [TensorDeclaration] {
        let bound = (6 / Double(4 * channels)).squareRoot()
        return [
            TensorDeclaration(name: "\(name).in_proj_weight", shape: [3 * channels, channels], beginning: .uniform(bound)),
            TensorDeclaration(name: "\(name).in_proj_bias", shape: [3 * channels], beginning: .zeros),
        ] + output.tensors
    }

    func forward(_ x: Tensor, _ pass: ForwardPass) throws -> Tensor {
        let packed = try x.linear(pass.tensor("\(name).in_proj_weight"), bias: pass.tensor("\(name).in_proj_bias"))
        return try output.forward(.made { torch_attention(packed.reference, Int64(heads), $0) }, pass)
    }
}

/// The first token of each image.
struct FirstToken: Layer {
    var tensors: [TensorDeclaration] { [] }
    func forward(_ x: Tensor, _ pass: ForwardPass) throws -> Tensor {
        try .made { torch_first_token(x.reference, $0) }
    }
}
