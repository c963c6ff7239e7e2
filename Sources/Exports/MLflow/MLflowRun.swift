// The MLflow runs that an Assay run becomes.

import Basics
import Foundation
import Reporting
import TaskKit

/// One run on an MLflow server with everything that is logged to it.
package struct MLflowRun: Sendable {
    /// One point of a metric.
    package struct Point: Hashable, Sendable {
        /// The metric's name.
        package var key: String
        /// A finite number.
        package var value: Double
        /// Milliseconds since 1970.
        package var time: Int64
        /// The epoch or step; 0 for a metric without a curve.
        package var step: Int64
    }

    /// A trained or fine-tuned model.
    package struct Model: Hashable, Sendable {
        /// The name within MLflow's limits.
        package var name: String
        /// Facts about the training.
        package var parameters: [String: String]
    }

    /// Identifies the run on the server: derived from the run, the variant and the model.
    package var key: String
    /// The name shown in the list of runs.
    package var name: String
    /// Parameters by name.
    package var parameters: [String: String]
    /// Tags by name.
    package var tags: [String: String]
    /// The metrics, including curves.
    package var points: [Point]
    /// Files by path.
    package var files: [ExportFile]
    /// Models by name.
    package var models: [Model]
    /// The final state: `FINISHED`, `FAILED`, `KILLED` or `RUNNING`.
    package var status: String
    /// Milliseconds since 1970.
    package var start: Int64
    /// Milliseconds since 1970.
    package var end: Int64

    /// The key of an Assay run, or of one of its models.
    /// - Parameter parts: the variant and the model; empty for the whole run.
    static func key(_ run: RunID, _ parts: [String]) -> String {
        Digest(of: ([run.text] + parts).joined(separator: "\u{0}")).short
    }

    /// A digest of everything that is logged, by which an unchanged run is recognized.
    package var digest: String {
        let document: JSONValue = [
            "parameters": .object(parameters.mapValues { .string($0) }), "tags": .object(tags.mapValues { .string($0) }),
            "points": .array(points.map { [.string($0.key), .double($0.value), .int($0.time), .int($0.step)] }),
            "files": .object(Dictionary(files.map { ($0.path, .string(Digest(of: $0.text).hex)) }, uniquingKeysWith: { $1 })),
            "models": .array(
                models.map { ["name": .string($0.name), "parameters": .object($0.parameters.mapValues { .string($0) })] }),
            "status": .string(status), "end": .int(end),
        ]
        return Digest(of: document.canonical).hex
    }
}

/// An Assay run as MLflow runs: one for the whole run, and one below it for each model of each variant.
package struct MLflowRuns: Sendable {
    /// The name of the experiment.
    package let experiment: String
    /// The run for the whole Assay run, with its files.
    package let parent: MLflowRun
    /// One run per model and variant.
    package let children: [MLflowRun]
    /// Notes about renamed or shortened names.
    package let notes: [String]

    /// - Parameter page: the contents of `report.html`; `nil` leaves it out.
    /// - Throws: if the results cannot be encoded.
    package init(_ source: ExportSource, page: String?) throws {
        var text = MLflowText()
        let results = source.results
        func milliseconds(_ date: Date) -> Int64 { Int64(saturating: (date.timeIntervalSince1970 * 1000).rounded()) }
        let start = milliseconds(results.startedAt), end = milliseconds(results.finishedAt)
        let status =
            switch results.state {
            case .done: "FINISHED"
            case .interrupted: "KILLED"
            case .waiting: "RUNNING"
            case .failed, .quarantined, .overBudget: "FAILED"
            }
        func key(_ parts: String...) -> String { MLflowRun.key(results.run, parts) }
        var common = [
            "assay.run": results.run.text, "assay.version": results.version, "mlflow.source.name": results.specPath,
            "mlflow.source.type": "LOCAL",
        ]
        common = common.reduce(into: [:]) { $0[$1.key] = text.tag($1.value, of: $1.key) }
        var files = [
            ExportFile(Crate.metrics, source.document.pretty + "\n"),
            ExportFile(Crate.predictions, source.report.predictions()), ExportFile(Crate.table, source.csv()),
            ExportFile(Crate.markdown, source.report.markdown()), ExportFile(Crate.spec, results.specText),
            ExportFile(Crate.results, String(decoding: try Crate.encoded(results), as: UTF8.self)),
        ]
        if let page { files.append(ExportFile("report.html", page)) }
        var parentTags = common
        parentTags["assay.state"] = results.state.rawValue
        parentTags["mlflow.note.content"] = text.tag(source.report.headline, of: "mlflow.note.content")
        var points: [MLflowRun.Point] = []
        for (name, money) in [
            ("spent_usd", results.spending.real), ("emulated_usd", results.spending.emulated),
            ("all_results_usd", results.spending.allResults),
        ] where money > .zero || name == "spent_usd" {
            points.append(.init(key: name, value: money.dollars, time: end, step: 0))
        }
        parent = MLflowRun(
            key: key(), name: results.run.text,
            parameters: [
                "machine": text.parameter(results.machine, of: "machine"), "spec": text.parameter(results.specPath, of: "spec"),
            ],
            tags: parentTags, points: points, files: files, models: [], status: status, start: start, end: end)

        var children: [MLflowRun] = []
        for variant in source.report.analysis.variants {
            let name = variant.results.name.text
            let rows = source.rows.filter { $0.variant == name }
            var order: [String] = []
            for model in rows.map(\.model.name) + variant.results.trainings.map(\.model) where !order.contains(model) {
                order.append(model)
            }
            for model in order {
                var parameters = ["model": model, "variant": name]
                for (path, value) in variant.results.changes { parameters["changed." + path] = value }
                var points: [MLflowRun.Point] = []
                func add(_ name: String, _ value: Double?, step: Int = 0) {
                    guard let value, value.isFinite else { return }
                    points.append(.init(key: text.key(name), value: value, time: end, step: Int64(step)))
                }
                var tags = common
                for row in rows where row.model.name == model {
                    parameters["\(row.evaluation).split"] = row.model.result.split
                    parameters["\(row.evaluation).mode"] = row.model.result.mode
                    if let emulation = row.model.result.emulation {
                        tags["assay.emulated"] = text.tag(emulation.note, of: "assay.emulated")
                    }
                    for metric in row.metrics where !metric.metric.isDetail {
                        let name = "\(row.evaluation)/\(metric.metric.name)"
                        add(name, metric.value)
                        add(name + ".low", metric.interval?.low)
                        add(name + ".high", metric.interval?.high)
                        // The number of all answers is logged once per evaluation.
                        if metric.n != row.model.answered { add(name + ".n", Double(metric.n)) }
                    }
                    MLflowRuns.scalars(row.document, row.evaluation + "/").forEach { add($0.name, $0.value) }
                }
                var models: [MLflowRun.Model] = []
                if let training = variant.results.trainings.first(where: { $0.model == model }) {
                    for epoch in training.epochs {
                        add("training/train_loss", epoch.trainLoss, step: epoch.epoch)
                        add("training/train_accuracy", epoch.trainAccuracy, step: epoch.epoch)
                        add("training/validation_loss", epoch.validationLoss, step: epoch.epoch)
                        add("training/validation_accuracy", epoch.validationAccuracy, step: epoch.epoch)
                    }
                    for step in training.steps {
                        add("training/train_loss", step.trainLoss, step: step.step)
                        add("training/train_accuracy", step.trainAccuracy, step: step.step)
                        add("training/validation_loss", step.validationLoss, step: step.step)
                        add("training/validation_accuracy", step.validationAccuracy, step: step.step)
                    }
                    add("training/cost_usd", training.cost?.dollars)
                    add("training/seconds", training.seconds)
                    add("training/trained_tokens", training.trainedTokens.map { Double($0.value) })
                    var facts = ["kind": training.kind.rawValue, "variant": name, "emulated": String(training.isEmulated)]
                    if let epoch = training.selectedEpoch { facts["selected_epoch"] = String(epoch) }
                    models.append(.init(name: text.modelName(model), parameters: facts))
                }
                children.append(
                    MLflowRun(
                        key: key(name, model),
                        name: source.report.analysis.variants.count > 1 ? "\(name) · \(model)" : model,
                        parameters: Dictionary(
                            parameters.map { name, value in (text.key(name), text.parameter(value, of: name)) },
                            uniquingKeysWith: { first, _ in first }),
                        tags: tags, points: points, files: [], models: models, status: status, start: start, end: end))
            }
        }
        experiment = results.experiment.isEmpty ? "assay" : text.tag(results.experiment, of: "experiment")
        self.children = children
        notes = text.notes
    }

    /// The numbers of a model's part of `metrics.json` besides the metrics of the task.
    private static func scalars(_ document: JSONValue, _ prefix: String) -> [(name: String, value: Double)] {
        var found: [(String, Double)] = []
        func member(_ path: String...) {
            let value = path.reduce(document as JSONValue?) { $0?[$1] }
            if let number = value?.double { found.append((prefix + path.joined(separator: "."), number)) }
        }
        for name in ["n", "unanswered", "missing", "unmatched", "unreadable", "result_cost_usd", "images_per_second"] {
            member(name)
        }
        for name in ["mean", "p50", "p90", "p95", "p99", "min", "max", "std"] { member("latency_ms", name) }
        if let limits = document["latency_ms"]?["mean_interval"]?.array, limits.count == 2, let low = limits[0].double,
            let high = limits[1].double
        {
            found += [(prefix + "latency_ms.mean.low", low), (prefix + "latency_ms.mean.high", high)]
        }
        for name in ["input", "output"] { member("tokens", name) }
        for (name, value) in (document["repeats"]?.object ?? [:]).sorted(by: { $0.key < $1.key }) {
            if let number = value.double { found.append((prefix + "repeats." + name, number)) }
        }
        return found
    }
}
