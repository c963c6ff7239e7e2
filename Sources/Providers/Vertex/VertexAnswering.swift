// Asks Gemini through generateContent.

import Basics
import Foundation
import Platform
import ProviderKit
import VertexWire

/// Online questions to base models and to the endpoints of tuned ones.
struct VertexAnswering: Answering {
    let client: VertexClient

    /// Seconds between requests to a new endpoint that does not answer yet.
    private static let pause = 15.0

    func ask(_ question: Question, of target: String, settling: Double) async throws -> TimedReply {
        let body = try GeminiWriter(question.form).body(question.turns, model: target).rendered()
        return try await ask(body, of: target, settling: settling)
    }

    /// Sends the request of the line without its label.
    func ask(batchLine: Data, of target: String, settling: Double) async throws -> TimedReply {
        guard case .object(var request)? = try JSONValue(parsing: batchLine)["request"] else {
            throw ProviderError.unreadable(operation: "ask", status: 0, reason: "a batch line without a request")
        }
        request["labels"] = nil
        return try await ask(Data(JSONValue.object(request).canonicalBytes), of: target, settling: settling)
    }

    private func ask(_ body: Data, of target: String, settling: Double) async throws -> TimedReply {
        let connection = client.connection
        let request = HTTPRequestValue(
            .post, try client.endpoint.question(to: target),
            fields: ["content-type": "application/json", "accept": "application/json"], body: [.bytes(body)], timeout: 600)
        var waited = 0.0
        while true {
            do {
                let answer = try await connection.call("ask \(VertexEndpoint.id(of: target))", .repeatable, request)
                guard let reply = ModelReply(gemini: answer.response.body) else {
                    return TimedReply(
                        .unreadable(await connection.beginning(of: answer.response)), seconds: answer.response.seconds)
                }
                return TimedReply(reply, seconds: answer.response.seconds)
            } catch let error as ProviderError where error.isNotFound && target.hasPrefix("projects/") && waited < settling {
                // The multi-region may not know an endpoint yet that was just created in its region.
                try await connection.clock.sleep(seconds: VertexAnswering.pause)
                waited += VertexAnswering.pause
            }
        }
    }
}
