// How a provider's errors are told, and what to do about them.

import AzureWire
import Platform

extension ProviderError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .http(let failure):
            var text = "\(failure.operation): HTTP \(failure.status)"
            if let code = failure.error.code, code != String(failure.status) { text += " \(code)" }
            if let message = failure.error.message { text += ": \(message)" }
            if let categories = failure.error.innerError?.contentFilterResults?.filtered, !categories.isEmpty {
                text += " (filtered: \(categories.joined(separator: ", ")))"
            }
            if let id = failure.requestID { text += " (request \(id))" }
            return text
        case .transport(let operation, let error):
            return "\(operation): \(error)"
        case .unreadable(let operation, let status, let reason):
            return "\(operation): HTTP \(status) with an answer that cannot be read: \(reason)"
        case .credential(let source, let reason):
            return "no access token from \(source): \(reason)"
        case .fileRefused(let file):
            let why = file.statusDetails.map { ": \($0)" } ?? ""
            return "the provider refused \(file.filename) (\(file.id), \(file.status?.rawValue ?? "no status"))\(why)"
        case .fileNotReady(let id, let waited):
            return "file \(id) was not processed within \(Int(waited)) s"
        case .deploymentFailed(let name, let state, let error):
            let why = error?.message.map { ": \($0)" } ?? ""
            return "deployment \(name) ended as \(state?.rawValue ?? "unknown")\(why)"
        case .deploymentNotReady(let name, let waited):
            return "deployment \(name) was not ready within \(Int(waited)) s"
        case .resultFile(let id, let error):
            return "result file \(id), line \(error.line), is not as expected: \(error.text)"
        case .unsafeID(let id):
            return "the id '\(id.prefix(80))' would change the address of the request; nothing was sent"
        }
    }

    /// What to do about it, where there is something to say.
    package var hint: String? {
        switch self {
        case .http(let failure):
            switch (failure.status, failure.error.code) {
            case (401, _), (403, _): "check the key or the sign-in, and its role on the account"
            case (404, "DeploymentNotFound"):
                "the name of a deployment is asked for, not of a model; a new one may need five minutes"
            case (400, "OperationNotSupported"):
                "a deployment with a batch SKU answers batches only; name another one for online requests"
            case (404, _) where failure.operation.hasPrefix("begin upload"):
                "the address of a project has no uploads in parts; give the account's own, https://NAME.openai.azure.com"
            case (429, "insufficient_quota"): "the account's money is used up; no waiting mends that"
            case (429, _): "the deployment's tokens or requests a minute are used up; raise its capacity or wait"
            case _ where failure.error.message?.contains("TrainingType") == true
                || failure.error.message?.contains("does not support fine-tuning") == true:
                "set training_type: this region or model may offer globalStandard or developerTier only"
            default: nil
            }
        case .credential: "set api_key, or sign in with az login"
        case .transport(_, let error) where error.reason == .couldNotConnect: "check the endpoint and the network"
        default: nil
        }
    }
}
