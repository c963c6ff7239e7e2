// Advice for a provider's errors, and their meaning for the engine.

package import AzureWire
import Basics
package import Foundation
package import ProviderKit

extension ErrorDetail {
    /// Request parameters that a spec can set, by the provider's names.
    private static let parameters = [
        "max_completion_tokens", "max_tokens", "temperature", "top_p", "seed", "response_format", "reasoning_effort",
    ]

    /// The request parameter that this server or model does not accept, by the provider's name; `nil` for other
    /// errors.
    package var refusedParameter: String? {
        let text = (message ?? "").lowercased()
        let refuses =
            ["unsupported_parameter", "unsupported_value", "unknown_parameter"].contains(code ?? "")
            || [
                "unsupported", "not supported", "unknown name", "unknown parameter", "unrecognized", "unexpected",
                "not permitted", "not allowed", "extra_forbidden", "does not support",
            ]
            .contains { text.contains($0) }
        guard refuses else { return nil }
        if let param, let known = ErrorDetail.parameters.first(where: { param == $0 || param.hasPrefix($0 + ".") }) {
            return known
        }
        // The first parameter named is the rejected one; later ones are suggested replacements.
        return ErrorDetail.parameters
            .compactMap { name in text.firstRange(of: name).map { (name, $0.lowerBound) } }
            .filter { name, start in
                let before = text[..<start].last, after = text[start...].dropFirst(name.count).first
                return !(before?.isLetter ?? false) && before != "_" && !(after?.isLetter ?? false) && after != "_"
            }
            .min { $0.1 < $1.1 }?.0
    }

    /// Advice for an error with an HTTP status, in a batch line or in a separate response; `nil` if the cause is not
    /// known.
    package func hint(status: Int?) -> String? {
        if let parameter = refusedParameter {
            switch parameter {
            case "max_tokens":
                return "this model takes 'max_completion_tokens' instead of 'max_tokens': rename the key in the request"
            case "max_completion_tokens":
                return "this server takes 'max_tokens' instead of 'max_completion_tokens': rename the key in the request"
            case "response_format": return "this server or model does not support JSON schemas: use 'answer: text' in the request"
            default: return "this server or model does not accept '\(parameter)', or not this value: remove it from the request"
            }
        }
        switch (status, code) {
        case (_, "OperationNotSupported"):
            return "a deployment with a batch SKU only runs batches; name another one for online requests"
        case (_, "DeploymentNotFound"):
            return "use the name of a deployment, not of a model; a new deployment may need five minutes"
        case (_, "model_not_found"):
            return "check 'model' in the spec against the models available to this provider and key"
        case (_, "BadRequestForDependentService"):
            return "a new deployment returns this until it is ready everywhere; run again in a few minutes"
        case (_, "insufficient_quota"): return "the account has no credit left; waiting does not help"
        case (413, _): return "the request is too large: 'convert: { max_side: 1024 }' in the dataset makes images smaller"
        case (407, _): return "the proxy requires a user name and password: see HTTPS_PROXY"
        default: return nil
        }
    }
}

/// Parses the errors of OpenAI, Azure and compatible servers.
package struct OpenAIErrors: ErrorDialect {
    /// Stateless.
    package init() {}

    /// Azure's gateway first, then OpenAI, then the control plane.
    package var requestIDFields: [String] { ["apim-request-id", "x-request-id", "x-ms-request-id"] }

    /// The error in any form that `ErrorBody` reads; `nil` for other bodies.
    package func error(in body: Data, status: Int) -> ErrorReply? {
        (try? ErrorBody(received: body)).map { ErrorReply($0.error, status: status) }
    }

    /// Advice from the error itself, otherwise from status and URL; `nil` if the cause is not known.
    package func hint(for failure: ProviderFailure) -> String? {
        let address = failure.request.map { String($0.drop { $0 != " " }.dropFirst()) } ?? ""
        if address.contains("/api/projects/") {
            return "this is the address of a project; use the resource's own endpoint, https://NAME.openai.azure.com"
        }
        let error = ErrorDetail(failure.error)
        if let hint = error.hint(status: failure.status) { return hint }
        let message = error.message ?? ""
        switch failure.status {
        case 300..<400: return "use the new address as 'endpoint', or remove the redirect"
        case 401, 403: return "check the key or the sign-in, and its role on the account"
        case 404, 405:
            if failure.operation.hasPrefix("begin upload") {
                return
                    "the address of a project does not support uploads in parts; use the account's own, https://NAME.openai.azure.com"
            }
            if address.contains("/openai/deployments/") {
                return "check 'endpoint', the name of the deployment and 'api_version'"
            }
            if !address.isEmpty, !address.contains("/v1/"), !address.contains("/openai/") {
                return "the address has no /v1, which most servers require: end 'endpoint' with /v1"
            }
            if address.contains(".azure.com/"), !address.contains("/openai/") {
                return "Azure requires 'kind: azure-openai', or an endpoint that ends in /openai/v1"
            }
            if failure.isWebPage { return ProviderFailure.webPageHint }
            // The whole path is unknown, rather than one object below it.
            if ["/files", "/batches"].contains(where: address.hasSuffix) {
                return
                    "this server does not support files or batches: use 'online:', or another provider for batches and fine-tuning"
            }
            if address.hasSuffix("/fine_tuning/jobs") {
                return "this server does not support fine-tuning: use another provider for this model"
            }
            return nil
        case 429: return "the tokens or requests per minute are used up; wait, or raise the deployment's capacity"
        case 502...504 where failure.isWebPage:
            return "a gateway or proxy replied instead of the provider, which may be down"
        case 500 where !failure.isWebPage:
            return "the server failed: check its log"
        default:
            if message.contains("TrainingType") || message.contains("does not support fine-tuning") {
                return "set training_type: this region or model may offer globalStandard or developerTier only"
            }
            return failure.isWebPage ? ProviderFailure.webPageHint : nil
        }
    }
}

extension ErrorReply {
    /// Converts an error of the wire and derives its meanings.
    package init(_ detail: ErrorDetail, status: Int?) {
        let code = detail.code ?? ""
        let message = detail.message?.lowercased() ?? ""
        var meanings: Set<ErrorMeaning> = []
        if detail.isContentFilter { meanings.insert(.contentFilter) }
        if code == "DeploymentNotReady" || status == 404 && code == "DeploymentNotFound"
            || code == "BadRequestForDependentService"
        {
            meanings.insert(.notReady)
        }
        if code == "token_limit_exceeded" || message.contains("token_limit_exceeded") { meanings.insert(.noRoom) }
        if status == 400 || status == 409, message.contains("file"),
            ["not processed", "not ready", "pending", "has not been"].contains(where: { message.contains($0) })
        {
            meanings.insert(.fileNotProcessed)
        }
        if code == "RequestConflict" { meanings.insert(.conflict) }
        if ["alreadyexist", "already_exists"].contains(where: { code.lowercased().contains($0) }) { meanings.insert(.taken) }
        if code == "insufficient_quota" { meanings.insert(.moneyUsedUp) }
        if detail.refusedParameter != nil || code == "OperationNotSupported" { meanings.insert(.concernsAllRequests) }
        self.init(
            code: detail.code, message: detail.message, parameter: detail.param, meanings: meanings,
            filteredCategories: detail.innerError?.contentFilterResults?.filtered ?? [])
    }
}

extension ErrorDetail {
    fileprivate init(_ reply: ErrorReply) { self.init(code: reply.code, message: reply.message, param: reply.parameter) }
}

extension ProviderFailure {
    /// A failure from an error of the wire, with the advice of `OpenAIErrors`.
    package init(
        operation: String, status: Int, error: ErrorDetail, requestID: String? = nil, retryAfter: Double? = nil,
        request: String? = nil, isWebPage: Bool = false
    ) {
        self.init(
            operation: operation, status: status, error: ErrorReply(error, status: status), requestID: requestID,
            retryAfter: retryAfter, request: request, isWebPage: isWebPage)
        hint = OpenAIErrors().hint(for: self)
    }
}
