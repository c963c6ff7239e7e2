// A last layer: one row of weights and a bias per output.

/// Last-layer rows over features.
struct LabelRows: Sendable, Equatable {
    /// The weights, row after row.
    var weight: [Float]
    var bias: [Float]

    var count: Int { bias.count }
    var featureCount: Int { bias.isEmpty ? 0 : weight.count / bias.count }

    func row(_ index: Int) -> ArraySlice<Float> { weight[(index * featureCount)..<((index + 1) * featureCount)] }

    /// The mean of all rows: an output without preference for any class.
    var mean: (row: [Float], bias: Float) {
        var sum = [Float](repeating: 0, count: featureCount)
        for index in 0..<count {
            for (place, value) in row(index).enumerated() { sum[place] += value }
        }
        return (sum.map { $0 / Float(count) }, bias.reduce(0, +) / Float(count))
    }

    mutating func append(row: some Collection<Float>, bias: Float) {
        weight.append(contentsOf: row)
        self.bias.append(bias)
    }

    /// The logit of one row for an example's features.
    func logit(_ index: Int, _ features: ArraySlice<Float>) -> Float {
        let width = featureCount
        return weight.withUnsafeBufferPointer { weight in
            features.withUnsafeBufferPointer { features in
                var sum = bias[index]
                for place in 0..<width { sum += weight[index * width + place] * features[place] }
                return sum
            }
        }
    }
}
