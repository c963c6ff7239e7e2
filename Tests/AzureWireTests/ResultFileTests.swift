// The result file of a job, with any names and order of columns.

import AzureWire
import Testing

@Suite struct ResultFileTests {
    static let metrics = TrainingMetrics(
        step: 2, trainLoss: 0.5, trainMeanTokenAccuracy: 0.75, validLoss: 1.25, validMeanTokenAccuracy: 0.625,
        fullValidLoss: 1.5, fullValidMeanTokenAccuracy: 0.375)

    struct FileCase: CustomTestStringConvertible, Sendable {
        let id: String
        let text: String
        var rows: [TrainingMetrics]
        var testDescription: String { id }
    }

    @Test(arguments: [
        FileCase(
            id: "as the reference has it",
            text: """
                step,train_loss,train_mean_token_accuracy,valid_loss,valid_mean_token_accuracy,full_valid_loss,\
                full_valid_mean_token_accuracy
                2,0.5,0.75,1.25,0.625,1.5,0.375

                """,
            rows: [metrics]),
        FileCase(
            id: "other order, alias, unknown column, byte order mark, carriage returns",
            text: "\u{FEFF}train_loss,step,mood,validation_mean_token_accuracy,train_accuracy\r\n0.5,2,fine,0.625,0.75\r\n",
            rows: [
                TrainingMetrics(step: 2, trainLoss: 0.5, trainMeanTokenAccuracy: 0.75, validMeanTokenAccuracy: 0.625)
            ]),
        FileCase(
            id: "blank cells and a blank line", text: "step,train_loss,valid_loss\n1,0.5,\n\n2,nan,0.25\n",
            rows: [
                TrainingMetrics(step: 1, trainLoss: 0.5, trainMeanTokenAccuracy: nil),
                TrainingMetrics(step: 2, trainLoss: nil, trainMeanTokenAccuracy: nil, validLoss: 0.25),
            ]),
        FileCase(
            id: "words for an empty cell, steps with a point", text: "step,train_loss,valid_loss\n1.0,0.5,None\n2.0,null,N/A\n",
            rows: [
                TrainingMetrics(step: 1, trainLoss: 0.5, trainMeanTokenAccuracy: nil),
                TrainingMetrics(step: 2, trainLoss: nil, trainMeanTokenAccuracy: nil),
            ]),
        FileCase(
            id: "one JSON object a line", text: "{\"step\":1,\"train_loss\":0.5}\n\n{\"step\":2}\n",
            rows: [
                TrainingMetrics(step: 1, trainLoss: 0.5, trainMeanTokenAccuracy: nil),
                TrainingMetrics(step: 2, trainLoss: nil, trainMeanTokenAccuracy: nil),
            ]),
        FileCase(id: "no rows", text: "step,train_loss", rows: []),
    ])
    func reads(_ file: FileCase) throws {
        #expect(try ResultFile(parsing: file.text).rows == file.rows)
    }

    @Test func isTheSameAfterWriting() throws {
        let file = ResultFile(rows: [Self.metrics, TrainingMetrics(step: 3, trainLoss: 1e-7, trainMeanTokenAccuracy: 1)])
        #expect(try ResultFile(parsing: file.text) == file)
    }

    struct BadCase: CustomTestStringConvertible, Sendable {
        let id: String
        let text: String
        let line: Int
        var testDescription: String { id }
    }

    @Test(arguments: [
        BadCase(id: "empty", text: "", line: 1),
        BadCase(id: "an error page", text: "<html>\n</html>", line: 1),
        BadCase(id: "a word for a number", text: "step,train_loss\n1,0.5\n2,low\n", line: 3),
        BadCase(id: "no step", text: "step,train_loss\n,0.5\n", line: 2),
    ])
    func refuses(_ file: BadCase) throws {
        let error = try #require(throws: ResultFileError.self) { try ResultFile(parsing: file.text) }
        #expect(error.line == file.line)
    }
}
