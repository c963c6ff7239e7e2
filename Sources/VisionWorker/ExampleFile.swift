// Reads a fine-tuning file and computes features, a few examples at a time.

import Basics
import Foundation
import VisionProtocol

/// The features and targets of a fine-tuning file. Only a few images are in memory at a time.
struct ExampleFile: Sendable {
    /// Features of the usable examples, one row each.
    private(set) var features: [Float] = []
    /// The label of each usable example; `nil` for reward objectives.
    private(set) var labels: [String?] = []
    /// The rejected label of each preference pair.
    private(set) var rejected: [String] = []
    /// The distinct possible answers, in order of first appearance.
    private(set) var candidates: [String] = []
    /// The grader's data of each example.
    private(set) var items: [[String: JSONValue]] = []
    private(set) var skipped: [SkippedExample] = []

    /// Reads a file of chat examples. Skips invalid lines and images that do not decode.
    ///
    /// - Throws: ``VisionFailure``, `fileSystem`, if the file cannot be read; `CancellationError`.
    nonisolated(nonsending) static func read(
        _ path: String, objective: FineTuneObjective, through eyes: FeatureNetwork, threads: Int
    ) async throws -> ExampleFile {
        var file = ExampleFile()
        let pipeline = eyes.pipeline
        var known: Set<String> = []
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
                    Self.example(
                        line: read[index].line, number: read[index].number, objective: objective, pipeline: pipeline)
                }
                var pictures: [RGBImage] = []
                for example in examples {
                    switch example {
                    case .success(let (example, picture)):
                        file.labels.append(example.label)
                        file.items.append(example.item)
                        if let rejected = example.rejected { file.rejected.append(rejected) }
                        for label in [example.label, example.rejected].compactMap(\.self) + example.choices
                        where known.insert(label).inserted {
                            file.candidates.append(label)
                        }
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
        line: Data, number: Int, objective: FineTuneObjective, pipeline: ImagePipeline
    ) -> Result<(ChatExample, RGBImage), Skip> {
        func skip(_ reason: String) -> Result<(ChatExample, RGBImage), Skip> {
            .failure(Skip(example: SkippedExample(line: number, reason: reason)))
        }
        do {
            let example = try ChatExample(line: line, objective: objective)
            return .success((example, try pipeline.prepared(example.picture, name: "line \(number)")))
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
    /// Selects the examples with labels among `labels`, in the order of the file.
    init(_ file: ExampleFile, objective: FineTuneObjective, labels: [String]) {
        let places = Dictionary(uniqueKeysWithValues: labels.enumerated().map { ($1, $0) })
        let width = file.labels.isEmpty ? 0 : file.features.count / file.labels.count
        // Examples with equal grader data share their rewards.
        var graded: [[String: JSONValue]: [Float]] = [:]
        for (index, label) in file.labels.enumerated() {
            switch objective {
            case .supervised:
                guard let place = label.flatMap({ places[$0] }) else { continue }
                answers.append(place)
            case .preference:
                guard let place = label.flatMap({ places[$0] }), let other = places[file.rejected[index]] else { continue }
                answers.append(place)
                rejected.append(other)
            case .reward(let grader, let key):
                let item = file.items[index]
                let row =
                    graded[item]
                    ?? labels.map { label in
                        let text = key.map { JSONValue.object([$0: .string(label)]).canonical } ?? label
                        return Float(grader.reward(of: text, item: item))
                    }
                graded[item] = row
                answers.append(0)
                rewards.append(row)
            }
            features += file.features[(index * width)..<((index + 1) * width)]
        }
    }
}

extension LabelKnowledge {
    /// The starting point of training: the labels in order, with one row each.
    struct Beginning {
        var labels: [String]
        var rows: LabelRows
    }

    /// The initial rows for training on a file: those of the labels that were learned before or are in the file. If a
    /// label may mean several classes, the class with the highest output for the label's images is used.
    func beginning(for file: ExampleFile) -> Beginning {
        var labels = learned
        var rows = learnedRows
        let neutral = classRows.mean
        let width = classRows.featureCount
        for label in file.candidates.sorted() where learnedRow(of: label) == nil {
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
