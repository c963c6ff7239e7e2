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
                "assay", .format, required: true, "The version of the format. Always 1; the first line of a spec.",
                examples: [1]
            ) { _, _ in },
            .setting("extends", .text, "Another spec file whose maps are merged beneath this one.") { _, _ in },
            .required("name", \.name, .text, "The experiment's name, shown in reports.", examples: ["stanford-dogs"]),
            .optional("description", \.description, .text, "A sentence for the report."),
            .optional(
                "task", \.task, .task,
                "What the models are asked to do: a word, or a map of that word and its options ([tasks](tasks.md)). Without it, "
                    + "`classify`.", examples: ["transcribe", ["answer": ["score": "anls"]]]),
            .optional("dataset", \.dataset, .entity, "Where the images come from."),
            .key("splits", \.splits, .named(.entity, kind: "split"), "Ways to divide the images."),
            .key("prompts", \.prompts, .named(.entity, kind: "prompt"), "What a vision-language model is told."),
            .key("requests", \.requests, .named(.entity, kind: "request"), "How a prompt is asked."),
            .key("providers", \.providers, .named(.provider, kind: "provider"), "Who answers."),
            .key("models", \.models, .named(.model, kind: "model"), "What is compared."),
            .key("evaluations", \.evaluations, .named(.entity, kind: "evaluation"), "What is measured."),
            .key("commands", \.commands, .named(.entity, kind: "command"), "Programs run as cached steps."),
            .optional("baseline", \.baseline, .name(of: "model"), "The model that the others are compared with."),
            .optional(
                "prices", \.prices, .file("path of a [price table](#price-table)"),
                "The prices by which costs are forecast and counted, in place of those that ship with the program (`assay "
                    + "prices` lists them). They touch no key."),
            .optional("budget", \.budget, .entity, "What the experiment may cost."),
            .optional(
                "executor", \.executor, .executor,
                "Where training, prediction and programs run: `local` without it. It touches no key, and is the same "
                    + "for all variants; `--executor` overrides it."),
            .optional(
                "track", \.track, .entity,
                "Servers that follow the run. They touch no key, and are the same for all variants."),
            .key("claims", \.claims, .list(of: .entity), "Published numbers to check."),
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
        "track", called: "the tracking", "Servers to which a run is written while it goes on ([sharing](sharing.md)).",
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

extension BudgetSpec: SpecEntity {
    static let table = KeyTable(
        "budget", called: "the budget",
        "The most that all runs in one project's store may cost. What is spent, reserved and forecast together is "
            + "held against it before anything is submitted.",
        blank: BudgetSpec(usd: .zero),
        keys: [.required("usd", \.usd, .dollars, "US dollars; an emulator's are counted apart.", examples: [250])])
}
