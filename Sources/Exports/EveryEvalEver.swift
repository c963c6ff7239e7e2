// The folder layout and records of the Every Eval Ever collection, schema version 0.3.0.

import Basics
import Foundation
import Reporting
import Statistics
import TaskKit

extension ExportSource {
    /// The version of the schemas that the records follow.
    package static let everyEvalEverSchema = "0.3.0"

    /// Two files per model, evaluation and variant, as `data/EXPERIMENT/OWNER/MODEL/UUID.json` and `…_samples.jsonl`. The
    /// names are derived from the run, so exporting again gives the same files.
    /// - Parameter owner: the first part of model ids; results do not contain a model's developer.
    package func everyEvalEver(owner: String = "unknown") -> [ExportFile] {
        rows.flatMap { row -> [ExportFile] in
            guard !row.metrics.isEmpty else { return [] }
            let key = Digest(of: [results.run.text, row.variant, row.evaluation, row.model.name].joined(separator: "\u{0}"))
            let benchmark = PortableName.of(results.experiment), model = PortableName.of(row.model.name)
            let path = "data/\(benchmark)/\(PortableName.of(owner))/\(model)/\(key.uuid)"
            let id = "\(results.experiment)/\(row.variant)/\(row.evaluation)/\(row.model.name)/\(results.run.text)"
            let modelID = "\(PortableName.of(owner))/\(model)"
            let samples = samples(row, id: id, model: modelID)
            let record = record(row, id: id, model: modelID, samples: samples, at: path + "_samples.jsonl")
            return [ExportFile(path + ".json", record.pretty + "\n"), ExportFile(path + "_samples.jsonl", samples)]
        }
    }

    private func resultID(_ metric: TaskMetric, _ row: Row) -> String { "\(row.variant)/\(row.evaluation)/\(metric.name)" }

    private func record(_ row: Row, id: String, model: String, samples: String, at path: String) -> JSONValue {
        let result = row.model.result
        var details: [String: JSONValue] = [
            "deployment_type": "unknown", "model_availability": "unknown", "variant": .string(row.variant),
            "mode": .string(result.mode),
        ]
        if let emulation = result.emulation { details["emulated"] = .string(emulation.note) }
        let source: JSONValue = [
            "dataset_name": .string(results.experiment), "source_type": "other",
            "additional_details": ["split": .string(result.split)],
        ]
        let metrics = row.metrics.map { metric -> JSONValue in
            var score: [String: JSONValue] = ["score": .double(metric.value)]
            if let interval = metric.interval {
                score["uncertainty"] = [
                    "confidence_interval": [
                        "lower": .double(interval.low), "upper": .double(interval.high), "confidence_level": 0.95,
                        "method": .string(metric.metric.interval == .wilson ? "wilson" : "bootstrap"),
                    ],
                    "num_samples": .int(Int64(metric.n)),
                ]
            }
            // Metrics of which less is better are errors, which are never negative.
            let range = metric.metric.range
            return [
                "evaluation_result_id": .string(resultID(metric.metric, row)),
                "evaluation_name": .string("\(row.evaluation): \(metric.metric.title)"), "source_data": source,
                "evaluation_timestamp": .string(results.startedAt.formatted(.iso8601)),
                "metric_config": [
                    "metric_id": .string(metric.metric.name), "metric_name": .string(metric.metric.title),
                    "metric_unit": .string(metric.metric.unitName), "lower_is_better": .bool(metric.metric.better == .down),
                    "score_type": "continuous",
                    "min_score": .finite(
                        range?.lowerBound ?? (metric.metric.better == .down ? 0 : nil), orElse: "-Infinity"),
                    "max_score": .finite(range?.upperBound, orElse: "Infinity"),
                ],
                "score_details": .object(score),
            ]
        }
        return [
            "schema_version": .string(ExportSource.everyEvalEverSchema), "evaluation_id": .string(id),
            "evaluation_timestamp": .string(results.startedAt.formatted(.iso8601)),
            "retrieved_timestamp": .string(String(Int(saturating: results.finishedAt.timeIntervalSince1970))),
            "source_metadata": [
                "source_name": .string(results.experiment), "source_type": "evaluation_run",
                "source_organization_name": "unknown", "evaluator_relationship": "other",
                "additional_details": ["run": .string(results.run.text), "spec": .string(results.specPath)],
            ],
            "eval_library": ["name": "assay", "version": .string(results.version)],
            "model_info": [
                "name": .string(row.model.name), "id": .string(model), "additional_details": .object(details),
            ],
            "evaluation_results": .array(metrics),
            "detailed_evaluation_results": [
                "format": "jsonl", "file_path": .string(path), "hash_algorithm": "sha256",
                "checksum": .string(Digest(of: samples).hex),
                "total_rows": .int(Int64(samples.utf8.count { $0 == UInt8(ascii: "\n") })),
            ],
        ]
    }

    /// One record per item with a score and a verdict, both of which the schema requires. Answers that never arrived have
    /// neither; an unreadable answer has no error to state, and a task such as `caption` judges no single answer.
    private func samples(_ row: Row, id: String, model: String) -> String {
        let primary = report.analysis.table.primary
        return row.model.result.answers.compactMap { answer -> String? in
            guard let isCorrect = answer.verdict, let score = MetricValueOfItem.value(primary, answer) else { return nil }
            // The item's name makes inputs of different pictures different, also where they have no question.
            let input = [answer.example, answer.item?.question].compactMap { $0 }.joined(separator: "\n")
            var record: [String: JSONValue] = [
                "schema_version": .string(ExportSource.everyEvalEverSchema), "evaluation_id": .string(id),
                "model_id": .string(model), "evaluation_name": .string("\(row.evaluation): \(primary.title)"),
                "evaluation_result_id": .string(resultID(primary, row)), "sample_id": .string(answer.example),
                "sample_hash": .string(Digest(of: input + answer.label).hex), "interaction_type": "single_turn",
                "input": ["raw": .string(input), "reference": [.string(answer.label)]],
                "output": ["raw": [.string(answer.answer ?? "")]], "messages": .null,
                "answer_attribution": .array(
                    answer.matched.map { matched in
                        [
                            [
                                "turn_idx": 0, "source": "output.raw", "extracted_value": .string(matched),
                                "extraction_method": .string(
                                    answer.item == nil ? "label match" : "task \(results.task?.name ?? "")"),
                                "is_terminal": true,
                            ]
                        ]
                    } ?? []),
                "evaluation": ["score": .double(score), "is_correct": .bool(isCorrect)],
            ]
            if let latency = answer.latencyMilliseconds { record["performance"] = ["latency_ms": .double(latency)] }
            if let reason = answer.reason { record["error"] = .string(reason.rawValue) }
            return JSONValue.object(record).canonical + "\n"
        }.joined()
    }
}

/// The primary metric of a single item.
private enum MetricValueOfItem {
    /// 1 or 0 for a label; `nil` where the metric is not defined for the item.
    static func value(_ metric: TaskMetric, _ answer: ScoredAnswer) -> Double? {
        guard answer.item != nil else { return answer.isCorrect ? 1 : 0 }
        let value = answer.itemScore.flatMap { metric.value(of: [$0]) }
        return value.flatMap { $0.isFinite ? $0 : nil }
    }
}

extension TaskMetric {
    fileprivate var unitName: String {
        switch unit {
        case .share: "proportion"
        case .plain: "plain"
        case .of(let unit): unit
        }
    }
}

extension JSONValue {
    fileprivate static func finite(_ value: Double?, orElse text: String) -> JSONValue {
        value.flatMap { $0.isFinite ? .double($0) : nil } ?? .string(text)
    }
}

extension Digest {
    /// A UUID in the format of version 4, derived from the digest.
    fileprivate var uuid: String {
        var digits = Array(hex.prefix(32))
        digits[12] = "4"
        digits[16] = "a"
        let text = String(digits)
        func part(_ from: Int, _ count: Int) -> Substring { text.dropFirst(from).prefix(count) }
        return "\(part(0, 8))-\(part(8, 4))-\(part(12, 4))-\(part(16, 4))-\(part(20, 12))"
    }
}

/// Names of files and folders that every file system accepts.
package enum PortableName {
    private static let reserved: Set<String> =
        Set(["con", "prn", "aux", "nul", "data"] + (1...9).flatMap { ["com\($0)", "lpt\($0)"] })

    /// Lower-case letters, digits, `-`, `_` and `.` of a text. A text that loses characters gets a part of its digest,
    /// so that different names stay different.
    package static func of(_ text: String) -> String {
        let lower = text.lowercased()
        var name = ""
        for scalar in lower.unicodeScalars {
            let isKept = scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
            name.unicodeScalars.append(isKept || "-_.".unicodeScalars.contains(scalar) ? scalar : "-")
        }
        name = String(name.prefix(60))
        while let first = name.first, first == "." || first == "-" { name.removeFirst() }
        while let last = name.last, last == "." || last == "-" { name.removeLast() }
        let stem = name.split(separator: ".").first.map(String.init) ?? ""
        if name == text, !name.isEmpty, !reserved.contains(stem), !reserved.contains(name) { return name }
        let digest = Digest(of: text).short.prefix(8)
        if name.isEmpty || reserved.contains(stem) || reserved.contains(name) { name = "x-" + name }
        return "\(name)-\(digest)"
    }
}
