// What happens to a picture between its file and the network, as values.

/// How pictures become the network's input: three channels, `inputSize` x `inputSize`.
package struct ImageRecipe: Codable, Hashable, Sendable {
    /// Side of the square that the network reads, in pixels.
    package var inputSize: Int
    /// Operations on a training picture, in order; the last that sets a size must give `inputSize`.
    package var augment: [ImageTransform]
    /// Operations on a picture that is evaluated, in order; none of them draws random numbers.
    package var evaluate: [ImageTransform]
    package var normalize: PixelNormalization

    package init(
        inputSize: Int, augment: [ImageTransform], evaluate: [ImageTransform], normalize: PixelNormalization
    ) {
        self.inputSize = inputSize
        self.augment = augment
        self.evaluate = evaluate
        self.normalize = normalize
    }

    /// No augmentation: the shorter side is resized to `size` and the middle cut out, also in training.
    package static func plain(size: Int, normalize: PixelNormalization) -> ImageRecipe {
        let operations: [ImageTransform] = [.resize(size: size), .centerCrop(size: size)]
        return ImageRecipe(inputSize: size, augment: operations, evaluate: operations, normalize: normalize)
    }
}
