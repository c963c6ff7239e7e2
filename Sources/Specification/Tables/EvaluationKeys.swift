// The keys of evaluations and claims.

import Basics

extension EvaluationSpec: SpecEntity {
    static let table = KeyTable(
        "evaluation", called: "an evaluation",
        "A measurement of models on a part of a split. With `concurrency`, it measures latency and runs as a whole; "
            + "otherwise, answers are cached per image.",
        blank: EvaluationSpec(split: SplitReference(split: "", part: .test), models: [:]), canExtend: true,
        example: """
            evaluations:
              accuracy:
                split: by-name.test
                models: { base: { batch: json }, tuned: { online: plain }, cnn: { split: shuffled.test } }
              latency:
                split: by-name.test
                concurrency: 1
                models: { base: { online: timed }, tuned: { online: timed }, cnn: {} }
            """,
        keys: [
            .required("split", \.split, .splitPart, "The images.", examples: ["main.test"]),
            .required("models", \.models, .named(.entity, kind: "model"), "The models, each with its request."),
            .optional(
                "concurrency", \.concurrency, .integer(1...1024),
                "Number of concurrent requests. Setting it measures latency."),
            .key("warmup", \.warmup, .natural(upTo: 100_000), "Number of uncounted requests before a latency measurement."),
            .key("repeats", \.repeats, .integer(1...1000), "Number of repetitions of all requests or training."),
            .key("match", \.match, .entity, "The differences between an answer and a label that are ignored."),
            .key("attempts", \.attempts, .integer(1...20), "Number of attempts for a request that gets no answer."),
            .key("allow_missing", \.allowMissing, .flag, "Compute scores even if some answers are missing."),
            .optional(
                "on_refused", \.onRefused, .word("the treatment of rejected images"),
                "The treatment of images that the provider rejects. `fail` (the default): the score fails and lists them. "
                    + "`exclude`: they are excluded from the score. `wrong`: they count as wrong."),
        ])
}

extension ModelEvaluationSpec: SpecEntity {
    static let table = KeyTable(
        "model-evaluation", called: "a model's evaluation",
        "The request for one model. A model that runs on this machine needs only `{}`.",
        blank: ModelEvaluationSpec(), rules: [.atMostOne(["batch", "online"])],
        keys: [
            .setting("batch", .name(of: "request"), "The request to send through the provider's batch service.") {
                $0.ask = .batch($1)
            },
            .setting("online", .name(of: "request"), "The request to send one by one.") { $0.ask = .online($1) },
            .optional(
                "split", \.split, .splitPart,
                "Evaluate this model on different images from the others. The comparison is "
                    + "then not paired."),
        ])
}

extension MatchSpec: SpecEntity {
    static let table = KeyTable(
        "match", called: "a match",
        "The differences between an answer and a label that are ignored. Two labels that this would make equal are an "
            + "error.",
        blank: MatchSpec(),
        example: """
            evaluations:
              accuracy:
                split: main.test
                models: { base: { online: ask } }
                match: { ignore: [case, punctuation, markdown, quotes], unicode: nfkc, aliases: { red: [crimson, scarlet] } }
            """,
        keys: [
            .setting(
                "ignore", .list(of: .word("a difference that matching ignores")),
                "The differences to ignore: upper and lower `case`; `spaces` at the ends and their number between "
                    + "words; `punctuation` with the spaces around it, and an introduction such as `Category:`; "
                    + "`markdown` such as emphasis and code fences; `quotes` around the answer."
            ) { match, differences in differences.forEach { match.ignore($0) } },
            .optional(
                "unicode", \.unicode, .word("a Unicode form"),
                "`nfkc`: characters that look alike, such as typographic hyphens and no-break spaces, equal their plain "
                    + "forms."),
            .setting("aliases", .table(.names), "Other names of labels: a name, or a list of names, for each label.") {
                match, aliases in
                match.aliases = Dictionary(
                    aliases.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
            },
            .setting("ignore_case", .flag, "The same as `ignore: [case]`.") { $0.ignoreCase = $1 },
            .setting("ignore_spaces", .flag, "The same as `ignore: [spaces]`.") { $0.ignoreSpaces = $1 },
        ])
}

extension ValueType where Value == [String] {
    /// A name or a list of names; numbers and booleans are read as their text.
    fileprivate static let names: ValueType = {
        let list = ValueType<[String]>.list(of: .argument, atLeast: 1)
        let one = ValueType<String>.argument
        return ValueType(
            expected: "a name or a list of names", word: "text, or list of text",
            schema: ["anyOf": [one.schema, list.schema]],
            read: { node, reading in
                node.items == nil ? one.read(node, reading).map { [$0] } : list.read(node, reading)
            },
            write: { list.write($0) })
    }()
}

extension ClaimSpec: SpecEntity {
    static let table = KeyTable(
        "claim", called: "a claim",
        "A published number, and the condition under which it is reproduced. Use `stated` for a statement that cannot be measured.",
        blank: ClaimSpec(subject: .stated("")),
        rules: [
            .exactlyOne(["metric", "stated"]), .atMostOne(["within", "at_most", "at_least"]),
            .needs("metric", oneOf: ["within", "at_most", "at_least"]), .needs("within", oneOf: ["published"]),
        ],
        example: """
            claims:
              - { metric: evaluations.accuracy.base.accuracy, published: 0.7367, n: 600, within: sampling }
              - { metric: training.cnn.seconds, at_most: 1800 }
              - { stated: "tuned inference costs 10% more", published: 0.10 }
            """,
        keys: [
            .setting("metric", .text, "A path in `metrics.json`, below the variant.") { $0.subject = .metric($1) },
            .setting("stated", .text, "A statement that is not measured.") { $0.subject = .stated($1) },
            .optional("published", \.published, .number(), "The published number."),
            .optional("n", \.n, .count(upTo: 1_000_000_000), "The number of images on which it was measured."),
            .setting(
                "within", .tolerance,
                "The tolerated difference: the sampling error (`sampling`), the variation between repeats (`noise`), a "
                    + "percentage of the published number (`5%`), or an absolute difference (`0.02`)."
            ) { $0.check = .within($1) },
            .setting("at_most", ValueType<Double>.number(), "Maximum of the measured number.") {
                $0.check = .atMost($1)
            },
            .setting("at_least", ValueType<Double>.number(), "Minimum of the measured number.") {
                $0.check = .atLeast($1)
            },
            .optional("source", \.source, .text, "The publication of the number."),
        ])
}

extension ValueType where Value == ClaimSpec.Tolerance {
    fileprivate static let tolerance: ValueType = {
        let expected = "a tolerance: sampling, noise, a part such as 5%, or a number"
        return ValueType(
            expected: expected, word: "`sampling`, `noise`, a part such as `5%`, or a number",
            schema: [
                "anyOf": [
                    ["enum": ["sampling", "noise"]], ["type": "number", "minimum": 0, "maximum": 1_000_000_000],
                    ["type": "string", "pattern": "^[0-9]+(\\.[0-9]+)? ?%$|^\\$\\{"],
                ]
            ],
            read: { node, reading in
                guard let scalar = node.scalar else {
                    reading.wrongType(node, expected: expected)
                    return nil
                }
                guard let value = reading.value(scalar, at: node.position) else { return nil }
                switch value {
                case .int(let number) where (0...1_000_000_000).contains(number): return .absolute(Double(number))
                case .double(let number) where number >= 0 && number <= 1e9: return .absolute(number)
                case .string("sampling"): return .sampling
                case .string("noise"): return .noise
                case .string(let text):
                    if let match = text.wholeMatch(of: #/([0-9]+(?:\.[0-9]+)?) ?%/#),
                        let number = Double(match.output.1), number <= 1e6
                    {
                        return .relative(number / 100)
                    }
                    let known = ["sampling", "noise"]
                    reading.report(
                        .unknownValue(
                            text, expected: expected, nearest: known.nearest(to: text), known: known + ["5%", "0.02"]),
                        at: node.position)
                    return nil
                default:
                    reading.wrongType(node, expected: expected)
                    return nil
                }
            },
            write: { tolerance in
                switch tolerance {
                case .sampling: "sampling"
                case .noise: "noise"
                case .relative(let part): .string("\(part * 100)%")
                case .absolute(let number): .double(number)
                }
            })
    }()
}
