// `shapes_cnn`: the small network behind the emulator's model for generated images.

import Basics

extension Architecture {
    /// Five convolutions: narrow enough for weights below half a megabyte, deep enough for a receptive field that
    /// covers a whole shape in a 64-pixel image.
    static func shapesCNN(classes: Int) -> Architecture {
        let widths = [16, 32, 64, 64, 96]
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
        layers += [GlobalAverage(), Linear(name: "classifier", inputs: inputs, outputs: classes)]
        return Architecture(.shapesCNN, layers: layers, classifier: "classifier")
    }
}
