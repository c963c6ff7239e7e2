// Reads a trainer's predictions: answers.csv or answers.jsonl.

import Basics
import Foundation

/// A program's answers with optional scores and throughput.
struct TrainerAnswers {
    /// Answers by the names of `AnswerNames`: paths, or ids of items.
    var predictions: [String: PredictionsFile.Prediction]
    /// Scores by the same names and by label; empty if the program wrote none.
    var scores: [String: [String: Double]]

    /// Reads `answers.jsonl`: one object per line with `path` or, for items, `id`, with `answer`, and optionally
    /// `latency_ms` and `scores` (an object of numbers by label). The answer to an item may be any JSON value.
    /// - Parameters:
    ///   - names: the requested images or items.
    ///   - labels: all labels of the dataset, which are the only keys of `scores`.
    /// - Throws: `StepFailure.predictionsFile` with every line that is wrong.
    init(lines data: Data, name: String, names: AnswerNames, labels: [String], allowMissing: Bool) throws {
        var problems: [String] = []
        predictions = [:]
        scores = [:]
        let known = Set(labels)
        for (index, line) in data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            if line.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) { continue }
            func report(_ reason: String) { problems.append("\(name):\(index + 1): \(reason)") }
            let row: JSONValue
            do { row = try JSONValue(parsingRecord: Data(line)) } catch {
                report("the line is not a JSON object: \((error as? DecodingError)?.reason ?? "\(error)")")
                continue
            }
            guard row.object != nil else {
                report("the line is not a JSON object")
                continue
            }
            let hasItems = names.ids != nil
            let given = row["answer"]
            guard row["path"]?.string ?? row["id"]?.string != nil,
                let answer = given?.string ?? (hasItems && given?.isNull == false ? given?.canonical : nil)
            else {
                report(
                    hasItems
                        ? "'id' (or 'path') as a text and 'answer' are needed"
                        : "'path' and 'answer' are required, both as strings")
                continue
            }
            let path: String
            do { path = try names.name(id: row["id"]?.string, path: row["path"]?.string, in: "the table") } catch {
                report(error.reason)
                continue
            }
            guard predictions[path] == nil else {
                report("'\(path)' already has an answer")
                continue
            }
            var prediction = PredictionsFile.Prediction(answer: answer)
            if let latency = row["latency_ms"], !latency.isNull {
                guard let value = latency.double, (0...PredictionsFile.maxLatency).contains(value) else {
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
        let missing = names.names.filter { predictions[$0.key] == nil }.values.sorted()
        if problems.isEmpty, !missing.isEmpty, !allowMissing {
            problems.append(PredictionsFile.missing(missing, of: names.names.count, in: name))
        }
        guard problems.isEmpty else { throw StepFailure.predictionsFile(problems) }
    }

    /// Reads `answers.csv`: the columns `path` or `id`, `answer`, and optionally `latency_ms` and one column `score:LABEL`
    /// per label.
    init(table data: Data, name: String, names: AnswerNames, labels: [String], allowMissing: Bool) throws {
        let file = try PredictionsFile(data, name: name)
        predictions = try file.predictions(of: names.names, ids: names.ids, allowMissing: allowMissing)
        scores = try file.scores(labels: labels, ids: names.ids)
    }
}
