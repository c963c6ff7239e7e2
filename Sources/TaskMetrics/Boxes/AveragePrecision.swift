// Average precision of scored boxes, as defined by COCO (Lin et al. 2014).

/// The ranked boxes of all images, for averaging under any weights of the images. Boxes with equal scores form one
/// block: their order has no meaning and does not change the value.
package struct AveragePrecision: Sendable {
    /// Restricts boxes by area and by number per image and label.
    package struct Limits: Sendable {
        /// Areas of counted boxes, in square pixels.
        package var area: ClosedRange<Double>
        /// Maximum number of boxes per image and label.
        package var maxBoxes: Int

        /// The defaults are COCO's: all areas and 100 boxes.
        package init(area: ClosedRange<Double> = 0...1e10, maxBoxes: Int = 100) {
            self.area = area
            self.maxBoxes = maxBoxes
        }

        /// COCO's small objects: below 32² pixels.
        package static let small = Limits(area: 0...1024)
        /// COCO's medium objects: 32² to 96² pixels.
        package static let medium = Limits(area: 1024...9216)
        /// COCO's large objects: above 96² pixels.
        package static let large = Limits(area: 9216...1e10)
    }

    /// The boxes of one image.
    package struct Picture: Sendable {
        /// The boxes to find.
        package var reference: [Box]
        /// The model's boxes.
        package var answer: [Box]

        /// Creates the boxes of one image; order does not matter.
        package init(reference: [Box], answer: [Box]) {
            self.reference = reference
            self.answer = answer
        }
    }

    private struct Ranked {
        var score: Double
        var picture: Int32
        var isHit: Bool
    }

    /// One label at one threshold: the ranked boxes.
    private struct Track {
        var label: String
        var threshold: Int
        var ranked: [Ranked]
    }

    private var tracks: [Track] = []
    /// For each label, the images with references and their number.
    private var references: [String: [(picture: Int, count: Int)]] = [:]
    private let pictures: Int
    /// The overlap thresholds, in the order in which ``value(weights:threshold:label:)`` indexes them.
    package let thresholds: [Double]

    /// Matches the boxes of every image. Boxes without a score rank as equal.
    package init(_ pictures: [Picture], thresholds: [Double] = BoxMatching.thresholds, limits: Limits = Limits()) {
        self.pictures = pictures.count
        self.thresholds = thresholds
        var ranked: [String: [[Ranked]]] = [:]
        for (at, picture) in pictures.enumerated() {
            let expected = Dictionary(grouping: picture.reference, by: \.label)
            let given = Dictionary(grouping: picture.answer, by: \.label)
            for label in Set(expected.keys).union(given.keys) {
                let boxes = AveragePrecision.rank(given[label] ?? [], maxBoxes: limits.maxBoxes)
                let found = AveragePrecision.match(expected[label] ?? [], boxes, thresholds, limits.area)
                if found.references > 0 { references[label, default: []].append((at, found.references)) }
                for (threshold, row) in found.hits.enumerated() {
                    for (box, isHit) in zip(boxes, row) {
                        guard let isHit else { continue }
                        ranked[label, default: Array(repeating: [], count: thresholds.count)][threshold]
                            .append(Ranked(score: box.score ?? 0, picture: Int32(clamping: at), isHit: isHit))
                    }
                }
            }
        }
        for label in references.keys.sorted() {
            for threshold in thresholds.indices {
                let row = (ranked[label]?[threshold] ?? []).sorted { $1.score < $0.score }
                tracks.append(Track(label: label, threshold: threshold, ranked: row))
            }
        }
    }

    /// Sorts by descending score, keeping the order of equal ones, and truncates at the limit. NaN ranks last.
    private static func rank(_ boxes: [Box], maxBoxes: Int) -> [Box] {
        func key(_ box: Box) -> Double { box.score.map { $0.isNaN ? -.infinity : $0 } ?? 0 }
        let order = boxes.indices.sorted { (key(boxes[$1]), $0) < (key(boxes[$0]), $1) }
        return order.prefix(maxBoxes).map {
            var box = boxes[$0]
            box.score = key(box)
            return box
        }
    }

    /// Whether each box is a hit at each threshold; `nil` for ignored boxes.
    private static func match(
        _ expected: [Box], _ given: [Box], _ thresholds: [Double], _ area: ClosedRange<Double>
    ) -> (hits: [[Bool?]], references: Int) {
        func isIgnored(_ box: Box) -> Bool { box.isCrowd || !area.contains(box.statedArea ?? box.area) }
        let order = expected.filter { !isIgnored($0) } + expected.filter(isIgnored)
        let counted = order.count { !isIgnored($0) }
        let overlaps = given.map { box in order.map { box.overlap($0) } }
        let hits: [[Bool?]] = thresholds.map { threshold in
            var taken = [Bool](repeating: false, count: order.count)
            return given.indices.map { at in
                var best = min(threshold, 1 - 1e-10), match: Int?
                for place in order.indices {
                    if taken[place], !order[place].isCrowd { continue }
                    // Boxes to find take precedence over ignored ones.
                    if let match, match < counted, place >= counted { break }
                    if overlaps[at][place] < best { continue }
                    best = overlaps[at][place]
                    match = place
                }
                guard let match else { return area.contains(given[at].area) ? false : nil }
                taken[match] = true
                return match < counted ? true : nil
            }
        }
        return (hits, counted)
    }

    /// The mean, over labels with references and over thresholds, of the interpolated precision at 101 recalls. `nil`
    /// without references.
    /// - Parameters:
    ///   - weights: the weight of each image, for bootstrap draws; 1 each if `nil`.
    ///   - threshold: an index into `thresholds`; `nil` averages over all.
    package func value(weights: [Double]? = nil, threshold: Int? = nil, label: String? = nil) -> Double? {
        mean(weights: weights, threshold: threshold, label: label, AveragePrecision.area)
    }

    /// The mean of the maximum recalls (COCO's AR).
    package func recall(weights: [Double]? = nil) -> Double? {
        mean(weights: weights, threshold: nil, label: nil) { $0.last?.recall ?? 0 }
    }

    private struct Point {
        var recall: Double
        var precision: Double
    }

    private func mean(
        weights: [Double]?, threshold: Int?, label: String?, _ number: ([Point]) -> Double
    ) -> Double? {
        var sum = 0.0, count = 0
        for track in tracks {
            if let threshold, track.threshold != threshold { continue }
            if let label, track.label != label { continue }
            let expected = (references[track.label] ?? []).reduce(0.0) {
                $0 + Double($1.count) * (weights?[$1.picture] ?? 1)
            }
            guard expected > 0 else { continue }
            var points: [Point] = []
            var hits = 0.0, all = 0.0
            for (at, box) in track.ranked.enumerated() {
                let weight = weights?[Int(box.picture)] ?? 1
                all += weight
                if box.isHit { hits += weight }
                let endsBlock = at + 1 == track.ranked.count || track.ranked[at + 1].score != box.score
                if endsBlock, all > 0 { points.append(Point(recall: hits / expected, precision: hits / all)) }
            }
            sum += number(points)
            count += 1
        }
        return count > 0 ? sum / Double(count) : nil
    }

    /// The mean of the best precisions at recalls 0, 0.01 ... 1. Recalls are compared with i·0.01 in binary floating
    /// point, as in the reference implementation.
    private static func area(_ points: [Point]) -> Double {
        guard !points.isEmpty else { return 0 }
        var best = points.map(\.precision)
        for at in best.indices.dropLast().reversed() { best[at] = max(best[at], best[at + 1]) }
        var sum = 0.0, at = 0
        for step in 0...100 {
            let wanted = Double(step) * 0.01
            while at < points.count, points[at].recall < wanted { at += 1 }
            if at == points.count { break }
            sum += best[at]
        }
        return sum / 101
    }
}
