// Items for a judge, and the counts that its verdicts and human verdicts add to the scores.

import Basics
import Execution
import Foundation
import Planning
import Platform
import Statistics
import TaskKit

/// The answers of one model as items of a judge.
enum JudgedItems {
    /// The items: those that were answered readably, with the question, the reference and the answer as variables.
    static func outcome(
        _ part: SplitExamples, _ answers: [ScoredAnswer], task: any TaskDefinition
    ) throws -> StepOutcome {
        let byName = Dictionary(answers.map { (ExactText($0.example), $0) }, uniquingKeysWith: { first, _ in first })
        let examples = part.examples.compactMap { example -> Example? in
            guard let item = example.item, let text = byName[ExactText(item.id)]?.matched else { return nil }
            var asked = example
            asked.item = ItemEntry(
                id: item.id, group: item.group,
                variables: (item.variables ?? [:]).merging(
                    ["reference": task.text(of: item.reference), "answer": text]) { $1 },
                reference: .null)
            return asked
        }
        return StepOutcome([Score.judgedItems: .data(SplitExamples(labels: part.labels, examples: examples).encoded)])
    }

    /// Adds the verdicts to the scores. An unreadable answer is wrong without a request; an answer whose verdict is
    /// missing or unreadable has no verdict.
    /// - Parameter elsewhere: the judge's agreement with people on other answers; `nil` without such labels.
    static func scored(
        _ answers: [ScoredAnswer], _ part: SplitExamples, _ verdicts: [Int: Bool], _ people: HumanVerdicts,
        _ elsewhere: [Double]?, _ context: StepContext
    ) throws -> [ScoredAnswer] {
        let numbers = Dictionary(part.examples.map { (ExactText($0.name), $0.id) }, uniquingKeysWith: { first, _ in first })
        var unknown = 0, labelled = 0
        let scored = answers.map { answer -> ScoredAnswer in
            guard answer.counts, var item = answer.item else { return answer }
            let verdict = answer.matched == nil ? false : numbers[ExactText(answer.example)].flatMap { verdicts[$0] }
            if verdict == nil { unknown += 1 }
            let person = people[answer.example]
            if person != nil { labelled += 1 }
            JudgeCounts.add(judge: verdict, person: person, to: &item.score)
            if let elsewhere { item.score.lists[JudgeCounts.calibration] = elsewhere }
            var judged = answer
            judged.item = item
            return judged
        }
        if unknown > 0 {
            context.note(
                "\(unknown) of \(answers.count) answers have no readable verdict and are excluded from the judge's metrics")
        }
        if people.count > labelled {
            context.note(
                "\(people.count - labelled) of \(people.count) human verdicts are for items without an answer or outside this part"
            )
        }
        return scored
    }
}

/// Human verdicts on one model's answers.
struct HumanVerdicts {
    private var verdicts: [ExactText: Bool] = [:]

    /// Reads the table's rows about the model.
    /// - Throws: `StepFailure.humanVerdicts` with every unusable row.
    init(_ path: String?, _ labels: Digest?, of model: String?) throws {
        guard labels != nil, let path, let model else { return }
        let table = try HumanVerdicts.table(path, ["id", "model", "verdict"])
        guard let id = table.column("id"), let named = table.column("model"), let verdict = table.column("verdict") else {
            throw StepFailure.humanVerdicts(["\(path):1: the columns 'id', 'model' and 'verdict' are required"])
        }
        var problems: [String] = []
        for row in table.rows {
            guard let value = HumanVerdicts.verdict(row.fields[verdict], path, row.line, &problems) else { continue }
            guard row.fields[named].trimmingCharacters(in: .whitespaces) == model else { continue }
            let item = row.fields[id].trimmingCharacters(in: .whitespaces)
            if verdicts.updateValue(value, forKey: ExactText(item)) != nil {
                problems.append("\(path):\(row.line): the answer of '\(model)' to '\(item)' is labelled twice")
            }
        }
        guard problems.isEmpty else { throw StepFailure.humanVerdicts(problems) }
    }

    /// Reads a table whose first line has these columns.
    static func table(_ path: String, _ columns: [String]) throws -> CSVTable {
        if SecretFile.isTarget(of: path) { throw SecretFileError(path: path) }
        do { return try CSVTable(parsing: LocalFileSystem().read(path), names: columns) } catch let error as CSVError {
            throw StepFailure.humanVerdicts(["\(path):\(error.line): \(error)"])
        }
    }

    /// A cell's verdict; anything else is added to the problems.
    static func verdict(_ cell: String, _ path: String, _ line: Int, _ problems: inout [String]) -> Bool? {
        let word = cell.trimmingCharacters(in: .whitespaces)
        switch word.lowercased() {
        case "true", "1", "yes", "right", "correct": return true
        case "false", "0", "no", "wrong", "incorrect": return false
        default:
            problems.append("\(path):\(line): '\(word)' is not a verdict (true or false)")
            return nil
        }
    }

    var count: Int { verdicts.count }

    subscript(item: String) -> Bool? { verdicts[ExactText(item)] }
}

/// The agreement of a judge with people on answers elsewhere.
enum JudgeCalibration {
    /// The four numbers of ``JudgeCounts/calibration`` from a table with the columns `judge` and `verdict`.
    /// - Throws: `StepFailure.humanVerdicts` with every unusable row, and for a table without verdicts.
    static func numbers(_ path: String) throws -> [Double] {
        let table = try HumanVerdicts.table(path, ["judge", "verdict"])
        guard let judged = table.column("judge"), let verdict = table.column("verdict") else {
            throw StepFailure.humanVerdicts(["\(path):1: the columns 'judge' and 'verdict' are needed"])
        }
        var problems: [String] = []
        var numbers = [0.0, 0, 0, 0]
        for row in table.rows {
            guard let judge = HumanVerdicts.verdict(row.fields[judged], path, row.line, &problems),
                let person = HumanVerdicts.verdict(row.fields[verdict], path, row.line, &problems)
            else { continue }
            numbers[person ? (judge ? 0 : 2) : (judge ? 3 : 1)] += 1
        }
        if table.rows.isEmpty { problems.append("\(path):1: there are no verdicts") }
        guard problems.isEmpty else { throw StepFailure.humanVerdicts(problems) }
        return numbers
    }
}
