// The metrics of tuning jobs, as the metadata store and TensorBoard report them.

import Basics
import EmulatorCore
import Foundation
import VertexWire
import VisionProtocol

/// The metrics of one step of a training.
struct MetricRow: Codable, Sendable {
    var time: Date
    var step: Int
    var trainLoss: Double
    var trainAccuracy: Double
    var validationLoss: Double?
    var validationAccuracy: Double?

    static let names = [
        "/train_total_loss", "/train_fraction_of_correct_next_step_preds", "/eval_total_loss",
        "/eval_fraction_of_correct_next_step_preds",
    ]

    /// The value of a series, by its position in `names`.
    func value(_ series: Int) -> Double? {
        switch series {
        case 0: trainLoss
        case 1: trainAccuracy
        case 2: validationLoss
        default: validationAccuracy
        }
    }
}

extension EmulatedProject {
    private static let tensorboard = "5550000000000000001"
    private static let run = "run-1"

    func metrics(of job: String) throws -> URL { try folder.file(.jobs, SafeName(job), ".metrics.jsonl") }

    func note(_ step: FineTuneStep, of job: String, at now: Date) throws {
        let row = MetricRow(
            time: now, step: step.step, trainLoss: step.trainLoss, trainAccuracy: step.trainMeanTokenAccuracy,
            validationLoss: step.fullValidLoss, validationAccuracy: step.fullValidMeanTokenAccuracy)
        let handle = try FileHandle.appending(to: metrics(of: job))
        try handle.write(contentsOf: JSONEncoder().encode(row) + [10])
        try handle.close()
    }

    private func rows(of job: TuningRecord) throws -> [MetricRow] {
        let file = try metrics(of: job.id)
        guard FileManager.default.fileExists(atPath: file.path) else { return [] }
        var reader = try LineReader(file)
        var rows: [MetricRow] = []
        while let line = try reader.next() {
            if let row = try? MetricRow(json: line) { rows.append(row) }
        }
        return rows
    }

    /// The job of an experiment's id, or of a run's.
    private func job(ofExperiment id: String, in location: String) throws(GoogleError) -> TuningRecord {
        guard let record = jobs.values.first(where: { $0.experiment == id && $0.location == location && $0.startedAt != nil })
        else { throw .notFound("The context \"\(id)\" does not exist.") }
        return record
    }

    private func contexts(_ location: String) -> String { Self.parent(location) + "metadataStores/default/contexts/" }

    /// `GET …/metadataStores/default/contexts/{id}`: the experiment of a tuning job, which names its TensorBoard.
    func getContext(_ call: GoogleCall) throws -> Reply {
        let location = call.route.location
        let record = try job(ofExperiment: call.route.ids[0], in: location)
        return try Reply(
            200,
            MetadataContext {
                $0.name = contexts(location) + record.experiment
                $0.displayName = record.experiment
                $0.schemaTitle = "system.Experiment"
                $0.createTime = record.createdAt.googleStamp
                $0.metadata = [
                    "backing_tensorboard_resource": .string(Self.parent(location) + "tensorboards/" + Self.tensorboard)
                ]
            })
    }

    /// `GET …/metadataStores/default/contexts`: the runs of experiments.
    func listContexts(_ call: GoogleCall) throws -> Reply {
        let location = call.route.location
        let filter = try ListFilter(call.query["filter"])
        let found = try jobs.values.filter { $0.location == location && $0.startedAt != nil }
            .filter { record in
                try filter.matches(labels: [:]) { field in
                    switch field {
                    case "schema_title": "system.ExperimentRun"
                    case "parent_contexts": contexts(location) + record.experiment
                    default: nil
                    }
                }
            }
            .sorted { $0.id < $1.id }
            .map { record in
                try JSONValue(
                    encoding: MetadataContext {
                        $0.name = contexts(location) + record.experiment + "-" + Self.run
                        $0.displayName = Self.run
                        $0.schemaTitle = "system.ExperimentRun"
                        $0.parentContexts = [contexts(location) + record.experiment]
                    })
            }
        let list: JSONValue = found.isEmpty ? [:] : ["contexts": .array(found)]
        return try Reply(200, list)
    }

    /// `GET …/tensorboards/T/experiments/E/runs/R/timeSeries`.
    func listSeries(_ call: GoogleCall) throws -> Reply {
        let record = try job(ofExperiment: call.route.ids[1], in: call.route.location)
        let rows = try rows(of: record)
        let parent = Self.parent(call.route.location)
            + "tensorboards/\(call.route.ids[0])/experiments/\(record.experiment)/runs/\(call.route.ids[2])/timeSeries/"
        let series = MetricRow.names.enumerated().filter { series in rows.contains { $0.value(series.offset) != nil } }
        return try Reply(
            200,
            TimeSeriesList {
                $0.tensorboardTimeSeries = series.map { index, name in
                    TimeSeries {
                        $0.name = parent + String(index + 1)
                        $0.displayName = name
                        $0.valueType = "SCALAR"
                    }
                }
            })
    }

    /// `GET …/timeSeries/{id}:read`.
    func readSeries(_ call: GoogleCall) throws -> Reply {
        let record = try job(ofExperiment: call.route.ids[1], in: call.route.location)
        guard let number = Int(call.route.ids[3]), (1...MetricRow.names.count).contains(number) else {
            throw GoogleError.notFound("The time series \"\(call.route.ids[3])\" does not exist.")
        }
        let points = try rows(of: record).compactMap { row in
            row.value(number - 1).map { value in
                TimeSeriesReading.Point {
                    $0.wallTime = row.time.googleStamp
                    $0.step = ProtoInt64(row.step)
                    $0.scalar = TimeSeriesReading.Point.Scalar { $0.value = ProtoDouble(value) }
                }
            }
        }
        return try Reply(
            200,
            TimeSeriesReading {
                $0.timeSeriesData = TimeSeriesReading.Data {
                    $0.tensorboardTimeSeriesId = call.route.ids[3]
                    $0.valueType = "SCALAR"
                    $0.values = points
                }
            })
    }
}
