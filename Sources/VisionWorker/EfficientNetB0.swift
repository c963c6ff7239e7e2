// `efficientnet_b0`: EfficientNet-B0 with torchvision's parameter names.

import Basics

extension Architecture {
    /// Tan and Le 2019; names, dropout and stochastic depth as in torchvision's `efficientnet_b0`.
    static func efficientNetB0(classes: Int) -> Architecture {
        let stages: [(expansion: Int, kernel: Int, stride: Int, outputs: Int, repeats: Int)] = [
            (1, 3, 1, 16, 1), (6, 3, 2, 24, 2), (6, 5, 2, 40, 2), (6, 3, 2, 80, 3), (6, 5, 1, 112, 3),
            (6, 5, 2, 192, 4), (6, 3, 1, 320, 1),
        ]
        let blocks = stages.map(\.repeats).reduce(0, +)
        var layers = convolved("features.0", inputs: 3, outputs: 32, kernel: 3, stride: 2)
        var inputs = 32
        var block = 0
        for (stageIndex, stage) in stages.enumerated() {
            for index in 0..<stage.repeats {
                let name = "features.\(stageIndex + 1).\(index).block"
                let stride = index == 0 ? stage.stride : 1
                let wide = inputs * stage.expansion
                let squeezed = max(1, inputs / 4)
                var body: [any Layer] = []
                var part = 0
                if stage.expansion != 1 {
                    body += convolved("\(name).0", inputs: inputs, outputs: wide, kernel: 1)
                    part = 1
                }
                body += convolved(
                    "\(name).\(part)", inputs: wide, outputs: wide, kernel: stage.kernel, stride: stride, groups: wide)
                body.append(
                    SqueezeExcitation(
                        reduce: Convolution(
                            name: "\(name).\(part + 1).fc1", inputs: wide, outputs: squeezed, kernel: 1, hasBias: true,
                            initial: .kaimingNormal),
                        expand: Convolution(
                            name: "\(name).\(part + 1).fc2", inputs: squeezed, outputs: wide, kernel: 1, hasBias: true,
                            initial: .kaimingNormal),
                        activation: .silu, gate: .sigmoid))
                body += convolved(
                    "\(name).\(part + 2)", inputs: wide, outputs: stage.outputs, kernel: 1, isActivated: false)
                if stride == 1, inputs == stage.outputs {
                    layers.append(
                        Residual(body: LayerSequence(body), skipProbability: 0.2 * Double(block) / Double(blocks)))
                } else {
                    layers += body
                }
                inputs = stage.outputs
                block += 1
            }
        }
        layers += convolved("features.8", inputs: inputs, outputs: 1280, kernel: 1)
        layers += [
            GlobalAverage(), Dropout(probability: 0.2), Linear(name: "classifier.1", inputs: 1280, outputs: classes),
        ]
        return Architecture(.efficientNetB0, layers: layers, classifier: "classifier.1")
    }

    private static func convolved(
        _ name: String, inputs: Int, outputs: Int, kernel: Int, stride: Int = 1, groups: Int = 1, isActivated: Bool = true
    ) -> [any Layer] {
        let layers: [any Layer] = [
            Convolution(
                name: "\(name).0", inputs: inputs, outputs: outputs, kernel: kernel, stride: stride, groups: groups,
                initial: .kaimingNormal),
            BatchNormalization(name: "\(name).1", channels: outputs, epsilon: 1e-5, momentum: 0.1),
        ]
        return isActivated ? layers + [Activation.silu] : layers
    }
}
