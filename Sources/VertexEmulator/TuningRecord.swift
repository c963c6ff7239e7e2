// A tuning job of the emulated project and its results.

import Basics
import EmulatorCore
import Foundation
import VertexWire

extension JobState {
    /// Whether the job has ended.
    var isTerminal: Bool { isEnd == true }
}

/// A tuning job. `dueAt` is the earliest end of its phase; the phase also needs its computation to finish.
struct TuningRecord: Codable, Sendable {
    /// One kept checkpoint and its endpoint.
    struct Checkpoint: Codable, Sendable {
        /// From `1`.
        var id: String
        var epoch: Int
        var step: Int
        var endpoint: String?
    }

    var id: String
    var location: String
    /// The client's request, completed with the values that the service chose.
    var job: TuningJob
    /// The base model, also of a model that is tuned again.
    var base: String
    var state: JobState
    var createdAt: Date
    var updatedAt: Date
    var startedAt: Date?
    var endedAt: Date?
    var dueAt: Date
    var isWorkDone = false
    /// Earliest start of its computation; `nil` for immediately.
    var workFrom: Date?
    var failure: RPCStatus?
    var checkpoints: [Checkpoint] = []
    var modelID: String?
    var stats: TuningJob.SupervisedStats?
    var epoch = 0
    var step = 0
    var steps = 0
    /// Tokens trained so far, which a cancelled job is billed for.
    var tokens = 0
    var fault: Fault?

    var name: String { EmulatedProject.parent(location) + "tuningJobs/" + id }
    /// The id of the experiment that holds the metrics.
    var experiment: String { "tuning-experiment-" + id }
    var isBusy: Bool { !isWorkDone && (state == .running || state == .cancelling) }

    /// The time of the next change that needs no computation; `nil` if there is none.
    var due: Date? { state.isTerminal ? nil : isBusy ? workFrom : dueAt }

    /// The default checkpoint: the last one.
    var defaultCheckpoint: Checkpoint? { checkpoints.last }

    /// The job as the API describes it.
    /// - Parameter isBeta: whether to report the progress that only v1beta1 has.
    func described(isBeta: Bool) -> TuningJob {
        var job = job
        job.name = name
        job.state = state
        job.createTime = createdAt.googleStamp
        job.updateTime = updatedAt.googleStamp
        job.startTime = startedAt?.googleStamp
        job.endTime = endedAt?.googleStamp
        job.error = failure
        if startedAt != nil {
            job.experiment = EmulatedProject.parent(location) + "metadataStores/default/contexts/" + experiment
        }
        if let stats { job.tuningDataStats = TuningJob.TuningDataStats { $0.supervisedTuningDataStats = stats } }
        if let modelID, state.isTerminal {
            job.tunedModel = TuningJob.TunedModel { tuned in
                tuned.model = EmulatedProject.parent(location) + "models/\(modelID)@1"
                tuned.endpoint = defaultCheckpoint?.endpoint.map { EmulatedProject.parent(location) + "endpoints/" + $0 }
                guard job.supervisedTuningSpec?.exportLastCheckpointOnly != true, state == .succeeded else { return }
                tuned.checkpoints = checkpoints.map { checkpoint in
                    TuningJob.TunedModel.Checkpoint {
                        $0.checkpointId = checkpoint.id
                        $0.epoch = ProtoInt64(checkpoint.epoch)
                        $0.step = ProtoInt64(checkpoint.step)
                        $0.endpoint = checkpoint.endpoint.map { EmulatedProject.parent(location) + "endpoints/" + $0 }
                    }
                }
            }
        }
        guard isBeta else { return job }
        switch state {
        case .queued: job.tuningJobState = "TUNING_JOB_STATE_WAITING_FOR_QUOTA"
        case .pending: job.tuningJobState = "TUNING_JOB_STATE_PROCESSING_DATASET"
        case .running:
            job.tuningJobState = isWorkDone ? "TUNING_JOB_STATE_POST_PROCESSING" : "TUNING_JOB_STATE_TUNING"
        default: break
        }
        if startedAt != nil {
            job.tuningJobMetadata = TuningJob.Progress {
                $0.completedEpochCount = ProtoInt64(epoch)
                $0.completedStepCount = ProtoInt64(step)
            }
        }
        return job
    }
}

/// A tuned model of the registry.
struct ModelRecord: Codable, Sendable {
    var id: String
    var location: String
    var job: String
    /// The base model's name.
    var base: String
    var displayName: String
    var labels: [String: String]
    var createdAt: Date
    var updatedAt: Date
    var defaultCheckpoint: String?
    var checkpoints: [TuningRecord.Checkpoint]
    var isDeleted = false

    var name: String { EmulatedProject.parent(location) + "models/" + id }
}

/// An endpoint, which serves one checkpoint.
struct EndpointRecord: Codable, Sendable {
    var id: String
    var location: String
    var model: String
    var base: String
    var checkpoint: TuningRecord.Checkpoint
    /// The path of the checkpoint's weights.
    var weights: String
    var displayName: String
    var labels: [String: String]
    var createdAt: Date
    /// `nil` once the model is undeployed.
    var deployedID: String?
    /// Questions get 404 until then.
    var answersAt: Date
    var isDeleted = false

    var name: String { EmulatedProject.parent(location) + "endpoints/" + id }
}

/// A long-running operation. It takes effect when it ends.
struct OperationRecord: Codable, Sendable {
    /// The effect of the operation.
    enum Effect: Codable, Hashable, Sendable {
        case undeploy(String)
        case deleteEndpoint(String)
        case deleteModel(String)
        case deleteBatch(String)
    }

    var id: String
    /// The resource's name, which the operation's name begins with.
    var parent: String
    var effect: Effect
    var createdAt: Date
    var endsAt: Date
    var isDone = false

    var name: String { "\(parent)/operations/\(id)" }

    var described: VertexWire.Operation {
        VertexWire.Operation { operation in
            operation.name = name
            operation.metadata = [
                "@type": .string("type.googleapis.com/google.cloud.aiplatform.v1.\(kind)OperationMetadata"),
                "genericMetadata": [
                    "createTime": .string(createdAt.googleStamp),
                    "updateTime": .string((isDone ? endsAt : createdAt).googleStamp),
                ],
            ]
            guard isDone else { return }
            operation.done = true
            if case .undeploy = effect {
                operation.response = ["@type": "type.googleapis.com/google.cloud.aiplatform.v1.UndeployModelResponse"]
            } else {
                operation.response = ["@type": "type.googleapis.com/google.protobuf.Empty"]
            }
        }
    }

    private var kind: String { if case .undeploy = effect { "UndeployModel" } else { "Delete" } }
}

/// Online questions to one model or endpoint.
struct UsageRecord: Codable, Sendable {
    /// The model's name or the endpoint's id.
    var name: String
    /// The base model, which sets the price.
    var base: String
    var isTuned: Bool
    var requests = 0
    var promptTokens = 0
    var completionTokens = 0
}
