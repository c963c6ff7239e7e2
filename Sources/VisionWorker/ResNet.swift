// `resnet18` and `resnet50`: residual networks with torchvision's parameter names.

import Basics

extension Architecture {
    /// He et al. 2015; as in torchvision, the 3x3 convolution of a deep block has the stride.
    /// - Parameters:
    ///   - blocks: the number of blocks of each of the four stages.
    ///   - isDeep: whether a block has three convolutions, with four times as many outputs, instead of two.
    static func resNet(_ name: ArchitectureName, blocks: [Int], isDeep: Bool, classes: Int) -> Architecture {
        var layers: [any Layer] = [
            Convolution(name: "conv1", inputs: 3, outputs: 64, kernel: 7, stride: 2, initial: .kaimingNormal),
            normalization("bn1", 64), Activation.relu, MaxPooling(size: 3, stride: 2, padding: 1),
        ]
        var inputs = 64
        for (stage, count) in blocks.enumerated() {
            let width = 64 << stage
            let outputs = isDeep ? 4 * width : width
            for block in 0..<count {
                let base = "layer\(stage + 1).\(block)"
                let stride = stage > 0 && block == 0 ? 2 : 1
                let convolutions: [(outputs: Int, kernel: Int, stride: Int)] =
                    isDeep ? [(width, 1, 1), (width, 3, stride), (outputs, 1, 1)] : [(width, 3, stride), (width, 3, 1)]
                var body: [any Layer] = []
                var channels = inputs
                for (index, part) in convolutions.enumerated() {
                    if index > 0 { body.append(Activation.relu) }
                    body += [
                        Convolution(
                            name: "\(base).conv\(index + 1)", inputs: channels, outputs: part.outputs, kernel: part.kernel,
                            stride: part.stride, initial: .kaimingNormal),
                        normalization("\(base).bn\(index + 1)", part.outputs),
                    ]
                    channels = part.outputs
                }
                let isSame = stride == 1 && inputs == outputs
                let shortcut = LayerSequence([
                    Convolution(
                        name: "\(base).downsample.0", inputs: inputs, outputs: outputs, kernel: 1, stride: stride,
                        initial: .kaimingNormal),
                    normalization("\(base).downsample.1", outputs),
                ])
                layers += [
                    Residual(body: LayerSequence(body), shortcut: isSame ? nil : shortcut), Activation.relu,
                ]
                inputs = outputs
            }
        }
        layers += [GlobalAverage(), Linear(name: "fc", inputs: inputs, outputs: classes)]
        return Architecture(name, layers: layers, classifier: "fc")
    }

    private static func normalization(_ name: String, _ channels: Int) -> BatchNormalization {
        BatchNormalization(name: name, channels: channels, epsilon: 1e-5, momentum: 0.1)
    }
}
