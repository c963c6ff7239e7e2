// Transcription: the text in an image.

package import Basics
import Foundation
package import Statistics
package import TaskKit
import TaskMetrics

/// Optical character recognition: the whole text of an image, line by line. Error rates are corpus rates: the sum of
/// edits over the sum of lengths, never the mean of the items' rates.
package struct Transcribe: TaskDefinition {
    /// The name in a spec.
    package static let name = "transcribe"
    /// Shown with the characters that differ marked.
    package static let view = TaskView.characters
    /// The description in the generated documentation.
    package static let summary = "The text in an image, scored by character and word error rates."
    /// The text of the image, and optionally a question.
    package static let columns = [
        TaskColumn("text", "text", alsoNamed: ["transcription", "ground_truth", "gt", "sentence"]),
        TaskColumn.question(isRequired: false),
    ]

    /// Asks for the text, or the question of the item.
    package static func starter(for references: [JSONValue], asksQuestions: Bool) -> TaskStarter? {
        TaskStarter(
            text: asksQuestions ? "{{ question }}" : "Write down the text of this picture, line by line, and nothing else.",
            answer: "text", maxTokens: 1000,
            alternative: "the text of a row is expected to be readable in its image; for descriptions of images, use "
                + "'task: caption'")
    }

    /// An empty text, which is correct for a blank page.
    package static let emptyPrediction: JSONValue? = ""

    /// The task has no options.
    package init(options: TaskOptions) throws(TaskOptionError) {}

    /// The text of the row. In Donut datasets, `ground_truth` is JSON encoded as text, with the transcription inside.
    package func reference(of row: TaskRow) throws(TaskRowError) -> JSONValue {
        guard let text = row["text"] else { throw TaskRowError("the row has no text") }
        if text.hasPrefix("{"), let document = try? JSONValue(parsing: Data(text.utf8)), let parse = document["gt_parse"] {
            guard let sequence = parse["text_sequence"]?.string else {
                throw TaskRowError("'gt_parse' has no text 'text_sequence'")
            }
            return .string(sequence)
        }
        return .string(text)
    }

    /// The text itself.
    package func answer(for reference: JSONValue, _ context: TaskContext) -> JSONValue { reference }

    /// Takes the text of the reply as the transcription.
    package func read(_ reply: String, about item: TaskItem, _ context: TaskContext) -> Prediction {
        ReplyText(reply).text(context.form)
    }

    /// Edits and lengths in characters and words. An unreadable reply counts as if every character were deleted.
    package func score(_ prediction: JSONValue?, of item: TaskItem, _ context: TaskContext) -> ItemScore {
        let errors = TextErrors(reference: item.reference.string ?? "", answer: prediction?.string)
        return ItemScore([
            "edits": Double(errors.characterEdits), "characters": Double(errors.characters),
            "word_edits": Double(errors.wordEdits), "words": Double(errors.words), "right": errors.isExact ? 1 : 0,
        ])
    }

    /// The character error rate is the primary metric; lower is better.
    package func metrics(_ context: TaskContext) -> MetricTable {
        MetricTable(
            primary: TaskMetric(
                "cer", "character error rate", .ratio(of: "edits", over: "characters"), better: .down, interval: .bootstrap,
                test: .swap),
            [
                TaskMetric(
                    "wer", "word error rate", .ratio(of: "word_edits", over: "words"), better: .down, interval: .bootstrap,
                    test: .swap),
                TaskMetric("exact", "exact transcriptions", .mean(of: "right"), interval: .wilson, test: .mcnemar, range: 0...1),
            ])
    }
}
