// Answers questions by running a program.

import Basics
import Foundation

/// Passes the questions of one request or batch to a program, two at a time.
struct ProgramAnswerer: Sendable {
    let program: AnswerProgram
    /// Number of questions that are open at once.
    private static let atOnce = 2

    /// The answers in the requested form, in order, each with the program's message where it gave none; `nil` for a
    /// picture that is not Base64.
    func answers(to questions: [PictureQuestion]) async -> [PictureAnswer?] {
        var answers: [PictureAnswer?] = Array(repeating: nil, count: questions.count)
        await withTaskGroup(of: (Int, PictureAnswer?).self) { group in
            var next = 0
            func ask() {
                guard next < questions.count else { return }
                let index = next
                next += 1
                group.addTask { (index, await answer(questions[index])) }
            }
            for _ in 0..<Self.atOnce { ask() }
            while let (index, answer) = await group.next() {
                answers[index] = answer
                ask()
            }
        }
        return answers
    }

    private func answer(_ question: PictureQuestion) async -> PictureAnswer? {
        var pictures: [Data] = []
        for image in question.pictures {
            guard let bytes = Data(base64Encoded: image) else { return nil }
            pictures.append(bytes)
        }
        let fingerprint = "emulated: the program \(program.name)"
        do throws(AnswerProgram.Failure) {
            let text = try await program.answer(
                AnswerProgram.Question(pictures: pictures, text: question.text, schema: question.form.schema))
            return PictureAnswer(text: question.form.wrapped(text), fingerprint: fingerprint)
        } catch {
            return PictureAnswer(text: "", fingerprint: fingerprint, problem: error.message)
        }
    }
}

extension AnswerForm {
    /// The schema of the answer; `nil` for text.
    var schema: JSONValue? {
        switch self {
        case .text: nil
        case .json(let property, let allowed):
            [
                "type": "object", "required": [.string(property)],
                "properties": .object([
                    property: allowed.map { ["type": "string", "enum": .array($0.map(JSONValue.string))] } ?? ["type": "string"]
                ]),
            ]
        case .value(let property, let schema):
            ["type": "object", "required": [.string(property)], "properties": .object([property: schema])]
        }
    }

    /// A program's output in this form: an object that has the property is kept, a value becomes the property's. Text
    /// that is not JSON is kept even if a structure was requested, so that the reader of the answer sees it.
    func wrapped(_ output: String) -> String {
        switch self {
        case .text: return output
        case .json(let property, _):
            if let object = try? JSONValue(parsing: Data(output.utf8)), object[property] != nil { return output }
            return text(output)
        case .value(let property, _):
            guard let value = try? JSONValue(parsing: Data(output.utf8)) else { return output }
            return value[property] != nil ? output : JSONValue.object([property: value]).canonical
        }
    }
}
