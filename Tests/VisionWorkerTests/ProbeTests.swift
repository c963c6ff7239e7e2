// Probes equal scikit-learn's classifiers on the same features, and their files and tables are read strictly.

import Foundation
import Testing
import VisionProtocol

@testable import VisionWorker

@Suite(.serialized) struct ProbeTests {
    /// scikit-learn's values, written by `scripts/make-probe-goldens`.
    struct Golden: Decodable {
        struct Logistic: Decodable, Sendable {
            var c: Double
            var shares: [Double]
        }
        struct Neighbours: Decodable, Sendable {
            var k: Int
            var shares: [Double]
        }
        var rows: Int
        var columns: Int
        var classes: Int
        var logistic: [Logistic]
        var neighbours: [Neighbours]

        static let all = try! JSONDecoder().decode(
            Golden.self, from: Data(contentsOf: TorchGoldens.folder.appendingPathComponent("probe.json")))
    }

    private static func folder() throws -> String {
        let path = NSTemporaryDirectory() + "/probe-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    /// The script's features: the columns of the first third are shifted by the class, so that classes differ.
    private static func table(_ name: String, labels: [Int]) -> FeatureTable {
        let columns = Golden.all.columns
        var values = TorchGoldens.unitValues(name, count: labels.count * columns)
        for (row, label) in labels.enumerated() {
            for column in 0..<(columns / 3) where column % Golden.all.classes == label { values[row * columns + column] += 0.7 }
            // One feature never varies.
            values[row * columns + columns - 1] = 3
        }
        return FeatureTable(rows: labels.count, columns: columns, values: values)
    }

    private static func fit(
        _ head: ProbeHead, in folder: String
    ) throws -> (result: FitProbeCall.Result, probe: String, other: String) {
        let golden = Golden.all
        let labels = (0..<golden.rows).map { $0 % golden.classes }
        for name in ["train", "other"] {
            try table(name, labels: labels).encoded.write(to: URL(fileURLWithPath: folder + "/\(name).npy"))
        }
        let call = FitProbeCall(
            head: head, labels: (0..<golden.classes).map { "label \($0)" },
            training: .init(features: folder + "/train.npy", labels: labels),
            validation: .init(features: folder + "/other.npy", labels: labels), output: folder + "/probe.safetensors", threads: 1)
        return (try ProbeFitter(call).run { _ in }, folder + "/probe.safetensors", folder + "/other.npy")
    }

    private static func shares(_ probe: String, _ features: String) throws -> [Double] {
        try Torch.with(threads: 1, recordingGradients: false) {
            try FittedProbe(reading: probe).shares(of: FeatureTable(parsing: Data(contentsOf: URL(fileURLWithPath: features))))
        }
    }

    @Test(arguments: Golden.all.logistic)
    func logisticRegressionEqualsScikitLearn(_ golden: Golden.Logistic) throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (result, probe, other) = try Self.fit(.logistic(c: [golden.c]), in: folder)
        #expect(result.trials[0].hasConverged)
        let difference = zip(try Self.shares(probe, other), golden.shares).map { abs($0 - $1) }.max() ?? .infinity
        #expect(difference < 1e-4, "the largest difference is \(difference)")
    }

    @Test(arguments: Golden.all.neighbours)
    func neighboursEqualScikitLearn(_ golden: Golden.Neighbours) throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (_, probe, other) = try Self.fit(.knn(k: [golden.k]), in: folder)
        let difference = zip(try Self.shares(probe, other), golden.shares).map { abs($0 - $1) }.max() ?? .infinity
        #expect(difference < 1e-9, "the largest difference is \(difference)")
    }

    /// The setting with the highest validation accuracy is chosen; of equal ones the strongest penalty.
    @Test func theValidationPartChooses() throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (result, _, _) = try Self.fit(.logistic(c: [10, 1e-4, 0.1]), in: folder)
        #expect(result.trials.map(\.setting) == [1e-4, 0.1, 10])
        let accuracies = result.trials.map { $0.validationAccuracy ?? 0 }
        #expect(accuracies.firstIndex(of: accuracies.max() ?? 0) == result.chosen)
    }

    @Test func moreNeighboursThanImagesAreRefused() throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(throws: VisionFailure.self) { try Self.fit(.knn(k: [1, 10_000]), in: folder) }
    }

    @Test func theTableIsReadAsWritten() throws {
        let table = FeatureTable(rows: 2, columns: 3, values: [1, 2, 3, 4, 5, -6.5])
        #expect(try FeatureTable(parsing: table.encoded) == table)
        #expect(try FeatureTable(parsing: FeatureTable(rows: 0, columns: 0, values: []).encoded).rows == 0)
    }

    struct Bad: CustomTestStringConvertible, Sendable {
        var id: String
        var header: String
        var body: Int
        var isNotFinite = false
        var testDescription: String { id }
    }

    @Test(arguments: [
        Bad(id: "Fortran order", header: "{'descr': '<f4', 'fortran_order': True, 'shape': (1, 2), }", body: 8),
        Bad(id: "one dimension", header: "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", body: 8),
        Bad(id: "three dimensions", header: "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 1), }", body: 8),
        Bad(id: "16-bit floats", header: "{'descr': '<f2', 'fortran_order': False, 'shape': (1, 2), }", body: 4),
        Bad(id: "big-endian", header: "{'descr': '>f4', 'fortran_order': False, 'shape': (1, 2), }", body: 8),
        Bad(id: "too few values", header: "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }", body: 4),
        Bad(id: "too many values", header: "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }", body: 12),
        Bad(
            id: "a huge shape", header: "{'descr': '<f4', 'fortran_order': False, 'shape': (2000000000, 2000000000), }", body: 8),
        Bad(id: "a negative side", header: "{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 2), }", body: 8),
        Bad(id: "no shape", header: "{'descr': '<f4', 'fortran_order': False}", body: 8),
        Bad(id: "not finite", header: "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }", body: 8, isNotFinite: true),
    ])
    func otherTablesAreRefused(_ bad: Bad) throws {
        var data = Data([0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(bad.header.utf8.count), 0])
        data.append(contentsOf: bad.header.utf8)
        data.append(Data(repeating: bad.isNotFinite ? 0xFF : 0, count: bad.body))
        #expect(throws: FeatureTableError.self) { try FeatureTable(parsing: data) }
    }

    @Test(arguments: [0, 5, 9, 11, 60])
    func cutTablesAreRefused(_ length: Int) throws {
        let whole = FeatureTable(rows: 1, columns: 2, values: [1, 2]).encoded
        #expect(throws: FeatureTableError.self) { try FeatureTable(parsing: whole.prefix(length)) }
    }

    @Test func aSearchFindsTheMinimum() throws {
        // Rosenbrock's function, with its minimum at (1, 1).
        let outcome = QuasiNewton(tolerance: 1e-8).minimum(from: [-1.2, 1]) { point, gradient in
            let (x, y) = (point[0], point[1])
            gradient[0] = -400 * x * (y - x * x) - 2 * (1 - x)
            gradient[1] = 200 * (y - x * x)
            return 100 * (y - x * x) * (y - x * x) + (1 - x) * (1 - x)
        }
        #expect(outcome.hasConverged)
        #expect(zip(outcome.point, [1, 1]).allSatisfy { abs($0 - $1) < 1e-6 })
    }

    @Test func sharesAreRanked() {
        let prediction = Prediction(shares: [0.2, 0.5, 0.1, 0.2], top: 3)
        #expect(prediction.label == 1)
        #expect(prediction.top?.map(\.label) == [1, 0, 3])
        #expect(Prediction(shares: [0.2, 0.5], top: nil).top == nil)
    }
}
