// Parser and writer of a fine-tuning job's result file: a CSV with the metrics of every step.

import Basics
import Foundation

/// A result file that has no `step` column or contains a row that is not numeric.
package struct ResultFileError: Error, Hashable, Sendable {
    /// The line number, from 1; the header is line 1.
    package var line: Int
    /// The offending line; untrusted text.
    package var text: String
}

/// The rows of a result file.
package struct ResultFile: Hashable, Sendable {
    /// One row per step, in file order.
    package var rows: [TrainingMetrics]

    /// - Parameter rows: written in this order.
    package init(rows: [TrainingMetrics]) { self.rows = rows }

    /// The columns in the order of the reference.
    package static let columns = [
        "step", "train_loss", "train_mean_token_accuracy", "valid_loss", "valid_mean_token_accuracy",
        "full_valid_loss", "full_valid_mean_token_accuracy",
    ]

    /// Alternative column names in older files and in the provider's own documentation.
    private static let aliases = [
        "train_accuracy": "train_mean_token_accuracy",
        "training_loss": "train_loss",
        "training_token_accuracy": "train_mean_token_accuracy",
        "valid_accuracy": "valid_mean_token_accuracy",
        "validation_loss": "valid_loss",
        "validation_mean_token_accuracy": "valid_mean_token_accuracy",
        "validation_token_accuracy": "valid_mean_token_accuracy",
        "full_validation_loss": "full_valid_loss",
        "full_validation_mean_token_accuracy": "full_valid_mean_token_accuracy",
    ]

    /// Spellings of an empty cell. Infinite values count as empty.
    private static let blanks: Set<String> = ["", "none", "null", "nan", "n/a", "na", "-", "inf", "-inf", "infinity"]

    /// Parses by header: columns in any order, unknown columns skipped, blank cells as `nil`. Also reads one JSON
    /// object per line.
    /// - Throws: `ResultFileError` if there is no `step` column, and for a cell that is neither a number nor blank.
    package init(parsing text: String) throws(ResultFileError) {
        // A carriage return and line feed are one `Character` in Swift: split on any newline.
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        if let first = lines.first(where: { !$0.allSatisfy(\.isWhitespace) }), first.hasPrefix("{") {
            self = try ResultFile(jsonLines: lines)
            return
        }
        let header = ResultFile.cells(lines.first ?? "").map { name in
            let plain = (name.hasPrefix("\u{FEFF}") ? String(name.dropFirst()) : name).lowercased()
            return ResultFile.aliases[plain] ?? plain
        }
        guard header.contains("step") else { throw ResultFileError(line: 1, text: String(lines.first ?? "")) }
        rows = []
        for (index, line) in lines.enumerated().dropFirst() where !line.allSatisfy(\.isWhitespace) {
            var values: [String: Double] = [:]
            for (name, cell) in zip(header, ResultFile.cells(line)) where ResultFile.columns.contains(name) {
                if ResultFile.blanks.contains(cell.lowercased()) { continue }
                guard let number = Double(cell) else { throw ResultFileError(line: index + 1, text: String(line)) }
                if number.isFinite { values[name] = number }
            }
            guard let step = values["step"].flatMap({ Int(exactly: $0) }), (0...1_000_000_000_000).contains(step) else {
                throw ResultFileError(line: index + 1, text: String(line))
            }
            rows.append(
                TrainingMetrics(
                    step: step, trainLoss: values["train_loss"],
                    trainMeanTokenAccuracy: values["train_mean_token_accuracy"], validLoss: values["valid_loss"],
                    validMeanTokenAccuracy: values["valid_mean_token_accuracy"],
                    fullValidLoss: values["full_valid_loss"],
                    fullValidMeanTokenAccuracy: values["full_valid_mean_token_accuracy"]))
        }
    }

    /// Parses one JSON object per line; each needs a `step`.
    private init(jsonLines lines: [Substring]) throws(ResultFileError) {
        rows = []
        for (index, line) in lines.enumerated() where !line.allSatisfy(\.isWhitespace) {
            guard let row = try? TrainingMetrics(json: Data(line.utf8)), row.step != nil else {
                throw ResultFileError(line: index + 1, text: String(line))
            }
            rows.append(row)
        }
    }

    /// The CSV text in the form that the service writes.
    package var text: String {
        func cell(_ number: Double?) -> String { number.map { "\($0)" } ?? "" }
        var text = ResultFile.columns.joined(separator: ",") + "\n"
        for row in rows {
            let cells = [
                row.step.map(String.init) ?? "", cell(row.trainLoss), cell(row.trainMeanTokenAccuracy),
                cell(row.validLoss), cell(row.validMeanTokenAccuracy), cell(row.fullValidLoss),
                cell(row.fullValidMeanTokenAccuracy),
            ]
            text += cells.joined(separator: ",") + "\n"
        }
        return text
    }

    /// Splits a CSV line; white space around cells and quotation marks are removed.
    private static func cells(_ line: Substring) -> [String] {
        line.split(separator: ",", omittingEmptySubsequences: false).map { cell in
            let inner = cell.drop(while: \.isWhitespace)
            let trimmed = inner.last?.isWhitespace == true ? inner.dropLast() : inner
            return String(trimmed).replacing("\"", with: "")
        }
    }
}
