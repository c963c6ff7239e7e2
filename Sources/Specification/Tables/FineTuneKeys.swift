// The keys of fine-tuning jobs.

import Basics

extension FineTuneSpec: SpecEntity {
    static let table = KeyTable(
        "fine-tune", called: "a fine-tune",
        "A fine-tuning job. All of it decides the model that comes out; the same job is never paid twice.",
        blank: FineTuneSpec(model: "", data: FineTuneDataSpec(split: "", prompt: "")),
        example: """
            fine_tune:
              model: gpt-4o-2024-08-06
              method: supervised
              data: { split: by-name, prompt: classify, detail: low, answer: text }
              hyperparameters: { batch_size: 6, learning_rate_multiplier: 0.5, n_epochs: 2 }
              seed: 42
              training_type: standard
            """,
        keys: [
            .required("model", \.model, .text, "The model to start from, with its version."),
            .key("method", \.method, .word("a method"), "How it is trained."),
            .required("data", \.data, .entity, "What it is trained on."),
            .key("hyperparameters", \.hyperparameters, .entity, "What is left out, the provider chooses."),
            .optional("seed", \.seed, .seed, "Repeats a job as well as the provider can."),
            .optional(
                "suffix", \.suffix,
                .text(
                    word: "text", expected: "a suffix of at most 23 letters, digits, '-' and '_'",
                    pattern: "^[A-Za-z0-9_-]{1,23}$", fits: { $0.isIdentifier(1...23) }),
                "The readable part of the model's name. The rest of the provider's 40 characters tells whose job it is."
            ),
            .optional(
                "training_type", \.trainingType, .word("a training type"),
                "Where the job runs, which decides its price."),
            .optional("grader", \.grader, .grader, "What rewards an answer. Only for `reinforcement`."),
            .key(
                "evaluate_checkpoints", \.evaluateCheckpoints, .flag,
                "Evaluate the models of the two epochs before the last too, where latency is not measured: the provider keeps no "
                    + "more. Each has a deployment of its own and a row `MODEL@epoch-N`. Needs `n_epochs` (`epochs`)."),
        ])
}

extension FineTuneDataSpec: SpecEntity {
    static let table = KeyTable(
        "fine-tune-data", called: "a fine-tune's data",
        "The train part of a split as training examples, the validation part as validation examples.",
        blank: FineTuneDataSpec(split: "", prompt: ""),
        keys: [
            .required("split", \.split, .name(of: "split"), "The split."),
            .required("prompt", \.prompt, .name(of: "prompt"), "The prompt."),
            .key("detail", \.detail, .word("a detail"), "How finely the model looks at the image."),
            .key("answer", \.answer, .answer, "The form of the answer that is taught."),
            .key("validation", \.validation, .flag, "Send the validation part."),
            .key("rejected", \.rejected, .rejected, "The answer that is not preferred. Only for `dpo`."),
            .key(
                "allow_lost_labels", \.allowLostLabels, .flag,
                "Go on when a label loses all its training images: before the job those of a colour mode, size or format that "
                    + "the provider skips, after it those that its image screening rejected. Without it, the step fails."),
        ])
}

extension ValueType where Value == FineTuneDataSpec.Rejected {
    fileprivate static let rejected = choice(
        "a source of rejected answers",
        [
            .word("random-label", .randomLabel(seed: 0)),
            .key(
                "random-label", ValueType<RandomLabel>.entity, from: { .randomLabel(seed: $0.seed) },
                back: { if case .randomLabel(let seed) = $0 { RandomLabel(seed: seed) } else { nil } }),
            .key(
                "table", ValueType<FileReference>.file("path of a CSV with the columns `path`, `rejected`"),
                from: { .table($0) }, back: { if case .table(let file) = $0 { file } else { nil } }),
        ])
}

struct RandomLabel: SpecEntity {
    var seed: Int

    static let table = KeyTable(
        "random-label", called: "a random label", "Another label than the right one.", blank: RandomLabel(seed: 0),
        keys: [.key("seed", \.seed, .seed, "Decides the draws.")])
}

extension HyperparametersSpec: SpecEntity {
    static let table = KeyTable(
        "hyperparameters", "Hyperparameters of a fine-tuning job, by the provider's names and within its limits.",
        blank: HyperparametersSpec(),
        keys: [
            .optional(
                "n_epochs", \.nEpochs, .auto(or: .integer(1...50)), "How often the examples are seen.", examples: [2]),
            .optional("batch_size", \.batchSize, .auto(or: .integer(1...256)), "Examples in a training step."),
            .optional(
                "learning_rate_multiplier", \.learningRateMultiplier, .auto(or: .number(.positive(upTo: 1000))),
                "Times the learning rate of the model's own training."),
            .optional(
                "beta", \.beta, .auto(or: .number(NumberRange(above: 0, maximum: 2))),
                "How near the model stays to its start. Only for `dpo`."),
            .optional("l2_multiplier", \.l2Multiplier, .auto(or: .number(.natural(upTo: 1000))), "Only for `dpo`."),
            .optional("reasoning_effort", \.reasoningEffort, .word("a reasoning effort"), "Only for `reinforcement`."),
            .optional(
                "compute_multiplier", \.computeMultiplier, .auto(or: .number(NumberRange(minimum: 1e-5, maximum: 10))),
                "Only for `reinforcement`."),
            .optional(
                "eval_interval", \.evalInterval, .auto(or: .count(upTo: 1_000_000)),
                "Steps between evaluations. Only for `reinforcement`."),
            .optional(
                "eval_samples", \.evalSamples, .auto(or: .count(upTo: 1_000_000)), "Its samples. Only for `reinforcement`."),
            .optional(
                "epochs", \.epochs, .auto(or: .integer(1...100)), "Passes over the examples. Only for `vertex`, which calls "
                    + "`n_epochs` so.", examples: [2]),
            .optional(
                "adapter_size", \.adapterSize, .auto(or: .integer(1...16)),
                "The size of the trained adapter: 1, 2, 4, 8 or 16. Only for `vertex`."),
        ])
}

extension ValueType {
    /// The word `auto`, or a value.
    fileprivate static func auto<Item>(or type: ValueType<Item>) -> ValueType where Value == Automatic<Item> {
        ValueType(
            expected: "auto or \(type.expected)", word: "`auto` or \(type.word)",
            schema: ["anyOf": [["const": "auto"], type.schema]],
            read: { node, reading in
                node.scalar?.text == "auto" ? .auto : type.read(node, reading).map { .value($0) }
            },
            write: { value in
                switch value {
                case .auto: "auto"
                case .value(let value): type.write(value)
                }
            })
    }
}

extension ValueType where Value == GraderSpec {
    /// Graders that do not combine others.
    private static let simpleForms: [ChoiceForm<GraderSpec>] = [
        .key(
            "string_check", ValueType<StringCheck>.entity, from: { .stringCheck(operation: $0.operation) },
            back: { if case .stringCheck(let operation) = $0 { StringCheck(operation: operation) } else { nil } }),
        .key(
            "text_similarity", ValueType<TextSimilarity>.entity, from: { .textSimilarity(metric: $0.metric) },
            back: { if case .textSimilarity(let metric) = $0 { TextSimilarity(metric: metric) } else { nil } }),
        .key(
            "score_model", ValueType<ScoreModel>.entity,
            from: { .scoreModel(model: $0.model, prompt: $0.prompt, range: $0.range) },
            back: {
                guard case .scoreModel(let model, let prompt, let range) = $0 else { return nil }
                return ScoreModel(model: model, prompt: prompt, range: range)
            }),
    ]

    fileprivate static let simpleGrader = choice("a grader", simpleForms)

    fileprivate static let grader = choice(
        "a grader",
        simpleForms + [
            .key(
                "multi", ValueType<MultiGrader>.entity, from: { .multi(graders: $0.graders, formula: $0.formula) },
                back: {
                    guard case .multi(let graders, let formula) = $0 else { return nil }
                    return MultiGrader(graders: graders, formula: formula)
                })
        ])
}

struct StringCheck: SpecEntity {
    var operation: GraderSpec.StringOperation

    static let table = KeyTable(
        "string-check", called: "a string check", "Compares the answer with the label.",
        blank: StringCheck(operation: .eq),
        keys: [
            .required(
                "operation", \.operation, .word("an operation"),
                "Equal, not equal, containing, or containing whatever the case.")
        ])
}

struct TextSimilarity: SpecEntity {
    var metric: String

    static let table = KeyTable(
        "text-similarity", called: "a text similarity", "How alike the answer and the label are.",
        blank: TextSimilarity(metric: ""),
        keys: [.required("metric", \.metric, .text, "The provider's name of the metric.", examples: ["fuzzy_match"])])
}

struct ScoreModel: SpecEntity {
    var model: String
    var prompt: String
    var range: ClosedRange<Double>

    static let table = KeyTable(
        "score-model", called: "a score model", "Another model gives a score.",
        blank: ScoreModel(model: "", prompt: "", range: 0...1),
        keys: [
            .required("model", \.model, .text, "The provider's model that scores."),
            .required("prompt", \.prompt, .text, "What it is asked, with the provider's own templates."),
            .key("range", \.range, .interval(.any), "The lowest and the highest score."),
        ])
}

struct MultiGrader: SpecEntity {
    var graders: NamedMap<GraderSpec>
    var formula: String

    static let table = KeyTable(
        "multi-grader", called: "a combined grader", "A formula over named graders.",
        blank: MultiGrader(graders: [:], formula: ""),
        keys: [
            .required("graders", \.graders, .named(.simpleGrader, kind: "grader"), "The graders."),
            .required("calculate_output", \.formula, .formula, "The formula, over the graders' names."),
        ])
}

extension ValueType where Value == String {
    /// A formula of limited length and nesting; the provider checks everything else.
    fileprivate static let formula: ValueType = {
        let (longest, deepest) = (10_000, 64)
        var type = ValueType.text
        type.read = { node, reading in
            guard let text = ValueType.text.read(node, reading) else { return nil }
            var depth = 0
            var most = 0
            for byte in text.utf8 {
                if byte == UInt8(ascii: "(") { depth += 1 }
                if byte == UInt8(ascii: ")") { depth -= 1 }
                most = max(most, depth)
            }
            guard text.utf8.count <= longest, most <= deepest else {
                reading.report(
                    .outOfRange(
                        "this formula",
                        expected: "a formula of at most \(grouped(longest)) characters with at most \(deepest) nested "
                            + "parentheses"),
                    at: node.position)
                return nil
            }
            return text
        }
        return type
    }()
}

extension ValueType where Value == ClosedRange<Double> {
    /// A list of two numbers, the lower one first.
    static func interval(_ range: NumberRange) -> ValueType {
        let numbers = ValueType<[Double]>.list(of: .number(range))
        return ValueType(
            expected: "a list of two numbers, the lower first", word: "two numbers: lowest, highest",
            schema: ["type": "array", "items": ValueType<Double>.number(range).schema, "minItems": 2, "maxItems": 2],
            read: { node, reading in
                guard let values = numbers.read(node, reading) else { return nil }
                guard values.count == 2, values[0] <= values[1] else {
                    reading.report(
                        .outOfRange("this list", expected: "a list of two numbers, the lower first"),
                        at: node.position.start)
                    return nil
                }
                return values[0]...values[1]
            },
            write: { [.double($0.lowerBound), .double($0.upperBound)] })
    }
}
