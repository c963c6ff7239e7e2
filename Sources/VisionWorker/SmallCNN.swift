// `small_cnn`: five convolutions for small pictures, trained from scratch.

import Basics

extension Architecture {
    /// Convolution, batch normalisation, ReLU, five times, halving the picture between them, then the largest
    /// value of each channel: with few pictures it learns far faster than their mean.
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
