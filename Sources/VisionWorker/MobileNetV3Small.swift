// `mobilenet_v3_small`: MobileNetV3-Small with torchvision's parameter names.

import Basics

extension Architecture {
    /// Howard et al. 2019; widths and names as in torchvision's `mobilenet_v3_small`.
    static func mobileNetV3Small(classes: Int) -> Architecture {
        typealias Block = (
            kernel: Int, expanded: Int, outputs: Int, excites: Bool, activation: Activation, stride: Int
        )
        let blocks: [Block] = [
            (3, 16, 16, true, .relu, 2), (3, 72, 24, false, .relu, 2), (3, 88, 24, false, .relu, 1),
            (5, 96, 40, true, .hardSwish, 2), (5, 240, 40, true, .hardSwish, 1), (5, 240, 40, true, .hardSwish, 1),
            (5, 120, 48, true, .hardSwish, 1), (5, 144, 48, true, .hardSwish, 1),
            (5, 288, 96, true, .hardSwish, 2), (5, 576, 96, true, .hardSwish, 1), (5, 576, 96, true, .hardSwish, 1),
        ]
        var layers: [any Layer] = convolved(
            "features.0", inputs: 3, outputs: 16, kernel: 3, stride: 2, activation: .hardSwish)
        var inputs = 16
        for (index, block) in blocks.enumerated() {
            let name = "features.\(index + 1).block"
            var part = 0
            var body: [any Layer] = []
            if block.expanded != inputs {
                body += convolved(
                    "\(name).\(part)", inputs: inputs, outputs: block.expanded, kernel: 1,
                    activation: block.activation)
                part += 1
            }
            body += convolved(
                "\(name).\(part)", inputs: block.expanded, outputs: block.expanded, kernel: block.kernel,
                stride: block.stride, groups: block.expanded, activation: block.activation)
            part += 1
            if block.excites {
                body.append(excitation("\(name).\(part)", channels: block.expanded))
                part += 1
            }
            body += convolved(
                "\(name).\(part)", inputs: block.expanded, outputs: block.outputs, kernel: 1, activation: nil)
            if block.stride == 1, inputs == block.outputs {
                layers.append(Residual(body: LayerSequence(body)))
            } else {
                layers += body
            }
            inputs = block.outputs
        }
        layers += convolved("features.12", inputs: inputs, outputs: 576, kernel: 1, activation: .hardSwish)
        layers += [
            GlobalAverage(), Linear(name: "classifier.0", inputs: 576, outputs: 1024, initial: .narrow),
            Activation.hardSwish, Dropout(probability: 0.2),
            // Users replace this layer with `nn.Linear(1024, classes)`, hence the default initialization.
            Linear(name: "classifier.3", inputs: 1024, outputs: classes),
        ]
        return Architecture(.mobileNetV3Small, layers: layers, classifier: "classifier.3")
    }

    private static func convolved(
        _ name: String, inputs: Int, outputs: Int, kernel: Int, stride: Int = 1, groups: Int = 1,
        activation: Activation?
    ) -> [any Layer] {
        let layers: [any Layer] = [
            Convolution(
                name: "\(name).0", inputs: inputs, outputs: outputs, kernel: kernel, stride: stride, groups: groups,
                initial: .kaimingNormal),
            BatchNormalization(name: "\(name).1", channels: outputs, epsilon: 1e-3, momentum: 0.01),
        ]
        return layers + (activation.map { [$0] } ?? [])
    }

    /// Squeezes to a quarter of the channels, rounded to multiples of eight.
    private static func excitation(_ name: String, channels: Int) -> SqueezeExcitation {
        let quarter = channels / 4
        var squeezed = max(8, (quarter + 4) / 8 * 8)
        if Double(squeezed) < 0.9 * Double(quarter) { squeezed += 8 }
        return SqueezeExcitation(
            reduce: Convolution(
                name: "\(name).fc1", inputs: channels, outputs: squeezed, kernel: 1, hasBias: true,
                initial: .kaimingNormal),
            expand: Convolution(
                name: "\(name).fc2", inputs: squeezed, outputs: channels, kernel: 1, hasBias: true,
                initial: .kaimingNormal))
    }
}
