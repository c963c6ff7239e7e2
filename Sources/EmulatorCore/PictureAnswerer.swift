// Answers questions about pictures by running the vision model.

import Basics
package import VisionProtocol

/// A request to the emulated network: the pictures of its question, the candidate labels and the form of the answer.
package struct PictureQuestion: Hashable, Sendable {
    /// In Base64 and in order: pages, frames, or a pair. Pictures of solved examples before the question do not count.
    package var pictures: [String]
    /// The candidate labels; empty if the prompt lists none.
    package var labels: [String]
    /// The requested form of the answer: text or JSON with a schema.
    package var form: AnswerForm
    /// The texts of the system and the user, in order; the last one is the question.
    package var prompt: [String]

    /// - Parameter pictures: in Base64; empty if the request has none.
    package init(pictures: [String], labels: [String], form: AnswerForm, prompt: [String] = []) {
        self.pictures = pictures
        self.labels = labels
        self.form = form
        self.prompt = prompt
    }

    /// The user's last text.
    var text: String { prompt.last ?? "" }
    /// Whether the reader can try: the question asks for text, or for a structure that text may fill.
    fileprivate var mayBeRead: Bool { form.isStructured || ReadingPrompt.asksForText(prompt) }
}

/// The network's answer, and the fingerprint that names the network.
package struct PictureAnswer: Hashable, Sendable {
    /// The answer in the requested form; empty if there is a `problem`.
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
            guard !question.pictures.isEmpty else {
                results[index] = atChance(question, architecture)
                continue
            }
            if question.labels.isEmpty || question.form.isStructured {
                unlabelled.append(index)
            } else {
                groups[question.labels, default: []].append(index)
            }
        }
        let read = try await readings(of: unlabelled.filter { questions[$0].mayBeRead }, questions, by: model)
        for index in unlabelled {
            let question = questions[index], found = read[index]
            if found?.readings.contains(where: { $0.unreadable != nil }) == true { continue }
            if let found, let text = ReadAnswer(readings: found.readings, question: question.text).text(question.form) {
                results[index] = PictureAnswer(text: text, fingerprint: "emulated: \(found.network)")
            } else {
                results[index] = atChance(question, architecture)
            }
        }
        for (labels, indices) in groups {
            let images = indices.flatMap { questions[$0].pictures.map(AnswerCall.Image.base64) }
            let result = try await vision.answer(AnswerCall(model: model, images: images, labels: labels))
            let fingerprint = EmulatedFingerprint(
                network: architecture, labelsKnown: result.known, labelsAsked: labels.count
            ).text
            var rest = result.answers[...]
            for index in indices {
                let own = rest.prefix(questions[index].pictures.count)
                rest = rest.dropFirst(own.count)
                results[index] = PictureAnswerer.label(of: own).map {
                    PictureAnswer(text: questions[index].form.text($0), fingerprint: fingerprint)
                }
            }
        }
        return results
    }

    /// The label with the highest sum of confidences over the pictures of one question, the first one on a tie; `nil` if one
    /// of them does not decode.
    private static func label(of answers: ArraySlice<AnswerCall.Answer>) -> String? {
        var sums: [(label: String, confidence: Double)] = []
        for answer in answers {
            guard let label = answer.label else { return nil }
            if let at = sums.firstIndex(where: { $0.label == label }) {
                sums[at].confidence += answer.confidence
            } else {
                sums.append((label, answer.confidence))
            }
        }
        var best: (label: String, confidence: Double)?
        for sum in sums where sum.confidence > best?.confidence ?? -1 { best = sum }
        return best?.label
    }

    /// A random answer in the requested form.
    private func atChance(_ question: PictureQuestion, _ architecture: String) -> PictureAnswer {
        // Without a picture, the text distinguishes the questions.
        var chance = ChanceAnswer(
            seededBy: question.pictures.isEmpty ? question.prompt.joined(separator: "\n") : question.pictures.joined())
        return PictureAnswer(
            text: chance.text(question.form, labels: question.labels),
            fingerprint: "emulated: \(architecture), answers at chance")
    }

    /// The text of the questions' pictures, by index.
    private func readings(
        of indices: [Int], _ questions: [PictureQuestion], by model: EmulatedModel
    ) async throws -> [Int: (readings: [ReadTextCall.Reading], network: String)] {
        guard !indices.isEmpty else { return [:] }
        let images = indices.flatMap { questions[$0].pictures.map(AnswerCall.Image.base64) }
        let result = try await vision.read(ReadTextCall(model: model, images: images))
        var rest = result.readings[...]
        var found: [Int: (readings: [ReadTextCall.Reading], network: String)] = [:]
        for index in indices {
            let own = rest.prefix(questions[index].pictures.count)
            rest = rest.dropFirst(own.count)
            found[index] = (Array(own), result.network)
        }
        return found
    }
}
