// The keys of models.

import Basics

extension ValueType where Value == ModelSpec {
    /// A map. The key `fine_tune`, `train` (with or without a `program`), `probe`, `command` or `answers` determines the kind;
    /// without them it is a hosted model.
    static let model: ValueType = {
        let hosted = ValueType<HostedModelSpec>.entity
        let fineTuned = ValueType<FineTunedModelSpec>.entity
        let trained = ValueType<TrainedModel>.entity
        let program = ValueType<ProgramTrainedModel>.entity
        let probe = ValueType<ProbeModel>.entity
        let command = ValueType<CommandModelSpec>.entity
        let recorded = ValueType<RecordedModelSpec>.entity
        func when(_ key: String, _ then: JSONValue, _ otherwise: JSONValue) -> JSONValue {
            ["if": ["required": [.string(key)]], "then": then, "else": otherwise]
        }
        let byProgram: JSONValue = [
            "if": ["properties": ["train": ["required": ["program"]]]], "then": program.schema, "else": trained.schema,
        ]
        return ValueType(
            expected: "a map",
            word: "\(hosted.word), \(fineTuned.word), \(trained.word), \(program.word), \(probe.word), \(command.word) or "
                + recorded.word,
            schema: when(
                "fine_tune", fineTuned.schema,
                when(
                    "train", byProgram,
                    when(
                        "probe", probe.schema,
                        when("command", command.schema, when("answers", recorded.schema, hosted.schema))))),
            entities: { known in
                hosted.entities(known) + fineTuned.entities(known) + trained.entities(known) + program.entities(known)
                    + probe.entities(known) + command.entities(known) + recorded.entities(known)
            },
            merging: { known in
                .oneOf([
                    hosted.merging(known), fineTuned.merging(known), trained.merging(known), program.merging(known),
                    probe.merging(known), command.merging(known), recorded.merging(known),
                ])
            },
            read: { node, reading in
                let keys = Set((node.pairs ?? []).map(\.key))
                if keys.contains("fine_tune") { return fineTuned.read(node, reading).map { .fineTuned($0) } }
                if node["train"]?.pairs?.contains(where: { $0.key == "program" }) ?? false {
                    return program.read(node, reading).map { .programTrained($0.train) }
                }
                if keys.contains("train") { return trained.read(node, reading).map { .trained($0.train) } }
                if keys.contains("probe") { return probe.read(node, reading).map { .probe($0.probe) } }
                if keys.contains("command") { return command.read(node, reading).map { .command($0) } }
                if keys.contains("answers") { return recorded.read(node, reading).map { .recorded($0) } }
                return hosted.read(node, reading).map { .hosted($0) }
            },
            write: { _ in .null })
    }()
}

extension HostedModelSpec: SpecEntity {
    static let table = KeyTable(
        "hosted-model", called: "a hosted model",
        "A provider's model without fine-tuning, queried through existing deployments or one created for the run.",
        blank: HostedModelSpec(provider: "", model: ""), canExtend: true,
        example: """
            models:
              base:
                provider: foundry
                model: gpt-4o-2024-08-06
                deployment: gpt-4o
                batch_deployment: gpt-4o-batch
            """,
        keys: [
            .required("provider", \.provider, .name(of: "provider"), "The provider."),
            .required("model", \.model, .text, "The name of the model, with its version.", examples: ["gpt-4o-2024-08-06"]),
            .optional("deployment", \.deployment, .deferred, "The deployment that answers online requests."),
            .optional("batch_deployment", \.batchDeployment, .deferred, "The deployment that answers batches."),
            .optional("deploy", \.deploy, .entity, "A deployment created for the run and deleted afterwards."),
            .optional(
                "enqueued_tokens", \.enqueuedTokens, .count(upTo: 1_000_000_000_000),
                "The quota of enqueued tokens of the batch deployment, if it is small. Batches are split to fit and sent one "
                    + "after another.", examples: [90_000]),
            .optional(
                "price", \.price, .word("a price"), "`free` for a model that the provider does not charge for."),
        ])
}

extension FineTunedModelSpec: SpecEntity {
    static let table = KeyTable(
        "fine-tuned-model", called: "a fine-tuned model",
        "A provider's model that is fine-tuned first and then deployed while it is needed.",
        blank: FineTunedModelSpec(
            provider: "", fineTune: FineTuneSpec(model: "", data: FineTuneDataSpec(split: "", prompt: ""))),
        canExtend: true,
        keys: [
            .required("provider", \.provider, .name(of: "provider"), "The provider."),
            .required("fine_tune", \.fineTune, .entity, "The training job."),
            .key("deploy", \.deploy, .entity, "The deployment created for the run."),
            .optional(
                "price", \.price, .word("a price"), "`free` for a model that the provider does not charge for."),
        ])
}

/// A locally trained network, as written in a spec.
struct TrainedModel: SpecEntity {
    var train: TrainSpec

    static let table = KeyTable(
        "trained-model", called: "a trained model", "A network trained on this machine or cluster.",
        blank: TrainedModel(train: TrainSpec.table.blank), canExtend: true,
        keys: [.required("train", \.train, .entity, "The training recipe.")])
}

extension CommandModelSpec: SpecEntity {
    static let table = KeyTable(
        "command-model", called: "a command model",
        "A program as a model. It reads `train.csv` and `validation.csv` (columns `path`, `label`) and `predict.csv` "
            + "(column `path`) in its folder and writes its predictions (columns `path`, `answer`, and optionally "
            + "where it measures it).",
        blank: CommandModelSpec(command: CommandSpec.table.blank), canExtend: true,
        keys: [
            .required("command", \.command, .entity, "The program."),
            .optional("data", \.data, .entity, "The training data. Default: the program is not trained."),
            .key("predictions", \.predictions, .text, "The predictions file that the program writes."),
        ])
}

extension RecordedModelSpec: SpecEntity {
    static let table = KeyTable(
        "recorded-model", called: "a model of recorded answers",
        "Answers recorded outside of Assay, such as published predictions. They are scored, compared and shown like those of "
            + "any other model; no requests are sent. Costs and latencies are unknown unless the table has columns for them.",
        blank: RecordedModelSpec(answers: FileReference(EnvironmentText(""))), canExtend: true,
        example: """
            models:
              published: { answers: published.csv, columns: { path: file, answer: predicted_breed } }
            """,
        keys: [
            .required(
                "answers", \.answers, .file(),
                "A table with one row per item: comma, semicolon, tab or bar separated text, JSON Lines, or Parquet. Every item of "
                    + "the evaluation needs a row."),
            .key("columns", \.columns, .entity, "The roles of the table's columns. Usual names are recognized without it."),
        ])
}

extension RecordedColumns: SpecEntity {
    static let table = KeyTable(
        "recorded-columns", called: "the columns of recorded answers",
        "Names of the columns of a table of recorded answers. By default, these names are recognized in any case: "
            + "`answer`, `prediction`, `predicted`; `id`, `item`; `path`, `file_name`, `filename`, `file`, `image`, "
            + "`image_path`; `latency_ms`; `cost_usd`.",
        blank: RecordedColumns(),
        keys: [
            .optional("answer", \.answer, .text, "The column with the answers.", examples: ["predicted_breed"]),
            .optional(
                "id", \.id, .text, "For tasks other than `classify`: the column with the item's id.", examples: ["question_id"]),
            .optional(
                "path", \.path, .text,
                "The column with the image's path in the dataset, or a unique suffix of it, such as the file name.",
                examples: ["file"]),
            .optional("latency_ms", \.latency, .text, "The column with latencies in milliseconds.", examples: ["ms"]),
            .optional("cost_usd", \.cost, .text, "The column with the cost of each answer in US dollars.", examples: ["usd"]),
        ])
}

extension DeploySpec: SpecEntity {
    static let table = KeyTable(
        "deploy", called: "a deployment",
        "A deployment created for the run. It is billed by the hour and deleted at the end, unless kept.",
        blank: DeploySpec(),
        keys: [
            .key("sku", \.sku, .word("a deployment SKU"), "The SKU of the deployment, which determines its price."),
            .key("capacity", \.capacity, .count(upTo: 1_000_000), "Capacity in thousands of tokens per minute."),
            .key("keep", \.keep, .keep, "Whether, or for how long, the deployment is kept after the run."),
        ])
}

extension ValueType where Value == DeploySpec.Keep {
    fileprivate static let keep: ValueType = {
        let flag = ValueType<Bool>.flag
        let time = ValueType<Duration>.duration
        return ValueType(
            expected: "true, false or a time such as 2h", word: "true, false or \(time.word)",
            schema: ["anyOf": [flag.schema, time.schema]],
            read: { node, reading in
                if let scalar = node.scalar, case .bool(let keep) = scalar.resolved { return keep ? .yes : .no }
                return time.read(node, reading).map { .duration($0) }
            },
            write: { keep in
                switch keep {
                case .no: false
                case .yes: true
                case .duration(let duration): time.write(duration)
                }
            })
    }()
}

extension CommandSpec: SpecEntity {
    static let table = KeyTable(
        "command", called: "a command",
        "A program that runs in a separate folder with its declared inputs, from which its declared outputs "
            + "are collected. The command line, inputs, version and environment determine its cache key.",
        blank: CommandSpec(run: .shell("")), canExtend: true,
        example: """
            commands:
              features:
                run: [python3, features.py]
                inputs: [features.py]
                outputs: [features.npy]
                time_limit: 10m
            """,
        keys: [
            .required("run", \.run, .commandLine, "The program with its arguments, or a command line for `/bin/sh -c`."),
            .key(
                "inputs", \.inputs, .list(of: .commandInput),
                "Input files and folders next to the spec, and outputs of other commands."),
            .key("outputs", \.outputs, .list(of: .outputPath), "Paths that the program writes, relative to its working folder."),
            .optional(
                "version", \.version, .text,
                "Change this when the program behaves differently although its declared files are the same."),
            .key(
                "environment", \.environment, .list(of: .variableName),
                "Names of environment variables passed to the program. Their values are part of the key."),
            .optional("time_limit", \.timeLimit, .duration, "Time limit. After it, the program is stopped and the step fails."),
            .optional(
                "python", \.python, .file("folder"),
                "The folder of a Python virtual environment, which comes first on `PATH` and in `VIRTUAL_ENV`. Its Python "
                    + "version and installed packages are part of the key.",
                examples: [".venv"]),
        ])
}

extension ValueType where Value == String {
    fileprivate static let outputPath = text(
        word: "relative path", expected: "a relative path below the command's folder", pattern: "^[^/]",
        fits: { text in (try? SafePath(text)).map { !$0.names.isEmpty } ?? false })

    static let variableName = text(
        word: "name of a variable", expected: "the name of an environment variable",
        pattern: "^[A-Za-z_][A-Za-z0-9_]*$",
        fits: { $0.wholeMatch(of: #/[A-Za-z_][A-Za-z0-9_]*/#) != nil })
}

extension ValueType where Value == CommandLine {
    static let commandLine: ValueType = {
        let arguments = ValueType<[String]>.list(of: .argument, atLeast: 1)
        let line = ValueType<String>.verbatim
        return ValueType(
            expected: "a command line", word: "list of text, or text",
            schema: ["anyOf": [line.schema, arguments.schema]],
            read: { node, reading in
                node.items == nil
                    ? line.read(node, reading).map { .shell($0) } : arguments.read(node, reading).map { .arguments($0) }
            },
            write: { line in
                switch line {
                case .arguments(let words): .array(words.map { .string($0) })
                case .shell(let text): .string(text)
                }
            })
    }()
}

extension ValueType where Value == String {
    /// A string, as in a command line: numbers and booleans need no quotes and are read as their text.
    static let argument = ValueType(
        expected: "a text", word: "text", schema: ["type": ["string", "number", "boolean"]],
        read: { node, reading in
            guard let scalar = node.scalar, scalar.resolved != .null else {
                reading.wrongType(node, expected: "a text")
                return nil
            }
            return scalar.text
        },
        write: { .string($0) })
}

extension ValueType where Value == CommandInput {
    static let commandInput: ValueType = {
        let file = ValueType<FileReference>.file()
        let output = ValueType<CommandOutput>.entity
        return ValueType(
            expected: "a path or an output of another command", word: "path or \(output.word)",
            schema: ["anyOf": [file.schema, output.schema]], entities: output.entities, merging: output.merging,
            read: { node, reading in
                node.pairs == nil
                    ? file.read(node, reading).map { .file($0) }
                    : output.read(node, reading).map { .output(command: $0.command, path: $0.path) }
            },
            write: { input in
                switch input {
                case .file(let reference): file.write(reference)
                case .output: .null
                }
            })
    }()
}

/// An output of another command, as written in a spec.
struct CommandOutput: SpecEntity {
    var command: String
    var path: String?

    static let table = KeyTable(
        "command-output", called: "an output of a command",
        "The output of another command, at the same path.",
        blank: CommandOutput(command: ""),
        keys: [
            .required("from", \.command, .name(of: "command"), "The command."),
            .optional("output", \.path, .text, "One of its outputs. Default: all."),
        ])
}
