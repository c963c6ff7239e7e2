// Boxes on a picture and how far two of them overlap.

/// A labelled box in pixels, with its upper left corner at (x, y) and pixel edges counted from 0.
package struct Box: Hashable, Sendable, Codable {
    package var label: String
    package var x: Double
    package var y: Double
    package var width: Double
    package var height: Double
    /// How sure the model says it is; `nil` where it does not say.
    package var score: Double?
    /// Of a reference: a region with many objects, which absorbs detections without being one to find.
    package var isCrowd: Bool
    /// The area of the object itself, where the reference states it; decides the size class.
    package var statedArea: Double?

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

    /// The box of a Pascal VOC annotation, whose corners count pixels from 1 and belong to the box.
    package init(label: String, vocLeft left: Double, top: Double, right: Double, bottom: Double) {
        self.init(label: label, x: left - 1, y: top - 1, width: right - left + 1, height: bottom - top + 1)
    }

    package var area: Double { width * height }

    /// Intersection over union; over the area of `self` alone where `other` is a crowd region. 0 for boxes without area.
    package func overlap(_ other: Box) -> Double {
        let across = min(x + width, other.x + other.width) - max(x, other.x)
        let down = min(y + height, other.y + other.height) - max(y, other.y)
        guard across > 0, down > 0 else { return 0 }
        let common = across * down
        let whole = other.isCrowd ? area : area + other.area - common
        let share = common / whole
        return share.isFinite ? share : 0
    }

    /// The part inside a picture; `nil` where none is, or where a coordinate is not finite.
    package func clipped(width: Double, height: Double) -> Box? {
        let left = max(0, x), top = max(0, y)
        let right = min(width, x + self.width), bottom = min(height, y + self.height)
        guard right - left > 0, bottom - top > 0, (right - left).isFinite, (bottom - top).isFinite else { return nil }
        var box = self
        (box.x, box.y, box.width, box.height) = (left, top, right - left, bottom - top)
        return box
    }
}
