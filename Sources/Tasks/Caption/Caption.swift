// The task `caption`: a sentence about an image.

package import Basics
import Foundation
package import Statistics
package import TaskKit
import TaskMetrics

/// Captions. A reference is a list of texts, a prediction a single text.
package struct Caption: TaskDefinition {
    /// The name in a spec.
    package static let name = "caption"
    /// The description in the generated documentation.
    package static let summary = "A sentence about an image, compared with sentences written by people."
    /// One column, with a caption or a list of captions.
    package static let columns = [TaskColumn("captions", "captions", alsoNamed: ["caption", "text", "answer"])]

    /// Asks for one sentence.
    package static func starter(for references: [JSONValue], asksQuestions: Bool) -> TaskStarter? {
        TaskStarter(text: "Describe this image in one sentence.", answer: "text", maxTokens: 100)
    }

    /// The task has no options.
    package init(options: TaskOptions) throws(TaskOptionError) {}

    /// The captions as a list of texts, without empty ones.
    package func reference(of row: TaskRow) throws(TaskRowError) -> JSONValue {
        let texts = try row.texts("captions").filter { !$0.allSatisfy(\.isWhitespace) }
        guard !texts.isEmpty else { throw TaskRowError("the captions are empty") }
        guard texts.allSatisfy({ $0.utf8.count <= Caption.maxBytes }) else {
            throw TaskRowError("a caption is longer than \(Caption.maxBytes) bytes")
        }
        return .array(texts.map(JSONValue.string))
    }

    /// The first reference caption.
    package func answer(for reference: JSONValue, _ context: TaskContext) -> JSONValue { reference.array?.first ?? "" }

    /// Takes the text of the reply as the caption.
    package func read(_ reply: String, about item: TaskItem, _ context: TaskContext) -> Prediction {
        guard reply.utf8.count <= Caption.maxBytes else {
            return .unreadable("longer than \(Caption.maxBytes) bytes")
        }
        return ReplyText(reply).text(context.form)
    }

    /// The largest size of a caption in bytes; the n-grams of a longer one would take minutes and gigabytes.
    static let maxBytes = 100_000

    /// The counts of BLEU, chrF and ROUGE-L, and the hashed words from which CIDEr-D is computed. An unreadable reply
    /// counts as an empty caption.
    package func score(_ prediction: JSONValue?, of item: TaskItem, _ context: TaskContext) -> ItemScore {
        let texts = item.reference.array?.compactMap(\.string) ?? []
        let answer = prediction?.string ?? ""
        let cased = CaptionTokenizer.mteval13a, plain = CaptionTokenizer.plain
        let references = texts.map { plain($0) }, words = plain(answer)
        var score = ItemScore(["rouge_l": ROUGE.l(words, references: references)])
        for (at, count) in BLEU.counts(cased(answer), references: texts.map { cased($0) }).enumerated() {
            score.counts["bleu\(at)"] = count
        }
        for (at, count) in ChrF.counts(answer, references: texts).enumerated() { score.counts["chrf\(at)"] = count }
        // Hashed words: those of the answer, then each reference after a separator (-1).
        score.lists["words"] = words.map(Caption.number) + references.flatMap { [-1] + $0.map(Caption.number) }
        return score
    }

    /// A 52-bit hash of a word (FNV-1a), equal on every platform.
    private static func number(_ word: String) -> Double {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in word.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return Double(hash >> 12)
    }

    /// CIDEr-D is the primary metric; its word weights depend on the evaluated set.
    package func metrics(_ context: TaskContext) -> MetricTable {
        MetricTable(
            primary: TaskMetric(
                "cider", "CIDEr-D", .items(Caption.cider), unit: .plain, interval: .bootstrap, test: .swap, range: 0...10,
                note:
                    "Words are weighted by their rarity in the references of this set, so values from other sets are not comparable."
            ),
            [
                TaskMetric(
                    "bleu4", "BLEU-4", .sums(of: (0..<10).map { "bleu\($0)" }) { BLEU.score($0) }, interval: .bootstrap,
                    test: .swap, range: 0...1, note: "sacreBLEU: \(BLEU.signature(references: nil))."),
                TaskMetric(
                    "chrf2", "chrF2", .sums(of: (0..<18).map { "chrf\($0)" }) { ChrF.score($0) }, interval: .bootstrap,
                    test: .swap,
                    range: 0...1),
                TaskMetric("rouge_l", "ROUGE-L", .mean(of: "rouge_l"), interval: .bootstrap, test: .signFlip, range: 0...1),
            ])
    }

    private static let cider: @Sendable ([ItemScore]) -> @Sendable ([Double]) -> Double? = { scores in
        let texts = scores.map { score in
            (score.lists["words"] ?? []).split(separator: -1, omittingEmptySubsequences: false).map {
                $0.map { UInt64(saturating: $0) }
            }
        }
        let weights = CIDEr(references: texts.map { Array($0.dropFirst()) })
        let each = texts.map { weights.score($0.first ?? [], references: Array($0.dropFirst())) }
        return { counts in
            let whole = counts.reduce(0, +)
            return whole > 0 ? zip(each, counts).reduce(0) { $0 + $1.0 * $1.1 } / whole : nil
        }
    }

    /// A list of captions or a single caption, for reports.
    package func text(of value: JSONValue) -> String {
        value.array?.compactMap(\.string).joined(separator: "\n") ?? value.string ?? value.canonical
    }
}
