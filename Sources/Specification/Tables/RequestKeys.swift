// The keys of prompts and requests.

import Basics
import TaskKit

extension PromptSpec: SpecEntity {
    static let table = KeyTable(
        "prompt", called: "a prompt",
        "The messages sent with an image. In their texts, `{{ labels }}` is the sorted labels, joined by `, `; "
            + "`{{ labels | list }}` puts each on a line after `- `, and `{{ labels | json }}` writes a JSON array; both keep "
            + "labels with commas separate.",
        blank: PromptSpec(), canExtend: true,
        example: """
            prompts:
              classify:
                system: "Classify the following input image into one of the following categories: [{{ labels }}]."
                user: [image]
            """,
        keys: [
            .optional("system", \.system, .text, "The system message."),
            .key(
                "user", \.user, .list(of: .promptPart, atLeast: 1),
                "The parts of the user message, in order: texts, and `image` once, for all images of an item. The prompt of a judge "
                    + "may omit it.",
                examples: [["image"], [["text": "What is this?"], "image"]]),
            .optional("examples", \.examples, .entity, "Few-shot examples before the question."),
        ])
}

extension ValueType where Value == PromptSpec.Part {
    fileprivate static let promptPart = choice(
        "'image' or 'text: …'",
        [
            .word("image", .image),
            .key("text", .text, from: { .text($0) }, back: { if case .text(let text) = $0 { text } else { nil } }),
        ])
}

extension ExamplesSpec: SpecEntity {
    static let table = KeyTable(
        "examples", called: "a prompt's examples",
        "Images of a split with their labels as answers: the first of each label in the split's order.",
        blank: ExamplesSpec(split: SplitReference(split: "", part: .train)),
        keys: [
            .required("split", \.split, .splitPart, "The part of a split that the examples come from.", examples: ["main.train"]),
            .key("per_label", \.perLabel, .count(upTo: 1000), "Number of examples per label."),
            .optional("labels", \.labels, .list(of: .text, atLeast: 1), "Labels to take examples of. Default: all."),
        ])
}

extension RequestSpec: SpecEntity {
    static let table = KeyTable(
        "request", called: "a request",
        "A prompt with its parameters and answer format. Parameters are named as in the provider's API.",
        blank: RequestSpec(prompt: ""), canExtend: true, rules: [.atMostOne(["max_tokens", "max_completion_tokens"])],
        example: """
            requests:
              json:  { prompt: classify, detail: low, answer: { json: breed, name: BreedClassifierOutput } }
              plain: { prompt: classify, detail: low, answer: text, max_tokens: 50, temperature: 0, seed: 42 }
            """,
        keys: [
            .required("prompt", \.prompt, .name(of: "prompt"), "The prompt."),
            .key("detail", \.detail, .word("a detail"), "The resolution at which the model sees the image."),
            .key("answer", \.answer, .answer, "The form of the answer."),
            .optional("max_tokens", \.maxTokens, .count(upTo: 10_000_000), "Maximum number of tokens in the answer."),
            .optional(
                "max_completion_tokens", \.maxCompletionTokens, .count(upTo: 10_000_000),
                "Maximum number of tokens in the answer and the reasoning before it. Reasoning models require it instead of "
                    + "`max_tokens`."),
            .optional(
                "reasoning_effort", \.reasoningEffort, .word("a reasoning effort"),
                "The amount of reasoning before the answer."),
            .optional(
                "temperature", \.temperature, .number(NumberRange(minimum: 0, maximum: 2)),
                "Sampling temperature. 0 is the least random."),
            .optional("top_p", \.topP, .number(.fraction), "Nucleus sampling."),
            .optional("seed", \.seed, .seed, "Sampling seed. Providers promise repeatable answers only as far as possible."),
        ])
}

extension ValueType where Value == AnswerFormat {
    static let answer = word(
        "an answer format: text, or json with name", ["text": .text], or: JSONAnswer.self,
        from: { answer in
            answer.boxes.map { .boxes(property: answer.property, name: answer.name, convention: $0) }
                ?? .json(property: answer.property, name: answer.name)
        },
        back: { format in
            format.schema.map { schema in
                let boxes: String? = if case .boxes(_, _, let convention) = format { convention } else { nil }
                return JSONAnswer(property: schema.property, name: schema.name, boxes: boxes)
            }
        })
}

/// A JSON answer format, as written in a spec.
struct JSONAnswer: SpecEntity {
    var property: String
    var name: String
    var boxes: String?

    static let table = KeyTable(
        "json-answer", called: "a JSON answer",
        "A JSON answer with a strict schema of one string property, which contains the label.",
        blank: JSONAnswer(property: "", name: ""),
        keys: [
            .required("json", \.property, .text, "The property that contains the label.", examples: ["breed"]),
            .required(
                "name", \.name,
                .text(
                    word: "text", expected: "a schema name of at most 64 letters, digits, '-' and '_'",
                    pattern: "^[A-Za-z0-9_-]{1,64}$", fits: { $0.isIdentifier(1...64) }),
                "The name of the JSON schema, which the provider requires.", examples: ["BreedClassifierOutput"],
                whenMissing: .missingSchemaName),
            .optional(
                "boxes", \.boxes,
                .text(
                    word: AnswerForm.boxConventions.map { "`\($0)`" }.joined(separator: ", "),
                    expected: "a box convention: " + AnswerForm.boxConventions.joined(separator: ", "),
                    pattern: "^(" + AnswerForm.boxConventions.joined(separator: "|") + ")$",
                    fits: { AnswerForm.boxConventions.contains($0) }),
                "For the task `detect`: the order and scale of a box's four numbers, which the prompt must request. "
                    + "Default: `xyxy-1000`. References are always in pixels.", examples: ["yxyx-1000"]),
        ])
}
