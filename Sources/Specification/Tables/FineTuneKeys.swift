// The keys of fine-tuning jobs.

import Basics

extension FineTuneSpec: SpecEntity {
    static let table = KeyTable(
        "fine-tune", called: "a fine-tune",
        "A fine-tuning job. All settings affect the resulting model; the same job is never paid for twice.",
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
            .required("model", \.model, .text, "The base model, with its version."),
            .key("method", \.method, .word("a method"), "The training method."),
            .required("data", \.data, .entity, "The training data."),
            .key(
                "hyperparameters", \.hyperparameters, .hyperparameters,
                "Hyperparameters. The provider chooses omitted ones."),
            .optional(
                "seed", \.seed, .seed,
                "Seed of the training job. Providers promise repeatable results only as far as "
                    + "possible."),
            .optional(
                "suffix", \.suffix,
                .text(
                    word: "text", expected: "a suffix of at most 23 letters, digits, '-' and '_'",
                    pattern: "^[A-Za-z0-9_-]{1,23}$", fits: { $0.isIdentifier(1...23) }),
                "The readable part of the model's name. The rest of the 40 characters that the provider allows identifies the "
                    + "job."
            ),
            .optional(
                "training_type", \.trainingType, .word("a training type"),
                "The type of training, which determines where it runs and its price."),
            .optional("grader", \.grader, .grader, "The grader that rewards answers. Only for `reinforcement`."),
            .key(
                "evaluate_checkpoints", \.evaluateCheckpoints, .flag,
                "Also evaluate the models of earlier epochs that the provider keeps (`assay providers` lists them), except for "
                    + "latency. Each has a row `MODEL@epoch-N`. Requires the number of epochs."
            ),
        ])
}

extension FineTuneDataSpec: SpecEntity {
    static let table = KeyTable(
        "fine-tune-data", called: "a fine-tune's data",
        "The train part of a split provides training examples, the validation part validation examples.",
        blank: FineTuneDataSpec(split: "", prompt: ""),
        keys: [
            .required("split", \.split, .name(of: "split"), "The split."),
            .required("prompt", \.prompt, .name(of: "prompt"), "The prompt."),
            .key("detail", \.detail, .word("a detail"), "The resolution at which the model sees the image."),
            .key("answer", \.answer, .answer, "The form of the answers in the training examples."),
            .key("validation", \.validation, .flag, "Upload the validation part."),
            .key("rejected", \.rejected, .rejected, "The answers that are not preferred. Only for `dpo`."),
            .key(
                "allow_lost_labels", \.allowLostLabels, .flag,
                "Continue if a label loses all its training images, because the provider skips their colour mode, size or "
                    + "format, or because its image screening rejects them. Default: the step fails."),
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
                "table", ValueType<FileReference>.file("path of a CSV with the columns `path` (or `id`), `rejected`"),
                from: { .table($0) }, back: { if case .table(let file) = $0 { file } else { nil } }),
        ])
}

struct RandomLabel: SpecEntity {
    var seed: Int

    static let table = KeyTable(
        "random-label", called: "a random label", "A random incorrect label.", blank: RandomLabel(seed: 0),
        keys: [.key("seed", \.seed, .seed, "Seed of the random draws.")])
}

extension ValueType where Value == HyperparametersSpec {
    /// The hyperparameters of all kinds of providers.
    fileprivate static let hyperparameters = ValueType(
        expected: "a map", word: "[hyperparameters](#hyperparameters)", schema: ["$ref": "#/$defs/hyperparameters"],
        entities: { [$0.hyperparameters.description] }, merging: { $0.hyperparameters.description.merging($0) },
        read: { $1.vocabulary.hyperparameters.read($0, $1) }, write: { _ in .null })
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
                "`eq`: equal; `ne`: not equal; `like`: contains; `ilike`: contains, ignoring case.")
        ])
}

struct TextSimilarity: SpecEntity {
    var metric: String

    static let table = KeyTable(
        "text-similarity", called: "a text similarity", "The similarity of the answer and the label.",
        blank: TextSimilarity(metric: ""),
        keys: [.required("metric", \.metric, .text, "The name of the metric at the provider.", examples: ["fuzzy_match"])])
}

struct ScoreModel: SpecEntity {
    var model: String
    var prompt: String
    var range: ClosedRange<Double>

    static let table = KeyTable(
        "score-model", called: "a score model", "Another model assigns a score.",
        blank: ScoreModel(model: "", prompt: "", range: 0...1),
        keys: [
            .required("model", \.model, .text, "The model that scores, by its name at the provider."),
            .required("prompt", \.prompt, .text, "The prompt, with the provider's templates."),
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
            .required("calculate_output", \.formula, .formula, "A formula over the names of the graders."),
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
