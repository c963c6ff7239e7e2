// Asks a model through chat completions.

import AzureOpenAI
import AzureWire
import Basics
import Foundation
import ProviderKit

/// Online questions through the chat completions API.
struct ChatAnswering: Answering {
    let client: ChatClient

    /// Sends the body as written, so that every parameter of the request's key is on the wire.
    func ask(_ question: Question, of target: String, settling: Double) async throws -> TimedReply {
        let body = try ChatWriter(question.form).body(question.turns, model: target).rendered()
        let sampling = question.form.sampling
        return try await ask(
            body, maxTokens: sampling.maxCompletionTokens ?? sampling.maxTokens ?? 0, of: target, settling: settling)
    }

    /// Replaces the line's `model` by the target.
    func ask(batchLine: Data, of target: String, settling: Double) async throws -> TimedReply {
        guard case .object(let line) = try JSONValue(parsing: batchLine), case .object(var body)? = line["body"] else {
            throw ProviderError.unreadable(operation: "ask", status: 0, reason: "a batch line without a body")
        }
        body["model"] = .string(target)
        let maxTokens = body["max_completion_tokens"]?.int ?? body["max_tokens"]?.int ?? 0
        return try await ask(
            Data(JSONValue.object(body).canonical.utf8), maxTokens: maxTokens, of: target, settling: settling)
    }

    private func ask(_ body: Data, maxTokens: Int, of target: String, settling: Double) async throws -> TimedReply {
        let answer = try await client.complete(body: body, maxTokens: maxTokens, deployment: target, settling: settling)
        switch answer.result {
        case .completed(let completion): return TimedReply(ModelReply(completion), seconds: answer.seconds)
        case .filtered: return TimedReply(.filtered(nil), seconds: answer.seconds)
        case .unreadable(let reason): return TimedReply(.unreadable(reason), seconds: answer.seconds)
        }
    }
}
