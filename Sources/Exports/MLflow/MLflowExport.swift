// Writes runs to an MLflow server, so that an interrupted or repeated export neither loses nor repeats anything.

import Basics
import Foundation
import Platform

/// The MLflow runs that an export created, completed and found unchanged, counted for the message to the user.
package struct MLflowExport: Sendable {
    /// The experiment's name on the server.
    package var experiment: String
    /// The experiment's id on the server.
    package var experimentID: String
    /// The id of the run for the whole Assay run.
    package var runID = ""
    /// The number of runs that were created.
    package var created = 0
    /// The number of runs that an earlier, interrupted or older export had created and this one completed.
    package var completed = 0
    /// The number of runs that were already up to date.
    package var unchanged = 0
    /// Notes about content that was renamed, shortened or not stored, one sentence each.
    package var notes: [String]
}

extension MLflowRun.Point {
    fileprivate var json: JSONValue {
        ["key": .string(key), "value": .double(value), "timestamp": .int(time), "step": .int(step)]
    }

    fileprivate var withoutTime: MLflowRun.Point { .init(key: key, value: value, time: 0, step: step) }
}

extension MLflowClient {
    private static let keyTag = "assay.key"
    private static let digestTag = "assay.digest"
    /// The limit of entries in one `log-batch` call.
    private static let batch = 900

    /// Writes the runs. Each is looked up by a tag that was stored with its creation; values that the server already
    /// has are not logged again. The last write marks a run as complete.
    /// - Throws: `MLflowError`; a later export continues.
    package func export(_ runs: MLflowRuns) async throws -> MLflowExport {
        let id = try await experiment(named: runs.experiment)
        var export = MLflowExport(experiment: runs.experiment, experimentID: id, notes: runs.notes)
        export.runID = try await write(runs.parent, below: nil, &export)
        for run in runs.children { _ = try await write(run, below: export.runID, &export) }
        return export
    }

    /// Creates a run in progress, unless it exists.
    /// - Returns: the ids of the experiment and the run.
    func begin(_ run: MLflowRun, below parent: String?, experiment name: String) async throws -> (experiment: String, run: String)
    {
        let experiment = try await experiment(named: name)
        if let known = try await find(run.key, in: experiment) { return (experiment, known.id) }
        return (experiment, try await create(run, below: parent, in: experiment).id)
    }

    /// Adds points to a run.
    func add(_ points: [MLflowRun.Point], to run: String) async throws {
        for start in stride(from: 0, to: points.count, by: MLflowClient.batch) {
            let part = points.dropFirst(start).prefix(MLflowClient.batch)
            _ = try await call(
                .post, "runs/log-batch",
                ["run_id": .string(run), "metrics": .array(part.map(\.json)), "params": [], "tags": []])
        }
    }

    private func experiment(named name: String) async throws -> String {
        for attempt in 0..<2 {
            do {
                let found = try await call(.get, "experiments/get-by-name", query: [("experiment_name", name)])
                guard let id = found["experiment"]?["experiment_id"]?.string else { break }
                if found["experiment"]?["lifecycle_stage"]?.string == "deleted" {
                    throw MLflowError(
                        description: "the MLflow experiment '\(name)' is deleted",
                        hint:
                            "restore it ('mlflow experiments restore --experiment-id \(id.allSatisfy(\.isNumber) ? id : "ID")'), or "
                            + "delete it for good ('mlflow gc')"
                    )
                }
                return id
            } catch let error as MLflowError where error.code == "RESOURCE_DOES_NOT_EXIST" {
                guard attempt == 0 else { throw error }
                do {
                    let made = try await call(.post, "experiments/create", ["name": .string(name)])
                    if let id = made["experiment_id"]?.string { return id }
                } catch let error as MLflowError where error.code == "RESOURCE_ALREADY_EXISTS" {
                    // Another export, or a repeated call, has created it meanwhile.
                    continue
                }
            }
        }
        throw MLflowError(
            description: "\(uri): the server returned no experiment for '\(name)'", hint: "is this an MLflow server?")
    }

    /// The data of a run that are already on the server.
    private struct Stored {
        var id: String
        var artifacts: String
        var digest: String?
        var parameters: [String: String]
        var metrics: Set<String>
    }

    private func find(_ key: String, in experiment: String) async throws -> Stored? {
        let found = try await call(
            .post, "runs/search",
            [
                "experiment_ids": [.string(experiment)], "filter": .string("tags.`\(MLflowClient.keyTag)` = '\(key)'"),
                "max_results": 2, "order_by": ["attributes.start_time ASC"],
            ])
        return try (found["runs"]?.array?.first).map(stored)
    }

    private func stored(_ run: JSONValue) throws -> Stored {
        guard let id = run["info"]?["run_id"]?.string else {
            throw MLflowError(description: "\(uri): the server returned a run without an id", hint: "is this an MLflow server?")
        }
        func pairs(_ name: String) -> [String: String] {
            Dictionary(
                (run["data"]?[name]?.array ?? []).compactMap { entry in
                    entry["key"]?.string.flatMap { key in entry["value"]?.string.map { (key, $0) } }
                }, uniquingKeysWith: { $1 })
        }
        return Stored(
            id: id, artifacts: run["info"]?["artifact_uri"]?.string ?? "", digest: pairs("tags")[MLflowClient.digestTag],
            parameters: pairs("params"),
            metrics: Set((run["data"]?["metrics"]?.array ?? []).compactMap { $0["key"]?.string }))
    }

    private func write(_ run: MLflowRun, below parent: String?, _ export: inout MLflowExport) async throws -> String {
        let digest = run.digest
        let known = try await find(run.key, in: export.experimentID)
        if let known, known.digest == digest {
            export.unchanged += 1
            return known.id
        }
        let stored: Stored
        if let known {
            stored = known
            export.completed += 1
        } else {
            stored = try await create(run, below: parent, in: export.experimentID)
            export.created += 1
        }
        try await log(run, to: stored, &export)
        try await putFiles(run.files, of: stored, &export)
        for model in run.models { try await log(model, of: stored.id, in: export.experimentID, &export) }
        _ = try await call(
            .post, "runs/update",
            [
                "run_id": .string(stored.id), "status": .string(run.status), "end_time": .int(run.end),
                "run_name": .string(run.name),
            ])
        // The run is complete only with this tag.
        _ = try await call(
            .post, "runs/set-tag",
            ["run_id": .string(stored.id), "key": .string(MLflowClient.digestTag), "value": .string(digest)])
        return stored.id
    }

    private func create(_ run: MLflowRun, below parent: String?, in experiment: String) async throws -> Stored {
        var tags = run.tags
        tags[MLflowClient.keyTag] = run.key
        if let parent { tags["mlflow.parentRunId"] = parent }
        let made = try await call(
            .post, "runs/create",
            [
                "experiment_id": .string(experiment), "run_name": .string(run.name), "start_time": .int(run.start),
                "tags": MLflowClient.entries(tags),
            ])
        guard let created = made["run"] else {
            throw MLflowError(description: "\(uri): the server returned no run", hint: "is this an MLflow server?")
        }
        // A repeated call may have created two runs; the first of the list is used from now on.
        return try await find(run.key, in: experiment) ?? stored(created)
    }

    private static func entries(_ pairs: [String: String]) -> JSONValue {
        .array(pairs.sorted { $0.key < $1.key }.map { ["key": .string($0.key), "value": .string($0.value)] })
    }

    /// Logs parameters, tags and metrics that the server does not have yet.
    private func log(_ run: MLflowRun, to stored: Stored, _ export: inout MLflowExport) async throws {
        var parameters: [String: String] = [:]
        for (name, value) in run.parameters {
            guard let old = stored.parameters[name] else {
                parameters[name] = value
                continue
            }
            if old != value {
                export.notes.append(
                    "the parameter '\(name)' of '\(run.name)' keeps the value '\(old.prefix(80))', because MLflow never changes one"
                )
            }
        }
        var points = run.points
        if !stored.metrics.isEmpty {
            // A point that was logged while the run went on has an earlier time.
            var known: Set<MLflowRun.Point> = []
            for key in Set(points.map(\.key)).intersection(stored.metrics).sorted() {
                known.formUnion(try await history(of: key, in: stored.id).map(\.withoutTime))
            }
            points = points.filter { !known.contains($0.withoutTime) }
        }
        for start in stride(from: 0, to: max(1, points.count), by: MLflowClient.batch) {
            let part = points.dropFirst(start).prefix(MLflowClient.batch)
            // Parameters and tags go with the first call; both are at most 100.
            let own = start == 0 ? Array(parameters.sorted { $0.key < $1.key }.prefix(90)) : []
            _ = try await call(
                .post, "runs/log-batch",
                [
                    "run_id": .string(stored.id),
                    "metrics": .array(part.map(\.json)),
                    "params": MLflowClient.entries(Dictionary(own.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })),
                    "tags": start == 0 ? MLflowClient.entries(run.tags) : [],
                ])
        }
        for start in stride(from: 90, to: max(90, parameters.count), by: 90) {
            let part = parameters.sorted { $0.key < $1.key }.dropFirst(start).prefix(90)
            _ = try await call(
                .post, "runs/log-batch",
                [
                    "run_id": .string(stored.id), "metrics": [], "tags": [],
                    "params": MLflowClient.entries(Dictionary(part.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })),
                ])
        }
    }

    private func history(of key: String, in run: String) async throws -> [MLflowRun.Point] {
        var points: [MLflowRun.Point] = []
        var token: String?
        // A page without points must not be followed by others without end.
        var pages = 0
        repeat {
            pages += 1
            guard pages <= 1000, points.count <= 1_000_000 else {
                throw MLflowError(
                    description: "the history of '\(key)' does not end: \(points.count) points in \(pages - 1) pages", hint: nil)
            }
            var query = [("run_id", run), ("metric_key", key), ("max_results", "1000")]
            if let token { query.append(("page_token", token)) }
            let page = try await call(.get, "metrics/get-history", query: query)
            for entry in page["metrics"]?.array ?? [] {
                guard let value = entry["value"]?.double, let time = entry["timestamp"]?.int else { continue }
                points.append(
                    MLflowRun.Point(key: key, value: value, time: Int64(time), step: Int64(entry["step"]?.int ?? 0)))
            }
            let next = page["next_page_token"]?.string
            guard next != token else { break }
            token = next
        } while token != nil && token != ""
        return points
    }

    private func putFiles(_ files: [ExportFile], of stored: Stored, _ export: inout MLflowExport) async throws {
        guard !files.isEmpty else { return }
        guard let root = MLflowClient.proxiedPath(stored.artifacts) else {
            export.notes.append(
                "files were not stored: the server keeps them at '\(stored.artifacts.prefix(200))', not behind its own address; "
                    + "start it with --serve-artifacts")
            return
        }
        for file in files { try await put(file.text, at: root + "/" + file.path) }
    }

    /// The path below the server's artifact service; `nil` for files that clients would have to store elsewhere.
    private static func proxiedPath(_ uri: String) -> String? {
        guard let rest = uri.wholeMatch(of: #/mlflow-artifacts:(?://[^/]*)?/(.+)/#)?.output.1 else { return nil }
        return (try? SafePath(String(rest)))?.description
    }

    private func log(_ model: MLflowRun.Model, of run: String, in experiment: String, _ export: inout MLflowExport) async throws {
        do {
            let known = try await call(
                .post, "logged-models/search",
                [
                    "experiment_ids": [.string(experiment)],
                    "filter": .string("source_run_id = '\(run)'"), "max_results": 50,
                ])
            let same = (known["models"]?.array ?? []).first { $0["info"]?["name"]?.string == model.name }
            let id: String?
            if let same {
                id = same["info"]?["model_id"]?.string
                if same["info"]?["status"]?.string == "LOGGED_MODEL_READY" { return }
            } else {
                let made = try await call(
                    .post, "logged-models",
                    [
                        "experiment_id": .string(experiment), "name": .string(model.name), "source_run_id": .string(run),
                        "model_type": "assay", "params": MLflowClient.entries(model.parameters),
                    ])
                id = made["model"]?["info"]?["model_id"]?.string
            }
            guard let id, (try? SafeName(id)) != nil else { return }
            _ = try await call(.patch, "logged-models/\(id)", ["model_id": .string(id), "status": "LOGGED_MODEL_READY"])
        } catch let error as MLflowError where error.status == 404 || error.code == "ENDPOINT_NOT_FOUND" {
            let note = "models were not recorded: the server does not support logged models (requires MLflow 3)"
            if !export.notes.contains(note) { export.notes.append(note) }
        }
    }
}
