// Reads a fine-tuning file into features, a few examples at a time.

import Basics
import Foundation
import VisionProtocol

/// The examples of a fine-tuning file as a network sees them. Pictures are never all in memory at once.
struct ExampleFile: Sendable {
    /// Features of each usable example, row after row.
    private(set) var features: [Float] = []
    /// The label of each usable example.
    private(set) var labels: [String] = []
    private(set) var skipped: [SkippedExample] = []

    /// Reads a file of chat examples. Lines that are none, and pictures that do not decode, are skipped.
    ///
    /// - Throws: ``VisionFailure``, `fileSystem`, when the file cannot be read; `CancellationError`.
    nonisolated(nonsending) static func read(
        _ path: String, through eyes: FeatureNetwork, threads: Int
    ) async throws -> ExampleFile {
        var file = ExampleFile()
        let pipeline = eyes.pipeline
        do {
            var lines = try LineReader(path: path)
            while true {
                var chunk: [(number: Int, line: Data)] = []
                while chunk.count < EmulatedModels.batchSize, let line = try lines.next() {
                    chunk.append((lines.number, line))
                }
                if chunk.isEmpty { return file }
                let read = chunk
                let examples = try await parallelMap(count: read.count, threads: threads, run: 8) { index in
                    Self.example(line: read[index].line, number: read[index].number, pipeline: pipeline)
                }
                var pictures: [RGBImage] = []
                for example in examples {
                    switch example {
                    case .success(let (label, picture)):
                        file.labels.append(label)
                        pictures.append(picture)
                    case .failure(let skip): file.skipped.append(skip.example)
                    }
                }
                if !pictures.isEmpty { file.features += try eyes.features(of: pictures, threads: threads) }
            }
        } catch let error as CocoaError {
            throw VisionFailure(
                code: .fileSystem, message: "\(path): cannot be read: \(error.localizedDescription)")
        }
    }

    private struct Skip: Error {
        let example: SkippedExample
    }

    private static func example(
        line: Data, number: Int, pipeline: ImagePipeline
    ) -> Result<(String, RGBImage), Skip> {
        func skip(_ reason: String) -> Result<(String, RGBImage), Skip> {
            .failure(Skip(example: SkippedExample(line: number, reason: reason)))
        }
        do {
            let example = try ChatExample(line: line)
            return .success((example.label, try pipeline.prepared(example.picture, name: "line \(number)")))
        } catch let error as ChatExample.Unusable {
            return skip(error.reason)
        } catch let error as ImageError {
            return skip("its picture " + error.reason)
        } catch {
            return skip("\(error)")
        }
    }
}

extension FeatureExamples {
    /// The examples whose labels are among `labels`, in the order of the file.
    init(_ file: ExampleFile, labels: [String]) {
        let places = Dictionary(uniqueKeysWithValues: labels.enumerated().map { ($1, $0) })
        let width = file.labels.isEmpty ? 0 : file.features.count / file.labels.count
        for (index, label) in file.labels.enumerated() {
            guard let place = places[label] else { continue }
            answers.append(place)
            features += file.features[(index * width)..<((index + 1) * width)]
        }
    }
}

extension EmulatedMind {
    /// What training begins with: the labels in order, and a row for each.
    struct Beginning {
        var labels: [String]
        var rows: LabelRows
    }

    /// The rows that training on a file begins with: those of the labels that were learned before or are in the
    /// file. Of several classes that a label may mean, the one that sees most in the label's own pictures.
    func beginning(for file: ExampleFile) -> Beginning {
        var labels = learned
        var rows = learnedRows
        let neutral = classRows.mean
        let width = classRows.featureCount
        for label in Set(file.labels).sorted() where learnedRow(of: label) == nil {
            labels.append(label)
            var sums = classes.outputs(of: label).map { (output: $0, sum: Float(0)) }
            if sums.count > 1 {
                for (index, other) in file.labels.enumerated() where other == label {
                    let features = file.features[(index * width)..<((index + 1) * width)]
                    for place in sums.indices { sums[place].sum += classRows.logit(sums[place].output, features) }
                }
            }
            if let best = sums.max(by: { $0.sum < $1.sum })?.output {
                rows.append(row: classRows.row(best), bias: classRows.bias[best])
            } else {
                rows.append(row: neutral.row, bias: neutral.bias)
            }
        }
        return Beginning(labels: labels, rows: rows)
    }
}
