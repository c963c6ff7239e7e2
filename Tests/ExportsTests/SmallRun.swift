// A small run with texts that every format has to escape.

import Basics
import Foundation
import Reporting
import Statistics
import TaskKit
import Tasks

@testable import Exports

enum SmallRun {
    static let start = Date(timeIntervalSince1970: 1_763_900_000)

    /// Two labels, two models, claims of every verdict, and steps of every state.
    /// - Parameters:
    ///   - name: the experiment's name.
    ///   - answer: an answer of the second model that matches no label.
    static func results(
        name: String = "small", labels: [String] = ["cat", "dog"], answer: String = "some cat", model: String = "tuned",
        state: ExperimentResults.State = .done, extra: Int = 0
    ) -> ExperimentResults {
        let matcher = LabelMatcher(labels: labels)
        func answers(_ wrong: Set<Int>, _ other: String?) -> [ScoredAnswer] {
            (0..<(12 + extra)).map { at in
                let label = labels[at % labels.count]
                let text = wrong.contains(at) ? other ?? labels[(at + 1) % labels.count] : label
                return matcher.score(
                    example: "\(label)/\(at).jpg", label: label, reply: .text(text), latencyMilliseconds: 100 + Double(at))
            }
        }
        let context = ModelResult.LatencyContext(measuredAt: start, machine: "here")
        let evaluation = EvaluationResults(
            name: "accuracy", measuresLatency: false,
            models: [
                ModelResult(
                    model: "base", split: "main.test", mode: "batch json", answers: answers([0, 1, 5], nil),
                    tokens: .init(input: 1200, output: 60), resultCost: Money(dollars: 0.012)),
                ModelResult(
                    model: model, split: "main.test", mode: "online plain", answers: answers([3], answer), latency: context),
            ])
        return ExperimentResults(
            experiment: name, run: "20251123-121320-4f2a", state: state, startedAt: start,
            finishedAt: start.addingTimeInterval(83), machine: "2 cores", version: "0.1.0", specPath: "small.yaml",
            specText: "name: \(name)\n", command: "assay run small.yaml", labels: labels,
            pictures: ["cat/0.jpg": "/home/someone/cat/0.jpg"],
            variants: [
                VariantResults(
                    baseline: "base", evaluations: [evaluation],
                    trainings: [
                        TrainingHistory(
                            model: model, kind: .epochs,
                            epochs: [
                                .init(epoch: 1, trainLoss: 1.2, validationAccuracy: 0.5),
                                .init(epoch: 2, trainLoss: 0.7, validationAccuracy: 0.75),
                            ], selectedEpoch: 2, seconds: 12)
                    ],
                    claims: [
                        Claim(.metric("evaluations.accuracy.base.accuracy", .absolute(0.5)), published: 0.75),
                        Claim(.metric("evaluations.accuracy.base.accuracy", .atLeast(0.99)), published: nil),
                        Claim(.stated("\(name) was made with care"), published: nil),
                    ])
            ],
            steps: [
                StepRecord(id: "index-dataset", kind: "index-dataset", state: .cached),
                StepRecord(id: "score:accuracy:base", kind: "score", state: .ran, seconds: 1.5),
                StepRecord(id: "predict:x", kind: "predict", state: .failed, message: "line one\nline <two> & \"three\""),
                StepRecord(id: "score:x", kind: "score", state: .blocked, message: "after predict:x"),
            ],
            warnings: [answer])
    }

    /// The same run with items of a task: the answers of each model by its name.
    static func items(_ task: String, _ models: KeyValuePairs<String, [ScoredAnswer]>) -> ExperimentResults {
        var results = SmallRun.results()
        results.task = TaskChoice(task)
        results.variants[0].claims = []
        results.variants[0].evaluations = [
            EvaluationResults(
                name: "items", measuresLatency: false,
                models: models.map { name, answers in
                    ModelResult(model: name, split: "main.test", mode: "batch json", answers: answers)
                })
        ]
        return results
    }

    /// An answer to a counting item.
    /// - Parameter number: `nil` for an unreadable answer.
    static func counted(_ at: Int, _ number: Int?, reference: Int = 7) -> ScoredAnswer {
        var answer = ScoredAnswer(
            example: "\(at)", label: "\(reference)", answer: number.map { "\($0)" } ?? "many", matched: number.map { "\($0)" },
            outcome: number == nil ? .unmatched : number == reference ? .correct : .wrong)
        var score = ItemScore(["right": number == reference ? 1 : 0, "within": number == reference ? 1 : 0])
        if let number {
            let error = Double(number - reference)
            score.counts.merge(
                [
                    "error": abs(error), "signed": error, "square": error * error, "answered": 1, "truth": Double(reference),
                    "truth_square": Double(reference * reference),
                ]) { $1 }
        } else {
            answer.reason = .unreadable
        }
        answer.item = AnsweredItem(
            group: "\(at)", image: "\(at).png", reading: number == nil ? "unreadable" : "clean", score: score)
        return answer
    }

    static func source(_ results: ExperimentResults = results()) -> ExportSource {
        ExportSource(results, tasks: .standard)
    }
}
