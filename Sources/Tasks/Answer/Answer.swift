// Question answering: a short answer about an image, compared with one or more accepted answers.

package import Basics
package import Statistics
package import TaskKit
import TaskMetrics

/// Questions about images with accepted answers: documents, charts, scenes. The option `score` selects the primary
/// metric of the report; the other metrics are computed as well.
package struct Answer: TaskDefinition {
    /// The name in a spec.
    package static let name = "answer"
    /// Shown with the question and the accepted answers.
    package static let view = TaskView.answers
    /// The description in the generated documentation.
    package static let summary = "A short answer to a question about a picture, compared with the accepted answers."
    /// `score` alone, which does not change the request.
    package static let options: [TaskOption] = [
        .choice(
            "score", Score.allCases.map(\.rawValue), isAsked: false,
            "The headline metric. `anls` (the default) tolerates misread letters, `exact` ignores only white "
                + "space, `relaxed` numbers within 5%, `vqa` is the agreement with ten people's answers, `contains` looks for "
                + "an accepted answer anywhere in the reply, `judged` is a judge's verdict."),
        TaskOption(
            "judge", expected: "the name of a judge", schema: ["type": "string", "minLength": 1], isAsked: false,
            "The [judge](#judge) that decides whether each answer is right. The other metrics are computed as well."),
    ]
    /// The question and the accepted answers.
    package static let columns = [
        TaskColumn("answers", "accepted answers", alsoNamed: ["answer", "label"]),
        TaskColumn.question(isRequired: true), TaskColumn.type,
    ]

    /// Asks each item's question. The accuracy of VQA is chosen if every question has the ten answers that it is defined for.
    package static func starter(for references: [JSONValue], asksQuestions: Bool) -> TaskStarter? {
        TaskStarter(
            options: references.allSatisfy { $0.array?.count == people } ? ["score": .string(Score.vqa.rawValue)] : nil,
            system: "Answer the question about the image with a number, a word or a short phrase, and nothing else.",
            text: "{{ question }}", answer: "text", maxTokens: 80)
    }

    private enum Score: String, CaseIterable { case anls, exact, relaxed, vqa, contains, judged }

    /// Number of human answers for which the VQA accuracy is defined.
    private static let people = 10

    private let score: Score
    private let isJudged: Bool

    /// - Throws: `TaskOptionError` for an unknown `score`, and for `judged` without a judge; ANLS is the default.
    package init(options: TaskOptions) throws(TaskOptionError) {
        score = try options.choice("score", of: Score.allCases.map(\.rawValue)).flatMap(Score.init(rawValue:)) ?? .anls
        isJudged = options["judge"] != nil
        if let judge = options["judge"], judge.string?.isEmpty != false {
            throw TaskOptionError(
                ["judge"], "'\(judge.canonical)' is not the name of a judge", hint: "name an entry of 'judges:'")
        }
        guard isJudged || score != .judged else {
            throw TaskOptionError(["score"], "'score: judged' needs a judge", hint: "name an entry of 'judges:': 'judge: NAME'")
        }
    }

    /// The accepted answers as a list.
    /// - Throws: `TaskRowError` also for a number of answers other than 10 with `score: vqa`.
    package func reference(of row: TaskRow) throws(TaskRowError) -> JSONValue {
        let answers = try row.texts("answers")
        if score == .vqa, answers.count != Answer.people {
            throw TaskRowError(
                "\(answers.count) accepted answers, but 'score: vqa' requires \(Answer.people); choose another score")
        }
        return .array(answers.map(JSONValue.string))
    }

    /// The most frequent answer; the first one on a tie.
    package func answer(for reference: JSONValue, _ context: TaskContext) -> JSONValue {
        let answers = texts(reference)
        let counts = Dictionary(answers.map { (ExactText($0), 1) }, uniquingKeysWith: +)
        let most = counts.values.max() ?? 0
        return .string(answers.first { counts[ExactText($0)] == most } ?? "")
    }

    /// Takes the text of the reply as the answer.
    package func read(_ reply: String, about item: TaskItem, _ context: TaskContext) -> Prediction {
        ReplyText(reply).text(context.form)
    }

    /// Computes every score; the VQA count exists only for items with 10 accepted answers. An unreadable answer
    /// scores 0.
    package func score(_ prediction: JSONValue?, of item: TaskItem, _ context: TaskContext) -> ItemScore {
        let accepted = texts(item.reference)
        let answer = prediction?.string
        let plain = answer.map { TextForm.standard($0) }
        func share(_ isRight: Bool) -> Double { isRight ? 1 : 0 }
        var counts = [
            "anls": ANLS.score(answer, accepted: accepted),
            "exact": share(accepted.contains { plain.map(ExactText.init) == ExactText(TextForm.standard($0)) }),
            "relaxed": share(
                accepted.contains { reference in
                    plain.map { RelaxedAccuracy.isRight($0, reference: TextForm.standard(reference)) } ?? false
                }),
            "contains": share(answer.map { Containment.isRight($0, accepted: accepted) } ?? false),
        ]
        if accepted.count == Answer.people { counts["vqa"] = answer.flatMap { VQAAccuracy.score($0, people: accepted) } ?? 0 }
        counts["right"] = counts["exact"]
        return ItemScore(counts)
    }

    /// One row per score; the selected score is the primary one.
    package func metrics(_ context: TaskContext) -> MetricTable {
        func share(_ score: Score, _ title: String, note: String? = nil) -> TaskMetric {
            TaskMetric(
                score.rawValue, title, .mean(of: score.rawValue), interval: .wilson, test: .mcnemar, range: 0...1, note: note)
        }
        let all =
            [
                share(.anls, "ANLS"), share(.exact, "exact answers"), share(.relaxed, "relaxed accuracy"),
                share(.vqa, "VQA accuracy", note: "Only of items with \(Answer.people) accepted answers."),
                share(.contains, "answers contained"),
            ] + (isJudged ? [JudgedMetrics.judged] + JudgedMetrics.others : [])
        return MetricTable(
            primary: all.first { $0.name == score.rawValue } ?? all[0], all.filter { $0.name != score.rawValue })
    }

    /// Accepted answers joined by ` | `, or the single predicted answer.
    package func text(of value: JSONValue) -> String {
        value.array.map { $0.compactMap(\.string).joined(separator: " | ") } ?? value.string ?? value.canonical
    }

    private func texts(_ reference: JSONValue) -> [String] { reference.array?.compactMap(\.string) ?? [] }
}
