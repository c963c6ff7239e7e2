// A 64-bit fingerprint for finding near-duplicate images.

/// The difference hash of an image: 64 bits, one for each pixel of a 9 by 8 greyscale thumbnail that is brighter than
/// its left neighbour. Images with a small ``distance(to:)`` look alike.
package struct PerceptualHash: Hashable, Sendable {
    /// The 64 comparisons, top left in the highest bit.
    package let bits: UInt64

    /// Creates a hash from stored bits.
    package init(bits: UInt64) { self.bits = bits }

    /// Computes the hash of an upright image.
    package init(of image: RGBImage) {
        let grey = image.resized(to: ImageSize(width: 9, height: 8)).grey
        var bits: UInt64 = 0
        for y in 0..<8 {
            for x in 0..<8 {
                bits = bits << 1 | (grey[y * 9 + x + 1] > grey[y * 9 + x] ? 1 : 0)
            }
        }
        self.bits = bits
    }

    /// The number of differing bits, 0 to 64.
    package func distance(to other: PerceptualHash) -> Int { (bits ^ other.bits).nonzeroBitCount }

    /// 16 hexadecimal digits.
    package var hex: String {
        let digits = String(bits, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
