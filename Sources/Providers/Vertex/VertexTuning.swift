// Supervised tuning of Gemini.

import Basics
import Foundation
import ProviderKit
import VertexWire

/// Tuning jobs with their metrics, checkpoints and counts.
struct VertexTuning: Tuning {
    let client: VertexClient

    func job(_ request: TuningRequest) async -> any RemoteJobService {
        VertexTuneService(
            client: client, recipe: request.recipe, prefix: request.prefix,
            redact: await client.connection.credential.redactor(), files: request.files)
    }

    func result(in detail: JSONValue) throws -> TuningResult {
        let job = try TuningJob(proto: detail)
        let epochs = job.supervisedTuningSpec?.hyperParameters?.epochCount?.value
        let tokens = job.tuningDataStats?.supervisedTuningDataStats?.totalBillableTokenCount?.value
        return TuningResult(
            id: job.name ?? "", model: job.tunedModel?.endpoint.map { VertexTuning.target($0, base: job.baseModel) },
            // The service counts one pass over the data, and bills every pass.
            trainedTokens: tokens.flatMap { tokens in epochs.map { tokens.saturatingMultiplied(by: max(1, $0)) } },
            epochs: epochs, created: ProtoTime.seconds(job.startTime ?? job.createTime),
            finished: ProtoTime.seconds(job.endTime), detail: try JSONValue(encoding: job))
    }

    /// The name to which an endpoint's requests are sent. From Gemini 3 on, tuned models answer in the multi-region of
    /// the region that tuned them, under the same id.
    static func target(_ endpoint: String, base: String?) -> String {
        guard let base, GeminiFamily(base).answersTunedInMultiRegion,
            let region = VertexEndpoint.location(of: endpoint), region != "us", region != "eu"
        else { return endpoint }
        var parts = endpoint.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        parts[3] = VertexEndpoint.multiRegion(of: region)
        return parts.joined(separator: "/")
    }

    func checkpoints(of job: String) async throws -> [TunedModel.Checkpoint] {
        let job = try await get(job)
        let checkpoints = (job.tunedModel?.checkpoints ?? []).compactMap { checkpoint -> TunedModel.Checkpoint? in
            guard let endpoint = checkpoint.endpoint, let step = checkpoint.step?.value ?? checkpoint.epoch?.value else {
                return nil
            }
            return .init(
                model: VertexTuning.target(endpoint, base: job.baseModel), step: step, epoch: checkpoint.epoch?.value)
        }
        return checkpoints.sorted { $0.step < $1.step }
    }

    /// The metrics of the run, by way of the job's experiment and the TensorBoard behind it; `nil` if the job names
    /// none or the service has none.
    func curve(of result: TuningResult) async throws -> TuningCurve? {
        let job = try TuningJob(proto: result.detail)
        guard let experiment = job.experiment, !experiment.isEmpty else { return nil }
        do {
            return try await curve(experiment: experiment)
        } catch let error as ProviderError where error.isNotFound {
            return nil
        }
    }

    /// The maximum number of runs and of series of metrics that are read, and of steps.
    private static let maxRuns = 100
    private static let maxSeries = 400
    private static let maxPoints = 1_000_000

    private func curve(experiment: String) async throws -> TuningCurve? {
        let endpoint = client.endpoint
        let context: MetadataContext = try await client.get("read experiment", endpoint.resource(experiment))
        guard let board = context.metadata?["backing_tensorboard_resource"]?.string else { return nil }
        guard let slash = experiment.lastIndex(of: "/") else { return nil }
        let id = String(experiment[experiment.index(after: slash)...])
        let runs: [MetadataContext] = try await client.pages(
            "list runs", endpoint.resource(experiment).prefixThroughLast("/contexts"),
            query: [("filter", "schema_title=\"system.ExperimentRun\" AND parent_contexts:\"\(experiment)\"")],
            items: { (page: MetadataContextList) in page.contexts }, next: { $0.nextPageToken })
        guard runs.count <= VertexTuning.maxRuns else {
            throw ProviderError.unreadable(
                operation: "read metrics", status: 200,
                reason: "the tuning job has \(runs.count) runs; \(VertexTuning.maxRuns) are the most")
        }
        var points: [Int: TuningCurve.Point] = [:]
        var read = 0
        for run in runs {
            guard let name = run.name else { continue }
            let whole = VertexEndpoint.id(of: name)
            let number = whole.hasPrefix(id + "-") ? String(whole.dropFirst(id.count + 1)) : whole
            let series: [TimeSeries] = try await client.pages(
                "list metrics", endpoint.resource("\(board)/experiments/\(id)/runs/\(number)") + "/timeSeries",
                items: { (page: TimeSeriesList) in page.tensorboardTimeSeries }, next: { $0.nextPageToken })
            for one in series {
                guard let metric = one.displayName.flatMap(Metric.init(rawValue:)), let name = one.name else { continue }
                read += 1
                guard read <= VertexTuning.maxSeries, points.count <= VertexTuning.maxPoints else {
                    throw ProviderError.unreadable(
                        operation: "read metrics", status: 200, reason: "the metrics of the tuning job do not end")
                }
                let reading: TimeSeriesReading = try await client.get(
                    "read metric", endpoint.resource(name) + ":read?maxDataPoints=-1")
                for value in reading.timeSeriesData?.values ?? [] {
                    guard let step = value.step?.value, let number = value.scalar?.value?.value else { continue }
                    points[step, default: .init(step: step, trainLoss: nil, trainMeanTokenAccuracy: nil)].set(metric, number)
                }
            }
        }
        return points.isEmpty ? nil : TuningCurve(points: points.values.sorted { $0.step < $1.step })
    }

    /// The metrics that are read. Those of the validation data are of all of it.
    fileprivate enum Metric: String {
        case trainLoss = "/train_total_loss"
        case trainAccuracy = "/train_fraction_of_correct_next_step_preds"
        case validationLoss = "/eval_total_loss"
        case validationAccuracy = "/eval_fraction_of_correct_next_step_preds"
    }

    /// The service has no events: its times and counts are reported as such.
    func events(of job: String) async throws -> [TuningEvent] {
        let job = try await get(job)
        var events: [TuningEvent] = []
        if let start = ProtoTime.seconds(job.startTime) {
            events.append(TuningEvent(message: "training started", time: start, startsTraining: true))
        }
        if let stats = job.tuningDataStats?.supervisedTuningDataStats, let event = TuningEvent(dropped: stats, of: job) {
            events.append(event)
        }
        return events
    }

    private func get(_ name: String) async throws -> TuningJob {
        try await client.get("look for tuning job", client.endpoint.resource(name))
    }

    /// Only of a job: a model carries the same labels.
    func taggedJob(_ id: String) async throws -> TaggedJob {
        guard id.contains("/tuningJobs/") || !id.contains("/") else { throw ProviderError.unsafeID(id) }
        return tagged(
            try await client.job("look for tuning job", id, "tuningJobs", in: client.endpoint.tuningLocations))
    }

    func taggedJobs() async throws -> AccountList<TaggedJob> {
        let jobs = try await client.tuningJobs()
        return AccountList(jobs.items.map(tagged), unlisted: jobs.gaps.map(\.description))
    }

    func cancel(_ id: String) async throws { try await client.cancel(id) }

    private func tagged(_ job: TuningJob) -> TaggedJob {
        TaggedJob(
            id: job.name ?? "", tags: VertexLabel.tags(job.labels, displayName: job.tunedModelDisplayName),
            status: job.state?.rawValue ?? "", isEnd: job.state?.isEnd ?? false)
    }
}

extension TuningCurve.Point {
    fileprivate mutating func set(_ metric: VertexTuning.Metric, _ value: Double) {
        switch metric {
        case .trainLoss: trainLoss = value
        case .trainAccuracy: trainMeanTokenAccuracy = value
        case .validationLoss: fullValidLoss = value
        case .validationAccuracy: fullValidMeanTokenAccuracy = value
        }
    }
}

extension TuningEvent {
    /// The report on dropped examples; `nil` if none were dropped. A job succeeds without them.
    init?(dropped stats: TuningJob.SupervisedStats, of job: TuningJob) {
        let indices = (stats.truncatedExampleIndices ?? []).compactMap(\.value)
        let count = max(stats.totalTruncatedExampleCount?.value ?? 0, indices.count)
        guard count > 0 else { return nil }
        let reasons = stats.droppedExampleReasons ?? []
        let lines = indices.enumerated().prefix(20).map { index, line in
            "line \(line)" + (index < reasons.count && !reasons[index].isEmpty ? ": \(reasons[index])" : "")
        }
        let all = stats.tuningDatasetExampleCount?.value.map { " of \($0)" } ?? ""
        let listed = lines.isEmpty ? Set(reasons).sorted().prefix(5).joined(separator: "; ") : lines.joined(separator: "; ")
        self.init(
            message: "\(count)\(all) training examples dropped" + (listed.isEmpty ? "" : ": \(listed)"), isWarning: true,
            time: ProtoTime.seconds(job.endTime), skippedExamples: count,
            // The list of lines may be a sample, which then does not determine the skipped examples.
            screening: Set(indices).count == count
                ? ScreeningReport(isValidation: false, lines: Set(indices))
                : ScreeningReport(isValidation: false, skipped: count))
    }
}

extension String {
    /// The text up to and including the last occurrence of a part; the whole text without one.
    fileprivate func prefixThroughLast(_ part: String) -> String {
        ranges(of: part).last.map { String(self[..<$0.upperBound]) } ?? self
    }
}

/// A tuning job as a paid job. Its labels and display name carry the tag.
struct VertexTuneService: RemoteJobService {
    let client: VertexClient
    let recipe: TuningRecipe
    /// The readable part of the model's name.
    let prefix: String?
    /// Redacts secrets in the provider's texts.
    let redact: @Sendable (String) -> String
    /// Uploads the data and returns the addresses.
    let files: @Sendable () async throws -> (training: String, validation: String?)

    func prepare() async throws { _ = try await files() }

    func create(tag: String) async throws -> RemoteSnapshot {
        let (training, validation) = try await files()
        let wanted = try job(tag: tag, training: training, validation: validation)
        let job: TuningJob = try await client.post(
            "create tuning job", .create, client.endpoint.collection("tuningJobs", in: client.endpoint.tuningLocation), wanted)
        return try snapshot(job)
    }

    /// The body of the create call.
    /// - Throws: `UnknownHyperparameter` for a hyperparameter that the service does not have.
    func job(tag: String, training: String, validation: String?) throws -> TuningJob {
        var settings = TuningJob.HyperParameters()
        for (name, value) in recipe.hyperparameters where !value.isNull {
            switch name {
            case "epochs": settings.epochCount = value.int.map { ProtoInt64($0) }
            case "learning_rate_multiplier": settings.learningRateMultiplier = value.double.map { ProtoDouble($0) }
            case "adapter_size": settings.adapterSize = value.int.flatMap { AdapterSize(number: $0) }
            default: throw UnknownHyperparameter(name: name)
            }
        }
        return TuningJob {
            $0.baseModel = recipe.model
            $0.supervisedTuningSpec = .init {
                $0.trainingDatasetUri = training
                $0.validationDatasetUri = validation
                if settings != TuningJob.HyperParameters() { $0.hyperParameters = settings }
            }
            $0.tunedModelDisplayName = "\(prefix.map { String($0.prefix(80)) } ?? "assay")-\(tag)"
            $0.labels = VertexLabel.labels(tag: tag, fingerprint: nil)
        }
    }

    func failure(of error: any Error) -> CreateFailure { CreateFailure(vertex: error) }

    /// The list of jobs has no documented filter for labels, so all jobs are read. A tuned model that carries the tag
    /// is reported as its product if its job is not listed.
    /// - Throws: `UnlistedRegion` if nothing was found and a region cannot be listed, because the job may be there.
    func find(tag: String) async throws -> [RemoteSnapshot] {
        let listed = try await client.tuningJobs()
        let jobs = listed.items
            .filter { VertexLabel.tags($0.labels, displayName: $0.tunedModelDisplayName).contains(tag) }
            .sorted { ($0.createTime ?? "", $0.name ?? "") < ($1.createTime ?? "", $1.name ?? "") }
        guard jobs.isEmpty else { return try jobs.map(snapshot) }
        let registry = try await client.models(filter: "labels.\(VertexLabel.tag)=\"\(tag)\"")
        let models = registry.items.filter { VertexLabel.tags($0.labels, displayName: $0.displayName).contains(tag) }
        if models.isEmpty, let gap = listed.gaps.first ?? registry.gaps.first { throw gap }
        return models.compactMap { model in
            model.name.map {
                RemoteSnapshot(
                    id: $0, phase: .unknown, identity: .product, text: "a tuned model carries the tag; its job is not listed")
            }
        }
    }

    func place(of tag: String) -> String { "label '\(VertexLabel.tag)' is \(tag)" }

    func snapshot(of id: String) async throws -> RemoteSnapshot {
        let job: TuningJob = try await client.get("poll tuning job", client.endpoint.resource(id))
        guard job.state?.isEnd == false else { return try snapshot(job) }
        // Only the preview version reports progress, and that is optional.
        let detailed: TuningJob? = try? await client.get("poll progress", client.endpoint.resource(id, version: "v1beta1"))
        var known = job
        known.tuningJobState = detailed?.tuningJobState
        known.tuningJobMetadata = detailed?.tuningJobMetadata
        return try snapshot(known)
    }

    func isTransient(_ error: any Error) -> Bool { (error as? ProviderError)?.isTransient ?? false }
    func isGone(_ error: any Error) -> Bool { (error as? ProviderError)?.isNotFound ?? false }

    private func snapshot(_ job: TuningJob) throws -> RemoteSnapshot {
        guard let name = job.name, !name.isEmpty else {
            throw ProviderError.unreadable(operation: "read tuning job", status: 200, reason: "the reply does not name the job")
        }
        let state = (job.state ?? .pending).named
        let phase: RemoteSnapshot.Phase =
            switch (state.isEnd, state) {
            case (nil, _): .unknown
            case (false?, _): .running
            case (true?, .succeeded), (true?, .partiallySucceeded): .completed
            case (true?, _): .ended(reason: ProviderText.line(redact(reason(job, state))))
            }
        let epochs = job.supervisedTuningSpec?.hyperParameters?.epochCount?.value
        let done = job.tuningJobMetadata?.completedEpochCount?.value
        let detail = job.tuningJobState.map { $0.replacing("TUNING_JOB_STATE_", with: "").lowercased().replacing("_", with: " ") }
        let counted = done.flatMap { done in epochs.flatMap { $0 > 0 ? ", epoch \(done) of \($0)" : nil } } ?? ""
        return RemoteSnapshot(
            id: name, phase: phase, isCutShort: [JobState.cancelling, .cancelled, .expired].contains(state),
            fraction: done.flatMap { done in epochs.flatMap { $0 > 0 ? min(1, Double(done) / Double($0)) : nil } },
            text: ProviderText.line(detail ?? state.shortName, limit: ProviderText.wordLimit) + counted,
            detail: try JSONValue(encoding: job))
    }

    private func reason(_ job: TuningJob, _ state: JobState) -> String {
        var text = "\(state.shortName): " + (job.error?.message ?? "no reason given")
        // A job may fail after its model was stored.
        guard let model = job.tunedModel?.model else { return text }
        while let last = text.last, last == "." || last.isWhitespace { text.removeLast() }
        return text + ". It created the model \(model): 'assay jobs clean' deletes it"
    }
}
