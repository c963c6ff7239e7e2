// `efficientnet_lite0`: EfficientNet without squeeze-and-excitation, with ReLU6 and TensorFlow's padding.
//
// Tensor names follow the package efficientnet-lite-pytorch; those of timm's `tf_efficientnet_lite0` are accepted
// too.

import Basics

extension Architecture {
    /// Tan and Le 2019 with the changes of EfficientNet-Lite; dropout 0.2, stochastic depth up to 0.2.
    static func efficientNetLite0(classes: Int) -> Architecture {
        // Kernel, stride, expansion, outputs, repeats.
        let stages: [(kernel: Int, stride: Int, expansion: Int, outputs: Int, repeats: Int)] = [
            (3, 1, 1, 16, 1), (3, 2, 6, 24, 2), (5, 2, 6, 40, 2), (3, 2, 6, 80, 3),
            (5, 1, 6, 112, 3), (5, 2, 6, 192, 4), (3, 1, 6, 320, 1),
        ]
        let blocks = stages.map(\.repeats).reduce(0, +)
        var layers: [any Layer] = [
            Convolution(name: "_conv_stem", inputs: 3, outputs: 32, kernel: 3, stride: 2, padding: .same),
            normalization("_bn0", 32), Activation.relu6,
        ]
        var otherNames = ["_conv_stem": "conv_stem", "_bn0": "bn1"]
        var inputs = 32
        var block = 0
        for (stageIndex, stage) in stages.enumerated() {
            for index in 0..<stage.repeats {
                // Without an expansion, timm numbers the layers from the depthwise convolution.
                let parts =
                    stage.expansion == 1
                    ? ["_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2"]
                    : [
                        "_expand_conv": "conv_pw", "_bn0": "bn1", "_depthwise_conv": "conv_dw", "_bn1": "bn2",
                        "_project_conv": "conv_pwl", "_bn2": "bn3",
                    ]
                for (part, other) in parts {
                    otherNames["_blocks.\(block).\(part)"] = "blocks.\(stageIndex).\(index).\(other)"
                }
                let stride = index == 0 ? stage.stride : 1
                let body = invertedBottleneck(
                    "_blocks.\(block)", inputs: inputs, outputs: stage.outputs, kernel: stage.kernel,
                    stride: stride, expansion: stage.expansion)
                if stride == 1, inputs == stage.outputs {
                    layers.append(Residual(body: body, skipProbability: 0.2 * Double(block) / Double(blocks)))
                } else {
                    layers.append(body)
                }
                inputs = stage.outputs
                block += 1
            }
        }
        layers += [
            Convolution(name: "_conv_head", inputs: inputs, outputs: 1280, kernel: 1, padding: .same),
            normalization("_bn1", 1280), Activation.relu6, GlobalAverage(), Dropout(probability: 0.2),
            Linear(name: "_fc", inputs: 1280, outputs: classes),
        ]
        otherNames.merge(["_conv_head": "conv_head", "_bn1": "bn2", "_fc": "classifier"]) { _, new in new }
        return Architecture(.efficientNetLite0, layers: layers, classifier: "_fc", otherNames: otherNames)
    }

    private static func normalization(_ name: String, _ channels: Int) -> BatchNormalization {
        BatchNormalization(name: name, channels: channels, epsilon: 1e-3, momentum: 0.01)
    }

    private static func invertedBottleneck(
        _ name: String, inputs: Int, outputs: Int, kernel: Int, stride: Int, expansion: Int
    ) -> LayerSequence {
        let wide = inputs * expansion
        var layers: [any Layer] = []
        if expansion != 1 {
            layers += [
                Convolution(name: "\(name)._expand_conv", inputs: inputs, outputs: wide, kernel: 1, padding: .same),
                normalization("\(name)._bn0", wide), Activation.relu6,
            ]
        }
        layers += [
            Convolution(
                name: "\(name)._depthwise_conv", inputs: wide, outputs: wide, kernel: kernel, stride: stride,
                groups: wide, padding: .same),
            normalization("\(name)._bn1", wide), Activation.relu6,
            Convolution(name: "\(name)._project_conv", inputs: wide, outputs: outputs, kernel: 1, padding: .same),
            normalization("\(name)._bn2", outputs),
        ]
        return LayerSequence(layers)
    }
}
