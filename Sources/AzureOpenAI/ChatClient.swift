// Chat completions: one question, one answer, with its latency and rate limits.

package import AzureWire
import Basics
package import Foundation
import Platform
package import ProviderKit

/// The outcome of a question.
package enum ChatResult: Hashable, Sendable {
    /// The model answered, possibly with a refusal or an empty text.
    case completed(ChatCompletion)
    /// The content filter refused the prompt.
    case filtered(ErrorReply)
    /// A whole completion, which is paid for, that does not say what the answer is; with the reason.
    case unreadable(String)
}

/// The outcome of a question and its metadata.
package struct ChatAnswer: Hashable, Sendable {
    /// An answer, or a refusal by the content filter.
    package var result: ChatResult
    /// Seconds of the answered attempt, excluding earlier attempts and waits.
    package var seconds: Double
    /// The number of attempts, from 1.
    package var attempts: Int
    /// The limits that the last response reported.
    package var rateLimit: RateLimit
    /// The provider's id of the request, for its support; untrusted text.
    package var requestID: String?

    /// - Parameter seconds: the answered attempt only.
    package init(result: ChatResult, seconds: Double, attempts: Int, rateLimit: RateLimit, requestID: String?) {
        self.result = result
        self.seconds = seconds
        self.attempts = attempts
        self.rateLimit = rateLimit
        self.requestID = requestID
    }
}

/// Asks questions within the rate limits that responses report. All questions of one client share its pacer.
package struct ChatClient: Sendable {
    private let connection: ProviderConnection
    private let endpoint: ProviderEndpoint
    private let pacer: Pacer
    /// The timeout of one attempt, in seconds.
    private let timeout: Double
    /// The maximum size of an answer in bytes, because hundreds of requests may be in flight.
    private static let maxAnswerBytes = 8 << 20

    /// - Parameter timeout: seconds per attempt.
    package init(connection: ProviderConnection, endpoint: ProviderEndpoint, timeout: Double = 300) {
        self.connection = connection
        self.endpoint = endpoint
        self.timeout = timeout
        pacer = Pacer(clock: connection.clock)
    }

    /// Asks a deployment (or, at OpenAI and compatible servers, a model); overwrites `request.model` with its name.
    /// - Parameter settling: seconds during which a deployment that the provider does not find yet is queried again.
    package func complete(
        _ request: ChatCompletionRequest, deployment: String, settling: Double = 0
    ) async throws -> ChatAnswer {
        var request = request
        request.model = deployment
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try await complete(
            body: encoder.encode(request), maxTokens: request.maxCompletionTokens ?? request.maxTokens ?? 0,
            deployment: deployment, settling: settling)
    }

    /// Sends the body of a chat completion request unchanged; its `model` must be the deployment's name.
    /// - Parameters:
    ///   - maxTokens: the token limit of the answer, which counts against the rate limit in advance.
    ///   - settling: seconds during which a deployment that the provider does not find yet is queried again.
    package func complete(
        body: Data, maxTokens: Int, deployment: String, settling: Double = 0
    ) async throws -> ChatAnswer {
        var call = try HTTPRequestValue(
            .post, endpoint.chatURL(deployment: deployment),
            fields: ["content-type": "application/json", "accept": "application/json"], body: [.bytes(body)],
            timeout: timeout)
        call.destination = .memory(limit: ChatClient.maxAnswerBytes)
        let start = await connection.clock.now()
        while true {
            do {
                return try await ask(call, maxTokens: maxTokens)
            } catch let error as ProviderError where error.isDeploymentNotReady {
                let waited = await connection.clock.now().timeIntervalSince(start)
                guard waited < settling else { throw error }
                try await connection.clock.sleep(seconds: 5)
            }
        }
    }

    /// - Parameter maxTokens: the token limit of the answer, which counts against the rate limit in advance.
    private func ask(_ request: HTTPRequestValue, maxTokens: Int) async throws -> ChatAnswer {
        let operation = "ask"
        var last = HTTPResponseValue(status: 0)
        var found: ChatResult?
        do {
            let answer = try await connection.call(
                operation, .repeatable, request,
                before: { try await pacer.begin() },
                after: {
                    last = $0
                    await pacer.note($0)
                },
                check: { response in
                    do throws(ProviderError) {
                        found = try await read(response, operation)
                        return nil
                    } catch {
                        return error
                    }
                })
            guard let result = found else {
                throw ProviderError.noAnswer(operation: operation, status: answer.response.status, reason: "no body")
            }
            if case .completed(let completion) = result, let usage = completion.usage {
                await pacer.learn(tokens: usage.promptTokens.saturatingAdding(maxTokens))
            }
            return ChatAnswer(
                result: result, seconds: answer.response.seconds, attempts: answer.attempts,
                rateLimit: RateLimit(answer.response.fields), requestID: connection.requestID(of: answer.response))
        } catch let error as ProviderError where error.isContentFilter {
            return ChatAnswer(
                result: .filtered(error.failure?.error ?? ErrorReply(code: error.code)),
                seconds: last.seconds, attempts: 1, rateLimit: RateLimit(last.fields),
                requestID: connection.requestID(of: last))
        }
    }

    /// The outcome in a response. A body without a completion, or with an error or no choice, counts as a transport
    /// failure: the request is repeated, and nothing of the response is kept. An error for which tokens were generated is
    /// a paid response without a readable answer.
    private func read(
        _ response: HTTPResponseValue, _ operation: String
    ) async throws(ProviderError) -> ChatResult {
        let received = try? ReceivedJSON(response.body)
        guard let document = received, let completion = try? ChatCompletion(document) else {
            let text = await connection.beginning(of: response)
            let what = received == nil ? "the body is not JSON" : "the body is not a chat completion"
            throw .noAnswer(
                operation: operation, status: response.status,
                reason: text.isEmpty ? "the body is empty" : "\(what): \(text)")
        }
        if let reason = document.contradiction(among: ChatCompletion.decisiveNames) { return .unreadable(reason) }
        guard let failure = completion.failure else { return .completed(completion) }
        if failure.isContentFilter { return .filtered(ErrorReply(failure, status: 200)) }
        let text = [failure.code, failure.message].compactMap(\.self).joined(separator: ": ")
        // Generated tokens are paid for, so the request is not repeated.
        if completion.isPaid { return .unreadable(text.isEmpty ? "an error without a message" : await connection.shown(text)) }
        throw .noAnswer(
            operation: operation, status: response.status,
            reason: text.isEmpty ? "an error without a message" : await connection.shown(text))
    }
}
