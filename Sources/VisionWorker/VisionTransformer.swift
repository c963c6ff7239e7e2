// `vit_b_16`: the Vision Transformer B/16 with torchvision's parameter names.

import Basics

extension Architecture {
    /// Dosovitskiy et al. 2020, for images of 224 x 224 pixels: 196 patches of 16 x 16.
    static func vitB16(classes: Int) -> Architecture {
        let width = 768, hidden = 3072
        var layers: [any Layer] = [
            Convolution(
                name: "conv_proj", inputs: 3, outputs: width, kernel: 16, stride: 16, hasBias: true, padding: .none,
                initial: .normal((1 / Double(3 * 16 * 16)).squareRoot())),
            Tokens(name: "class_token", channels: width),
            PositionEmbedding(name: "encoder.pos_embedding", tokens: 14 * 14 + 1, channels: width),
        ]
        for index in 0..<12 {
            let name = "encoder.layers.encoder_layer_\(index)"
            layers += [
                Residual(
                    body: LayerSequence([
                        LayerNormalization(name: "\(name).ln_1", channels: width),
                        Attention(name: "\(name).self_attention", channels: width, heads: 12),
                    ])),
                Residual(
                    body: LayerSequence([
                        LayerNormalization(name: "\(name).ln_2", channels: width),
                        Linear(name: "\(name).mlp.0", inputs: width, outputs: hidden, initial: .xavier(bias: 1e-6)),
                        Activation.gelu,
                        Linear(name: "\(name).mlp.3", inputs: hidden, outputs: width, initial: .xavier(bias: 1e-6)),
                    ])),
            ]
        }
        layers += [
            LayerNormalization(name: "encoder.ln", channels: width), FirstToken(),
            Linear(name: "heads.head", inputs: width, outputs: classes),
        ]
        return Architecture(.vitB16, layers: layers, classifier: "heads.head")
    }
}
