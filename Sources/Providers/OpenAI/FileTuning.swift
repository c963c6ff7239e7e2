// Fine-tuning over uploaded files of lines.

import AzureOpenAI
import AzureWire
import Basics
import ProviderKit

/// The fine-tuning API, with its data and metrics in the Files API.
struct FileTuning: Tuning {
    let client: ProviderClient

    func job(_ request: TuningRequest) async -> any RemoteJobService {
        FineTuneService(
            client: client, recipe: request.recipe, prefix: request.prefix, trainingName: request.trainingName,
            validationName: request.validationName, redact: await client.redactor(), files: request.files)
    }

    func result(in detail: JSONValue) throws -> TuningResult {
        let job = try detail.decoded(as: FineTuningJob.self)
        return TuningResult(
            id: job.id.text, model: job.fineTunedModel, trainedTokens: job.trainedTokens,
            epochs: job.hyperparameters?.nEpochs?.value, batchSize: job.hyperparameters?.batchSize?.value,
            created: job.createdAt.map { Double($0.seconds) }, finished: job.finishedAt.map { Double($0.seconds) },
            detail: try JSONValue(encoding: job))
    }

    func checkpoints(of job: String) async throws -> [TunedModel.Checkpoint] {
        try await client.fineTuning.checkpoints(of: FineTuningJobID(job)).map {
            .init(model: $0.fineTunedModelCheckpoint, step: $0.stepNumber)
        }
    }

    func curve(of result: TuningResult) async throws -> TuningCurve? {
        let job = try result.detail.decoded(as: FineTuningJob.self)
        return try await client.fineTuning.results(of: job).map { file in
            TuningCurve(
                points: file.rows.map { row in
                    .init(
                        step: row.step ?? 0, trainLoss: row.trainLoss, trainMeanTokenAccuracy: row.trainMeanTokenAccuracy,
                        validLoss: row.validLoss, validMeanTokenAccuracy: row.validMeanTokenAccuracy,
                        fullValidLoss: row.fullValidLoss, fullValidMeanTokenAccuracy: row.fullValidMeanTokenAccuracy)
                })
        }
    }

    func events(of job: String) async throws -> [TuningEvent] {
        try await client.fineTuning.events(of: FineTuningJobID(job)).map { TuningEvent($0) }
    }

    func taggedJob(_ id: String) async throws -> TaggedJob {
        tagged(try await client.fineTuning.get(FineTuningJobID(id)))
    }

    func taggedJobs() async throws -> AccountList<TaggedJob> { AccountList(try await client.fineTuning.list().map(tagged)) }

    func cancel(_ id: String) async throws { _ = try await client.fineTuning.cancel(FineTuningJobID(id)) }

    private func tagged(_ job: FineTuningJob) -> TaggedJob {
        TaggedJob(
            id: job.id.text, tags: job.tags, fingerprint: nil, status: job.status.rawValue,
            isEnd: [.succeeded, .failed].contains(job.phase))
    }
}
