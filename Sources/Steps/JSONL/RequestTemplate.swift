// How an image is put to a model: the messages and parameters of one request, whatever carries it.

package import Basics
package import Planning
package import ProviderKit
package import Specification

/// Everything that reaches the model except the image, rendered for a dataset's labels and written in a provider's
/// format.
package struct RequestTemplate: Sendable {
    /// A solved example shown before the question.
    package struct Shot: Hashable, Sendable {
        package var image: ImageFile
        package var label: String

        package init(image: ImageFile, label: String) {
            self.image = image
            self.label = label
        }
    }

    private let user: [PromptSpec.Part]
    private let request: AskedRequest
    private let form: QuestionForm
    private let writer: any QuestionWriter

    /// - Parameters:
    ///   - labels: every label of the dataset, in any order.
    ///   - shots: the prompt's examples, already looked up.
    ///   - dialect: the file formats of the provider.
    package init(_ request: AskedRequest, labels: [String], shots: [Shot] = [], dialect: any RequestDialect) {
        let labels = labels.sortedByBytes()
        let prompt = request.prompt
        let user: [PromptSpec.Part] = prompt.user.map { part in
            if case .text(let text) = part { .text(PromptSpec.rendered(text, labels: labels)) } else { part }
        }
        self.user = user
        self.request = request
        form = QuestionForm(
            system: prompt.system.map { PromptSpec.rendered($0, labels: labels) },
            examples: shots.flatMap { shot in
                [
                    RequestTemplate.turn(user, request.detail, shot.image),
                    Turn(.assistant, [.text(request.answer.content(for: shot.label))]),
                ]
            },
            answer: request.answer.form, sampling: Sampling(request))
        writer = dialect.writer(for: form)
    }
}

extension RequestTemplate {
    /// The question about an image, in no provider's format.
    package func question(about image: ImageFile) -> Question { Question(form, [turn(image)]) }

    /// The body of a request that asks about an image.
    package func body(model: String, image: ImageFile) -> PythonJSON { writer.body([turn(image)], model: model) }

    /// A line of a batch file.
    package func batchLine(customID: String, model: String, url: String? = nil, image: ImageFile) -> PythonJSON {
        writer.batchLine([turn(image)], id: customID, model: model, path: url)
    }

    /// A line of training data for supervised fine-tuning.
    package func trainingLine(image: ImageFile, label: String) -> PythonJSON {
        writer.trainingLine([turn(image)], teaching: .supervised(answer: request.answer.content(for: label)))
    }

    /// A line of training data for direct preference optimization: the label that is right and one that is not.
    package func preferenceLine(image: ImageFile, preferred: String, rejected: String) -> PythonJSON {
        writer.trainingLine(
            [turn(image)],
            teaching: .preference(
                preferred: request.answer.content(for: preferred), rejected: request.answer.content(for: rejected)))
    }

    /// A line of training data for reinforcement fine-tuning.
    package func reinforcementLine(image: ImageFile, label: String) -> PythonJSON {
        writer.trainingLine([turn(image)], teaching: .reinforcement(reference: label))
    }

    /// Names a request by all that reaches the model: messages, images by their digests, parameters. The
    /// model or deployment, the id and the file it travels in are not in it.
    package func fingerprint(image: ImageFile) -> Digest { writer.fingerprint([turn(image)]) }

    private func turn(_ image: ImageFile) -> Turn { RequestTemplate.turn(user, request.detail, image) }

    private static func turn(_ parts: [PromptSpec.Part], _ detail: ImageDetail, _ image: ImageFile) -> Turn {
        Turn(
            .user,
            parts.map { part in
                switch part {
                case .text(let text): .text(text)
                case .image: .image(image, detail: detail.rawValue)
                }
            })
    }
}

extension Sampling {
    /// The parameters of a spec's request.
    init(_ request: AskedRequest) {
        self.init(
            maxTokens: request.maxTokens, maxCompletionTokens: request.maxCompletionTokens,
            temperature: request.temperature, topP: request.topP, seed: request.seed,
            reasoningEffort: request.reasoningEffort?.rawValue)
    }
}

extension AnswerFormat {
    /// What the model is to say for a label.
    package func content(for label: String) -> String {
        switch self {
        case .text: label
        case .json(let property, _): PythonJSON.members([.init(key: property, value: .string(label))]).asciiText
        }
    }

    /// The form in which a provider is asked for the answer: a strict schema with one text.
    fileprivate var form: ResponseForm {
        switch self {
        case .text: .text
        case .json(let property, let name):
            .json(
                name: name,
                schema: .object([
                    "type": "object", "properties": .members([.init(key: property, value: .object(["type": "string"]))]),
                    "required": .array([.string(property)]), "additionalProperties": .bool(false),
                ]))
        }
    }
}
