// Coordinate conventions of boxes in model replies.

/// The order and scale of a box's four numbers. A request declares it; it is never inferred from references.
package enum BoxConvention: String, Hashable, Sendable, CaseIterable, Codable {
    /// Left, top, right, bottom in thousandths of the image (Nova 2, Qwen3-VL).
    case xyxyThousand = "xyxy-1000"
    /// Top, left, bottom, right in thousandths of the image (Gemini).
    case yxyxThousand = "yxyx-1000"
    /// Left, top, right, bottom as fractions of the image.
    case xyxyShare = "xyxy-1"
    /// Left, top, right, bottom in pixels of the image as sent (Qwen2.5-VL).
    case xyxyPixels = "xyxy-pixels"
    /// Top, left, bottom, right in 1024 steps, written as location tokens (PaliGemma).
    case loc1024 = "loc-1024"

    /// Converts to a box in pixels of the image, with corners sorted if the model swapped them.
    /// - Parameter sent: size of the image as sent, to which pixel coordinates refer; `nil` for the image's own size.
    package func box(
        _ numbers: [Double], label: String, score: Double? = nil, width: Double, height: Double,
        sent: (width: Double, height: Double)? = nil
    ) -> Box? {
        guard numbers.count == 4, numbers.allSatisfy(\.isFinite) else { return nil }
        let (a, b, c, d) = (numbers[0], numbers[1], numbers[2], numbers[3])
        let isRowFirst = self == .yxyxThousand || self == .loc1024
        let (left, top, right, bottom) = isRowFirst ? (b, a, d, c) : (a, b, c, d)
        let across: Double, down: Double
        switch self {
        case .xyxyThousand, .yxyxThousand: (across, down) = (width / 1000, height / 1000)
        case .xyxyShare: (across, down) = (width, height)
        case .xyxyPixels: (across, down) = (width / (sent?.width ?? width), height / (sent?.height ?? height))
        case .loc1024: (across, down) = (width / 1024, height / 1024)
        }
        let x = min(left, right) * across, y = min(top, bottom) * down
        return Box(
            label: label, x: x, y: y, width: max(left, right) * across - x, height: max(top, bottom) * down - y, score: score)
    }

    /// The four numbers of a box in this convention, for training examples.
    package func numbers(_ box: Box, width: Double, height: Double) -> [Double] {
        guard width > 0, height > 0 else { return [] }
        let edges = [box.x / width, box.y / height, (box.x + box.width) / width, (box.y + box.height) / height]
        switch self {
        case .xyxyThousand: return edges.map { ($0 * 1000).rounded() }
        case .yxyxThousand: return [edges[1], edges[0], edges[3], edges[2]].map { ($0 * 1000).rounded() }
        case .xyxyShare: return edges
        case .xyxyPixels: return [box.x, box.y, box.x + box.width, box.y + box.height]
        case .loc1024: return [edges[1], edges[0], edges[3], edges[2]].map { ($0 * 1023).rounded() }
        }
    }
}
