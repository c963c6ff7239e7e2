// What goes wrong with a provider, and whether a call that failed can have had an effect.

package import Platform

/// An answer that is an error.
package struct ProviderFailure: Hashable, Sendable {
    /// What was attempted, such as `create batch`.
    package var operation: String
    package var status: Int
    package var error: ErrorReply
    /// The provider's id of the request, for its support.
    package var requestID: String?
    /// Seconds that the server asked to wait.
    package var retryAfter: Double?
    /// Method and address of the request without secrets, such as `POST https://host/v1/batches`.
    package var request: String?
    /// Whether a web page came in the place of JSON, as from a proxy, a gateway or a login portal.
    package var isWebPage: Bool
    /// What to do about it; `nil` where the cause is not known.
    package var hint: String?

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

package enum ProviderError: Error, Hashable, Sendable {
    case http(ProviderFailure)
    case transport(operation: String, HTTPTransportError)
    /// The call succeeded and its answer makes no sense.
    case unreadable(operation: String, status: Int, reason: String)
    /// A success status whose body holds no answer: an error, an empty list of choices, or no completion at all.
    case noAnswer(operation: String, status: Int, reason: String)
    /// No token could be had.
    case credential(source: String, reason: String, hint: String? = nil)
    /// The provider looked at a file and does not want it. `status` is the provider's word.
    case fileRefused(id: String, name: String, status: String?, reason: String?)
    /// The provider was not done with a file in the time given, in seconds.
    case fileNotReady(id: String, waited: Double)
    /// A deployment ended in another state than the one in which it answers. `state` is the provider's word.
    case deploymentFailed(name: String, state: String?, reason: String?)
    /// The provider was not done with a deployment in the time given, in seconds.
    case deploymentNotReady(name: String, waited: Double)
    /// A file of training metrics that cannot be read from a line on.
    case resultFile(id: String, line: Int, text: String)
    /// An id or a name that would change the path of a request; nothing was sent.
    case unsafeID(String)
}

extension ProviderError {
    /// Whether the provider can have acted on the call.
    package var outcome: CallOutcome {
        switch self {
        case .http(let failure):
            // 408 says that the server gave up on the request, not what it did with what it had.
            (400..<500).contains(failure.status) && failure.status != 408 ? .surelyNotDone : .unknown
        case .transport(_, let error): error.outcome
        case .credential, .unsafeID: .surelyNotDone
        case .unreadable, .noAnswer, .fileRefused, .fileNotReady, .deploymentFailed, .deploymentNotReady, .resultFile: .unknown
        }
    }

    /// Whether the same call may go better a little later.
    package var isTransient: Bool {
        switch self {
        case .http(let failure):
            // 409 is a second change while a first is under way, unless it says that the name is taken for good; 425 asks
            // to send the same again a little later.
            [408, 425].contains(failure.status) || failure.status >= 500 && ![501, 505].contains(failure.status)
                || failure.status == 409 && !isTaken || means(.conflict) || isRateLimited
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

    package var failure: ProviderFailure? { if case .http(let failure) = self { failure } else { nil } }
    package var status: Int? { failure?.status }
    package var code: String? { failure?.error.code }
    package var retryAfter: Double? { failure?.retryAfter }
    package var isNotFound: Bool { status == 404 }
    package var isUnauthorized: Bool { status == 401 }
    /// Whether there is no room now, and will be. A provider may answer 429 also when the money is used
    /// up, which no waiting changes.
    package var isRateLimited: Bool { status == 429 && !means(.moneyUsedUp) }

    /// Whether something of the same name is there already, which no waiting changes.
    package var isTaken: Bool { status == 409 && means(.taken) }

    /// Whether the server lacks the operation: many servers have no lists and no events.
    package var isNoSuchOperation: Bool { status.map { [404, 405, 501].contains($0) } ?? false }

    /// Whether the provider rejects this one request for what it asks, such as an image that it cannot read: sending the
    /// same again gives the same, and other requests are not affected.
    package var isRejection: Bool {
        guard let status, [400, 413, 415, 422].contains(status) else { return false }
        return !isContentFilter && !isDeploymentNotReady && !isTokenLimitExceeded && !isFileNotProcessed
            && !means(.concernsAllRequests)
    }

    /// Whether a failure after all attempts may concern one request alone, as of a server that fails on one image: too
    /// many requests, and a server that cannot be reached, concern all.
    package var concernsOneRequest: Bool {
        if case .transport(_, let error) = self, error.reason == .couldNotConnect { return false }
        return isTransient && !isRateLimited
    }

    /// Whether the content filter refused a prompt: a result, not a failure.
    package var isContentFilter: Bool { status == 400 && means(.contentFilter) }

    /// Whether a batch found no room among the enqueued tokens; it will, once others have ended.
    package var isTokenLimitExceeded: Bool { means(.noRoom) }

    /// Whether a file was used before the provider was done with it.
    package var isFileNotProcessed: Bool { means(.fileNotProcessed) }

    /// Whether a deployment is not there yet: for some minutes after it was created, it may not answer.
    package var isDeploymentNotReady: Bool { means(.notReady) }

    private func means(_ meaning: ErrorMeaning) -> Bool { failure?.error.meanings.contains(meaning) ?? false }
}
