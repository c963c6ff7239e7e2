// An image in memory: interleaved 8-bit red, green, blue.

import CPixels

/// Interleaved 8-bit RGB pixels, row after row without padding.
package struct RGBImage: Sendable, Equatable {
    /// Width in pixels.
    package let width: Int
    /// Height in pixels.
    package let height: Int
    /// `width * height * 3` values.
    package internal(set) var pixels: [UInt8]

    /// - Parameter pixels: `width * height * 3` values.
    package init(width: Int, height: Int, pixels: [UInt8]) {
        precondition(width > 0 && height > 0 && pixels.count == width * height * 3, "pixels do not fit the size")
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    /// Creates an image with pixels written by `fill`, which must write every value.
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

    /// The greyscale value of each pixel (ITU-R 601-2 luma).
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
    /// Width in pixels.
    package let width: Int
    /// Height in pixels.
    package let height: Int

    /// Creates a size; both values in pixels.
    package init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }
}
