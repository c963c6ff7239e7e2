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

extension ChatQuestion {
    /// Whether the reader can try: the question asks for text, or for a structure that text may fill.
    fileprivate var mayBeRead: Bool { asksForText || form.isBeyondModel }
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
        if let program = vision.program {
            return await ProgramAnswerer(program: program).answers(to: questions).enumerated().map { index, answer in
                answer.map {
                    Self.completion(
                        $0, to: questions[index], by: served, fingerprint: "emulated: the program \(program.name)", at: now)
                }
            }
        }
        let architecture = try await vision.load(served.model).architecture
        var results: [Result<ChatCompletion, ServiceError>?] = Array(repeating: nil, count: questions.count)
        var groups: [[String]: [Int]] = [:]
        var unlabelled: [Int] = []
        for (index, question) in questions.enumerated() {
            if question.image != nil, question.labels.isEmpty || question.form.isBeyondModel {
                unlabelled.append(index)
            } else if question.image == nil {
                results[index] = .success(
                    Self.completion(
                        Self.nothingToClassify, to: question, by: served, fingerprint: "emulated: \(architecture)",
                        at: now))
            } else {
                groups[question.labels, default: []].append(index)
            }
        }
        let read = try await readings(of: unlabelled.filter { questions[$0].mayBeRead }, questions, by: served)
        for index in unlabelled {
            guard let image = questions[index].image else { continue }
            let (text, network): (String, String)
            if let found = read[index], found.reading.unreadable != nil {
                results[index] = .failure(ChatQuestion.badImage)
                continue
            } else if let found = read[index],
                let answer = ReadAnswer(reading: found.reading, question: questions[index].text).text(questions[index].form)
            {
                (text, network) = (answer, found.network)
            } else {
                var chance = ChanceAnswer(picture: image)
                (text, network) = (chance.text(questions[index].form), "\(architecture), answers at chance")
            }
            results[index] = .success(
                Self.completion(text, to: questions[index], by: served, fingerprint: "emulated: \(network)", at: now))
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

    /// The text of the questions' images, by index.
    private func readings(
        of indices: [Int], _ questions: [ChatQuestion], by served: ServedModel
    ) async throws -> [Int: (reading: ReadTextCall.Reading, network: String)] {
        guard !indices.isEmpty else { return [:] }
        let images = indices.compactMap { questions[$0].image.map(AnswerCall.Image.base64) }
        let result = try await vision.read(ReadTextCall(model: served.model, images: images))
        return Dictionary(
            zip(indices, result.readings).map { ($0, ($1, result.network)) }, uniquingKeysWith: { first, _ in first })
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
