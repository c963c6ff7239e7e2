// Answers chat questions by running the vision model.

import AzureWire
import Basics
import EmulatorCore
import Foundation
import VisionProtocol

/// The model that a deployment serves: the network, and the name stated in replies.
struct ServedModel: Hashable, Sendable {
    var model: EmulatedModel
    var name: String
}

/// Answers questions with the vision model.
struct ChatAnswerer: Sendable {
    let vision: any VisionModel

    /// One completion or error per question, in order. Throws the model's errors.
    func answers(
        to questions: [ChatQuestion], by served: ServedModel, at now: Date
    ) async throws -> [Result<ChatCompletion, ServiceError>] {
        let answers = try await PictureAnswerer(vision: vision).answers(to: questions.map(\.picture), by: served.model)
        return zip(questions, answers).map { question, answer in
            guard let answer else { return .failure(ChatQuestion.badImage) }
            if let problem = answer.problem { return .failure(ServiceError(400, "program_failed", problem)) }
            return .success(
                Self.completion(answer.text, to: question, by: served, fingerprint: answer.fingerprint, at: now))
        }
    }

    private static func completion(
        _ text: String, to question: ChatQuestion, by served: ServedModel, fingerprint: String, at now: Date
    ) -> ChatCompletion {
        var text = text
        for stop in question.stops where !stop.isEmpty {
            if let end = text.range(of: stop) { text = String(text[..<end.lowerBound]) }
        }
        var finish = FinishReason.stop
        var tokens = TokenRule.tokens(of: text)
        if let most = question.maxTokens, tokens > most {
            text = String(decoding: text.utf8.prefix(most * 4), as: UTF8.self)
            finish = .length
            tokens = most
        }
        let id = "chatcmpl-" + UUID().uuidString.replacing("-", with: "").prefix(29)
        return ChatCompletion(
            id: id, created: UnixTime(now), model: served.name, systemFingerprint: fingerprint,
            promptFilterResults: [PromptFilterResult(promptIndex: 0, contentFilterResults: .safe)],
            choices: [
                ChatChoice(
                    message: ChatAnswerMessage(content: text), finishReason: finish, contentFilterResults: .safe)
            ],
            usage: ChatUsage(
                promptTokens: question.promptTokens, completionTokens: tokens, cachedTokens: 0, reasoningTokens: 0))
    }
}
