// Reads a table of recorded answers: one row per item, with its id or path, the answer, and optionally latency and cost.

package import Basics
package import Foundation
package import Planning
package import Specification

/// A table of recorded answers. Every invalid row is reported with its line; none is skipped silently.
package struct RecordedAnswers: Sendable {
    /// The recorded answer to one item.
    package struct Row: Hashable, Sendable {
        /// The line of the row, counted from 1.
        package var line: Int
        /// The answer, which may be empty; `nil` if the row states none: `null`, or an absent member of a JSON line.
        package var text: String?
        /// In milliseconds; `nil` if not stated.
        package var latencyMilliseconds: Double?
        /// In US dollars; `nil` if not stated.
        package var cost: Double?
    }

    private let name: String
    private let table: CSVTable
    private let answer: Int
    private let id: Int?
    private let path: Int?
    private let latency: Int?
    private let cost: Int?
    /// The names of the members with a value, by line; `nil` for a table that is not JSON Lines.
    private let present: [Int: Set<String>]?

    private static let answerNames = ["answer", "prediction", "predicted"]
    private static let idNames = ["id", "item"]
    private static let pathNames = ["path", "file_name", "filename", "file", "image", "image_path"]

    /// The number of rows.
    package var count: Int { table.rows.count }

    /// - Parameter name: the file's name for messages.
    /// - Throws: `StepFailure.predictionsFile` if the data is not a table with the needed columns.
    package init(_ data: Data, name: String, columns: RecordedColumns) throws {
        func failure(_ line: Int, _ reason: String) -> StepFailure { .predictionsFile(["\(name):\(line): \(reason)"]) }
        let named = [columns.answer, columns.id, columns.path, columns.latency, columns.cost].compactMap { $0 }
        let table: CSVTable
        do throws(CSVError) {
            table = try CSVTable(
                parsing: data, names: RecordedAnswers.answerNames + RecordedAnswers.idNames + RecordedAnswers.pathNames + named)
        } catch { throw failure(error.line, "\(error)") }
        let available = "the columns are " + table.header.prefix(20).joined(separator: ", ")
        func column(_ role: String, _ wanted: String?, _ usual: [String]) throws -> Int? {
            if let wanted {
                guard let at = table.column(wanted) else {
                    let hint = nearest(to: wanted, among: table.header).map { "did you mean '\($0)'?" } ?? available
                    throw failure(1, "there is no column '\(wanted)' for '\(role)': \(hint)")
                }
                return at
            }
            let found = table.header.indices.filter { usual.contains(table.header[$0].lowercased()) }
            guard found.count < 2 else {
                let names = found.map { "'\(table.header[$0])'" }.joined(separator: " or ")
                throw failure(1, "the column of '\(role)' may be \(names); name it: 'columns: { \(role): COLUMN }'")
            }
            return found.first
        }
        let answer = try column("answer", columns.answer, RecordedAnswers.answerNames)
        let id = try column("id", columns.id, RecordedAnswers.idNames)
        let path = try column("path", columns.path, RecordedAnswers.pathNames)
        guard let answer else {
            throw failure(1, "there is no column with the answers; name it: 'columns: { answer: COLUMN }'; \(available)")
        }
        guard id != nil || path != nil else {
            throw failure(
                1, "there is no column with the ids or paths of the items; name it: 'columns: { path: COLUMN }'; \(available)")
        }
        self.name = name
        self.table = table
        self.answer = answer
        self.id = id
        self.path = path
        latency = try column("latency_ms", columns.latency, ["latency_ms"])
        cost = try column("cost_usd", columns.cost, ["cost_usd"])
        present = table.form == .jsonLines ? RecordedAnswers.presentMembers(data) : nil
    }

    /// The rows by the names of their items.
    /// - Parameters:
    ///   - examples: the items of the evaluated part. Rows for other items of the dataset are checked and excluded.
    ///   - allowMissing: whether items without a row or an answer are accepted.
    /// - Throws: `StepFailure.predictionsFile` with every row that is invalid or has no item, every repeated item, and
    ///   the items without an answer.
    package func rows(
        for examples: [Example], of manifest: DatasetManifest, allowMissing: Bool
    ) throws -> [String: Row] {
        let items = ItemNames(manifest, byID: manifest.hasItems && id != nil)
        // An image's path is its id.
        let column = (manifest.hasItems ? id ?? path : path ?? id) ?? answer
        let wanted = Set(examples.map(\.name))
        var lines: [String: Int] = [:]
        var found: [String: Row] = [:]
        var problems: [String] = []
        for row in table.rows {
            func report(_ reason: String) { problems.append("\(name):\(row.line): \(reason)") }
            let written = row.fields[column]
            let candidates = items[written]
            guard let item = candidates.first else {
                report("'\(written)' is not an item of the dataset" + (items.hint(for: written).map { "; \($0)" } ?? ""))
                continue
            }
            guard candidates.count == 1 else {
                report(
                    "'\(written)' may be \(candidates.prefix(3).map { "'\($0)'" }.joined(separator: " or "))"
                        + (candidates.count > 3 ? " or \(candidates.count - 3) more" : "")
                        + (manifest.hasItems ? "; add a column with ids" : "; write the whole path"))
                continue
            }
            if let first = lines.updateValue(row.line, forKey: item) {
                report("'\(item)' already has an answer, in line \(first)")
                lines[item] = first
                continue
            }
            var answered = Row(line: row.line, text: isPresent(row, answer) ? row.fields[answer] : nil)
            do throws(BadNumber) {
                answered.latencyMilliseconds = try number(
                    row, latency, "a number of milliseconds", upTo: PredictionsFile.maxLatency)
                answered.cost = try number(row, cost, "a number of US dollars", upTo: 1e9)
            } catch {
                report(error.reason)
                continue
            }
            if wanted.contains(item) { found[item] = answered }
        }
        let missing = examples.map(\.name).filter { found[$0]?.text == nil }
        if !missing.isEmpty, !allowMissing {
            problems.append(
                "\(name) has no answer to \(missing.count) of \(examples.count) items: "
                    + missing.prefix(5).joined(separator: ", ")
                    + (missing.count > 5 ? " and \(missing.count - 5) more" : "")
                    + "; 'allow_missing: true' in the evaluation scores without them")
        }
        guard problems.isEmpty else { throw StepFailure.predictionsFile(problems) }
        return found
    }

    private struct BadNumber: Error { var reason: String }

    private func number(
        _ row: CSVTable.Row, _ column: Int?, _ meaning: String, upTo limit: Double
    ) throws(BadNumber) -> Double? {
        guard let column else { return nil }
        let text = row.fields[column].trimmingCharacters(in: .whitespaces)
        if text.isEmpty { return nil }
        // `Double` would also read hexadecimal digits.
        guard !text.lowercased().contains("x"), let value = Double(text), (0...limit).contains(value) else {
            throw BadNumber(reason: "\(table.header[column]) is '\(text.prefix(40))'; \(meaning) or an empty cell is expected")
        }
        return value
    }

    private func isPresent(_ row: CSVTable.Row, _ column: Int) -> Bool {
        present.map { $0[row.line]?.contains(table.header[column]) ?? true } ?? true
    }

    /// For each line, the members with a value other than null.
    private static func presentMembers(_ data: Data) -> [Int: Set<String>] {
        var found: [Int: Set<String>] = [:]
        for (at, line) in data.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            guard let members = (try? JSONValue(parsing: Data(line)))?.object else { continue }
            found[at + 1] = Set(members.filter { !$0.value.isNull }.keys)
        }
        return found
    }
}

/// Finds the items that a row of a table may name.
private struct ItemNames {
    private var exact: [String: [String]] = [:]
    private var endings: [String: [String]] = [:]

    /// - Parameter byID: whether rows name items by id; otherwise they name paths of images.
    init(_ manifest: DatasetManifest, byID: Bool) {
        for entry in manifest.entries {
            let item = entry.item?.id ?? entry.path
            exact[byID ? item : entry.path, default: []].append(item)
            if byID { continue }
            var rest = entry.path[...]
            while let slash = rest.firstIndex(of: "/") {
                rest = rest[rest.index(after: slash)...]
                endings[String(rest), default: []].append(item)
            }
        }
    }

    /// The items with this id or path, or else those whose path ends with it.
    subscript(_ written: String) -> [String] { exact[written] ?? endings[written] ?? [] }

    /// Names a similar item, if there are few enough to compare.
    func hint(for written: String) -> String? {
        guard exact.count <= 2000 else { return nil }
        return nearest(to: written, among: exact.keys.sorted()).map { "did you mean '\($0)'?" }
    }
}
