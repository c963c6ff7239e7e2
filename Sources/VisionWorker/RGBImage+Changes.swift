// Geometric and colour transforms that match Pillow and torchvision.

import CPixels

extension RGBImage {
    /// Crops a part of the image and scales it; the part must lie within the image.
    package func resized(
        x: Int = 0, y: Int = 0, width partWidth: Int? = nil, height partHeight: Int? = nil, to target: ImageSize
    ) -> RGBImage {
        let partWidth = partWidth ?? width
        let partHeight = partHeight ?? height
        precondition(x >= 0 && y >= 0 && x + partWidth <= width && y + partHeight <= height)
        return RGBImage(width: target.width, height: target.height) { out in
            pixels.withUnsafeBufferPointer { source in
                guard let base = source.baseAddress else { return }
                let status = pixels_resize(
                    base + (y * width + x) * 3, Int32(partWidth), Int32(partHeight), Int32(width * 3),
                    out, Int32(target.width), Int32(target.height))
                precondition(status == 0, "out of memory while resizing an image")
            }
        }
    }

    /// The centre of the image, padded with black if the image is smaller than the crop.
    package func centerCropped(to size: Int) -> RGBImage {
        let top = Int((Double(height - size) / 2).rounded(.toNearestOrEven))
        let left = Int((Double(width - size) / 2).rounded(.toNearestOrEven))
        if top == 0, left == 0, width == size, height == size { return self }
        return RGBImage(width: size, height: size) { out in
            pixels.withUnsafeBufferPointer { source in
                guard let base = source.baseAddress else { return }
                let columns = max(0, left)..<min(width, left + size)
                for y in 0..<size {
                    let row = out + y * size * 3
                    let from = y + top
                    if from < 0 || from >= height || columns.count < size {
                        row.update(repeating: 0, count: size * 3)
                    }
                    if from >= 0, from < height {
                        (row + (columns.lowerBound - left) * 3).update(
                            from: base + (from * width + columns.lowerBound) * 3, count: columns.count * 3)
                    }
                }
            }
        }
    }

    /// Flips horizontally.
    package mutating func flip() {
        let (width, height) = (Int32(width), Int32(height))
        change { pixels_flip($0, width, height) }
    }

    /// Interpolates between black (0) and the image (1), or extrapolates beyond it.
    package mutating func adjustBrightness(by factor: Double) {
        let count = Int64(pixelCount)
        change { pixels_brightness($0, count, Float(factor)) }
    }

    /// Interpolates between the image's mean grey (0) and the image (1), or extrapolates beyond it.
    package mutating func adjustContrast(by factor: Double) {
        let count = Int64(pixelCount)
        change { pixels_contrast($0, count, Float(factor)) }
    }

    /// Interpolates between each pixel's grey (0) and the image (1), or extrapolates beyond it.
    package mutating func adjustSaturation(by factor: Double) {
        let count = Int64(pixelCount)
        change { pixels_saturation($0, count, Float(factor)) }
    }

    /// Rotates the hue by `shift` 256ths of the colour circle.
    package mutating func shiftHue(by shift: UInt8) {
        let count = Int64(pixelCount)
        change { pixels_hue($0, count, shift) }
    }

    private mutating func change(_ body: (UnsafeMutablePointer<UInt8>) -> Void) {
        pixels.withUnsafeMutableBufferPointer { buffer in
            if let base = buffer.baseAddress { body(base) }
        }
    }
}
