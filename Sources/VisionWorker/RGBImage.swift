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
