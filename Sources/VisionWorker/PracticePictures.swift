// Draws the training images of the emulator's base model for shapes: outlines filled by scan lines.

import Basics
import Foundation

/// The generator of the base model's training images, used only by `scripts/train-shapes-model`.
///
/// A shape is a closed polyline; rows are filled between its crossings, at four times the image's resolution. The
/// style is that of signs and clip art: flat or outlined shapes, nearly upright, on light or dark paper with some
/// lines and patches. It shares no drawing code with ``ShapePictures``, so the two distributions differ and a model
/// trained here can still improve there.
package enum PracticePictures {
    /// Side of an image in pixels.
    package static let side = 64

    /// Draws image `index` of a label; equal arguments give equal images.
    package static func picture(of label: ShapeLabel, index: Int, seed: UInt64) -> RGBImage {
        let place = ShapeLabel.allCases.firstIndex(of: label) ?? 0
        var random = SeededRandom(seed: seed, stream: .practicePictures, place, index)
        return draw(label, &random)
    }

    private typealias Point = (x: Double, y: Double)
    private typealias Color = (red: Double, green: Double, blue: Double)

    private static func draw(_ label: ShapeLabel, _ random: inout SeededRandom) -> RGBImage {
        var canvas = Canvas(side: side, paper: paper(&random), fade: (random.unit() - 0.5) * 0.5)
        for _ in 0..<Int(random.unit() * 4) {
            canvas.fill([line(&random)], ink(&random), opacity: 0.5)
        }
        for _ in 0..<Int(random.unit() * 5) {
            canvas.fill([patch(&random)], ink(&random), opacity: 0.1 + random.unit() * 0.3)
        }
        let paths = placed(label, tilt: (random.unit() - 0.5) * 1.6, &random)
        let inked = contrasting(with: canvas.paper, &random)
        if random.unit() < 0.3 {
            canvas.stroke(paths, inked, width: 2 + random.unit() * 2.5)
        } else {
            canvas.fill(paths, inked, opacity: 1)
            if random.unit() < 0.3 { canvas.stroke(paths, ink(&random), width: 1 + random.unit() * 1.5) }
        }
        return canvas.image(grain: random.unit() * 0.12, &random)
    }

    /// A label's outlines near the centre, rotated by `tilt` radians.
    private static func placed(_ label: ShapeLabel, tilt: Double, _ random: inout SeededRandom) -> [[Point]] {
        let scale = 12 + random.unit() * 13
        let at: Point = (32 + (random.unit() - 0.5) * 14, 32 + (random.unit() - 0.5) * 14)
        let wide = 0.9 + random.unit() * 0.2
        return outlines(label).map { path in
            path.map { point -> Point in
                let (x, y) = (point.x * wide * scale, point.y / wide * scale)
                return (at.x + x * cos(tilt) - y * sin(tilt), at.y + x * sin(tilt) + y * cos(tilt))
            }
        }
    }

    private static func paper(_ random: inout SeededRandom) -> Color {
        let light = random.unit() < 0.6 ? 0.65 + random.unit() * 0.35 : random.unit() * 0.4
        func tinted() -> Double { min(max(light + (random.unit() - 0.5) * 0.3, 0), 1) }
        return (tinted(), tinted(), tinted())
    }

    private static func ink(_ random: inout SeededRandom) -> Color { (random.unit(), random.unit(), random.unit()) }

    private static func contrasting(with paper: Color, _ random: inout SeededRandom) -> Color {
        func apart(_ a: Color, _ b: Color) -> Double {
            let (red, green, blue) = (a.red - b.red, a.green - b.green, a.blue - b.blue)
            return (red * red + green * green + blue * blue).squareRoot()
        }
        var color = ink(&random)
        for _ in 0..<20 where apart(color, paper) < 0.4 { color = ink(&random) }
        return color
    }

    /// A quadrilateral of random size and position.
    private static func patch(_ random: inout SeededRandom) -> [Point] {
        let middle: Point = (random.unit() * 64, random.unit() * 64)
        let reach = 5 + random.unit() * 30
        return (0..<4).map { corner in
            let angle = (Double(corner) + random.unit() * 0.8) / 4 * 2 * Double.pi
            let radius = reach * (0.4 + random.unit() * 0.6)
            return (middle.x + cos(angle) * radius, middle.y + sin(angle) * radius)
        }
    }

    private static func line(_ random: inout SeededRandom) -> [Point] {
        let from: Point = (random.unit() * 64, random.unit() * 64)
        let angle = random.unit() * 2 * Double.pi
        let (dx, dy) = (cos(angle), sin(angle))
        let half = 0.4 + random.unit()
        return [
            (from.x - dx * 90 - dy * half, from.y - dy * 90 + dx * half),
            (from.x + dx * 90 - dy * half, from.y + dy * 90 + dx * half),
            (from.x + dx * 90 + dy * half, from.y + dy * 90 - dx * half),
            (from.x - dx * 90 + dy * half, from.y - dy * 90 - dx * half),
        ]
    }

    // MARK: Outlines within the unit circle, y down

    private static func outlines(_ label: ShapeLabel) -> [[Point]] {
        switch label {
        case .circle: [arc(radius: 0.9)]
        case .square: [[(-0.75, -0.75), (0.75, -0.75), (0.75, 0.75), (-0.75, 0.75)]]
        case .triangle: [corners(3)]
        case .pentagon: [corners(5)]
        case .hexagon: [corners(6)]
        case .star: [star]
        case .diamond: [[(0, -1), (0.62, 0), (0, 1), (-0.62, 0)]]
        case .cross:
            [
                [
                    (-0.3, -0.9), (0.3, -0.9), (0.3, -0.3), (0.9, -0.3), (0.9, 0.3), (0.3, 0.3), (0.3, 0.9),
                    (-0.3, 0.9), (-0.3, 0.3), (-0.9, 0.3), (-0.9, -0.3), (-0.3, -0.3),
                ]
            ]
        case .ring: [arc(radius: 0.9), arc(radius: 0.5)]
        case .crescent:
            // The outer arc, and back along a flatter one through both tips.
            [
                arc(radius: 0.9, from: 0.9, to: 2 * .pi - 0.9)
                    + arc(radius: 0.74, from: 2 * .pi - 1.25, to: 1.25, center: (0.32, 0))
            ]
        case .heart:
            [
                (0..<48).map { step in
                    let t = Double(step) / 48 * 2 * Double.pi
                    let rise = 13 * cos(t) - 5 * cos(2 * t) - 2 * cos(3 * t) - cos(4 * t)
                    return (sin(t) * sin(t) * sin(t) * 0.95, -rise / 17)
                }
            ]
        case .arrow:
            [[(-0.9, -0.22), (0.1, -0.22), (0.1, -0.65), (0.95, 0), (0.1, 0.65), (0.1, 0.22), (-0.9, 0.22)]]
        }
    }

    private static func corners(_ count: Int) -> [Point] {
        (0..<count).map { corner in
            let angle = Double(corner) / Double(count) * 2 * Double.pi - Double.pi / 2
            return (cos(angle), sin(angle))
        }
    }

    private static var star: [Point] {
        (0..<10).map { corner in
            let angle = Double(corner) / 10 * 2 * Double.pi - Double.pi / 2
            let radius = corner.isMultiple(of: 2) ? 1 : 0.4
            return (cos(angle) * radius, sin(angle) * radius)
        }
    }

    private static func arc(
        radius: Double, from: Double = 0, to: Double = 2 * Double.pi, center: Point = (0, 0)
    ) -> [Point] {
        (0...40).map { step in
            let angle = from + (to - from) * Double(step) / 40
            return (center.x + cos(angle) * radius, center.y + sin(angle) * radius)
        }
    }

    // MARK: Filling

    private struct Canvas {
        let side: Int
        let paper: Color
        private var colors: [Color]
        private static let fineness = 4

        /// Paper that is lighter at the top by `fade`, or darker.
        init(side: Int, paper: Color, fade: Double) {
            self.side = side
            self.paper = paper
            colors = (0..<(side * side)).map { at in
                let light = fade * (0.5 - Double(at / side) / Double(side))
                return (paper.red + light, paper.green + light, paper.blue + light)
            }
        }

        /// Fills closed polylines by the even-odd rule.
        mutating func fill(_ paths: [[Point]], _ color: Color, opacity: Double) {
            let fine = Double(Self.fineness)
            var cover = [Int](repeating: 0, count: side * side)
            for row in 0..<(side * Self.fineness) {
                let y = (Double(row) + 0.5) / fine
                let crossings = paths.flatMap { Self.crossings($0, y) }.sorted()
                for pair in stride(from: 0, to: crossings.count - 1, by: 2) {
                    let first = max(0, Int((crossings[pair] * fine + 0.5).rounded(.down)))
                    let end = min(side * Self.fineness, Int((crossings[pair + 1] * fine + 0.5).rounded(.down)))
                    guard first < end else { continue }
                    for x in first..<end { cover[row / Self.fineness * side + x / Self.fineness] += 1 }
                }
            }
            for at in cover.indices where cover[at] > 0 {
                let share = opacity * Double(cover[at]) / (fine * fine)
                let old = colors[at]
                colors[at] = (
                    old.red + (color.red - old.red) * share, old.green + (color.green - old.green) * share,
                    old.blue + (color.blue - old.blue) * share
                )
            }
        }

        /// The x coordinates at which a closed polyline crosses a height.
        private static func crossings(_ path: [Point], _ y: Double) -> [Double] {
            path.indices.compactMap { at in
                let (a, b) = (path[at], path[(at + 1) % path.count])
                guard (a.y <= y) != (b.y <= y) else { return nil }
                return a.x + (y - a.y) / (b.y - a.y) * (b.x - a.x)
            }
        }

        /// Strokes closed polylines with a pen of `width` pixels, segment by segment.
        mutating func stroke(_ paths: [[Point]], _ color: Color, width: Double) {
            for path in paths {
                for at in path.indices {
                    let (a, b) = (path[at], path[(at + 1) % path.count])
                    let length = ((b.x - a.x) * (b.x - a.x) + (b.y - a.y) * (b.y - a.y)).squareRoot()
                    guard length > 0 else { continue }
                    // Extending both ends by half the pen closes the corners.
                    let (dx, dy) = ((b.x - a.x) / length * width / 2, (b.y - a.y) / length * width / 2)
                    let segment: [Point] = [
                        (a.x - dx * 0.5 - dy, a.y - dy * 0.5 + dx), (b.x + dx * 0.5 - dy, b.y + dy * 0.5 + dx),
                        (b.x + dx * 0.5 + dy, b.y + dy * 0.5 - dx), (a.x - dx * 0.5 + dy, a.y - dy * 0.5 - dx),
                    ]
                    fill([segment], color, opacity: 1)
                }
            }
        }

        func image(grain: Double, _ random: inout SeededRandom) -> RGBImage {
            var pixels: [UInt8] = []
            pixels.reserveCapacity(side * side * 3)
            for color in colors {
                for value in [color.red, color.green, color.blue] {
                    let grainy: Double = value + (random.unit() - 0.5) * 2 * grain
                    pixels.append(UInt8(min(max(grainy, 0), 1) * 255))
                }
            }
            return RGBImage(width: side, height: side, pixels: pixels)
        }
    }
}
