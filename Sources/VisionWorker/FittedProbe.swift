// A fitted probe: the classifier on standardized features, and its file.

import Basics
import CTorch
import Foundation
import VisionProtocol

/// A classifier on features with everything needed to apply it.
struct FittedProbe {
    /// The classifier's parameters.
    enum Classifier {
        /// For each class the weights and then the intercept.
        case logistic(coefficients: [Double])
        /// The standardized training features and the index of each one's label.
        case knn(rows: [Float], labels: [Int], k: Int)
    }

    var labels: [String]
    /// The standardization of each feature.
    var mean: [Double]
    var scale: [Double]
    var classifier: Classifier

    private static let format = "1"

    /// The probabilities of the labels for each row of a table, row after row. For nearest neighbours a probability is
    /// the share of neighbours with the label.
    func shares(of table: FeatureTable) throws -> [Double] {
        guard table.columns == mean.count else {
            throw WeightsError.malformed("the probe reads \(mean.count) features per image, the table has \(table.columns)")
        }
        guard table.rows > 0 else { return [] }
        let x = try standardized(Tensor(table.values, shape: [table.rows, table.columns]))
        switch classifier {
        case .logistic(let coefficients):
            var shares = [Double](repeating: 0, count: table.rows * labels.count)
            try Torch.check(torch_logistic_shares(x.reference, Int64(labels.count), coefficients, &shares))
            return shares
        case .knn(let rows, let neighbours, let k):
            let among = try standardized(Tensor(rows, shape: [neighbours.count, mean.count]))
            return try FittedProbe.shares(
                nearest: FittedProbe.nearest(x, among: among, count: k, rows: table.rows), labels: neighbours, k: k, of: k,
                classes: labels.count)
        }
    }

    private func standardized(_ x: Tensor) throws -> Tensor {
        try .made { torch_standardized(x.reference, mean, scale, $0) }
    }

    /// For each row the indices of the nearest rows, nearest first.
    static func nearest(_ x: Tensor, among: Tensor, count: Int, rows: Int) throws -> [Int64] {
        var indices = [Int64](repeating: 0, count: rows * count)
        try Torch.check(torch_nearest_rows(x.reference, among.reference, Int64(count), &indices))
        return indices
    }

    /// The shares of labels among the first `k` of each row's `most` neighbours.
    static func shares(nearest: [Int64], labels: [Int], k: Int, of most: Int, classes: Int) -> [Double] {
        let rows = nearest.count / max(1, most)
        var shares = [Double](repeating: 0, count: rows * classes)
        for row in 0..<rows {
            for position in 0..<k { shares[row * classes + labels[Int(nearest[row * most + position])]] += 1 / Double(k) }
        }
        return shares
    }

    // MARK: File

    /// Writes the probe as safetensors.
    func write(to path: String) throws {
        var metadata = ["format": FittedProbe.format, "labels": JSONValue.array(labels.map { .string($0) }).canonical]
        var tensors = [
            "mean": StoredTensor(doubles: mean, shape: [mean.count]), "scale": StoredTensor(doubles: scale, shape: [scale.count]),
        ]
        switch classifier {
        case .logistic(let coefficients):
            metadata["head"] = "logistic"
            tensors["coefficients"] = StoredTensor(doubles: coefficients, shape: [labels.count, mean.count + 1])
        case .knn(let rows, let neighbours, let k):
            metadata["head"] = "knn"
            metadata["k"] = "\(k)"
            tensors["rows"] = StoredTensor(rows, shape: [neighbours.count, mean.count])
            tensors["row_labels"] = StoredTensor(neighbours.map { Int64($0) })
        }
        try SafetensorsFile(tensors: tensors, metadata: metadata).serialized.writeDurably(to: path)
    }

    /// - Throws: `WeightsError`, naming the file.
    init(reading path: String) throws {
        func bad(_ reason: String) -> WeightsError { .inFile(path: path, reason: reason) }
        let file: SafetensorsFile
        do {
            file = try SafetensorsFile(parsing: WeightsFile.bytes(of: path))
        } catch {
            throw bad("\(error)")
        }
        guard file.metadata["format"] == FittedProbe.format,
            let names = (try? JSONValue(parsing: Data((file.metadata["labels"] ?? "").utf8)))?.array?.compactMap(\.string),
            !names.isEmpty,
            let mean = file.tensors["mean"]?.doubles(), let scale = file.tensors["scale"]?.doubles(),
            mean.count == scale.count
        else { throw bad("not a fitted probe of a known format") }
        labels = names
        self.mean = mean
        self.scale = scale
        switch file.metadata["head"] {
        case "logistic":
            guard let coefficients = file.tensors["coefficients"]?.doubles(),
                coefficients.count == names.count * (mean.count + 1)
            else { throw bad("its coefficients do not fit its labels and features") }
            classifier = .logistic(coefficients: coefficients)
        case "knn":
            guard let rows = file.tensors["rows"]?.floats(), let neighbours = file.tensors["row_labels"]?.integers(),
                let k = file.metadata["k"].flatMap({ Int($0) }), (1...max(1, neighbours.count)).contains(k),
                rows.count == neighbours.count * mean.count, neighbours.allSatisfy({ names.indices.contains(Int($0)) })
            else { throw bad("its neighbours do not fit its labels and features") }
            classifier = .knn(rows: rows, labels: neighbours.map { Int($0) }, k: k)
        default: throw bad("not a fitted probe of a known kind")
        }
    }

    init(labels: [String], mean: [Double], scale: [Double], classifier: Classifier) {
        self.labels = labels
        self.mean = mean
        self.scale = scale
        self.classifier = classifier
    }
}
