// Builds the messages and parameters of requests about images, for batches, online calls and training data.

package import Basics
package import Planning
package import ProviderKit
package import Specification
package import TaskKit

/// Everything that reaches the model except the image, rendered for a dataset's labels and written in a provider's
/// format.
package struct RequestTemplate: Sendable {
    /// A solved example shown before the question.
    package struct Shot: Hashable, Sendable {
        /// The files that are sent for the example, in order.
        package var images: [ImageFile]
        /// The correct label.
        package var label: String
        /// The item of a task other than classification, whose reference is the answer.
        package var item: TaskItem?

        /// - Parameter item: the item of a task other than classification.
        package init(images: [ImageFile], label: String, item: TaskItem? = nil) {
            self.images = images
            self.label = label
            self.item = item
        }
    }

    private let user: [PromptSpec.Part]
    private let request: PreparedRequest
    private let labels: [String]
    /// Variables with the same value for every item.
    private let variables: [String: String]
    private let form: QuestionForm
    private let writer: any QuestionWriter

    /// - Parameters:
    ///   - labels: every label of the dataset, in any order.
    ///   - shots: the prompt's examples, already looked up.
    ///   - dialect: the file formats of the provider.
    ///   - task: the task; `nil` for classification.
    package init(
        _ request: PreparedRequest, labels: [String], shots: [Shot] = [], dialect: any RequestDialect,
        task: (any TaskDefinition)? = nil
    ) {
        let labels = labels.sortedByBytes()
        let prompt = request.prompt
        let taskContext = TaskContext(vocabulary: labels, form: request.answer.form)
        let variables = task?.variables(taskContext) ?? [:]
        // Texts with item variables are rendered for each item.
        let user: [PromptSpec.Part] =
            task != nil
            ? prompt.user
            : prompt.user.map { part in
                if case .text(let text) = part { .text(PromptSpec.rendered(text, labels: labels)) } else { part }
            }
        self.user = user
        self.request = request
        self.labels = labels
        self.variables = variables
        form = QuestionForm(
            system: prompt.system.map { PromptSpec.rendered($0, labels: labels, variables: variables) },
            examples: shots.flatMap { shot in
                let parts = RequestTemplate.rendered(user, labels, variables, shot.item?.variables)
                let answer = shot.item.flatMap { item in task?.answer(to: item, taskContext) }
                return [
                    RequestTemplate.turn(parts, request.detail, shot.images),
                    Turn(
                        .assistant,
                        [.text(answer.map { request.answer.content(of: $0) } ?? request.answer.content(for: shot.label))]),
                ]
            },
            answer: request.answer.responseForm(task.map { PythonJSON($0.schema(taskContext)) } ?? .object(["type": "string"])),
            sampling: Sampling(request))
        writer = dialect.writer(for: form)
    }
}

extension RequestTemplate {
    /// The question about an item's images, or about an image, independent of any provider's format.
    package func question(about images: [ImageFile], _ item: ItemEntry? = nil) -> Question {
        Question(form, [turn(images, item)])
    }

    /// The body of a request about an item's images, or about an image.
    package func body(model: String, images: [ImageFile], item: ItemEntry? = nil) -> PythonJSON {
        writer.body([turn(images, item)], model: model)
    }

    /// A line of a batch file; `customID` identifies the answer.
    package func batchLine(
        customID: String, model: String, url: String? = nil, images: [ImageFile], item: ItemEntry? = nil
    ) -> PythonJSON {
        writer.batchLine([turn(images, item)], id: customID, model: model, path: url)
    }

    /// A training line for supervised fine-tuning.
    package func trainingLine(images: [ImageFile], label: String) -> PythonJSON {
        writer.trainingLine([turn(images)], teaching: .supervised(answer: request.answer.content(for: label)))
    }

    /// A training line for direct preference optimization: the correct label and an incorrect one.
    package func preferenceLine(images: [ImageFile], preferred: String, rejected: String) -> PythonJSON {
        writer.trainingLine(
            [turn(images)],
            teaching: .preference(
                preferred: request.answer.content(for: preferred), rejected: request.answer.content(for: rejected)))
    }

    /// A training line for reinforcement fine-tuning.
    package func reinforcementLine(images: [ImageFile], label: String) -> PythonJSON {
        writer.trainingLine([turn(images)], teaching: .reinforcement(reference: .string(label)))
    }

    /// A training line for an item of a task other than classification.
    /// - Parameters:
    ///   - answer: the correct answer, as returned by ``TaskDefinition/answer(for:_:)``.
    ///   - rejected: the rejected answer in the same form, for preference optimization.
    package func itemLine(
        _ method: FineTuneSpec.Method, images: [ImageFile], item: ItemEntry, answer: JSONValue, rejected: JSONValue?
    ) -> PythonJSON {
        let example: TrainingExample =
            switch method {
            case .supervised: .supervised(answer: request.answer.content(of: answer))
            case .dpo:
                .preference(
                    preferred: request.answer.content(of: answer),
                    rejected: request.answer.content(of: rejected ?? ""))
            case .reinforcement: .reinforcement(reference: PythonJSON(answer))
            }
        return writer.trainingLine([turn(images, item)], teaching: example)
    }

    /// The digest of everything that reaches the model: messages, image digests and parameters. The model or
    /// deployment, the id and the file of the request are not included.
    package func fingerprint(images: [ImageFile], item: ItemEntry? = nil) -> Digest { writer.fingerprint([turn(images, item)]) }

    private func turn(_ images: [ImageFile], _ item: ItemEntry? = nil) -> Turn {
        let own = item.map { $0.variables ?? [:] }
        return RequestTemplate.turn(RequestTemplate.rendered(user, labels, variables, own), request.detail, images)
    }

    /// The parts with an item's own variables substituted; unchanged without an item.
    private static func rendered(
        _ parts: [PromptSpec.Part], _ labels: [String], _ variables: [String: String], _ own: [String: String]?
    ) -> [PromptSpec.Part] {
        guard let own else { return parts }
        let all = variables.merging(own) { $1 }
        return parts.map { part in
            if case .text(let text) = part { .text(PromptSpec.rendered(text, labels: labels, variables: all)) } else { part }
        }
    }

    /// A user message; `image` inserts all images, in order.
    private static func turn(_ parts: [PromptSpec.Part], _ detail: ImageDetail, _ images: [ImageFile]) -> Turn {
        Turn(
            .user,
            parts.flatMap { part -> [Turn.Part] in
                switch part {
                case .text(let text): [.text(text)]
                case .image: images.map { .image($0, detail: detail.rawValue) }
                }
            })
    }
}

extension Sampling {
    /// The sampling parameters of a spec's request.
    init(_ request: PreparedRequest) {
        self.init(
            maxTokens: request.maxTokens, maxCompletionTokens: request.maxCompletionTokens,
            temperature: request.temperature, topP: request.topP, seed: request.seed,
            reasoningEffort: request.reasoningEffort?.rawValue)
    }
}

extension AnswerFormat {
    /// The answer text for a label: the label itself, or JSON.
    package func content(for label: String) -> String {
        schema.map { PythonJSON.members([.init(key: $0.property, value: .string(label))]).asciiText } ?? label
    }

    /// The answer text for a value: the text itself, or JSON.
    package func content(of value: JSONValue) -> String {
        schema.map { PythonJSON.members([.init(key: $0.property, value: PythonJSON(value))]).asciiText }
            ?? value.string ?? PythonJSON(value).asciiText
    }

    /// The response form requested from a provider: text, or a strict schema with one property.
    /// - Parameter value: the schema of the property.
    fileprivate func responseForm(_ value: PythonJSON) -> ResponseForm {
        guard let schema else { return .text }
        return .json(
            name: schema.name,
            schema: .object([
                "type": "object", "properties": .members([.init(key: schema.property, value: value)]),
                "required": .array([.string(schema.property)]), "additionalProperties": .bool(false),
            ]))
    }
}

extension PythonJSON {
    /// Converts a value; the members of objects are sorted by name.
    package init(_ value: JSONValue) {
        self =
            switch value {
            case .null: .null
            case .bool(let flag): .bool(flag)
            case .int(let number): .int(Int(number))
            case .double(let number): .number(number)
            case .string(let text): .string(text)
            case .array(let items): .array(items.map { PythonJSON($0) })
            case .object(let members):
                .members(
                    members.sorted { precedesByBytes($0.key, $1.key) }
                        .map { Member(key: $0.key, value: PythonJSON($0.value)) })
            }
    }
}
