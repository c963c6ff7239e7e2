// Calculates the number of tokens of an image.

import Basics
package import Specification

extension ImageTokenRule {
    /// The rule of the gpt-4o family: 85 tokens at low detail; 85 plus 170 per tile at high detail.
    package static let gpt4o = ImageTokenRule(low: 85, base: 85, tile: 170)

    /// The tokens of an image at `detail: high`; sizes in pixels. The image is scaled down to fit a square, then
    /// until its shorter side is small enough, and divided into tiles.
    package func highDetail(width: Int, height: Int) -> Int {
        if let patch { return patched(width: Double(width), height: Double(height), patch: Double(patch)) }
        if let crop {
            guard max(width, height) > crop else { return base.saturatingAdding(tile) }
            let side = min(768, max(256, Double(min(width, height)) / 1.5))
            let tiles = (Double(width) / side).rounded(.up) * (Double(height) / side).rounded(.up)
            return base.saturatingAdding(Int(saturating: Double(tile) * max(1, tiles)))
        }
        let fitted = min(1, Double(fit) / Double(max(width, height, 1)))
        let short = Double(min(width, height)) * fitted
        let scale = fitted * min(1, Double(shortSide) / max(short, 1))
        func tiles(_ side: Int) -> Int {
            let pixels = (Double(side) * scale).rounded()
            return max(1, Int(saturating: (pixels / Double(tileSize)).rounded(.up)))
        }
        return base.saturatingAdding(
            tile.saturatingMultiplied(by: tiles(width).saturatingMultiplied(by: tiles(height))))
    }

    /// The tokens of an image that is counted by patches. An image that needs more than `maxPatches` is scaled down
    /// until one side is a whole number of patches.
    private func patched(width: Double, height: Double, patch: Double) -> Int {
        func count(_ scale: Double) -> Double {
            (width * scale / patch).rounded(.up) * (height * scale / patch).rounded(.up)
        }
        var patches = count(1)
        if patches > Double(maxPatches) {
            let fitted = (Double(maxPatches) * patch * patch / (width * height)).squareRoot()
            let (across, down) = (width * fitted / patch, height * fitted / patch)
            let whole = min(across.rounded(.down) / across, down.rounded(.down) / down)
            patches = min(count(fitted * whole), Double(maxPatches))
        }
        return Int(saturating: (patches * factor).rounded(.up))
    }

    /// The tokens of an image. For an unknown size, the range is from one tile to the rule's maximum, with four tiles
    /// expected. At `detail: auto` the provider uses high detail for images larger than a tile.
    package func tokens(detail: ImageDetail, size: (width: Int, height: Int)?) -> TokenRange {
        if patch != nil {
            // This rule does not depend on the detail. For an unknown size, the expected number is two thirds of the
            // maximum, as for a typical photograph.
            return size.map { TokenRange(highDetail(width: $0.width, height: $0.height)) }
                ?? TokenRange(
                    low: Int(saturating: factor), expected: Int(saturating: Double(maxPatches) * factor * 2 / 3),
                    high: Int(saturating: (Double(maxPatches) * factor).rounded(.up)))
        }
        let close =
            if let size {
                TokenRange(highDetail(width: size.width, height: size.height))
            } else {
                TokenRange(
                    low: base + tile, expected: base + 4 * tile, high: highDetail(width: shortSide, height: fit))
            }
        switch detail {
        case .low: return TokenRange(low)
        case .medium: return medium.map { TokenRange($0) } ?? close
        case .high: return close
        case .auto:
            let isSmall = size.map { max($0.width, $0.height) <= tileSize } ?? false
            return TokenRange(
                low: min(low, close.low), expected: isSmall ? low : close.expected, high: max(low, close.high))
        }
    }
}
