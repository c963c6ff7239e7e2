// Draws the images of generated datasets: one shape each, from implicit functions, on a varied background.

import Basics
import Foundation
package import VisionProtocol

/// The generator behind `generate: { pictures: shapes }`.
///
/// A shape is a function that is negative inside it; each pixel's coverage is computed from that function, so edges
/// are smooth. Position, size, rotation, colours, background, light, noise and small distractors vary from image to
/// image. The training images of the emulator's base model come from ``PracticePictures``, which shares no drawing
/// code with this generator.
package enum ShapePictures {
    /// Draws image `index` of a label; equal arguments give equal images, independent of other images.
    package static func picture(of label: ShapeLabel, index: Int, seed: UInt64, style: PictureStyle) -> RGBImage {
        let place = ShapeLabel.allCases.firstIndex(of: label) ?? 0
        var random = SeededRandom(seed: seed, stream: .shapePictures, place, index)
        return Scene(label, style, &random).render(side: style.size, &random)
    }
}

/// The contents of one image, on a plane with a visible part from -32 to 32 in both directions.
private struct Scene {
    private let label: ShapeLabel
    private let background: Background
    private let ink: SIMD3<Float>
    private let inkSlope: SIMD3<Float>
    private let rim: SIMD3<Float>?
    private let placing: Placing
    private let shadow: SIMD2<Float>?
    private let softness: Float
    private let specks: [Speck]
    private let shift: SIMD3<Float>
    private let noise: Float

    init(_ label: ShapeLabel, _ style: PictureStyle, _ random: inout SeededRandom) {
        self.label = label
        let (turn, tint) = (Float(style.rotation) * .pi / 180, Float(style.colorShift))
        background = Background(&random)
        // The ink contrasts with the ground by hue or brightness.
        var ink = SIMD3<Float>.color(&random)
        for _ in 0..<20 where (ink - background.typical).length < 0.5 { ink = .color(&random) }
        self.ink = ink
        inkSlope = SIMD3(repeating: random.float(-0.15...0.15))
        rim = random.unit() < 0.25 ? SIMD3.color(&random) : nil
        placing = Placing(
            center: SIMD2(random.float(-6...6), random.float(-6...6)), radius: random.float(15...24),
            angle: random.float(-turn...turn), stretch: random.float(0.9...1.1))
        shadow = random.unit() < 0.3 ? SIMD2(random.float(-4...4), random.float(1...5)) : nil
        softness = random.float(0.8...2.2)
        specks = (0..<Int(random.unit() * 6)).map { _ in Speck(&random) }
        shift = SIMD3(random.float(-tint...tint), random.float(-tint...tint), random.float(-tint...tint))
        noise = Float(style.noise)
    }

    func render(side: Int, _ random: inout SeededRandom) -> RGBImage {
        let step = 64 / Float(side)
        var pixels: [UInt8] = []
        pixels.reserveCapacity(side * side * 3)
        for y in 0..<side {
            for x in 0..<side {
                let point = SIMD2((Float(x) + 0.5) * step - 32, (Float(y) + 0.5) * step - 32)
                let lit = color(at: point) + shift
                for channel in 0..<3 {
                    let value = lit[channel] + noise * random.bell()
                    pixels.append(UInt8(min(max(value, 0), 1) * 255))
                }
            }
        }
        return RGBImage(width: side, height: side, pixels: pixels)
    }

    private func color(at point: SIMD2<Float>) -> SIMD3<Float> {
        var color = background.color(at: point)
        for speck in specks {
            color.mix(speck.color, cover(speck.radius - (point - speck.center).length, softness: 1))
        }
        if let shadow {
            let depth = cover(-placing.distance(to: label, at: point - shadow), softness: softness + 4)
            color *= 1 - 0.45 * depth
        }
        let distance = placing.distance(to: label, at: point)
        color.mix(ink + inkSlope * (point.y / 32), cover(-distance, softness: softness))
        if let rim { color.mix(rim, cover(1.3 - abs(distance), softness: softness)) }
        return color
    }

    /// Coverage: 0 outside, 1 inside, with a ramp of `softness` pixels; `depth` is positive inside.
    private func cover(_ depth: Float, softness: Float) -> Float { min(max(0.5 + depth / softness, 0), 1) }
}

private struct Speck {
    let center: SIMD2<Float>
    let radius: Float
    let color: SIMD3<Float>

    init(_ random: inout SeededRandom) {
        center = SIMD2(random.float(-32...32), random.float(-32...32))
        radius = random.float(0.7...2.2)
        color = .color(&random)
    }
}

/// A background of one of several kinds between two colours.
private struct Background {
    private enum Kind: CaseIterable { case plain, slope, glow, stripes, checks, clouds }
    private let kind: Kind
    private let first: SIMD3<Float>
    private let second: SIMD3<Float>
    private let direction: SIMD2<Float>
    private let period: Float
    private let phase: SIMD4<Float>

    init(_ random: inout SeededRandom) {
        kind = Kind.allCases[Int(random.unit() * Double(Kind.allCases.count))]
        first = .color(&random)
        var other = first
        other.mix(.color(&random), 0.4)
        second = other
        let angle = random.float(-.pi ... .pi)
        direction = SIMD2(cosf(angle), sinf(angle))
        period = random.float(6...18)
        phase = SIMD4(
            random.float(0...(2 * .pi)), random.float(0...(2 * .pi)), random.float(0...(2 * .pi)),
            random.float(0...(2 * .pi)))
    }

    /// The colour with which the shape must contrast.
    var typical: SIMD3<Float> { (first + second) / 2 }

    func color(at point: SIMD2<Float>) -> SIMD3<Float> {
        let along = (point * direction).sum()
        let across = (point * SIMD2(-direction.y, direction.x)).sum()
        let share: Float =
            switch kind {
            case .plain: 0
            case .slope: 0.5 + along / 70
            case .glow: (point - direction * 14).length / 50
            case .stripes: sinf(along * 2 * .pi / period) > 0 ? 1 : 0
            case .checks:
                (sinf(along * 2 * .pi / period) > 0) == (sinf(across * 2 * .pi / period) > 0) ? 1 : 0
            case .clouds:
                0.5 + 0.3 * sinf(point.x / 5.1 + phase.x) * sinf(point.y / 6.3 + phase.y)
                    + 0.3 * sinf(along / 3.7 + phase.z) * sinf(across / 4.9 + phase.w)
            }
        var color = first
        color.mix(second, min(max(share, 0), 1))
        return color
    }
}

/// The shape's placement, and the distance of points from its edge.
private struct Placing {
    let center: SIMD2<Float>
    let radius: Float
    let angle: Float
    let stretch: Float

    /// The approximate distance in pixels from the shape's edge; negative inside.
    func distance(to label: ShapeLabel, at point: SIMD2<Float>) -> Float {
        let moved = point - center
        let (sine, cosine) = (sinf(angle), cosf(angle))
        let turned = SIMD2(cosine * moved.x + sine * moved.y, cosine * moved.y - sine * moved.x)
        return field(label, turned / SIMD2(radius * stretch, radius / stretch)) * radius
    }

    /// The implicit function of each shape in the unit circle, approximately the distance near its edge; y points
    /// down.
    private func field(_ label: ShapeLabel, _ p: SIMD2<Float>) -> Float {
        let mirrored = SIMD2(abs(p.x), p.y)
        switch label {
        case .circle: return p.length - 0.88
        case .square: return max(abs(p.x), abs(p.y)) - 0.72
        case .triangle: return wedge(p, corners: 3, inner: 0.5, turn: -.pi / 2)
        case .pentagon: return wedge(p, corners: 5, inner: cosf(.pi / 5), turn: -.pi / 2)
        case .hexagon: return wedge(p, corners: 6, inner: cosf(.pi / 6), turn: 0)
        case .star: return wedge(p, corners: 5, inner: 0.42, turn: -.pi / 2)
        case .diamond: return (abs(p.x) / 0.58 + abs(p.y) / 0.98 - 1) * 0.5
        case .cross:
            let upright = max(abs(p.x) - 0.27, abs(p.y) - 0.85)
            let level = max(abs(p.x) - 0.85, abs(p.y) - 0.27)
            return min(upright, level)
        case .ring: return abs(p.length - 0.68) - 0.2
        case .crescent: return max(p.length - 0.9, 0.74 - (p - SIMD2(0.42, 0)).length)
        case .heart:
            let lobe = (mirrored - SIMD2(0.4, -0.3)).length - 0.47
            // Below the lobes, two straight flanks meet in a point; they are tangent to the lobes' circles.
            let flank = (mirrored.x * 0.74 + mirrored.y * 0.673) - 0.567
            let body = max(flank, -0.3 - mirrored.y, mirrored.x - 0.87)
            return min(lobe, body)
        case .arrow:
            let shaft = max(abs(p.y) - 0.19, abs(p.x + 0.3) - 0.6)
            let head = max(-0.02 - p.x, (p.x * 0.66 + abs(p.y) * 0.75) - 0.62)
            return min(shaft, head)
        }
    }

    /// A polygon or star with `corners` points on the unit circle and the edges' midpoints (or notches) at `inner`:
    /// folds the plane onto half a sector, in which the edge is a straight line.
    private func wedge(_ p: SIMD2<Float>, corners: Int, inner: Float, turn: Float) -> Float {
        let sector = Float.pi / Float(corners)
        var around = (atan2f(p.y, p.x) - turn).truncatingRemainder(dividingBy: 2 * sector)
        if around < 0 { around += 2 * sector }
        let folded = min(around, 2 * sector - around)
        let q = SIMD2(cosf(folded), sinf(folded)) * p.length
        let notch = SIMD2(cosf(sector), sinf(sector)) * inner
        let edge = notch - SIMD2(1, 0)
        let normal = SIMD2(edge.y, -edge.x) / edge.length
        return ((q - SIMD2(1, 0)) * normal).sum()
    }
}

extension SeededRandom {
    fileprivate mutating func float(_ range: ClosedRange<Float>) -> Float {
        range.lowerBound + (range.upperBound - range.lowerBound) * Float(unit())
    }

    /// Approximately normal with mean 0 and standard deviation 1: the scaled sum of four uniform numbers.
    fileprivate mutating func bell() -> Float {
        let bits = next()
        let sum = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + bits >> 48
        return (Float(sum) / 65535 - 2) * 1.732
    }
}

extension SIMD2<Float> {
    fileprivate var length: Float { (self * self).sum().squareRoot() }
}

extension SIMD3<Float> {
    fileprivate var length: Float { (self * self).sum().squareRoot() }

    fileprivate static func color(_ random: inout SeededRandom) -> SIMD3<Float> {
        SIMD3(Float(random.unit()), Float(random.unit()), Float(random.unit())) * 0.9 + 0.05
    }

    fileprivate mutating func mix(_ other: SIMD3<Float>, _ share: Float) { self += (other - self) * share }
}
