// Verdicts of judges, and the resulting metrics.

import Basics
import Statistics
import TaskKit
import Tasks
import Testing

struct VerdictTests {
    struct Reply: Sendable, CustomTestStringConvertible {
        var id: String
        var text: String
        /// `nil`: unreadable.
        var verdict: Bool?
        var testDescription: String { id }
    }

    @Test(arguments: [
        Reply(id: "schema", text: #"{"verdict": {"reason": "same", "verdict": true}}"#, verdict: true),
        Reply(id: "bare property", text: #"{"verdict": false}"#, verdict: false),
        Reply(id: "word in a property", text: #"{"verdict": "incorrect"}"#, verdict: false),
        Reply(id: "fenced", text: "```json\n{\"reason\": \"x\", \"verdict\": true}\n```", verdict: true),
        Reply(id: "word", text: "Correct.", verdict: true),
        Reply(id: "sentence", text: "It depends on what is meant.", verdict: nil),
        Reply(id: "number", text: #"{"verdict": 1}"#, verdict: nil),
    ])
    func verdictsAreRead(_ reply: Reply) throws {
        let judge = try TaskRegistry.standard.planned(TaskChoice(TaskChoice.verdict))
        let item = TaskItem(id: "", images: [], group: "", reference: .null)
        #expect(judge.read(reply.text, about: item, TaskContext()).value?.bool == reply.verdict)
    }

    /// A spec cannot name the task of a judge's requests.
    @Test func verdictIsNotATaskOfASpec() {
        #expect(throws: TaskOptionError.self) { try TaskRegistry.standard.task(TaskChoice(TaskChoice.verdict)) }
    }

    @Test(arguments: [["score": "judged"], ["judge": 3], ["judge": ""]] as [[String: JSONValue]])
    func wrongOptions(_ options: [String: JSONValue]) {
        #expect(throws: TaskOptionError.self) { try Answer(options: TaskOptions(options)) }
    }

    private func items(_ verdicts: [(judge: Bool?, person: Bool?)]) -> [ScoredItem] {
        verdicts.enumerated().map { at, verdict in
            var score = ItemScore(["exact": 0])
            JudgeCounts.add(judge: verdict.judge, person: verdict.person, to: &score)
            return ScoredItem(id: "\(at)", group: "\(at)", score: score)
        }
    }

    private func value(_ name: String, _ items: [ScoredItem]) throws -> MetricResult {
        let table = try Answer(options: TaskOptions(["score": "judged", "judge": "strict"])).metrics(TaskContext())
        #expect(table.primary.name == "judged")
        return TaskStatistics.result(try #require(table[name]), items)
    }

    /// The number of answers that have both verdicts, not of all judged ones; for labels from elsewhere, the number of those.
    @Test func agreementCountsLabelledAnswers() throws {
        var verdicts: [(judge: Bool?, person: Bool?)] = (0..<20).map { at in (at < 12, at < 5 ? at != 3 : nil) }
        verdicts.append((nil, true))
        var sample = items(verdicts)
        for name in ["judge_agreement", "judge_sensitivity", "judge_specificity", "judge_kappa"] {
            #expect(try value(name, sample).items == 5, "\(name)")
        }
        #expect(try value("judge_agreement", sample).value == 0.8)
        #expect(try value("judged", sample).items == 20)
        for at in sample.indices { sample[at].score?.lists[JudgeCounts.calibration] = [45, 40, 5, 10] }
        #expect(try value("judge_agreement", sample).items == 100)
        #expect(try value("judge_agreement", sample).value == 0.85)
    }

    /// Guards against the number of all items next to the median error of the answered ones.
    @Test func medianErrorCountsAnsweredItems() throws {
        let count = try Count(options: TaskOptions())
        func items(_ answers: [Int?]) -> [ScoredItem] {
            answers.enumerated().map { at, answer in
                let item = TaskItem(id: "\(at)", images: [], group: "\(at)", reference: .int(5))
                return ScoredItem(
                    id: item.id, group: item.group, score: count.score(answer.map { .int(Int64($0)) }, of: item, TaskContext()))
            }
        }
        let median = try #require(count.metrics(TaskContext())["median_error"])
        let result = TaskStatistics.result(median, items([5, nil, 8, 9, nil]))
        #expect(result.value == 3 && result.items == 3 && result.groups == 3)
        #expect(median.value(of: items([5, nil, 8, 9, nil]).compactMap(\.score)) == 3)
        // Only items that both models answered.
        let comparison = try #require(TaskStatistics.comparison(median, items([5, nil, 8, 9]), items([6, 7, nil, 9])))
        #expect(comparison.items == 2 && comparison.difference == -0.5)
    }

    /// Without labels, the judge's own share; with labels of everything, people's share.
    @Test func withoutAndWithAllLabels() throws {
        let unlabelled = items((0..<10).map { ($0 < 7, nil) })
        #expect(try value("judged", unlabelled).value == 0.7)
        #expect(try value("judge_kappa", unlabelled).value == nil)
        let labelled = items((0..<10).map { ($0 < 7, $0 < 5) })
        #expect(try value("judged", labelled).value == 0.5)
        #expect(try value("judged_raw", labelled).value == 0.7)
        #expect(try value("judge_agreement", labelled).value == 0.8)
        #expect(try value("judge_sensitivity", labelled).value == 1)
        #expect(try value("judge_specificity", labelled).value == 0.6)
        let kappa = try #require(try value("judge_kappa", labelled).value)
        #expect(abs(kappa - 0.6) < 1e-12)
    }

    /// A judge that is too lenient on the labelled sample is corrected on the rest.
    @Test func aLenientJudgeIsCorrected() throws {
        // Of 200 answers, half are right; the judge calls all right answers right, and half of the wrong ones.
        let all: [(judge: Bool, person: Bool)] = (0..<200).map { at in
            let isRight = at % 2 == 0
            return (isRight || at % 4 == 1, isRight)
        }
        let sample = items(all.enumerated().map { at, both in (both.judge, at % 5 == 0 ? both.person : nil) })
        #expect(try value("judged_raw", sample).value == 0.75)
        let corrected = try value("judged", sample)
        #expect(abs((corrected.value ?? 0) - 0.5) < 0.1)
        #expect(corrected.interval.map { $0.low < 0.5 && $0.high > 0.5 && $0.high < 0.75 } == true)
    }

    /// Labels from elsewhere: sensitivity 0.9, specificity 0.8. The judge calls 76% right: (0.76 + 0.8 - 1) / 0.7 = 0.8.
    @Test(arguments: [1, 2]) func labelsFromElsewhereCorrectByTheErrorRates(perGroup: Int) throws {
        var sample = items((0..<100).map { ($0 < 76, nil) })
        for at in sample.indices {
            sample[at].group = "\(at / perGroup)"
            sample[at].score?.lists[JudgeCounts.calibration] = [45, 40, 5, 10]
        }
        let corrected = try value("judged", sample)
        #expect(abs((corrected.value ?? 0) - 0.8) < 1e-12)
        let interval = try #require(corrected.interval)
        #expect(interval.low < 0.8 && interval.high > 0.8 && interval.low > 0.5)
        // Verdicts of two questions about one image are equal here, so there are half as many independent ones.
        if perGroup == 2 {
            for at in sample.indices { sample[at].group = "\(at)" }
            let apart = try #require(try value("judged", sample).interval)
            #expect(interval.high - interval.low > apart.high - apart.low)
        }
        #expect(try value("judge_sensitivity", sample).value == 0.9)
        #expect(try value("judge_specificity", sample).value == 0.8)
        #expect(try value("judged_raw", sample).value == 0.76)
    }

    /// An answer without a verdict counts in none of the judge's numbers; unknown is not wrong.
    @Test func unknownVerdictsCountNowhere() throws {
        let some = items([(true, nil), (true, nil), (nil, nil), (nil, true)])
        #expect(try value("judged", some).value == 1)
        #expect(try value("judged_raw", some).items == 2)
    }
}
