// The training objective of a network: the loss of its outputs, and the number of correct answers.

import VisionProtocol

/// The targets of a set of images, for one kind of output.
struct Objective: Sendable {
    let output: NetworkOutput
    /// Number of labels or tags.
    let labels: Int
    /// For counts: the mean and the standard deviation of the training images.
    let scale: (mean: Double, deviation: Double)

    /// - Parameter training: the images whose counts the output is standardized by.
    init(_ output: NetworkOutput?, labels: Int, training: [LabelledImage]) {
        self.output = output ?? .label
        self.labels = labels
        let counts = training.compactMap(\.count)
        let mean = counts.isEmpty ? 0 : counts.reduce(0, +) / Double(counts.count)
        let variance = counts.isEmpty ? 0 : counts.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(counts.count)
        // Equal counts everywhere leave nothing to divide by.
        scale = (mean, variance > 0 ? variance.squareRoot() : 1)
    }

    /// The record's form of the scale; `nil` for other outputs than counts.
    var recordedScale: [Double]? { output == .count ? [scale.mean, scale.deviation] : nil }

    /// The mean loss of a batch, for `backward`.
    func loss(_ outputs: Tensor, _ images: some Collection<LabelledImage>, labelSmoothing: Double = 0) throws -> Tensor {
        switch output {
        case .label: return try outputs.crossEntropy(.indices(images.map(\.label)), labelSmoothing: labelSmoothing)
        case .tags:
            var targets = [Float](repeating: 0, count: images.count * labels)
            for (row, image) in images.enumerated() { for tag in image.tags ?? [] { targets[row * labels + tag] = 1 } }
            return try outputs.binaryCrossEntropy(Tensor(targets, shape: [images.count, labels]))
        case .count:
            let targets = images.map { Float((($0.count ?? 0) - scale.mean) / scale.deviation) }
            return try outputs.squaredError(Tensor(targets, shape: [images.count, 1]))
        }
    }

    /// The loss as reported: squared errors of counts instead of standardized ones.
    func reported(_ loss: Double) -> Double { output == .count ? loss * scale.deviation * scale.deviation : loss }

    /// Number of images of a batch that are answered correctly: the label, all tags, the rounded count.
    func correct(_ outputs: Tensor, _ images: some Collection<LabelledImage>) throws -> Int {
        switch output {
        case .label: return zip(try outputs.largestInRows(), images).count { $0 == $1.label }
        case .tags:
            let values = try outputs.floats()
            return images.enumerated().count { row, image in
                // A logit of 0 is a probability of one half.
                Set((0..<labels).filter { values[row * labels + $0] >= 0 }) == Set(image.tags ?? [])
            }
        case .count:
            let values = try outputs.floats()
            return zip(values, images).count { value, image in
                Prediction(count: Double(value) * scale.deviation + scale.mean).count.map(Double.init) == image.count
            }
        }
    }
}
