// Answers chat questions by running the vision model.

import AzureWire
import Basics
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

    /// The answer if the conversation has no image or no labels, which the model cannot handle.
    static let nothingToClassify =
        "I am an emulated model that classifies images: send an image and list the labels in brackets."

    /// One completion or error per question, in order; questions with equal labels are run together. Throws the
    /// model's errors.
    func answers(
        to questions: [ChatQuestion], by served: ServedModel, at now: Date
    ) async throws -> [Result<ChatCompletion, ServiceError>] {
        let architecture = try await vision.load(served.model).architecture
        var results: [Result<ChatCompletion, ServiceError>?] = Array(repeating: nil, count: questions.count)
        var groups: [[String]: [Int]] = [:]
        for (index, question) in questions.enumerated() {
            if let image = question.image, question.labels.isEmpty || question.form.isBeyondModel {
                var chance = ChanceAnswer(picture: image)
                results[index] = .success(
                    Self.completion(
                        chance.text(question.form), to: question, by: served,
                        fingerprint: "emulated: \(architecture), answers at chance", at: now))
            } else if question.image == nil {
                results[index] = .success(
                    Self.completion(
                        Self.nothingToClassify, to: question, by: served, fingerprint: "emulated: \(architecture)",
                        at: now))
            } else {
                groups[question.labels, default: []].append(index)
            }
        }
        for (labels, indices) in groups {
            let images = indices.compactMap { questions[$0].image.map(AnswerCall.Image.base64) }
            let result = try await vision.answer(
                AnswerCall(model: served.model, images: images, labels: labels))
            let fingerprint = EmulatedFingerprint(
                network: architecture, labelsKnown: result.known, labelsAsked: labels.count
            ).text
            for (index, answer) in zip(indices, result.answers) {
                if let label = answer.label {
                    results[index] = .success(
                        Self.completion(
                            questions[index].form.text(label), to: questions[index], by: served,
                            fingerprint: fingerprint, at: now))
                } else {
                    results[index] = .failure(ChatQuestion.badImage)
                }
            }
        }
        return results.map { $0 ?? .failure(ServiceError(500, "500", "The emulated model gave no answer.")) }
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
