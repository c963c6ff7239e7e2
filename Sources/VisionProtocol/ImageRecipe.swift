// Image preprocessing for networks, as values.

/// Preprocessing that turns images into the network's input: three channels, `inputSize` x `inputSize`.
package struct ImageRecipe: Codable, Hashable, Sendable {
    /// Side of the network's square input, in pixels.
    package var inputSize: Int
    /// Operations on training images, in order; the last one that sets a size must give `inputSize`.
    package var augment: [ImageTransform]
    /// Operations on evaluation images, in order; none is random.
    package var evaluate: [ImageTransform]
    /// Maps 8-bit pixel values to the network's input.
    package var normalize: PixelNormalization

    /// Creates a recipe without checking that the operations give `inputSize`.
    package init(
        inputSize: Int, augment: [ImageTransform], evaluate: [ImageTransform], normalize: PixelNormalization
    ) {
        self.inputSize = inputSize
        self.augment = augment
        self.evaluate = evaluate
        self.normalize = normalize
    }

    /// No augmentation: training images, too, are resized to `size` on the shorter side and centre-cropped.
    package static func plain(size: Int, normalize: PixelNormalization) -> ImageRecipe {
        let operations: [ImageTransform] = [.resize(size: size), .centerCrop(size: size)]
        return ImageRecipe(inputSize: size, augment: operations, evaluate: operations, normalize: normalize)
    }
}
