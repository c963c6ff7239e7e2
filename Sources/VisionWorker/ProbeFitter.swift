// Fits a probe for each setting, and keeps the one with the highest validation accuracy.

import Basics
import CTorch
import Foundation
package import VisionProtocol

/// Serves `fit-probe` and `apply-probe`.
package struct ProbeFitter {
    private let call: FitProbeCall

    /// Creates a fitter without reading any file.
    package init(_ call: FitProbeCall) { self.call = call }

    /// The search ends when no component of the gradient of the mean loss is larger.
    private static let tolerance = 1e-6

    /// Fits and writes the probe.
    /// - Throws: `VisionFailure` for tables that do not fit the labels; `TorchError`; file errors.
    package func run(progress: (PredictionProgress) -> Void) throws -> FitProbeCall.Result {
        try Torch.with(threads: call.threads, recordingGradients: false) {
            let training = try ProbeFitter.table(call.training, classes: call.labels.count)
            let validation = try ProbeFitter.table(call.validation, classes: call.labels.count)
            guard training.rows > 0 else { throw ProbeFitter.failure("there are no training images") }
            guard validation.rows == 0 || validation.columns == training.columns else {
                throw ProbeFitter.failure(
                    "the training images have \(training.columns) features, the validation images \(validation.columns)")
            }
            let raw = try Tensor(training.values, shape: [training.rows, training.columns])
            var mean = [Double](repeating: 0, count: training.columns), scale = mean
            try Torch.check(torch_column_moments(raw.reference, &mean, &scale))
            // A feature without variation is unchanged, as in scikit-learn's StandardScaler.
            for (index, deviation) in scale.enumerated()
            where deviation <= 10 * Double.ulpOfOne * max(1, abs(mean[index])) { scale[index] = 1 }
            let x: Tensor = try .made { torch_standardized(raw.reference, mean, scale, $0) }
            let checked =
                validation.rows == 0
                ? nil
                : try {
                    let raw = try Tensor(validation.values, shape: [validation.rows, validation.columns])
                    return try Tensor.made { torch_standardized(raw.reference, mean, scale, $0) }
                }()
            let fitted: (trials: [FitProbeCall.Trial], classifiers: [FittedProbe.Classifier])
            switch call.head {
            case .logistic(let c): fitted = try logistic(Set(c).sorted(), x, training, checked, progress)
            case .knn(let k):
                fitted = try neighbours(Set(k).sorted(), x, training, checked, progress)
            }
            // A tie selects the first: the strongest penalty, or the fewest neighbours.
            var chosen = 0
            for (index, trial) in fitted.trials.enumerated()
            where (trial.validationAccuracy ?? 0) > (fitted.trials[chosen].validationAccuracy ?? 0) { chosen = index }
            try FittedProbe(
                labels: call.labels, mean: mean, scale: scale, classifier: fitted.classifiers[chosen]
            ).write(to: call.output)
            return FitProbeCall.Result(trials: fitted.trials, chosen: chosen)
        }
    }

    /// Applies a fitted probe to a table.
    package static func apply(_ call: ApplyProbeCall) throws -> ApplyProbeCall.Result {
        try Torch.with(threads: call.threads, recordingGradients: false) {
            let probe = try FittedProbe(reading: call.probe)
            let table = try FeatureTable(reading: call.features)
            let shares = try probe.shares(of: table)
            let classes = probe.labels.count
            return ApplyProbeCall.Result(
                labels: probe.labels,
                predictions: (0..<table.rows).map {
                    Prediction(shares: shares[($0 * classes)..<(($0 + 1) * classes)], top: call.top)
                })
        }
    }

    private static func failure(_ message: String) -> VisionFailure { VisionFailure(code: .badRequest, message: message) }

    private static func table(_ part: FitProbeCall.Part, classes: Int) throws -> FeatureTable {
        let table = try FeatureTable(reading: part.features)
        guard table.rows == part.labels.count, part.labels.allSatisfy({ (0..<classes).contains($0) }) else {
            throw failure("'\(part.features)' has \(table.rows) rows for \(part.labels.count) images")
        }
        return table
    }

    // MARK: Classifiers

    private func logistic(
        _ settings: [Double], _ x: Tensor, _ training: FeatureTable, _ checked: Tensor?,
        _ progress: (PredictionProgress) -> Void
    ) throws -> ([FitProbeCall.Trial], [FittedProbe.Classifier]) {
        let classes = call.labels.count
        let targets = try Tensor.indices(call.training.labels)
        var coefficients = [Double](repeating: 0, count: classes * (training.columns + 1))
        var trials: [FitProbeCall.Trial] = []
        var classifiers: [FittedProbe.Classifier] = []
        func accuracy(_ x: Tensor, _ labels: [Int]) throws -> Double {
            var shares = [Double](repeating: 0, count: labels.count * classes)
            try Torch.check(torch_logistic_shares(x.reference, Int64(classes), coefficients, &shares))
            return ProbeFitter.accuracy(shares, labels, classes)
        }
        for (index, c) in settings.enumerated() {
            // scikit-learn's objective divided by c and the number of images. Each search starts from the last solution.
            let penalty = 1 / (c * Double(training.rows))
            let outcome = try QuasiNewton(tolerance: ProbeFitter.tolerance).minimum(from: coefficients) { point, gradient in
                var loss = 0.0
                try Torch.check(
                    torch_logistic_loss(
                        x.reference, targets.reference, Int64(classes), point, penalty, &loss, &gradient))
                return loss
            }
            coefficients = outcome.point
            trials.append(
                FitProbeCall.Trial(
                    setting: c, trainAccuracy: try accuracy(x, call.training.labels),
                    validationAccuracy: try checked.map { try accuracy($0, call.validation.labels) },
                    iterations: outcome.iterations, hasConverged: outcome.hasConverged))
            classifiers.append(.logistic(coefficients: coefficients))
            progress(PredictionProgress(done: index + 1, of: settings.count))
        }
        return (trials, classifiers)
    }

    private func neighbours(
        _ settings: [Int], _ x: Tensor, _ training: FeatureTable, _ checked: Tensor?,
        _ progress: (PredictionProgress) -> Void
    ) throws -> ([FitProbeCall.Trial], [FittedProbe.Classifier]) {
        let most = settings.last ?? 1
        guard most <= training.rows else {
            throw ProbeFitter.failure("\(most) neighbours are more than the \(training.rows) training images")
        }
        let classes = call.labels.count
        let own = try FittedProbe.nearest(x, among: x, count: most, rows: training.rows)
        let others = try checked.map {
            try FittedProbe.nearest($0, among: x, count: most, rows: call.validation.labels.count)
        }
        func accuracy(_ nearest: [Int64], _ k: Int, _ labels: [Int]) -> Double {
            ProbeFitter.accuracy(
                FittedProbe.shares(nearest: nearest, labels: call.training.labels, k: k, of: most, classes: classes), labels,
                classes)
        }
        let trials = settings.map { k in
            FitProbeCall.Trial(
                setting: Double(k), trainAccuracy: accuracy(own, k, call.training.labels),
                validationAccuracy: others.map { accuracy($0, k, call.validation.labels) }, iterations: nil,
                hasConverged: true)
        }
        progress(PredictionProgress(done: settings.count, of: settings.count))
        return (trials, settings.map { .knn(rows: training.values, labels: call.training.labels, k: $0) })
    }

    private static func accuracy(_ shares: [Double], _ labels: [Int], _ classes: Int) -> Double {
        guard !labels.isEmpty else { return 0 }
        var correct = 0
        for (row, label) in labels.enumerated() {
            var best = 0
            for column in 1..<max(1, classes) where shares[row * classes + column] > shares[row * classes + best] {
                best = column
            }
            if best == label { correct += 1 }
        }
        return Double(correct) / Double(labels.count)
    }
}

extension FeatureTable {
    /// - Throws: `VisionFailure`, naming the file.
    fileprivate init(reading path: String) throws {
        do {
            self = try FeatureTable(parsing: WeightsFile.bytes(of: path))
        } catch let error as FeatureTableError {
            throw VisionFailure(code: .badRequest, message: "\(path): \(error)")
        }
    }
}
