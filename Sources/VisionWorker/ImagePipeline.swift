// Preprocessing from decoded images to network input: torchvision's transforms, then normalization.

package import Basics
import Foundation
package import VisionProtocol

/// A list of transforms followed by a normalization.
///
/// All randomness comes from a generator passed in per image, so the result does not depend on which thread processes
/// an image.
package struct ImagePipeline: Sendable {
    /// The transforms, in the order in which they are applied.
    package let transforms: [ImageTransform]
    /// The size of every transformed image.
    package let outputSize: ImageSize
    /// Lookup tables from 8-bit values to floats: 256 for red, then green, then blue.
    let tables: [Float]

    /// - Throws: ``ImagePipelineError`` if the transforms do not produce images of one size.
    package init(_ transforms: [ImageTransform], normalize: PixelNormalization) throws(ImagePipelineError) {
        guard normalize.mean.count == 3, normalize.std.count == 3,
            normalize.std.allSatisfy({ $0 > 0 })
        else { throw .normalization }
        var outputSize: ImageSize?
        for transform in transforms {
            switch transform {
            case .centerCrop(let size):
                guard size > 0 else { throw .size(size) }
                outputSize = ImageSize(width: size, height: size)
            case .randomResizedCrop(let size, let scale, let ratio):
                guard size > 0 else { throw .size(size) }
                guard scale.lowerBound > 0, ratio.lowerBound > 0 else { throw .range }
                outputSize = ImageSize(width: size, height: size)
            case .resize(let size):
                guard size > 0 else { throw .size(size) }
                outputSize = outputSize.map { _ in ImageSize(width: size, height: size) }
            case .randomHorizontalFlip(let probability):
                guard (0...1).contains(probability) else { throw .range }
            case .colorJitter(let brightness, let contrast, let saturation, let hue):
                guard min(brightness, contrast, saturation) >= 0, (0...0.5).contains(hue) else { throw .range }
            }
        }
        guard let outputSize else { throw .noFixedSize }
        self.transforms = transforms
        self.outputSize = outputSize
        // Single precision and this order of operations match torchvision's ToTensor and Normalize.
        tables = (0..<3).flatMap { channel in
            (0..<256).map { value in
                (Float(value) / 255 - Float(normalize.mean[channel])) / Float(normalize.std[channel])
            }
        }
    }

    /// Applies all transforms in order. Draws from `random` only for random ones.
    package func transformed(_ image: RGBImage, random: inout SeededRandom) -> RGBImage {
        var image = image
        for transform in transforms { Self.apply(transform, to: &image, random: &random) }
        return image
    }

    /// Decodes and transforms a file's bytes; for transforms without randomness.
    ///
    /// - Throws: ``ImageError``, with `name` as the image's name.
    func prepared(_ bytes: Data, name: String) throws -> RGBImage {
        var random = SeededRandom(seed: 0)
        return transformed(try ImageDecoder.decode(bytes, name: name), random: &random)
    }

    private static func apply(_ transform: ImageTransform, to image: inout RGBImage, random: inout SeededRandom) {
        switch transform {
        case .resize(let size):
            image = image.resized(to: shorterSide(of: image, becomes: size))
        case .centerCrop(let size):
            image = image.centerCropped(to: size)
        case .randomResizedCrop(let size, let scale, let ratio):
            let crop = randomCrop(of: image, scale: scale, ratio: ratio, random: &random)
            image = image.resized(
                x: crop.x, y: crop.y, width: crop.width, height: crop.height,
                to: ImageSize(width: size, height: size))
        case .randomHorizontalFlip(let probability):
            guard random.unit() < probability else { return }
            image.flip()
        case .colorJitter(let brightness, let contrast, let saturation, let hue):
            // Order and amounts are drawn first, for each kind of change, even if its amount is zero.
            let order = random.permutation(of: 4)
            let factors = [brightness, contrast, saturation].map { amount in
                uniform(max(0, 1 - amount)...(1 + amount), &random)
            }
            let shift = UInt8(truncatingIfNeeded: Int(uniform(-hue...hue, &random) * 255))
            for change in order {
                switch change {
                case 0 where brightness > 0: image.adjustBrightness(by: factors[0])
                case 1 where contrast > 0: image.adjustContrast(by: factors[1])
                case 2 where saturation > 0: image.adjustSaturation(by: factors[2])
                case 3 where hue > 0: image.shiftHue(by: shift)
                default: break
                }
            }
        }
    }

    /// The size of an image scaled to a shorter side of `size`; the longer side is truncated to whole pixels.
    private static func shorterSide(of image: RGBImage, becomes size: Int) -> ImageSize {
        image.width <= image.height
            ? ImageSize(width: size, height: size * image.height / image.width)
            : ImageSize(width: size * image.width / image.height, height: size)
    }

    private struct Crop {
        var x, y, width, height: Int
    }

    /// torchvision's rule: ten attempts at a rectangle that fits, then the largest centre crop with an allowed ratio.
    private static func randomCrop(
        of image: RGBImage, scale: ClosedRange<Double>, ratio: ClosedRange<Double>, random: inout SeededRandom
    ) -> Crop {
        let (width, height) = (Double(image.width), Double(image.height))
        let logRatio = log(ratio.lowerBound)...log(ratio.upperBound)
        for _ in 0..<10 {
            let area = width * height * uniform(scale, &random)
            let aspect = exp(uniform(logRatio, &random))
            let cropWidth = Int((area * aspect).squareRoot().rounded(.toNearestOrEven))
            let cropHeight = Int((area / aspect).squareRoot().rounded(.toNearestOrEven))
            if (1...image.width).contains(cropWidth), (1...image.height).contains(cropHeight) {
                let y = Int(random.unit() * Double(image.height - cropHeight + 1))
                let x = Int(random.unit() * Double(image.width - cropWidth + 1))
                return Crop(x: x, y: y, width: cropWidth, height: cropHeight)
            }
        }
        var (cropWidth, cropHeight) = (image.width, image.height)
        if width / height < ratio.lowerBound {
            cropHeight = Int((width / ratio.lowerBound).rounded(.toNearestOrEven))
        } else if width / height > ratio.upperBound {
            cropWidth = Int((height * ratio.upperBound).rounded(.toNearestOrEven))
        }
        cropWidth = min(max(cropWidth, 1), image.width)
        cropHeight = min(max(cropHeight, 1), image.height)
        return Crop(
            x: (image.width - cropWidth) / 2, y: (image.height - cropHeight) / 2,
            width: cropWidth, height: cropHeight)
    }

    private static func uniform(_ range: ClosedRange<Double>, _ random: inout SeededRandom) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * random.unit()
    }
}

/// The reason why transforms do not form a pipeline.
package enum ImagePipelineError: Error, Hashable, Sendable {
    case size(Int)
    case range
    case normalization
    case noFixedSize
}

extension ImagePipelineError: CustomStringConvertible {
    /// A phrase that follows "the image pipeline:".
    package var description: String {
        switch self {
        case .size(let size): "an image size of \(size) pixels"
        case .range: "an amount, probability, scale or ratio outside its range"
        case .normalization: "a normalization needs three means and three standard deviations above zero"
        case .noFixedSize: "the transforms must end with a crop, so that all images in a batch have the same size"
        }
    }
}
