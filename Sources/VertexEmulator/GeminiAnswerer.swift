// Answers generateContent requests by running the vision model.

import Basics
import EmulatorCore
import Foundation
import VisionProtocol

/// The answer to one question in the API's form, with the usage that it bills.
struct GeminiAnswer: Sendable {
    var response: JSONValue
    var promptTokens: Int
    var completionTokens: Int
}

/// Answers questions with the vision model.
struct GeminiAnswerer: Sendable {
    let vision: any VisionModel
    let model: EmulatedModel

    /// The service cannot decode an image.
    static let badImage = GoogleError.invalid(
        "Unable to process input image. Please retry or report in https://developers.generativeai.google/guide/troubleshooting")

    /// One answer or error per question, in order. Throws the model's errors.
    func answers(to questions: [GeminiQuestion], at now: Date) async throws -> [Result<GeminiAnswer, GoogleError>] {
        let answers = try await PictureAnswerer(vision: vision).answers(to: questions.map(\.picture), by: model)
        return zip(questions, answers).map { question, answer in
            guard let answer else { return .failure(Self.badImage) }
            if let problem = answer.problem { return .failure(.invalid(problem)) }
            var text = answer.text
            for stop in question.stops where !stop.isEmpty {
                if let end = text.range(of: stop) { text = String(text[..<end.lowerBound]) }
            }
            var reason = "STOP"
            var tokens = TokenRule.tokens(of: text)
            if let most = question.maxTokens, tokens > most {
                text = String(decoding: text.utf8.prefix(most * 4), as: UTF8.self)
                reason = "MAX_TOKENS"
                tokens = most
            }
            let candidate: JSONValue = [
                "content": ["role": "model", "parts": [["text": .string(text)]]], "finishReason": .string(reason),
            ]
            return .success(
                Self.answer(to: question, candidate, tokens: tokens, version: answer.fingerprint, at: now))
        }
    }

    /// An answer that a fault ends for a reason, without text. `MAX_TOKENS` spent the allowance on thinking.
    static func finished(_ question: GeminiQuestion, _ reason: String, version: String, at now: Date) -> GeminiAnswer {
        let thoughts = reason == "MAX_TOKENS" ? question.maxTokens ?? 64 : 0
        return answer(
            to: question, ["finishReason": .string(reason)], tokens: 0, thoughts: thoughts, version: version, at: now)
    }

    /// A prompt that a fault blocks: there is no candidate.
    static func blocked(_ question: GeminiQuestion, _ reason: String, version: String, at now: Date) -> GeminiAnswer {
        var blocked = answer(to: question, nil, tokens: 0, version: version, at: now)
        if case .object(var members) = blocked.response {
            members["promptFeedback"] = [
                "blockReason": .string(reason), "blockReasonMessage": "The prompt was blocked.",
            ]
            blocked.response = .object(members)
        }
        return blocked
    }

    private static func answer(
        to question: GeminiQuestion, _ candidate: JSONValue?, tokens: Int, thoughts: Int = 0, version: String, at now: Date
    ) -> GeminiAnswer {
        var usage: [String: JSONValue] = [
            "promptTokenCount": .int(Int64(question.promptTokens)),
            "totalTokenCount": .int(Int64(question.promptTokens + tokens + thoughts)),
            "promptTokensDetails": details(of: question), "trafficType": "ON_DEMAND",
        ]
        if candidate != nil, tokens > 0 {
            usage["candidatesTokenCount"] = .int(Int64(tokens))
            usage["candidatesTokensDetails"] = [["modality": "TEXT", "tokenCount": .int(Int64(tokens))]]
        }
        if thoughts > 0 { usage["thoughtsTokenCount"] = .int(Int64(thoughts)) }
        var response: [String: JSONValue] = [
            "usageMetadata": .object(usage), "modelVersion": .string(version), "createTime": .string(now.googleStamp),
            "responseId": .string(UUID().uuidString.lowercased()),
        ]
        if let candidate { response["candidates"] = [candidate] }
        return GeminiAnswer(
            response: .object(response), promptTokens: question.promptTokens, completionTokens: tokens + thoughts)
    }

    /// The prompt's tokens by modality.
    static func details(of question: GeminiQuestion) -> JSONValue {
        var details: [JSONValue] = []
        if question.imageTokens > 0 {
            details.append(["modality": "IMAGE", "tokenCount": .int(Int64(question.imageTokens))])
        }
        if question.textTokens > 0 {
            details.append(["modality": "TEXT", "tokenCount": .int(Int64(question.textTokens))])
        }
        return .array(details)
    }
}
