// Tuning jobs and the lines of their data.

/// A tuning job. It cannot be deleted.
package struct TuningJob: ProtoMessage {
    /// Supervised tuning.
    package struct SupervisedTuningSpec: ProtoMessage {
        /// `gs://bucket/name`.
        package var trainingDatasetUri: String?
        /// `gs://bucket/name`; absent without validation.
        package var validationDatasetUri: String?
        /// The service chooses absent ones.
        package var hyperParameters: HyperParameters?
        /// Whether only the last checkpoint gets an endpoint.
        package var exportLastCheckpointOnly: Bool?

        /// A specification with no field set.
        package init() {}
    }

    /// The settings of the training.
    package struct HyperParameters: ProtoMessage {
        /// Passes over the data.
        package var epochCount: ProtoInt64?
        /// A factor of the service's own learning rate.
        package var learningRateMultiplier: ProtoDouble?
        /// `ADAPTER_SIZE_ONE` to `ADAPTER_SIZE_THIRTY_TWO`.
        package var adapterSize: AdapterSize?

        /// Settings with no field set.
        package init() {}
    }

    /// An earlier tuned model from which tuning continues.
    package struct PreTunedModel: ProtoMessage {
        /// The name of the model.
        package var tunedModelName: String?
        /// The checkpoint; the default one if absent.
        package var checkpointId: String?
        /// The base model of both.
        package var baseModel: String?

        /// A model with no field set.
        package init() {}
    }

    /// The result.
    package struct TunedModel: ProtoMessage {
        /// One checkpoint.
        package struct Checkpoint: ProtoMessage {
            /// From `1`.
            package var checkpointId: String?
            /// From 1.
            package var epoch: ProtoInt64?
            /// From 1.
            package var step: ProtoInt64?
            /// The endpoint that answers for it.
            package var endpoint: String?

            /// A checkpoint with no field set.
            package init() {}
        }

        /// `projects/NUMBER/locations/L/models/ID@1`.
        package var model: String?
        /// The endpoint of the default checkpoint.
        package var endpoint: String?
        /// Absent if only the last checkpoint was exported.
        package var checkpoints: [Checkpoint]?

        /// A result with no field set.
        package init() {}
    }

    /// Counts of the training data.
    package struct TuningDataStats: ProtoMessage {
        /// Counts of supervised tuning.
        package var supervisedTuningDataStats: SupervisedStats?

        /// Counts with no field set.
        package init() {}
    }

    /// Counts of supervised tuning.
    package struct SupervisedStats: ProtoMessage {
        /// Examples of the training data.
        package var tuningDatasetExampleCount: ProtoInt64?
        /// Steps of the training.
        package var tuningStepCount: ProtoInt64?
        /// Tokens of one pass over the data.
        package var totalBillableTokenCount: ProtoInt64?
        /// Characters, for older models.
        package var totalTuningCharacterCount: ProtoInt64?
        /// Characters, for older models.
        package var totalBillableCharacterCount: ProtoInt64?
        /// The number of dropped examples, despite the field's name.
        package var totalTruncatedExampleCount: ProtoInt64?
        /// Lines of dropped examples, from 1; a sample.
        package var truncatedExampleIndices: [ProtoInt64]?
        /// The reasons, parallel to the lines.
        package var droppedExampleReasons: [String]?
        /// Tokens of the questions.
        package var userInputTokenDistribution: Distribution?
        /// Tokens of the answers.
        package var userOutputTokenDistribution: Distribution?
        /// Turns of the examples.
        package var userMessagePerExampleDistribution: Distribution?
        /// A sample of the data.
        package var userDatasetExamples: [Content]?

        /// Counts with no field set.
        package init() {}
    }

    /// A distribution over the examples.
    package struct Distribution: ProtoMessage {
        /// The sum over all examples.
        package var sum: ProtoInt64?
        /// The billed part of the sum.
        package var billableSum: ProtoInt64?
        /// The smallest value.
        package var min: ProtoDouble?
        /// The largest value.
        package var max: ProtoDouble?
        /// The mean.
        package var mean: ProtoDouble?
        /// The median.
        package var median: ProtoDouble?
        /// The 5th percentile.
        package var p5: ProtoDouble?
        /// The 95th percentile.
        package var p95: ProtoDouble?

        /// A distribution with no field set.
        package init() {}
    }

    /// Progress, in version v1beta1 only.
    package struct Progress: ProtoMessage {
        /// Passes that have ended.
        package var completedEpochCount: ProtoInt64?
        /// Steps that have ended.
        package var completedStepCount: ProtoInt64?

        /// Progress with no field set.
        package init() {}
    }

    /// `projects/NUMBER/locations/L/tuningJobs/ID`.
    package var name: String?
    /// Shown in the console; copied to model and endpoint.
    package var tunedModelDisplayName: String?
    /// For people.
    package var description: String?
    /// Such as `gemini-3.5-flash`.
    package var baseModel: String?
    /// An earlier model to continue from, instead of `baseModel`.
    package var preTunedModel: PreTunedModel?
    /// The data and settings.
    package var supervisedTuningSpec: SupervisedTuningSpec?
    /// The state of the job.
    package var state: JobState?
    /// Set if the job failed or was cancelled.
    package var error: RPCStatus?
    /// RFC 3339.
    package var createTime: String?
    /// RFC 3339.
    package var startTime: String?
    /// RFC 3339.
    package var endTime: String?
    /// RFC 3339.
    package var updateTime: String?
    /// The context of the metrics.
    package var experiment: String?
    /// The result.
    package var tunedModel: TunedModel?
    /// Counts of the training data.
    package var tuningDataStats: TuningDataStats?
    /// Free words of the caller, copied to model and endpoint.
    package var labels: [String: String]?
    /// A folder of metrics; its content is not documented.
    package var gcsMetricsUri: String?
    /// Another account than the service's own.
    package var serviceAccount: String?
    /// A finer state, in version v1beta1 only.
    package var tuningJobState: String?
    /// Progress, in version v1beta1 only.
    package var tuningJobMetadata: Progress?

    /// A job with no field set.
    package init() {}
}

/// The size of the trained adapter.
package struct AdapterSize: ProtoWord {
    /// The word on the wire.
    package let rawValue: String
    /// Keeps the word verbatim.
    package init(rawValue: String) { self.rawValue = rawValue }

    private static let byNumber: [Int: AdapterSize] = [
        1: "ADAPTER_SIZE_ONE", 2: "ADAPTER_SIZE_TWO", 4: "ADAPTER_SIZE_FOUR", 8: "ADAPTER_SIZE_EIGHT",
        16: "ADAPTER_SIZE_SIXTEEN", 32: "ADAPTER_SIZE_THIRTY_TWO",
    ]

    /// The size for a number; `nil` for a number that no size has.
    package init?(number: Int) {
        guard let size = AdapterSize.byNumber[number] else { return nil }
        self = size
    }

    /// The number of the size; `nil` for an unknown word.
    package var number: Int? { AdapterSize.byNumber.first { $0.value == self }?.key }
}

/// One page of tuning jobs.
package struct TuningJobList: ProtoMessage {
    /// Newest first.
    package var tuningJobs: [TuningJob]?
    /// Absent on the last page.
    package var nextPageToken: String?

    /// A page with no field set.
    package init() {}
}

/// One line of training data.
package struct TuningLine: ProtoMessage {
    /// The system instruction.
    package var systemInstruction: Content?
    /// The turns; the last is the model's.
    package var contents: [Content]?
    /// Only `mediaResolution` matters.
    package var generationConfig: GenerationConfig?

    /// A line with no field set.
    package init() {}
}
