// Reads a trainer's predictions: answers.csv or answers.jsonl.

import Basics
import Foundation

/// A program's answers with optional scores and throughput.
struct TrainerAnswers {
    /// Answers by path.
    var predictions: [String: PredictionsFile.Prediction]
    /// Scores by path and label; empty if the program wrote none.
    var scores: [String: [String: Double]]

    /// Reads `answers.jsonl`: one object per line with `path`, `answer`, and optionally `latency_ms` and `scores` (an
    /// object of numbers by label).
    /// - Parameters:
    ///   - names: the requested images, with their names in the dataset, by the path that was passed to the program.
    ///   - labels: all labels of the dataset, which are the only keys of `scores`.
    /// - Throws: `StepFailure.predictionsFile` with every line that is wrong.
    init(lines data: Data, name: String, names: [String: String], labels: [String], allowMissing: Bool) throws {
        var problems: [String] = []
        predictions = [:]
        scores = [:]
        let known = Set(labels)
        for (index, line) in data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            if line.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) { continue }
            func report(_ reason: String) { problems.append("\(name):\(index + 1): \(reason)") }
            let row: JSONValue
            do { row = try JSONValue(parsingWritten: Data(line)) } catch {
                report("the line is not a JSON object: \((error as? DecodingError)?.reason ?? "\(error)")")
                continue
            }
            guard row.object != nil else {
                report("the line is not a JSON object")
                continue
            }
            guard let path = row["path"]?.string, let answer = row["answer"]?.string else {
                report("'path' and 'answer' are needed, both as texts")
                continue
            }
            guard names[path] != nil else {
                report("'\(path)' is not a path of the table; write each path as it is there")
                continue
            }
            guard predictions[path] == nil else {
                report("'\(path)' has an answer already")
                continue
            }
            var prediction = PredictionsFile.Prediction(answer: answer)
            if let latency = row["latency_ms"], !latency.isNull {
                guard let value = latency.double, (0...PredictionsFile.longestLatency).contains(value) else {
                    report("latency_ms is \(latency.canonical.prefix(40)); a number of milliseconds is needed")
                    continue
                }
                prediction.latencyMilliseconds = value
            }
            if let given = row["scores"], !given.isNull {
                guard let members = given.object else {
                    report("'scores' is not an object with a number per label")
                    continue
                }
                var own: [String: Double] = [:]
                for (label, score) in members.sorted(by: { $0.key < $1.key }) {
                    guard known.contains(label) else {
                        report("'scores' names '\(label)', which is not a label of the dataset")
                        break
                    }
                    guard let value = score.double, value.isFinite else {
                        report("the score of '\(label)' is not a finite number")
                        break
                    }
                    own[label] = value
                }
                guard own.count == members.count else { continue }
                scores[path] = own
            }
            predictions[path] = prediction
        }
        let missing = names.filter { predictions[$0.key] == nil }.values.sorted()
        if problems.isEmpty, !missing.isEmpty, !allowMissing {
            problems.append(PredictionsFile.missing(missing, of: names.count, in: name))
        }
        guard problems.isEmpty else { throw StepFailure.predictionsFile(problems) }
    }

    /// Reads `answers.csv`: the columns `path`, `answer`, and optionally `latency_ms` and one column `score:LABEL` per
    /// label.
    init(table data: Data, name: String, names: [String: String], labels: [String], allowMissing: Bool) throws {
        let file = try PredictionsFile(data, name: name)
        predictions = try file.predictions(of: names, allowMissing: allowMissing)
        scores = try file.scores(labels: labels)
    }
}
