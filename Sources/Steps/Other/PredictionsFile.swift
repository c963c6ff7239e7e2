// Reads a program's predictions: a CSV file with the columns `path` or `id`, `answer` and optionally `latency_ms`.

import Basics
package import Foundation

/// A predictions file. Every invalid row is reported with its line number; none is skipped silently.
package struct PredictionsFile {
    /// A program's answer about one image, with its latency if the program reports it.
    package struct Prediction: Hashable, Sendable {
        /// The program's answer, matched against the labels when it is scored.
        package var answer: String
        /// The latency in milliseconds; `nil` if the program does not report it.
        package var latencyMilliseconds: Double?
    }

    private let name: String
    private let table: CSVTable
    private let path: Int?
    private let id: Int?
    private let answer: Int
    private let latency: Int?

    /// - Throws: `StepFailure.predictionsFile` if the data is not a table with these columns.
    package init(_ data: Data, name: String) throws {
        self.name = name
        func failure(_ line: Int, _ reason: String) -> StepFailure { .predictionsFile(["\(name):\(line): \(reason)"]) }
        if data.starts(with: [0xFF, 0xFE]) || data.starts(with: [0xFE, 0xFF]) {
            throw failure(1, "the text is UTF-16; write it as UTF-8")
        }
        let table: CSVTable
        do {
            table = try CSVTable(parsing: data)
        } catch CSVError.notUTF8(let line) {
            throw failure(line, "the text is not UTF-8; write it as UTF-8")
        } catch {
            throw failure(error.line, "\(error)")
        }
        let path = table.column("path"), id = table.column("id")
        guard path ?? id != nil, let answer = table.column("answer") else {
            let found = table.header.map { "'\($0)'" }.joined(separator: ", ")
            throw failure(1, "the columns 'path' and 'answer' are needed; the first line has \(found)")
        }
        self.table = table
        self.path = path
        self.id = id
        self.answer = answer
        latency = table.column("latency_ms")
    }

    /// The predictions by path.
    /// - Parameters:
    ///   - names: the dataset's names of the images, by the path that the program received.
    ///   - ids: the ids of items by the path that the program received; rows then identify items by `id`, or by a
    ///     path that only one item has, and `names` contains ids.
    ///   - allowMissing: whether images without a row are accepted.
    /// - Throws: `StepFailure.predictionsFile` with every invalid row.
    package func predictions(
        of names: [String: String], ids: [String: [String]]? = nil, allowMissing: Bool
    ) throws -> [String: Prediction] {
        var found: [String: (line: Int, prediction: Prediction)] = [:]
        var problems: [String] = []
        for row in table.rows {
            func report(_ reason: String) { problems.append("\(name):\(row.line): \(reason)") }
            let file: String
            if let ids, id == nil, let path {
                let found = ids[row.fields[path]] ?? []
                guard found.count == 1 else {
                    report(
                        found.isEmpty
                            ? "'\(row.fields[path])' is not a path of predict.csv; copy paths exactly"
                            : "'\(row.fields[path])' is the image of \(found.count) items; add the column 'id' of predict.csv")
                    continue
                }
                file = found[0]
            } else if let column = ids == nil ? path : id {
                file = row.fields[column]
            } else {
                throw StepFailure.predictionsFile(["\(name):1: the column 'path' is needed"])
            }
            guard names[file] != nil else {
                let column = ids == nil ? "path" : "id"
                report(
                    "'\(file)' is not \(ids == nil ? "a" : "an") \(column) of predict.csv; copy each \(column) exactly")
                continue
            }
            if let first = found[file] {
                report("'\(file)' already has a row, in line \(first.line)")
                continue
            }
            var milliseconds: Double?
            if let latency, !row.fields[latency].allSatisfy(\.isWhitespace) {
                let text = row.fields[latency].trimmingCharacters(in: .whitespaces)
                // `Double` would also read hexadecimal digits.
                milliseconds = text.lowercased().contains("x") ? nil : Double(text)
                guard let value = milliseconds, (0...PredictionsFile.maxLatency).contains(value) else {
                    report("latency_ms is '\(row.fields[latency])'; expected a number of milliseconds, or an empty cell")
                    continue
                }
            }
            found[file] = (row.line, Prediction(answer: row.fields[answer], latencyMilliseconds: milliseconds))
        }
        let missing = names.filter { found[$0.key] == nil }.values.sorted()
        // Invalid rows are the reason why others are missing.
        if problems.isEmpty, !missing.isEmpty, !allowMissing {
            problems.append(PredictionsFile.missing(missing, of: names.count, in: name))
        }
        guard problems.isEmpty else { throw StepFailure.predictionsFile(problems) }
        return found.mapValues(\.prediction)
    }

    /// The longest accepted latency, in milliseconds: about a year.
    static let maxLatency = 3e10

    /// The message about images without a row.
    static func missing(_ images: [String], of count: Int, in name: String) -> String {
        "\(name) has no row for \(images.count) of \(count) images: "
            + images.prefix(5).joined(separator: ", ")
            + (images.count > 5 ? " and \(images.count - 5) more" : "")
            + "; 'allow_missing: true' in the evaluation scores without them"
    }

    /// The scores of each row, from columns named `score:LABEL`, by the same names as the predictions.
    /// - Throws: `StepFailure.predictionsFile` for a column with an unknown label, and for cells that are not
    ///   numbers.
    func scores(labels: [String], ids: [String: [String]]? = nil) throws -> [String: [String: Double]] {
        let prefix = "score:"
        var problems: [String] = []
        let columns = table.header.enumerated().filter { $0.element.hasPrefix(prefix) }
            .map { (index: $0.offset, label: String($0.element.dropFirst(prefix.count))) }
        for column in columns where !labels.contains(column.label) {
            problems.append("\(name):1: the column '\(prefix)\(column.label)' names no label of the dataset")
        }
        var scores: [String: [String: Double]] = [:]
        guard !columns.isEmpty else { return [:] }
        for row in table.rows {
            var own: [String: Double] = [:]
            for column in columns {
                let cell = row.fields[column.index].trimmingCharacters(in: .whitespaces)
                guard let value = Double(cell), value.isFinite else {
                    problems.append(
                        "\(name):\(row.line): the score of '\(column.label)' is '\(cell)', which is not a finite number")
                    continue
                }
                own[column.label] = value
            }
            let name =
                ids == nil
                ? path.map { row.fields[$0] } : id.map { row.fields[$0] } ?? path.flatMap { ids?[row.fields[$0]]?.first }
            if let name { scores[name] = own }
        }
        guard problems.isEmpty else { throw StepFailure.predictionsFile(problems) }
        return scores
    }
}
