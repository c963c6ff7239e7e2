// Measurements for scripts/bench-tasks: scoring transcriptions, and scoring, resampling and comparing items of each
// task.

import Basics
import Foundation
import TaskKit
import TaskMetrics
import Tasks

/// The most memory that this process has held, in MiB.
func peakMemory() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) / 1024
}

func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = ContinuousClock.now
    try body()
    return (ContinuousClock.now - start) / .seconds(1)
}

/// Scores the pairs of a file with a reference and an answer in turn, each a JSON text on its line.
func transcribe(_ path: String) throws {
    let lines = try Data(contentsOf: URL(filePath: path)).split(separator: 0x0A)
    let texts = try lines.map { try JSONValue(parsing: Data($0)).string ?? "" }
    var edits = 0, characters = 0
    let time = seconds {
        let errors = threadedMap(count: texts.count / 2, atLeast: 1) { at in
            TextErrors(reference: texts[2 * at], answer: texts[2 * at + 1])
        }
        edits = errors.reduce(0) { $0 + $1.characterEdits }
        characters = errors.reduce(0) { $0 + $1.characters }
    }
    print(
        JSONValue.object([
            "pages": .int(Int64(texts.count / 2)), "edits": .int(Int64(edits)), "characters": .int(Int64(characters)),
            "seconds": .double(time),
        ]).canonical)
}

/// One item of a task and two answers to it.
func sample(_ task: String, _ random: inout SeededRandom) -> (reference: JSONValue, first: String, second: String) {
    func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &random) }
    func words(_ count: Int) -> String { (0..<count).map { _ in "word\(below(500))" }.joined(separator: " ") }
    switch task {
    case "tag":
        let tags = (0..<20).filter { _ in below(8) == 0 }.map { "tag\($0)" }
        return (
            .array(tags.sorted().map(JSONValue.string)),
            tags.dropLast(below(2)).joined(separator: ", ") + (tags.isEmpty ? "none" : ""), "tag\(below(20))"
        )
    case "count":
        let number = below(40)
        return (.int(Int64(number)), "\(number + below(3) - 1)", below(20) == 0 ? "several" : "\(number + below(5) - 2)")
    case "measure":
        let number = Double(below(1000)) / 10
        return (.double(number), "\(number + 0.1)", "\(number + Double(below(20)) / 10)")
    case "extract":
        func receipt(_ wrong: Bool) -> JSONValue {
            [
                "shop": "Kiosk", "total": .string("\(below(100)).\(wrong ? below(100) : 50)"),
                "items": [["name": "pen", "price": "1.00"], ["name": .string(words(1)), "price": "2.00"]],
            ]
        }
        let reference = receipt(false)
        return (reference, reference.canonical, receipt(true).canonical)
    case "detect":
        func boxes(_ shift: Int) -> [JSONValue] {
            (0..<4).map {
                [
                    "label": .string("label\($0 % 3)"),
                    "box": .array([.int(Int64(40 * $0 + shift)), .int(Int64(shift)), .int(30), .int(30)]),
                ]
            }
        }
        func answer(_ shift: Int) -> String {
            JSONValue.array(
                (0..<4).map { at in
                    [
                        "label": .string("label\(at % 3)"), "score": .double(Double(below(1000)) / 1000),
                        "box": .array([40 * at + shift, shift, 40 * at + shift + 30, shift + 30].map { .int(Int64($0)) }),
                    ]
                }
            ).canonical
        }
        return (.array(boxes(0)), answer(below(4)), answer(below(12)))
    default:
        let caption = words(10)
        return (.array([.string(caption), .string(words(10))]), caption, words(10))
    }
}

/// Scores items of a task for two models, then computes every metric with its interval and test.
func items(_ name: String, _ count: Int) throws {
    guard let kind = TaskRegistry.standard[name] else { return print("no task '\(name)'") }
    let task = try kind.init(options: TaskOptions())
    var random = SeededRandom(seed: 1)
    var vocabulary = Set<String>()
    for _ in 0..<200 { vocabulary.formUnion(task.vocabulary(of: [sample(name, &random).reference])) }
    let context = TaskContext(vocabulary: vocabulary.sorted())
    var first: [ScoredItem] = [], second: [ScoredItem] = []
    let scoring = seconds {
        for at in 0..<count {
            let (reference, one, two) = sample(name, &random)
            let item = TaskItem(id: String(at), images: [], group: String(at), reference: reference)
            first.append(
                ScoredItem(
                    id: item.id, group: item.group,
                    score: task.score(task.read(one, about: item, context).value, of: item, context)))
            second.append(
                ScoredItem(
                    id: item.id, group: item.group,
                    score: task.score(task.read(two, about: item, context).value, of: item, context)))
        }
    }
    var shown: [String: JSONValue] = [:]
    let statistics = seconds {
        for metric in task.metrics(context).all {
            let result = TaskStatistics.result(metric, first)
            if !metric.isDetail { shown[metric.name] = result.value.map(JSONValue.double) ?? .null }
            if metric.test != .none { _ = TaskStatistics.comparison(metric, first, second) }
        }
    }
    print(
        JSONValue.object([
            "task": .string(name), "items": .int(Int64(count)), "scoring_seconds": .double(scoring),
            "statistics_seconds": .double(statistics),
            "peak_mib": .int(Int64(peakMemory())), "metrics": .object(shown),
        ]).canonical)
}

/// Writes the items that `items` scores as a table of recorded answers, one JSON object on each line.
func rows(_ name: String, _ count: Int) throws {
    var random = SeededRandom(seed: 1)
    var text = Data()
    for at in 0..<count {
        let (reference, one, two) = sample(name, &random)
        let row: JSONValue = ["id": .string(String(at)), "reference": reference, "first": .string(one), "second": .string(two)]
        text += Data((row.canonical + "\n").utf8)
        if text.count > 1 << 20 || at + 1 == count {
            try FileHandle.standardOutput.write(contentsOf: text)
            text = Data()
        }
    }
}

let arguments = CommandLine.arguments
switch (arguments.dropFirst().first, arguments.count) {
case ("transcribe", 3): try transcribe(arguments[2])
case ("items", 4): try items(arguments[2], Int(arguments[3]) ?? 1000)
case ("rows", 4): try rows(arguments[2], Int(arguments[3]) ?? 1000)
default: print("usage: task-bench transcribe FILE | task-bench items TASK COUNT | task-bench rows TASK COUNT")
}
