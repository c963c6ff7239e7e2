// Errors of the service, with their JSON encodings.

import AzureWire
import EmulatorCore
import Foundation

/// An error response of the service: HTTP status and the fields of the error body.
struct ServiceError: Error, Hashable, Sendable {
    var status: Int
    var code: String
    var message: String
    var parameter: String?
    var headers: [String: String] = [:]
    /// The content filter's results if it rejected the prompt.
    var contentFilter: ContentFilterResults?

    init(_ status: Int, _ code: String, _ message: String, parameter: String? = nil) {
        self.status = status
        self.code = code
        self.message = message
        self.parameter = parameter
    }
}

extension ServiceError {
    /// The service's form of any error: a rejection unchanged, everything else as an internal error.
    init(describing error: any Error) {
        switch error {
        case let error as ServiceError: self = error
        case let error as RequestRefusal:
            self.init(error.status, error.code, error.message, parameter: error.parameter)
        default:
            let isFull = (error as? CocoaError)?.code == .fileWriteOutOfSpace
            self.init(
                500, "InternalServerError", isFull ? "The disk of the emulator's state is full." : "\(error)")
        }
    }
}

/// The API surface that a request uses. Each encodes errors in its own format.
enum Surface: String, Hashable, Codable, Sendable {
    /// Files, uploads, batches, fine-tuning, models under `/openai?api-version=`.
    case authoring
    /// Chat completions under `/openai/deployments?api-version=`.
    case inference
    /// Paths under `/openai/v1`.
    case v1
    /// OpenAI's own paths, under `/v1`: requests name models; there are no deployments.
    case openAI
    /// The control plane.
    case resourceManager
}

extension ServiceError {
    /// The error body in the surface's format: authoring and control plane `{code, message, target?}`; inference and
    /// v1 with `param` and `type`. Content filter errors carry `status` and `innererror`, as in the live service.
    func body(for surface: Surface) -> ErrorBody {
        var detail = ErrorDetail(code: code, message: message)
        switch surface {
        case .authoring, .resourceManager: detail.target = parameter
        case .inference, .v1, .openAI:
            detail.param = parameter
            detail.type = surface == .v1 ? "error" : "invalid_request_error"
        }
        if let contentFilter {
            detail.type = nil
            detail.status = status
            detail.innerError = InnerError(
                code: "ResponsibleAIPolicyViolation", contentFilterResults: contentFilter)
        }
        return ErrorBody(detail)
    }
}

/// Errors that are thrown in more than one place.
extension ServiceError {
    static func invalidPayload(_ message: String, parameter: String? = nil) -> ServiceError {
        ServiceError(400, "invalidPayload", message, parameter: parameter)
    }

    static func notFound(_ what: String, _ id: String) -> ServiceError {
        ServiceError(404, "notFound", "The requested \(what) '\(id)' does not exist.")
    }

    /// A prompt rejected by the content filter.
    static func contentFilter(_ message: String) -> ServiceError {
        var error = ServiceError(400, "content_filter", message, parameter: "prompt")
        error.contentFilter = ContentFilterResults([
            "violence": ContentFilterVerdict(filtered: true, severity: "medium")
        ])
        return error
    }

    static let noSuchPath = ServiceError(404, "404", "Resource not found")

    /// The service has the Responses API; the emulator reports that it does not implement it.
    static let noResponses = ServiceError(
        404, "404", "The emulator has no Responses API: use chat completions, '/chat/completions'.")

    static let unauthorized = ServiceError(
        401, "401",
        "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key "
            + "for an active subscription and use a correct regional API endpoint for your resource.")

    static let noSuchDeployment = ServiceError(
        404, "DeploymentNotFound",
        "The API deployment for this resource does not exist. If you created the deployment within the last 5 "
            + "minutes, please wait a moment and try again.")

    static func noSuchModel(_ name: String) -> ServiceError {
        ServiceError(404, "model_not_found", "The model '\(name)' does not exist or you do not have access to it.")
    }

    static let deploymentNotReady = ServiceError(
        400, "DeploymentNotReady", "The deployment is not ready yet. Please wait a moment and try again.")

    static func wrongKindOfDeployment(_ model: String) -> ServiceError {
        ServiceError(
            400, "OperationNotSupported",
            "The chatCompletion operation does not work with the specified model, \(model). Please choose "
                + "different model and try again.")
    }
}
