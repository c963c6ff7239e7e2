// The errors of a provider, and whether a failed call may have had an effect.

package import Platform

/// A response with an error status.
package struct ProviderFailure: Hashable, Sendable {
    /// The attempted operation, such as `create batch`.
    package var operation: String
    /// The HTTP status.
    package var status: Int
    /// The parsed error, with cleaned texts.
    package var error: ErrorReply
    /// The provider's id of the request, for its support.
    package var requestID: String?
    /// The wait in seconds that the server asked for.
    package var retryAfter: Double?
    /// Method and URL of the request without secrets, such as `POST https://host/v1/batches`.
    package var request: String?
    /// Whether a web page was received instead of JSON, as from a proxy, gateway or login portal.
    package var isWebPage: Bool
    /// Advice for the user; `nil` if the cause is not known.
    package var hint: String?

    /// - Parameter operation: the attempted operation, as the message begins.
    package init(
        operation: String, status: Int, error: ErrorReply, requestID: String? = nil, retryAfter: Double? = nil,
        request: String? = nil, isWebPage: Bool = false, hint: String? = nil
    ) {
        self.operation = operation
        self.status = status
        self.error = error
        self.requestID = requestID
        self.retryAfter = retryAfter
        self.request = request
        self.isWebPage = isWebPage
        self.hint = hint
    }
}

/// Every error of a provider; `outcome` and `isTransient` decide what happens next.
package enum ProviderError: Error, Hashable, Sendable {
    /// A response with an error status.
    case http(ProviderFailure)
    /// No complete response arrived.
    case transport(operation: String, HTTPTransportError)
    /// The call succeeded and its response cannot be interpreted.
    case unreadable(operation: String, status: Int, reason: String)
    /// A success status without an answer in the body: an error, an empty list of choices, or no completion.
    case noAnswer(operation: String, status: Int, reason: String)
    /// No token could be obtained.
    case credential(source: String, reason: String, hint: String? = nil)
    /// The provider checked a file and rejected it. `status` is the provider's own value.
    case fileRefused(id: String, name: String, status: String?, reason: String?)
    /// The provider did not finish processing a file in time; `waited` is in seconds.
    case fileNotReady(id: String, waited: Double)
    /// A deployment ended in a state in which it does not answer. `state` is the provider's own value.
    case deploymentFailed(name: String, state: String?, reason: String?)
    /// The provider did not finish a deployment in time; `waited` is in seconds.
    case deploymentNotReady(name: String, waited: Double)
    /// A file of training metrics that is unreadable at a line.
    case resultFile(id: String, line: Int, text: String)
    /// An id or a name that would change the path of a request; nothing was sent.
    case unsafeID(String)
}

extension ProviderError {
    /// Whether the provider may have acted on the call.
    package var outcome: CallOutcome {
        switch self {
        case .http(let failure):
            // 408 means that the server gave up on the request, which may have taken effect nevertheless.
            (400..<500).contains(failure.status) && failure.status != 408 ? .surelyNotDone : .unknown
        case .transport(_, let error): error.outcome
        case .credential, .unsafeID: .surelyNotDone
        case .unreadable, .noAnswer, .fileRefused, .fileNotReady, .deploymentFailed, .deploymentNotReady, .resultFile: .unknown
        }
    }

    /// Whether repeating the same call later may succeed.
    package var isTransient: Bool {
        switch self {
        case .http(let failure):
            // 409 means that another change is in progress, unless the name is permanently taken; 425 asks to repeat
            // the request shortly after.
            [408, 425].contains(failure.status) || failure.status >= 500 && ![501, 505].contains(failure.status)
                || failure.status == 409 && !isNameTaken || means(.conflict) || isRateLimited
        case .transport(_, let error):
            switch error.reason {
            case .couldNotConnect, .connectionLost, .timedOut: true
            case .invalidURL, .invalidField, .tooLong, .tooManyRedirects, .file: false
            }
        case .noAnswer: true
        case .unreadable, .credential, .fileRefused, .fileNotReady, .deploymentFailed, .deploymentNotReady,
            .resultFile, .unsafeID:
            false
        }
    }

    /// The failure of an error response; `nil` for other errors.
    package var failure: ProviderFailure? { if case .http(let failure) = self { failure } else { nil } }
    /// The HTTP status of an error response; `nil` for other errors.
    package var status: Int? { failure?.status }
    /// The provider's code in an error response.
    package var code: String? { failure?.error.code }
    /// The wait in seconds that the server asked for.
    package var retryAfter: Double? { failure?.retryAfter }
    /// Whether the server answered 404, so that the object does not exist.
    package var isNotFound: Bool { status == 404 }
    /// Whether a rate limit was hit that frees up with time. Providers may also answer 429 when the account is out of
    /// funds, which waiting does not solve.
    package var isRateLimited: Bool { status == 429 && !means(.moneyUsedUp) }

    /// Whether the name is already taken, which waiting does not solve.
    package var isNameTaken: Bool { status == 409 && means(.taken) }

    /// Whether the server lacks the operation; many servers have no lists and no events.
    package var isNoSuchOperation: Bool { status.map { [404, 405, 501].contains($0) } ?? false }

    /// Whether the provider rejects this request for its content, such as an unreadable image. Repeating it gives the
    /// same result, and other requests are not affected.
    package var isRejection: Bool {
        guard let status, [400, 413, 415, 422].contains(status) else { return false }
        return !isContentFilter && !isDeploymentNotReady && !isTokenLimitExceeded && !isFileNotProcessed
            && !means(.concernsAllRequests)
    }

    /// Whether a failure after all attempts may concern one request only, as when a server fails on one image. Rate
    /// limits and unreachable servers concern all requests.
    package var concernsOneRequest: Bool {
        if case .transport(_, let error) = self, error.reason == .couldNotConnect { return false }
        return isTransient && !isRateLimited
    }

    /// Whether the content filter refused a prompt, which is a result rather than a failure.
    package var isContentFilter: Bool { status == 400 && means(.contentFilter) }

    /// Whether a batch did not fit into the queue of enqueued tokens; it will once others have ended.
    package var isTokenLimitExceeded: Bool { means(.noRoom) }

    /// Whether a file was used before the provider had processed it.
    package var isFileNotProcessed: Bool { means(.fileNotProcessed) }

    /// Whether a deployment does not answer yet, as happens for some minutes after its creation.
    package var isDeploymentNotReady: Bool { means(.notReady) }

    private func means(_ meaning: ErrorMeaning) -> Bool { failure?.error.meanings.contains(meaning) ?? false }
}
