// How the emulator counts tokens: simple rules, so that a bill can be computed by hand.

import AzureWire
import Basics

/// Text: one token for every four UTF-8 bytes, rounded up, a message at a time. Images: gpt-4o's rule, 85 tokens
/// at low detail; at high or automatic detail the image is fitted into 2048 pixels, its shorter side to at most
/// 768, and costs 85 and 170 for each tile of 512 (2048x4096 makes 1105).
enum TokenRule {
    static func tokens(of text: String) -> Int { (text.utf8.count + 3) / 4 }

    static let lowDetail = 85
    private static let tile = 170

    /// - Parameters: `width` and `height` in pixels.
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
