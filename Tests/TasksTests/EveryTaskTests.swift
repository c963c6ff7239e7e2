// Requirements of the contract for every task.

import Basics
import Statistics
import TaskKit
import Tasks
import Testing

@Suite struct EveryTaskTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var options: TaskOptions = TaskOptions()
        var cells: [String: String]
        var testDescription: String { name }

        func task() throws -> any TaskDefinition { try TaskRegistry.standard.task(TaskChoice(name, options)) }

        func item(_ task: any TaskDefinition) throws -> TaskItem {
            TaskItem(
                id: "1", images: [TaskImage(path: "1.png", width: 100, height: 50)], group: "g", variables: ["question": "?"],
                reference: try task.reference(of: TaskRow(cells: cells)))
        }

        func context(_ task: any TaskDefinition, _ property: String?) throws -> TaskContext {
            TaskContext(vocabulary: task.vocabulary(of: [try item(task).reference]), form: AnswerForm(property: property))
        }
    }

    static let cases = [
        Case(name: "classify", cells: ["label": "cat"]),
        Case(name: "transcribe", cells: ["text": "Total 4.00\nThank you"]),
        Case(
            name: "extract", options: TaskOptions(["fields": ["shop": "text", "total": "number"]]),
            cells: ["fields": #"{"shop": "Corner", "total": 4.5}"#]),
        Case(name: "answer", cells: ["answers": #"["Ann", "Anne"]"#]),
        Case(name: "tag", cells: ["tags": "cat;dog"]),
        Case(name: "count", cells: ["number": "7"]),
        Case(name: "measure", options: TaskOptions(["unit": "mm"]), cells: ["number": "7.5"]),
        Case(name: "detect", cells: ["boxes": #"[{"label": "cat", "box": [10, 10, 20, 20]}]"#]),
        Case(name: "caption", cells: ["captions": #"["a cat on a mat", "the cat sits"]"#]),
    ]

    @Test func allTasksAreHere() { #expect(Self.cases.map(\.name) == TaskRegistry.standard.names) }

    /// The answer that a model is taught is one that is read as given, and scores best.
    @Test(arguments: cases, [nil, "answer"]) func theTaughtAnswerIsRight(_ one: Case, _ property: String?) throws {
        let task = try one.task(), item = try one.item(task), context = try one.context(task, property)
        let answer = task.answer(for: item.reference, context)
        let text = property.map { JSONValue.object([$0: answer]).canonical } ?? answer.string ?? answer.canonical
        let prediction = task.read(text, about: item, context)
        #expect(prediction.reading == .clean)
        let right = task.score(prediction.value, of: item, context), worst = task.score(nil, of: item, context)
        for metric in task.metrics(context).all {
            guard let best = metric.value(of: [right]), let least = metric.value(of: [worst]) else { continue }
            switch metric.better {
            case .up: #expect(best >= least, "\(metric.name)")
            case .down: #expect(best <= least, "\(metric.name)")
            case .zero: #expect(abs(best) <= abs(least), "\(metric.name)")
            }
        }
    }

    /// Names are paths in claims and members of metrics.json: different, and none with a space.
    @Test(arguments: cases) func theMetricTableIsSound(_ one: Case) throws {
        let task = try one.task()
        let table = task.metrics(try one.context(task, nil))
        let names = table.all.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(table.primary.test != .none)
        for metric in table.all {
            #expect(!metric.title.isEmpty)
            let names = metric.name.split(separator: ".", omittingEmptySubsequences: false)
            #expect(!names.contains(""))
        }
    }

    /// Reading is total.
    @Test(arguments: cases, [nil, "answer"]) func anyReplyIsRead(_ one: Case, _ property: String?) throws {
        let task = try one.task(), item = try one.item(task), context = try one.context(task, property)
        var random = SeededRandom(seed: 3)
        let pieces = [
            "{", "}", "[", "]", "\"", ":", ",", "answer", "7", "-", ".", "cat", " ", "\n", "```", "null", "\\", "é", "'",
        ]
        for _ in 0..<500 {
            let reply = (0..<Int(random.next() % 12 + 1)).map { _ in pieces[Int(random.next() % UInt64(pieces.count))] }.joined()
            let prediction = task.read(reply, about: item, context)
            #expect((prediction.value == nil) == (prediction.reading == .unreadable))
            let score = task.score(prediction.value, of: item, context)
            #expect(score.counts.values.allSatisfy { $0.isFinite }, "\(reply)")
        }
    }

    static let judged = Case(
        name: "answer", options: TaskOptions(["score": "judged", "judge": "strict"]), cells: ["answers": #"["Ann", "Anne"]"#])

    /// Scores come with somebody else's project or crate. Guards against numbers that `Int` cannot represent, which ended
    /// `report`, `export`, `verify` and `view`.
    @Test(arguments: cases + [judged], [1e300, -1e300, 1e19, -2, 0.5, 5e-324])
    func anyStoredScoreIsCounted(_ one: Case, _ number: Double) throws {
        let task = try one.task(), item = try one.item(task), context = try one.context(task, nil)
        let answer = task.answer(for: item.reference, context)
        let prediction = task.read(answer.string ?? answer.canonical, about: item, context)
        let right = task.score(prediction.value, of: item, context)
        var score = right
        let judge = [
            JudgeCounts.verdict, JudgeCounts.person, JudgeCounts.bothRight, JudgeCounts.bothWrong, JudgeCounts.onlyPerson,
            JudgeCounts.onlyJudge,
        ]
        for name in Array(right.counts.keys) + judge { score.counts[name] = number }
        for (name, list) in right.lists { score.lists[name] = list.map { _ in number } }
        var calibrated = score
        calibrated.lists[JudgeCounts.calibration] = [number, number, number, number]
        let table = task.metrics(context)
        for changed in [score, calibrated] {
            for metric in table.all {
                let value = metric.value(of: [changed, right, changed])
                #expect(metric.value(of: [changed, right, changed]).map { $0.isNaN } == value.map { $0.isNaN }, "\(metric.name)")
            }
            let items = (0..<3).map { ScoredItem(id: "\($0)", group: "\($0)", score: $0 == 1 ? right : changed) }
            #expect((0...3).contains(TaskStatistics.result(table.primary, items).groups))
        }
    }

    /// Options that decide the score alone change neither references nor requests, so that no question is asked again.
    @Test func theScoreOfAnAnswerIsNotAsked() {
        let choice = TaskChoice("answer", TaskOptions(["score": "relaxed"]))
        #expect(choice.asked(by: Answer.self) == TaskChoice("answer"))
        let fields = TaskChoice("extract", TaskOptions(["fields": ["shop": "text"]]))
        #expect(fields.asked(by: Extract.self) == fields)
    }

    /// The metric table of classification gives the same values as `ClassificationScore`.
    @Test func classificationFollowsFromTheTable() {
        let labels = ["a", "b", "c"]
        let answers = (0..<60).map { at in
            ScoredAnswer(
                example: String(at), label: labels[at % 3], answer: nil, matched: at % 7 == 0 ? nil : labels[at * at % 3],
                outcome: at % 7 == 0 ? .unmatched : labels[at % 3] == labels[at * at % 3] ? .correct : .wrong)
        }
        let score = ClassificationScore(answers, labels: labels)
        let table = Classify().metrics(TaskContext(vocabulary: labels))
        func value(_ name: String) -> Double? { table[name]?.value(of: answers.compactMap(\.itemScore)) }
        #expect(value("accuracy") == score.accuracy)
        #expect(value("balanced_accuracy") == score.balancedAccuracy)
        #expect(value("macro_f1") == score.macro?.f1)
        #expect(value("weighted_precision") == score.weighted?.precision)
    }
}
