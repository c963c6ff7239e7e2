// An image in memory: interleaved 8-bit red, green, blue.

import CPixels

/// Interleaved 8-bit RGB pixels, row after row without gaps.
package struct RGBImage: Sendable, Equatable {
    package let width: Int
    package let height: Int
    /// `width * height * 3` values.
    package internal(set) var pixels: [UInt8]

    package init(width: Int, height: Int, pixels: [UInt8]) {
        precondition(width > 0 && height > 0 && pixels.count == width * height * 3, "pixels do not fit the size")
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    /// An image whose pixels `fill` writes; every value must be written.
    init(width: Int, height: Int, filledBy fill: (UnsafeMutablePointer<UInt8>) throws -> Void) rethrows {
        self.width = width
        self.height = height
        let count = width * height * 3
        pixels = try [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
            if let base = buffer.baseAddress { try fill(base) }
            written = count
        }
    }

    var pixelCount: Int { width * height }

    /// A part of the image, scaled; the part must lie within the image.
    func resized(
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

    /// The middle of the image, black where it is smaller than the cut.
    func centerCropped(to size: Int) -> RGBImage {
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

    /// Changes all pixels in place.
    mutating func change(_ body: (UnsafeMutablePointer<UInt8>) -> Void) {
        pixels.withUnsafeMutableBufferPointer { buffer in
            if let base = buffer.baseAddress { body(base) }
        }
    }

    /// The grey of each pixel (ITU-R 601-2 luma).
    var grey: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: pixelCount) { buffer, written in
            pixels.withUnsafeBufferPointer { source in
                if let from = source.baseAddress, let to = buffer.baseAddress {
                    pixels_grey(from, Int64(pixelCount), to)
                }
            }
            written = pixelCount
        }
    }
}

/// Width and height in pixels.
package struct ImageSize: Hashable, Sendable {
    package let width: Int
    package let height: Int

    package init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }
}
