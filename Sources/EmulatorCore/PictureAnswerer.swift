// Answers questions about pictures by running the vision model.

import Basics
package import VisionProtocol

/// What a request asks the emulated network: its last picture, the candidate labels and the form of the answer.
package struct PictureQuestion: Hashable, Sendable {
    /// In Base64; `nil` if the request has no picture.
    package var picture: String?
    package var labels: [String]
    package var form: AnswerForm

    /// - Parameter picture: in Base64; `nil` if the request has none.
    package init(picture: String?, labels: [String], form: AnswerForm) {
        self.picture = picture
        self.labels = labels
        self.form = form
    }
}

/// The network's answer, and the fingerprint that names the network.
package struct PictureAnswer: Hashable, Sendable {
    package var text: String
    /// An `EmulatedFingerprint`, or a similar text for answers without a choice among labels.
    package var fingerprint: String
}

/// Answers questions with the vision model. The same network gives the same answer in every emulated cloud.
package struct PictureAnswerer: Sendable {
    private let vision: any VisionModel

    /// - Parameter vision: the model that looks at the pictures.
    package init(vision: any VisionModel) { self.vision = vision }

    /// The answer if a request has no picture or no labels, which the model cannot handle.
    package static let nothingToClassify =
        "I am an emulated model that classifies images: send an image and list the labels in brackets."

    /// One answer per question, in order, `nil` for a picture that does not decode; questions with equal labels are run
    /// together. Throws the model's errors.
    package func answers(
        to questions: [PictureQuestion], by model: EmulatedModel
    ) async throws -> [PictureAnswer?] {
        let architecture = try await vision.load(model).architecture
        var results: [PictureAnswer?] = Array(repeating: nil, count: questions.count)
        var groups: [[String]: [Int]] = [:]
        for (index, question) in questions.enumerated() {
            guard let picture = question.picture else {
                results[index] = PictureAnswer(
                    text: Self.nothingToClassify, fingerprint: "emulated: \(architecture)")
                continue
            }
            if question.labels.isEmpty || question.form.isBeyondModel {
                var chance = ChanceAnswer(picture: picture)
                results[index] = PictureAnswer(
                    text: chance.text(question.form), fingerprint: "emulated: \(architecture), answers at chance")
            } else {
                groups[question.labels, default: []].append(index)
            }
        }
        for (labels, indices) in groups {
            let images = indices.compactMap { questions[$0].picture.map(AnswerCall.Image.base64) }
            let result = try await vision.answer(AnswerCall(model: model, images: images, labels: labels))
            let fingerprint = EmulatedFingerprint(
                network: architecture, labelsKnown: result.known, labelsAsked: labels.count
            ).text
            for (index, answer) in zip(indices, result.answers) {
                results[index] = answer.label.map {
                    PictureAnswer(text: questions[index].form.text($0), fingerprint: fingerprint)
                }
            }
        }
        return results
    }
}
