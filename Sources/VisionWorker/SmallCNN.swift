// `small_cnn`: five convolutions for small images, trained from scratch.

import Basics

extension Architecture {
    /// Five times convolution, batch normalization and ReLU, halving the image in between, then global max pooling:
    /// with few images it trains far faster than average pooling.
    static func smallCNN(classes: Int) -> Architecture {
        let widths = [16, 32, 64, 96, 128]
        var layers: [any Layer] = []
        var inputs = 3
        for (index, width) in widths.enumerated() {
            layers += [
                Convolution(name: "features.\(index).conv", inputs: inputs, outputs: width, kernel: 3),
                BatchNormalization(name: "features.\(index).norm", channels: width, epsilon: 1e-5, momentum: 0.1),
                Activation.relu,
            ]
            if index < widths.count - 1 { layers.append(MaxPooling(size: 2)) }
            inputs = width
        }
        layers += [GlobalMaximum(), Linear(name: "classifier", inputs: inputs, outputs: classes)]
        return Architecture(.smallCNN, layers: layers, classifier: "classifier")
    }
}
