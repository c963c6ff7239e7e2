// Token counts of images.

import AzureWire
import Basics
import EmulatorCore

/// The rule of gpt-4o for images: 85 tokens at low detail; at high or automatic detail the image is scaled to fit 2048
/// pixels and its shorter side to at most 768, and costs 85 plus 170 per tile of 512 pixels (2048x4096 gives 1105).
extension TokenRule {
    static let lowDetail = 85
    private static let tile = 170

    /// - Parameters:
    ///   - width: in pixels.
    ///   - height: in pixels.
    static func tokens(width: Int, height: Int, detail: ImageDetail) -> Int {
        if detail == .low { return lowDetail }
        var width = Double(width)
        var height = Double(height)
        func shrink(_ factor: Double) {
            guard factor < 1 else { return }
            width *= factor
            height *= factor
        }
        shrink(2048 / max(width, height))
        shrink(768 / min(width, height))
        let tiles = Int(saturating: (width / 512).rounded(.up) * (height / 512).rounded(.up))
        return lowDetail + tile * tiles
    }
}
