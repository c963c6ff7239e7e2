// A provider's error, and its interpretation by the provider's plug-in.

package import Foundation

/// The meaning of an error for the engine, independent of the provider's wording.
package enum ErrorMeaning: Hashable, Sendable {
    /// The content filter refused the prompt, which is a result of the request rather than a failed call.
    case contentFilter
    /// The target was created and does not answer yet.
    case notReady
    /// The queue of enqueued tokens is full; it frees up when other jobs end.
    case noRoom
    /// A file was used before the provider had processed it.
    case fileNotProcessed
    /// Another change is in progress: the same call succeeds shortly after, whatever its status code.
    case conflict
    /// The name already exists; waiting does not help.
    case taken
    /// The account is out of funds; waiting does not help.
    case moneyUsedUp
    /// Rejected for a reason that applies to all requests of a step, such as a parameter that the model does not
    /// accept.
    case concernsAllRequests
}

/// The error in a reply. Its texts are untrusted until `cleaned()`.
package struct ErrorReply: Hashable, Sendable {
    /// The provider's own code, a word or a number.
    package var code: String?
    /// Untrusted text of the provider.
    package var message: String?
    /// The request parameter at fault, by the provider's name.
    package var parameter: String?
    /// The plug-in's interpretation; empty for an unknown error.
    package var meanings: Set<ErrorMeaning>
    /// The content filter categories that led to the refusal, sorted.
    package var filteredCategories: [String]
    /// The wait in seconds that the body requests; a header takes precedence.
    package var retryAfter: Double?

    /// Defaults to an error of unknown meaning.
    package init(
        code: String? = nil, message: String? = nil, parameter: String? = nil, meanings: Set<ErrorMeaning> = [],
        filteredCategories: [String] = [], retryAfter: Double? = nil
    ) {
        self.retryAfter = retryAfter
        self.code = code
        self.message = message
        self.parameter = parameter
        self.meanings = meanings
        self.filteredCategories = filteredCategories
    }

    /// A copy with every text bounded and on one line.
    package func cleaned() -> ErrorReply {
        var reply = self
        reply.code = code.map { ProviderText.line($0, limit: ProviderText.wordLimit) }
        reply.message = message.map { ProviderText.line($0) }
        reply.parameter = parameter.map { ProviderText.line($0, limit: ProviderText.wordLimit) }
        return reply
    }
}

/// Parses a provider's errors. Supplied by the plug-in, one per connection.
package protocol ErrorDialect: Sendable {
    /// The response header fields that may hold the request id, most specific first.
    var requestIDFields: [String] { get }
    /// The error in a body; `nil` if the body holds none in the provider's form.
    func error(in body: Data, status: Int) -> ErrorReply?
    /// Advice for a failure; `nil` if the cause is not known.
    func hint(for failure: ProviderFailure) -> String?
}
