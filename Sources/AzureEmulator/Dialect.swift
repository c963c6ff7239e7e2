// Encodes jobs, batches, files and models for each surface. Versions and dialects differ in names and omitted fields.

import AzureWire
import Basics
import Foundation

extension Call {
    /// Whether the paths carry no version: `/openai/v1` and OpenAI's `/v1`.
    var isVersionless: Bool { route.surface == .v1 || route.surface == .openAI }

    /// A job in this surface's format. The stable version has neither methods nor training types; v1 writes null for
    /// missing values and OpenAI's name for the suffix; OpenAI has its own status for waiting.
    func rendered(_ job: FineTuningJob) throws -> JSONValue {
        var members = try JSONValue(encoding: job).object ?? [:]
        if isVersionless {
            for key in [
                "error", "fine_tuned_model", "finished_at", "metadata", "organization_id", "trained_tokens",
                "validation_file",
            ] where members[key] == nil {
                members[key] = .null
            }
            members["result_files"] = members["result_files"] ?? []
            if members["organization_id"] == .null { members["organization_id"] = "" }
            if case .object(var error)? = members["error"] {
                error["param"] = error["param"] ?? .null
                members["error"] = .object(error)
            }
            members["user_provided_suffix"] = members.removeValue(forKey: "suffix") ?? .null
        } else if !isPreview {
            members["method"] = nil
            members["trainingType"] = nil
        }
        if route.surface == .openAI {
            members["trainingType"] = nil
            if job.status == .pending { members["status"] = "queued" }
            // Values left to the service are a string here, not a number.
            members["hyperparameters"] = .object(
                (members["hyperparameters"]?.object ?? [:]).mapValues { $0 == -1 ? "auto" : $0 })
        }
        return .object(members)
    }

    /// A batch in the format of all surfaces: all names are present, with null for missing values. Azure writes empty
    /// strings for ids of files that do not exist yet (its own sample responses).
    func rendered(_ batch: Batch) throws -> JSONValue {
        var members = try JSONValue(encoding: batch).object ?? [:]
        for key in [
            "cancelled_at", "cancelling_at", "completed_at", "error_file_id", "errors", "expired_at", "failed_at",
            "finalizing_at", "in_progress_at", "metadata", "output_file_id",
        ] where members[key] == nil {
            members[key] = .null
        }
        if route.surface != .openAI {
            for key in ["error_file_id", "output_file_id"] where members[key] == .null { members[key] = "" }
        }
        return .object(members)
    }

    /// A file in this surface's format: expiry exists only in previews; OpenAI reports `uploaded` while it processes
    /// a file.
    func rendered(_ file: FileObject) -> FileObject {
        var file = file
        if !isPreview { file.expiresAt = nil }
        if route.surface == .openAI, file.status == .pending || file.status == .running { file.status = .uploaded }
        return file
    }

    /// A model in this surface's format.
    func rendered(_ model: ModelObject) throws -> JSONValue {
        guard isVersionless else { return try JSONValue(encoding: model) }
        return [
            "id": .string(model.id), "object": "model", "created": .int(Int64(model.createdAt?.seconds ?? 0)),
            "owned_by": .string(model.fineTune == nil ? "system" : "user"),
        ]
    }
}
