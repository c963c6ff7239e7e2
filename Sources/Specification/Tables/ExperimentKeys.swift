// The keys of a whole spec.

import Basics
import TaskKit

extension ExperimentSpec: SpecEntity {
    static let table = KeyTable(
        "experiment", called: "the spec",
        "A whole spec: one YAML file, or several joined by `extends`.",
        blank: ExperimentSpec(name: ""),
        keys: [
            .setting(
                "assay", .format, required: true, "The version of the spec format. Always 1.",
                examples: [1]
            ) { _, _ in },
            .setting("extends", .text, "Another spec file, which this one overrides. Maps are merged.") { _, _ in },
            .required("name", \.name, .text, "The experiment's name, shown in reports.", examples: ["stanford-dogs"]),
            .optional("description", \.description, .text, "A sentence shown in the report."),
            .optional(
                "task", \.task, .task,
                "The task of the models: its name, or a map from that name to its options "
                    + "([tasks](tasks.md)). Default: `classify`.", examples: ["transcribe", ["answer": ["score": "anls"]]]),
            .optional("dataset", \.dataset, .entity, "The source of the images."),
            .key("splits", \.splits, .named(.entity, kind: "split"), "The division of the images into parts."),
            .key("prompts", \.prompts, .named(.entity, kind: "prompt"), "Messages for vision-language models."),
            .key("requests", \.requests, .named(.entity, kind: "request"), "Prompts with their request parameters."),
            .key("providers", \.providers, .named(.provider, kind: "provider"), "The services that run models."),
            .key("models", \.models, .named(.model, kind: "model"), "The models to compare."),
            .key(
                "evaluations", \.evaluations, .named(.entity, kind: "evaluation"),
                "The measurements of models on parts of splits."),
            .key("judges", \.judges, .named(.entity, kind: "judge"), "Models that judge answers."),
            .key("commands", \.commands, .named(.entity, kind: "command"), "Programs that run as cached steps."),
            .optional("baseline", \.baseline, .name(of: "model"), "The model that the others are compared with."),
            .optional(
                "prices", \.prices, .file("path of a [price table](#price-table)"),
                "The price table for forecasts and costs. Default: the built-in tables (`assay prices` lists them). Not part "
                    + "of any key."),
            .optional("budget", \.budget, .entity, "The maximum cost of the experiment."),
            .optional(
                "executor", \.executor, .executor,
                "The executor of training, prediction and programs. Default: `local`. Not part of any key, and the same for all "
                    + "variants. `--executor` overrides it."),
            .optional(
                "track", \.track, .entity,
                "Servers to which the run is reported. Not part of any key, and the same for all variants."),
            .key("claims", \.claims, .list(of: .entity), "Published numbers to check."),
            .key(
                "published", \.published, .named(.entity, kind: "publication"),
                "Published counts and screenings without answers, which the report audits ([audit](audit.md)). Not part of any "
                    + "key, and the same for all variants."),
            .key("variants", \.variants, .named(.variant, kind: "variant"), "Named sets of changed values."),
            .optional("sweep", \.sweep, .sweep, "Sets of changed values made from lists."),
        ])
}

extension ValueType where Value == Int {
    /// The format version of a file.
    static let format = ValueType(
        expected: "1", word: "`1`", schema: ["const": 1],
        read: { node, reading in
            guard let scalar = node.scalar, case .int(let version) = scalar.resolved else {
                reading.wrongType(node, expected: "the number 1")
                return nil
            }
            guard version == 1 else {
                reading.report(.newerFormat(version), at: node.position)
                return nil
            }
            return 1
        },
        write: { .int(Int64($0)) })
}

extension TrackSpec: SpecEntity {
    static let table = KeyTable(
        "track", called: "the tracking", "Servers to which a run is written while it is running ([sharing](sharing.md)).",
        blank: TrackSpec(), rules: [.exactlyOne(["mlflow"])],
        example: """
            track: { mlflow: { uri: http://127.0.0.1:5000 } }
            """,
        keys: [.optional("mlflow", \.mlflow, .entity, "An MLflow server.")])
}

extension MLflowSpec: SpecEntity {
    static let table = KeyTable(
        "mlflow", called: "the MLflow server",
        "An MLflow tracking server. A server on another machine must be trusted first (`assay trust`). A server that does not "
            + "answer never stops a run: `assay export --to mlflow` writes it later.",
        blank: MLflowSpec(uri: EnvironmentText("")),
        keys: [.required("uri", \.uri, .deferred, "Its address.", examples: ["http://127.0.0.1:5000"])])
}

extension PublishedSpec: SpecEntity {
    static let table = KeyTable(
        "published", called: "the publication",
        "Published counts of right answers whose answers are not published. The report states the conclusions over every "
            + "pairing that they allow, and how many items would be needed.",
        blank: PublishedSpec(), rules: [.atLeastOne(["counts", "screening"])],
        example: """
            published:
              charts: { counts: { base: 9/10, tuned: 8/10 } }
              images: { screening: { submitted: 48, accepted: 30 } }
            """,
        keys: [
            .key("counts", \.counts, .table(.publishedCount), "Right answers of each model, of items that all of them answered."),
            .optional("screening", \.screening, .entity, "The screening of the training images."),
            .optional("source", \.source, .text, "The publication of the numbers."),
        ])
}

extension PublishedScreening: SpecEntity {
    static let table = KeyTable(
        "published-screening", called: "the published screening",
        "The numbers of training images submitted to a provider's screening, and accepted by it.",
        blank: PublishedScreening(submitted: 0, accepted: 0),
        keys: [
            .required("submitted", \.submitted, .count(upTo: 100_000_000), "Images submitted.", examples: [48]),
            .required(
                "accepted", \.accepted, .natural(upTo: 100_000_000), "Images accepted, at most those submitted.", examples: [30]),
        ])
}

extension ValueType where Value == PublishedCount {
    /// `9/10`: right answers and items.
    fileprivate static let publishedCount: ValueType = {
        let text = ValueType<String>.text(
            word: "right answers and items: `9/10`",
            expected: "right answers and items, such as 9/10, with at most 100,000 items",
            pattern: "^[0-9]+ ?/ ?[0-9]+$", fits: { PublishedCount($0) != nil })
        return ValueType(
            expected: text.expected, word: text.word, schema: text.schema,
            read: { node, reading in text.read(node, reading).flatMap { PublishedCount($0) } },
            write: { .string($0.text) })
    }()
}

extension BudgetSpec: SpecEntity {
    static let table = KeyTable(
        "budget", called: "the budget",
        "The maximum cost of all runs in one project's store. The sum of spent, reserved and forecast costs is "
            + "checked against it before anything is submitted.",
        blank: BudgetSpec(usd: .zero),
        keys: [.required("usd", \.usd, .dollars, "US dollars. Emulated dollars are counted separately.", examples: [250])])
}
