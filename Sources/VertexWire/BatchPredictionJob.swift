// Batch jobs and the lines of their files.

package import Basics
import Foundation

/// A batch of questions.
package struct BatchPredictionJob: ProtoMessage {
    /// The location of the input lines.
    package struct InputConfig: ProtoMessage {
        /// `jsonl`.
        package var instancesFormat: String?
        /// The input file; Gemini takes one.
        package var gcsSource: GcsSource?

        /// A configuration with no field set.
        package init() {}
    }

    /// Files of Cloud Storage.
    package struct GcsSource: ProtoMessage {
        /// `gs://bucket/name`.
        package var uris: ProtoTexts?

        /// A source with no field set.
        package init() {}
    }

    /// The requested location of the results.
    package struct OutputConfig: ProtoMessage {
        /// `jsonl`.
        package var predictionsFormat: String?
        /// The folder of Cloud Storage.
        package var gcsDestination: GcsDestination?

        /// A configuration with no field set.
        package init() {}
    }

    /// A folder of Cloud Storage.
    package struct GcsDestination: ProtoMessage {
        /// `gs://bucket/folder`; every run writes a new folder in it.
        package var outputUriPrefix: String?

        /// A destination with no field set.
        package init() {}
    }

    /// The actual location of the results.
    package struct OutputInfo: ProtoMessage {
        /// `gs://bucket/folder/prediction-model-TIME`; absent before the first write.
        package var gcsOutputDirectory: String?

        /// Information with no field set.
        package init() {}
    }

    /// Counts of lines.
    package struct CompletionStats: ProtoMessage {
        /// Answered lines.
        package var successfulCount: ProtoInt64?
        /// Failed lines.
        package var failedCount: ProtoInt64?
        /// Lines that were not reached.
        package var incompleteCount: ProtoInt64?

        /// Counts with no field set.
        package init() {}
    }

    /// `projects/NUMBER/locations/L/batchPredictionJobs/ID`.
    package var name: String?
    /// Required in a create call.
    package var displayName: String?
    /// `publishers/google/models/M` or the name of a tuned model; never an endpoint.
    package var model: String?
    /// `1` in answers.
    package var modelVersionId: String?
    /// The location of the input lines.
    package var inputConfig: InputConfig?
    /// The requested location of the results.
    package var outputConfig: OutputConfig?
    /// The actual location of the results.
    package var outputInfo: OutputInfo?
    /// The state of the job.
    package var state: JobState?
    /// Set if the job failed or was cancelled.
    package var error: RPCStatus?
    /// At most 20 of the failures.
    package var partialFailures: [RPCStatus]?
    /// Absent early.
    package var completionStats: CompletionStats?
    /// RFC 3339.
    package var createTime: String?
    /// RFC 3339.
    package var startTime: String?
    /// RFC 3339.
    package var endTime: String?
    /// RFC 3339.
    package var updateTime: String?
    /// Free words of the caller, by which a list can be filtered.
    package var labels: [String: String]?

    /// A job with no field set.
    package init() {}
}

/// One page of batch jobs.
package struct BatchPredictionJobList: ProtoMessage {
    /// Newest first.
    package var batchPredictionJobs: [BatchPredictionJob]?
    /// Absent on the last page.
    package var nextPageToken: String?

    /// A page with no field set.
    package init() {}
}

/// One line of a batch's input. Nothing else may be next to `request`.
package struct BatchInputLine: ProtoMessage {
    /// The question.
    package var request: GenerateContentRequest?

    /// A line with no field set.
    package init() {}
}

/// One line of a batch's results, in no particular order.
package struct BatchOutputLine: ProtoMessage {
    /// Empty for an answered line; otherwise `Bad Request: {"error": …}`.
    package var status: String?
    /// RFC 3339.
    package var processedTime: String?
    /// The question, normalized: never compare its bytes.
    package var request: JSONValue?
    /// The answer; an empty object for a failed line.
    package var response: JSONValue?

    private enum CodingKeys: String, CodingKey {
        case status, processedTime, request, response
    }

    /// The members that decide which request a line answers. The label's name is the client's.
    package static func identifyingNames(label: String) -> [String] { ["labels", "request", label] }
    /// The members that decide what the outcome of a line is.
    package static let decisiveNames = GenerateContentResponse.decisiveNames + ["prediction", "response", "status"]

    /// A line with no field set.
    package init() {}

    /// Writes the names as the service does, one of them in snake case.
    package var wire: JSONValue {
        var members: [String: JSONValue] = [:]
        members["status"] = status.map { .string($0) }
        members["processed_time"] = processedTime.map { .string($0) }
        members["request"] = request
        members["response"] = response
        return .object(members)
    }

    /// The error that a failed line states: the object in its status text, if the text holds one.
    package var failure: ErrorEnvelope? {
        guard let status, let start = status.firstIndex(of: "{") else { return nil }
        return (try? JSONValue(parsing: Data(status[start...].utf8))).flatMap { ErrorEnvelope($0) }
    }
}
