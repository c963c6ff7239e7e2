// Finds the lines of text in a picture.

import Foundation

/// Separates ink from paper, straightens the page by a shear, and cuts it into lines at rows without ink. Columns of text
/// are not separated: a line is as wide as the page.
struct PageLines {
    /// The lines, from top to bottom; none for a picture without contrast.
    private(set) var lines: [LinePicture] = []

    private let width: Int
    private let height: Int
    /// Ink of each pixel, 0...1.
    private let ink: [Float]
    /// The slope of text lines, in rows down per column to the right.
    private let slope: Double

    /// Pictures of more pixels are scaled down first.
    private static let maxPixels = 2_000_000
    /// The minimum difference in grey between ink and paper.
    private static let minContrast = 24
    /// Ink below this share of the darkest ink is noise.
    private static let noise: Float = 0.25
    private static let slopes = stride(from: -0.05, through: 0.05, by: 0.0025)
    /// The factor by which a line is stretched horizontally, so that thin neighbouring letters stay separate.
    private static let stretch = 1.2

    init(_ picture: RGBImage) {
        let image = PageLines.limited(picture)
        let scale = Double(picture.width) / Double(image.width)
        (width, height) = (image.width, image.height)
        ink = PageLines.ink(of: image.grey)
        slope = PageLines.slope(ink, width: width, height: height)
        for band in bands() {
            if let line = line(band, scale: scale) { lines.append(line) }
        }
    }

    private static func limited(_ picture: RGBImage) -> RGBImage {
        guard picture.pixelCount > maxPixels else { return picture }
        let factor = (Double(maxPixels) / Double(picture.pixelCount)).squareRoot()
        return picture.resized(
            to: ImageSize(
                width: max(1, Int(Double(picture.width) * factor)), height: max(1, Int(Double(picture.height) * factor))))
    }

    /// The paper is the median grey; the ink is darker or lighter, whichever differs more.
    private static func ink(of grey: [UInt8]) -> [Float] {
        var counts = [Int](repeating: 0, count: 256)
        for value in grey { counts[Int(value)] += 1 }
        func percentile(_ share: Double) -> Int {
            var left = Int(share * Double(grey.count))
            for (value, count) in counts.enumerated() {
                left -= count
                if left < 0 { return value }
            }
            return 255
        }
        let paper = percentile(0.5)
        let (darkest, lightest) = (percentile(0.01), percentile(0.99))
        let isDark = paper - darkest >= lightest - paper
        let range = isDark ? paper - darkest : lightest - paper
        guard range >= minContrast else { return [] }
        let table = (0..<256).map { value -> Float in
            let difference = Float(isDark ? paper - value : value - paper) / Float(range)
            return min(1, max(0, (difference - noise) / (1 - noise)))
        }
        return grey.map { table[Int($0)] }
    }

    /// The slope that concentrates the ink in the fewest rows.
    private static func slope(_ ink: [Float], width: Int, height: Int) -> Double {
        guard !ink.isEmpty else { return 0 }
        var places: [(x: Int32, y: Int32, ink: Float)] = []
        ink.withUnsafeBufferPointer { ink in
            for y in 0..<height {
                for x in 0..<width where ink[y * width + x] > 0.3 {
                    places.append((Int32(x), Int32(y), ink[y * width + x]))
                }
            }
        }
        let most = 20_000
        if places.count > most {
            let step = places.count / most + 1
            places = Swift.stride(from: 0, to: places.count, by: step).map { places[$0] }
        }
        let margin = width / 10 + 1
        var best = (slope: 0.0, sum: -1.0)
        var rows = [Float](repeating: 0, count: height + 2 * margin)
        for slope in slopes {
            for at in rows.indices { rows[at] = 0 }
            for place in places { rows[Int(place.y) + margin - Int(Double(place.x) * slope)] += place.ink }
            let sum = rows.reduce(0.0) { $0 + Double($1) * Double($1) }
            // If sums are equal, as for a page without lines, the page is taken as level.
            if sum > best.sum || sum == best.sum && abs(slope) < abs(best.slope) { best = (slope, sum) }
        }
        return best.slope
    }

    private func drop(_ x: Int) -> Int { Int((Double(x) * slope).rounded(.down)) }

    /// The rows of each line at column 0, from top to bottom: found on the page, then trimmed by the ink around them.
    private func bands() -> [Range<Int>] {
        guard !ink.isEmpty else { return [] }
        let margin = width / 10 + 1
        var rows = [Float](repeating: 0, count: height + 2 * margin)
        for y in 0..<height {
            for x in 0..<width { rows[y + margin - drop(x)] += ink[y * width + x] }
        }
        // Noise is spread evenly over all rows, so the tenth of rows with the least ink shows its amount. The median of
        // the other rows is text: rules have more ink, and must not hide short lines.
        let noise = rows[margin..<(margin + height)].sorted()[height / 10] * 1.5
        let text = rows.filter { $0 > noise + 0.7 }.sorted()
        guard !text.isEmpty else { return [] }
        let usual = text[text.count / 2]
        let found = PageLines.joined(PageLines.runs(rows[...], above: max(min(noise, usual * 0.4), usual * 0.06, 0.7)))
        return found.indices.map { index in
            let band = found[index]
            let start = index == 0 ? 0 : (found[index - 1].upperBound + band.lowerBound) / 2
            let end = index + 1 == found.count ? rows.count : (band.upperBound + found[index + 1].lowerBound) / 2
            let trimmed = PageLines.trimmed(rows[start..<end]) ?? band
            return (trimmed.lowerBound - margin)..<(trimmed.upperBound - margin)
        }
    }

    /// The rows of the line in a part of a page that holds one. The network was trained on lines that were trimmed so.
    private static func trimmed(_ rows: ArraySlice<Float>) -> Range<Int>? {
        let inked = rows.filter { $0 > 0 }.sorted()
        guard !inked.isEmpty, let most = inked.last else { return nil }
        let threshold = max(min(inked[inked.count / 4] * 1.5, most * 0.25), most * 0.03, 0.7)
        let parts = joined(runs(rows, above: threshold))
        guard let first = parts.map(\.lowerBound).min(), let last = parts.map(\.upperBound).max() else { return nil }
        return first..<last
    }

    /// Neighbouring rows with more ink than a threshold.
    private static func runs(_ rows: ArraySlice<Float>, above threshold: Float) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var start: Int?
        for row in rows.indices {
            if rows[row] > threshold {
                start = start ?? row
            } else if let first = start {
                runs.append(first..<row)
                start = nil
            }
        }
        if let first = start { runs.append(first..<rows.endIndex) }
        return runs
    }

    /// Joins accents and dots to the nearer line, and drops rules and specks.
    private static func joined(_ bands: [Range<Int>]) -> [Range<Int>] {
        var bands = bands
        let tallest = bands.map(\.count).sorted()
        guard !tallest.isEmpty else { return [] }
        // Only the taller half counts, so that ruled lines do not determine the height of a text line.
        let usual = tallest[tallest.count * 3 / 4]
        var at = 0
        while at < bands.count {
            guard bands[at].count * 5 < usual * 2, bands.count > 1 else {
                at += 1
                continue
            }
            let above = at > 0 ? bands[at].lowerBound - bands[at - 1].upperBound : .max
            let below = at + 1 < bands.count ? bands[at + 1].lowerBound - bands[at].upperBound : .max
            let gap = min(above, below)
            let reach = max(1, usual / 6)
            if gap <= reach, gap == below, bands[at].lowerBound <= bands[at + 1].lowerBound {
                bands[at + 1] = bands[at].lowerBound..<bands[at + 1].upperBound
            } else if gap <= reach {
                bands[at - 1] = bands[at - 1].lowerBound..<bands[at].upperBound
            }
            bands.remove(at: at)
        }
        return bands.filter { $0.count >= max(5, usual / 4) }
    }

    /// Cuts a line out of the sheared picture and scales it.
    private func line(_ band: Range<Int>, scale: Double) -> LinePicture? {
        let pad = max(1, band.count / 10)
        let rows = (band.lowerBound - pad)..<(band.upperBound + pad)
        let columns = (0..<width).map { x -> Float in
            var sum: Float = 0
            for row in band {
                let y = row + drop(x)
                if y >= 0, y < height { sum += ink[y * width + x] }
            }
            return sum
        }
        // A stroke is at least a tenth of the line's height; noise has no column with so much ink.
        let least = max(0.8, Float(band.count) * 0.06)
        guard let first = columns.firstIndex(where: { $0 > least }), let last = columns.lastIndex(where: { $0 > least })
        else { return nil }
        let side = max(2, band.count / 5)
        let (left, right) = (max(0, first - side), min(width, last + 1 + side))
        var pixels = [UInt8](repeating: 0, count: (right - left) * rows.count * 3)
        for (to, row) in rows.enumerated() {
            for x in left..<right {
                let y = row + drop(x)
                guard y >= 0, y < height else { continue }
                let value = UInt8(ink[y * width + x] * 255)
                let place = (to * (right - left) + x - left) * 3
                pixels[place] = value
                pixels[place + 1] = value
                pixels[place + 2] = value
            }
        }
        let target = Double((right - left) * LinePicture.height) / Double(rows.count) * PageLines.stretch
        let steps = Int((target / Double(LinePicture.stride)).rounded())
        let wide = min(LinePicture.widest, max(4, steps) * LinePicture.stride)
        let scaled = RGBImage(width: right - left, height: rows.count, pixels: pixels)
            .resized(to: ImageSize(width: wide, height: LinePicture.height))
        let middle = drop((left + right) / 2)
        func original(_ value: Int) -> Int { Int((Double(value) * scale).rounded()) }
        return LinePicture(
            width: wide, ink: Swift.stride(from: 0, to: scaled.pixels.count, by: 3).map { scaled.pixels[$0] },
            frame: PixelFrame(
                left: original(left), top: original(max(0, band.lowerBound + middle)), right: original(right),
                bottom: original(min(height, band.upperBound + middle))))
    }
}
