// Labelled boxes in an image and their overlap.

/// A labelled box in pixels, with its upper left corner at (x, y) and pixel edges counted from 0.
package struct Box: Hashable, Sendable, Codable {
    /// The object's class.
    package var label: String
    /// Left edge, in pixels.
    package var x: Double
    /// Top edge, in pixels.
    package var y: Double
    /// Width in pixels.
    package var width: Double
    /// Height in pixels.
    package var height: Double
    /// The confidence that the model states; `nil` if it states none.
    package var score: Double?
    /// For references: a region with many objects, which absorbs detections but need not be found itself.
    package var isCrowd: Bool
    /// The object's own area, if the reference states it; determines the size class.
    package var statedArea: Double?

    /// Creates a box; coordinates in pixels from the upper left corner of the image.
    package init(
        label: String, x: Double, y: Double, width: Double, height: Double, score: Double? = nil, isCrowd: Bool = false,
        statedArea: Double? = nil
    ) {
        self.label = label
        self.x = x
        self.y = y
        self.width = width
        self.height = height
        self.score = score
        self.isCrowd = isCrowd
        self.statedArea = statedArea
    }

    /// Creates a box from a Pascal VOC annotation, with inclusive corners counted from 1.
    package init(label: String, vocLeft left: Double, top: Double, right: Double, bottom: Double) {
        self.init(label: label, x: left - 1, y: top - 1, width: right - left + 1, height: bottom - top + 1)
    }

    /// Area of the box in square pixels, even if `statedArea` is set.
    package var area: Double { width * height }

    /// Intersection over union; relative to the area of `self` alone if `other` is a crowd region. 0 for boxes
    /// without area.
    package func overlap(_ other: Box) -> Double {
        let across = min(x + width, other.x + other.width) - max(x, other.x)
        let down = min(y + height, other.y + other.height) - max(y, other.y)
        guard across > 0, down > 0 else { return 0 }
        let common = across * down
        let whole = other.isCrowd ? area : area + other.area - common
        let share = common / whole
        return share.isFinite ? share : 0
    }

    /// The part within an image; `nil` if there is none or a coordinate is not finite.
    package func clipped(width: Double, height: Double) -> Box? {
        let left = max(0, x), top = max(0, y)
        let right = min(width, x + self.width), bottom = min(height, y + self.height)
        guard right - left > 0, bottom - top > 0, (right - left).isFinite, (bottom - top).isFinite else { return nil }
        var box = self
        (box.x, box.y, box.width, box.height) = (left, top, right - left, bottom - top)
        return box
    }
}
