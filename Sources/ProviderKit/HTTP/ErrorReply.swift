// An error as a provider states it, and what the provider's plug-in makes of it.

package import Foundation

/// What an error of a provider means to the engine, whatever the provider's own word for it.
package enum ErrorMeaning: Hashable, Sendable {
    /// The content filter refused the prompt: a result of the request, not a failure of the call.
    case contentFilter
    /// What should answer has been created and does not answer yet.
    case notReady
    /// No room among the enqueued tokens; there will be, once other jobs have ended.
    case noRoom
    /// A file was used before the provider had processed it.
    case fileNotProcessed
    /// A second change while a first one is under way: the same call succeeds a little later, whatever its status.
    case conflict
    /// Something of the same name exists already, which no waiting changes.
    case taken
    /// The account's money is used up, which no waiting changes.
    case moneyUsedUp
    /// Refused for something that all requests of a step share, such as a parameter that the model does not take.
    case concernsAllRequests
}

/// The error in a reply. Its texts are untrusted until `cleaned()`.
package struct ErrorReply: Hashable, Sendable {
    /// The provider's own code, a word or a number.
    package var code: String?
    package var message: String?
    /// The parameter of the request that the error is about, by the provider's name.
    package var parameter: String?
    package var meanings: Set<ErrorMeaning>
    /// The categories by which a content filter refused, sorted.
    package var filteredCategories: [String]

    package init(
        code: String? = nil, message: String? = nil, parameter: String? = nil, meanings: Set<ErrorMeaning> = [],
        filteredCategories: [String] = []
    ) {
        self.code = code
        self.message = message
        self.parameter = parameter
        self.meanings = meanings
        self.filteredCategories = filteredCategories
    }

    /// The same error with every text bounded and on one line.
    package func cleaned() -> ErrorReply {
        var reply = self
        reply.code = code.map { ProviderText.line($0, limit: ProviderText.wordLimit) }
        reply.message = message.map { ProviderText.line($0) }
        reply.parameter = parameter.map { ProviderText.line($0, limit: ProviderText.wordLimit) }
        return reply
    }
}

/// How a provider writes errors. Every connection has one; a plug-in supplies it.
package protocol ErrorDialect: Sendable {
    /// The fields of a response that may hold the request's id, the most telling first.
    var requestIDFields: [String] { get }
    /// The error in a body; `nil` where the body holds none in the provider's form.
    func error(in body: Data, status: Int) -> ErrorReply?
    /// What to do about a failure; `nil` where its cause is not known.
    func hint(for failure: ProviderFailure) -> String?
}
