// Answers questions about pictures by running the vision model.

import Basics
package import VisionProtocol

/// A request to the emulated network: its last picture, the candidate labels and the form of the answer.
package struct PictureQuestion: Hashable, Sendable {
    /// In Base64; `nil` if the request has no picture.
    package var picture: String?
    package var labels: [String]
    package var form: AnswerForm
    /// The texts of the system and the user, in order; the last one is the question.
    package var prompt: [String]

    /// - Parameter picture: in Base64; `nil` if the request has none.
    package init(picture: String?, labels: [String], form: AnswerForm, prompt: [String] = []) {
        self.picture = picture
        self.labels = labels
        self.form = form
        self.prompt = prompt
    }

    /// The user's last text.
    var text: String { prompt.last ?? "" }
    /// Whether the reader can try: the question asks for text, or for a structure that text may fill.
    fileprivate var mayBeRead: Bool { form.isBeyondModel || ReadingPrompt.asksForText(prompt) }
}

/// The network's answer, and the fingerprint that names the network.
package struct PictureAnswer: Hashable, Sendable {
    package var text: String
    /// An `EmulatedFingerprint`, or a similar text for answers without a choice among labels.
    package var fingerprint: String
    /// The reason why the program behind the emulator gave no answer; `nil` with an answer.
    package var problem: String?
}

/// Answers questions with the vision model. The same network gives the same answer in every emulated cloud.
package struct PictureAnswerer: Sendable {
    private let vision: any VisionModel

    /// - Parameter vision: the model that classifies or reads the pictures.
    package init(vision: any VisionModel) { self.vision = vision }

    /// The answer if a request has no picture or no labels, which the model cannot handle.
    package static let nothingToClassify =
        "I am an emulated model that classifies images: send an image and list the labels in brackets."

    /// One answer per question, in order, `nil` for a picture that does not decode; questions with equal labels are run
    /// together. Throws the model's errors.
    package func answers(
        to questions: [PictureQuestion], by model: EmulatedModel
    ) async throws -> [PictureAnswer?] {
        if let program = vision.program { return await ProgramAnswerer(program: program).answers(to: questions) }
        let architecture = try await vision.load(model).architecture
        var results: [PictureAnswer?] = Array(repeating: nil, count: questions.count)
        var groups: [[String]: [Int]] = [:]
        var unlabelled: [Int] = []
        for (index, question) in questions.enumerated() {
            guard question.picture != nil else {
                results[index] = PictureAnswer(
                    text: Self.nothingToClassify, fingerprint: "emulated: \(architecture)")
                continue
            }
            if question.labels.isEmpty || question.form.isBeyondModel {
                unlabelled.append(index)
            } else {
                groups[question.labels, default: []].append(index)
            }
        }
        let read = try await readings(of: unlabelled.filter { questions[$0].mayBeRead }, questions, by: model)
        for index in unlabelled {
            let question = questions[index], found = read[index]
            if found?.reading.unreadable != nil { continue }
            if let found, let text = ReadAnswer(reading: found.reading, question: question.text).text(question.form) {
                results[index] = PictureAnswer(text: text, fingerprint: "emulated: \(found.network)")
            } else {
                var chance = ChanceAnswer(picture: question.picture ?? "")
                results[index] = PictureAnswer(
                    text: chance.text(question.form), fingerprint: "emulated: \(architecture), answers at chance")
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

    /// The text of the questions' pictures, by index.
    private func readings(
        of indices: [Int], _ questions: [PictureQuestion], by model: EmulatedModel
    ) async throws -> [Int: (reading: ReadTextCall.Reading, network: String)] {
        guard !indices.isEmpty else { return [:] }
        let images = indices.compactMap { questions[$0].picture.map(AnswerCall.Image.base64) }
        let result = try await vision.read(ReadTextCall(model: model, images: images))
        return Dictionary(
            zip(indices, result.readings).map { ($0, ($1, result.network)) }, uniquingKeysWith: { first, _ in first })
    }
}
