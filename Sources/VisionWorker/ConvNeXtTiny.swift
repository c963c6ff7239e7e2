// `convnext_tiny`: ConvNeXt-Tiny with torchvision's parameter names.

import Basics

extension Architecture {
    /// Liu et al. 2022; stochastic depth up to 0.1 as in torchvision's `convnext_tiny`.
    static func convNeXtTiny(classes: Int) -> Architecture {
        let stages: [(width: Int, blocks: Int)] = [(96, 3), (192, 3), (384, 9), (768, 3)]
        let blocks = stages.map(\.blocks).reduce(0, +)
        var layers: [any Layer] = [
            Convolution(
                name: "features.0.0", inputs: 3, outputs: 96, kernel: 4, stride: 4, hasBias: true, padding: .none,
                initial: .normal(0.02))
        ]
        layers += normalization("features.0.1", 96)
        var block = 0
        for (index, stage) in stages.enumerated() {
            if index > 0 {
                let before = stages[index - 1].width
                layers += normalization("features.\(2 * index).0", before)
                layers.append(
                    Convolution(
                        name: "features.\(2 * index).1", inputs: before, outputs: stage.width, kernel: 2, stride: 2,
                        hasBias: true, padding: .none, initial: .normal(0.02)))
            }
            for position in 0..<stage.blocks {
                let name = "features.\(2 * index + 1).\(position)"
                let width = stage.width
                let body: [any Layer] = [
                    Convolution(
                        name: "\(name).block.0", inputs: width, outputs: width, kernel: 7, groups: width, hasBias: true,
                        initial: .normal(0.02)),
                    ChannelsAtEnd(isForward: true), LayerNormalization(name: "\(name).block.2", channels: width),
                    Linear(name: "\(name).block.3", inputs: width, outputs: 4 * width, initial: .normal(0.02)),
                    Activation.gelu,
                    Linear(name: "\(name).block.5", inputs: 4 * width, outputs: width, initial: .normal(0.02)),
                    ChannelsAtEnd(isForward: false), ChannelScale(name: "\(name).layer_scale", channels: width, initial: 1e-6),
                ]
                layers.append(
                    Residual(body: LayerSequence(body), skipProbability: 0.1 * Double(block) / Double(blocks - 1)))
                block += 1
            }
        }
        layers += [
            GlobalAverage(), LayerNormalization(name: "classifier.0", channels: 768),
            Linear(name: "classifier.2", inputs: 768, outputs: classes),
        ]
        return Architecture(.convNeXtTiny, layers: layers, classifier: "classifier.2")
    }

    /// Normalizes the channels of an image.
    private static func normalization(_ name: String, _ channels: Int) -> [any Layer] {
        [ChannelsAtEnd(isForward: true), LayerNormalization(name: name, channels: channels), ChannelsAtEnd(isForward: false)]
    }
}
