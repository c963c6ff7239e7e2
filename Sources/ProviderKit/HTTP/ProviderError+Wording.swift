// The messages of provider errors, with advice on how to fix them.

import Basics
import Foundation
import Platform

extension ProviderError: CustomStringConvertible {
    /// The message: operation, request, status, code, the provider's text and its request id.
    package var description: String {
        switch self {
        case .http(let failure):
            var text = "\(failure.operation): "
            if let request = failure.request { text += "\(request): " }
            text += "HTTP \(failure.status)"
            if let code = failure.error.code, code != String(failure.status) { text += " \(code)" }
            if let message = failure.error.message { text += ": \(message)" }
            if !failure.error.filteredCategories.isEmpty {
                let shown = failure.error.filteredCategories.prefix(8).map { ProviderText.line($0, limit: 40) }
                text += " (filtered: \(shown.joined(separator: ", ")))"
            }
            if let wait = failure.retryAfter, wait > 600 {
                text += " (the server requested a wait of \(ProviderError.length(of: wait)))"
            }
            if let id = failure.requestID { text += " (request \(id))" }
            return text
        case .transport(let operation, let error):
            return "\(operation): \(error)"
        case .unreadable(let operation, let status, let reason):
            return "\(operation): HTTP \(status) with an answer that cannot be read: \(reason)"
        case .noAnswer(let operation, let status, let reason):
            return "\(operation): HTTP \(status) without an answer: \(reason)"
        case .credential(let source, let reason, _):
            return "no access token from \(source): \(reason)"
        case .fileRefused(let id, let name, let status, let reason):
            let why = reason.map { ": \(ProviderText.line($0))" } ?? ""
            let name = ProviderText.line(name, limit: ProviderText.wordLimit)
            return "the provider refused \(name) (\(id), \(status ?? "no status"))\(why)"
        case .fileNotReady(let id, let waited):
            return "file \(id) was not processed within \(ProviderError.length(of: waited))"
        case .deploymentFailed(let name, let state, let reason):
            let why = reason.map { ": \(ProviderText.line($0))" } ?? ""
            return "deployment \(name) ended as \(state ?? "unknown")\(why)"
        case .deploymentNotReady(let name, let waited):
            return "deployment \(name) was not ready within \(ProviderError.length(of: waited))"
        case .resultFile(let id, let line, let text):
            return "result file \(id), line \(line), is invalid: \(ProviderText.line(text, limit: 200))"
        case .unsafeID(let id):
            return "the id '\(ProviderText.line(id, limit: 80))' would change the address of the request; nothing was sent"
        }
    }

    /// A wait in its largest fitting unit: `90 s`, `12 min`, `24 h`, `3 days`.
    package static func length(of seconds: Double) -> String {
        switch seconds {
        case ..<120: "\(Int(seconds.rounded())) s"
        case ..<7200: "\(Int((seconds / 60).rounded())) min"
        case ..<172_800: "\(Int((seconds / 3600).rounded())) h"
        case ..<1e9: "\(Int((seconds / 86_400).rounded())) days"
        default: "years"
        }
    }
}

extension ProviderError: AdvisedError {
    /// Advice for the user; `nil` if the cause is not known.
    package var hint: String? {
        switch self {
        case .http(let failure): failure.hint
        case .unreadable(_, _, let reason) where reason.contains("a web page was returned"): ProviderFailure.webPageHint
        case .noAnswer(_, _, let reason) where reason.contains("a web page was returned"): ProviderFailure.webPageHint
        case .noAnswer:
            "the request was sent several times and no response was kept; check that the endpoint is the provider's API"
        case .credential(_, _, let hint): hint
        case .transport(_, let error) where error.reason == .couldNotConnect: "check the endpoint and the network"
        default: nil
        }
    }
}

extension ProviderFailure {
    /// Advice for a web page received in place of the API's response.
    package static let webPageHint =
        "a proxy or login page answered, or 'endpoint' is not the address of the API; open the address in a browser to check"
}
