// The keys of prompts and requests.

import Basics

extension PromptSpec: SpecEntity {
    static let table = KeyTable(
        "prompt", called: "a prompt",
        "The messages that go with an image. In their texts `{{ labels }}` is the sorted labels, joined by `, `; "
            + "`{{ labels | list }}` puts each on a line after `- `, and `{{ labels | json }}` writes a JSON array, which keep "
            + "labels with commas apart.",
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
                "The parts of the user message, in order: texts, and `image` once.",
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
        "How a prompt is asked and its answer read. The provider's parameters have the provider's names.",
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
                "How much a reasoning model reasons before it answers."),
            .optional(
                "temperature", \.temperature, .number(NumberRange(minimum: 0, maximum: 2)),
                "Sampling temperature. Sampling "
                    + "temperature. 0 is the least random."),
            .optional("top_p", \.topP, .number(.fraction), "Nucleus sampling."),
            .optional("seed", \.seed, .seed, "Sampling seed. Providers promise repeatable answers only as far as possible."),
        ])
}

extension ValueType where Value == AnswerFormat {
    static let answer = word(
        "an answer format: text, or json with name", ["text": .text], or: JSONAnswer.self,
        from: { .json(property: $0.property, name: $0.name) },
        back: { if case .json(let property, let name) = $0 { JSONAnswer(property: property, name: name) } else { nil } }
    )
}

/// A JSON answer format, as written in a spec.
struct JSONAnswer: SpecEntity {
    var property: String
    var name: String

    static let table = KeyTable(
        "json-answer", called: "a JSON answer",
        "A JSON answer by a strict schema with one string property, which holds the label.",
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
        ])
}
