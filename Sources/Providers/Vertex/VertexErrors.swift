// The errors of Google's APIs.

import Basics
import Foundation
import ProviderKit
import VertexWire

/// Parses the errors of Vertex AI and Cloud Storage.
struct VertexErrors: ErrorDialect {
    var requestIDFields: [String] { ["x-goog-request-id", "x-guploader-uploadid"] }

    func error(in body: Data, status: Int) -> ErrorReply? {
        ErrorEnvelope(body: body).map { VertexErrors.reply($0.error, status: status) }
    }

    /// The error of a response or of a batch line.
    static func reply(_ error: ErrorEnvelope.Body, status: Int) -> ErrorReply {
        ErrorReply(
            code: error.status ?? error.errors?.first?.reason ?? error.code?.value.map(String.init),
            message: error.message, parameter: error.violations.first?.field, meanings: meanings(error, status: status),
            retryAfter: error.retryDelay)
    }

    private static func meanings(_ error: ErrorEnvelope.Body, status: Int) -> Set<ErrorMeaning> {
        guard status == 400 else { return [] }
        if error.status == "FAILED_PRECONDITION" { return [.concernsAllRequests] }
        let message = (error.message ?? "").lowercased()
        // A field of the request itself, as opposed to the images and texts in it.
        let isAboutFields =
            message.contains("invalid json payload") || message.contains("cannot find field")
            || !error.violations.isEmpty && !error.violations.contains { $0.field.contains("content") }
        let isAboutContent = ["image", "file size", "mime", "base64", "inline_data", "token count"]
            .contains { message.contains($0) }
        let isAboutSettings = ["is not supported", "not support", "penalty", "thinking", "schema", "api key"]
            .contains { message.contains($0) }
        return isAboutFields || isAboutSettings && !isAboutContent ? [.concernsAllRequests] : []
    }

    func hint(for failure: ProviderFailure) -> String? {
        let message = (failure.error.message ?? "").lowercased()
        switch failure.status {
        case 401: return GoogleSignIn.hint
        case 403 where message.contains("has not been used") || message.contains("disabled"):
            return "enable the API: 'gcloud services enable aiplatform.googleapis.com storage.googleapis.com'"
        case 403 where failure.request?.contains("/storage/") ?? false:
            return "the account needs roles/storage.objectAdmin on the bucket"
        case 403: return "the account needs roles/aiplatform.user in the project; check 'project'"
        case 404 where failure.request?.contains("/storage/") ?? false:
            return "check 'bucket'; 'gcloud storage buckets create' creates one"
        case 404 where message.contains("publisher model") || message.contains("publishers/google"):
            return "the model is not offered at this 'location', or it has retired; newer models answer at 'global'"
        case 400 where message.contains("adapter size"): return "set 'adapter_size' to 1, 2, 4, 8 or 16"
        case 400 where message.contains("service agent") || message.contains("service account"):
            return
                "the first tuning job of a project creates its service agent: give it read access to the bucket and run again"
        case 429: return "the capacity is shared; the run waits and retries. 'location: global' has the most capacity"
        default: return nil
        }
    }
}
