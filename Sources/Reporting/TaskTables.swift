// Tables for all tasks except classification: metrics, rows by name, parsing of replies, worst items.

import Basics
import Statistics
import TaskKit

struct TaskTables {
    struct Titled {
        var title: String
        var table: TextTable
    }

    private static let maxItems = 20

    let all: [Titled]

    init(_ variant: Analysis.Variant, table: MetricTable) {
        let evaluations = variant.evaluations.filter { !$0.models.isEmpty }
        let plain = table.all.filter { !$0.isDetail }
        var metrics = TextTable(
            columns: [("model", .left), ("evaluation", .left)] + plain.map { ($0.title, .right) } + [("groups", .right)])
        var readings = TextTable(
            columns: [("model", .left), ("evaluation", .left)]
                + ReadingCounts([]).all.map { ($0.name, .right) } + [("cut off", .right)])
        for evaluation in evaluations {
            for model in evaluation.models {
                let values = [model.primary] + model.others
                metrics.rows.append(
                    [model.name, evaluation.name]
                        + plain.map { metric in
                            values.first { $0.metric.name == metric.name }.map { Wording.value($0, of: model.answered) } ?? "–"
                        } + [String(model.primary.groups)])
                if let counts = model.readings {
                    readings.rows.append(
                        [model.name, evaluation.name] + counts.all.map { String($0.count) } + [String(counts.cutOff)])
                }
            }
        }
        var tables = [Titled(title: "Metrics", table: metrics)]
        if let evaluation = variant.accuracy {
            let details = table.all.filter(\.isDetail)
            if !details.isEmpty {
                var table = TextTable(columns: [("metric", .left)] + evaluation.models.map { ($0.name, .right) })
                for metric in details {
                    table.rows.append(
                        [metric.title]
                            + evaluation.models.map { model in
                                model.others.first { $0.metric.name == metric.name }.map(Wording.value) ?? "–"
                            })
                }
                tables.append(Titled(title: "By name", table: table))
            }
            if let types = TaskTables.byType(evaluation, table.primary) {
                tables.append(Titled(title: "By type of question", table: types))
            }
            if let worst = TaskTables.worst(evaluation) { tables.append(Titled(title: "Items with wrong answers", table: worst)) }
        }
        tables.append(Titled(title: "Parsing of replies", table: readings))
        all = tables
    }

    /// The primary metric of the items of each type; `nil` if items have no types.
    private static func byType(_ evaluation: Analysis.Evaluation, _ metric: TaskMetric) -> TextTable? {
        let types = Set(evaluation.models.flatMap { $0.result.answers.compactMap { $0.item?.type } }).sorted()
        guard !types.isEmpty else { return nil }
        var table = TextTable(
            columns: [("type", .left), ("n", .right)] + evaluation.models.map { ($0.name, .right) })
        for type in types {
            let values = evaluation.models.map { model in
                MetricEngine.value(metric, model.result.answers.filter { $0.item?.type == type })
            }
            table.rows.append(
                [type, String(values.map(\.n).max() ?? 0)] + values.map { $0.value == nil ? "–" : Wording.value($0) })
        }
        return table
    }

    /// Items that at least one model answered wrongly, with each model's answer.
    private static func worst(_ evaluation: Analysis.Evaluation) -> TextTable? {
        var table = TextTable(columns: [("item", .left), ("reference", .left)] + evaluation.models.map { ($0.name, .left) })
        let answers = evaluation.models.map { model in
            Dictionary(model.result.answers.map { (ExactText($0.example), $0) }, uniquingKeysWith: { first, _ in first })
        }
        for answer in evaluation.models.first?.result.answers ?? [] {
            let all = answers.map { $0[ExactText(answer.example)] }
            guard all.contains(where: { $0?.verdict == false }) else { continue }
            guard table.rows.count < maxItems else { break }
            let question = answer.item?.question.map { Summary.quoted($0, 60) + " " } ?? ""
            table.rows.append(
                [answer.example, question + Summary.quoted(answer.label, 80)]
                    + all.map { answer in
                        guard let answer, answer.counts else { return "missing" }
                        if answer.isCorrect { return "right" }
                        return answer.matched.map { Summary.quoted($0, 80) } ?? answer.item?.problem ?? answer.reason?.rawValue
                            ?? "–"
                    })
        }
        return table.rows.isEmpty ? nil : table
    }
}

extension Summary {
    /// Below this number of groups, a bootstrap interval misses failures too rare to be in the sample.
    private static let fewGroups = 100

    /// Limitations of the sample, and the notes of the metrics.
    static func unseen(_ variant: Analysis.Variant) -> [String] {
        guard let model = variant.accuracy?.models.first, model.readings != nil else { return [] }
        let values = [model.primary] + model.others
        var notes = values.compactMap { value in
            value.value == nil ? nil : value.metric.note.map { "\(value.metric.title.capitalizedFirst): \($0)" }
        }
        let groups = model.primary.groups
        if values.contains(where: { $0.metric.interval == .bootstrap && $0.value != nil }), groups < fewGroups {
            notes.append(
                "The interval does not cover failures that are too rare to appear in these \(Wording.count(groups, "group")).")
        }
        return notes
    }
}
