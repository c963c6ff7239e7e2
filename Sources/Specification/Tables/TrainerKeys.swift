// The keys of models that are trained by a program.

import Basics

extension TrainerSpec: SpecEntity {
    static let table = KeyTable(
        "trainer", called: "a trainer",
        "A program that trains one epoch at a time and predicts from a checkpoint (docs/trainers.md). Each epoch is "
            + "cached, and its key does not contain the number of epochs: raising `epochs` trains only the new ones.",
        blank: TrainerSpec(program: .shell(""), data: TrainDataSpec(split: ""), epochs: 1),
        example: """
            train:
              program: [python3, train.py]
              inputs: [train.py, assay_trainer.py]
              data: { split: main }
              epochs: 8
              hyperparameters: { learning_rate: 0.001, batch_size: 32 }
              seed: 42
            """,
        keys: [
            .required(
                "program", \.program, .commandLine,
                "The program with its arguments, or a command line for `/bin/sh -c`. Assay appends `epoch`, `predict` or `serve` and, "
                    + "for the first two, the path of the request."),
            .required(
                "data", \.data, .entity,
                "The split. The model is trained on its train part and selected on its "
                    + "validation part."),
            .required("epochs", \.epochs, .integer(1...10_000), "Number of epochs."),
            .key(
                "inputs", \.inputs, .list(of: .commandInput),
                "Input files and folders next to the spec, and outputs of commands. Their content is part of the key."),
            .key(
                "hyperparameters", \.hyperparameters, .anyMap,
                "Values passed to the program as written. They are part of the key."),
            .key("seed", \.seed, .seed, "Passed to the program."),
            .key(
                "select", \.select, .word("a rule"),
                "The epoch to use as the model. On a tie, the earliest."),
            .key(
                "environment", \.environment, .list(of: .variableName),
                "Names of environment variables passed to the program. Their values are part of the key."),
            .optional(
                "versions", \.versions, .commandLine,
                "A command whose output is part of the key, such as one that prints the versions of libraries. It runs "
                    + "with `run`, and with `plan` and `explain` in a project with your own ledger.",
                examples: [["python3", "-c", "import torch; print(torch.__version__)"]]),
            .optional(
                "python", \.python, .file("folder"),
                "The folder of a Python virtual environment, which comes first on `PATH` and in `VIRTUAL_ENV`. Its Python "
                    + "version and installed packages are part of the key.",
                examples: [".venv"]),
            .optional("time_limit", \.timeLimit, .duration, "Time limit for one epoch or one prediction."),
            .key(
                "long_lived", \.isLongLived, .flag,
                "Whether one process trains all epochs and predicts, so that data and weights are loaded once."),
            .key("resources", \.resources, .entity, "Devices of this machine that an epoch or a prediction uses."),
        ])
}

extension ResourcesSpec: SpecEntity {
    static let table = KeyTable(
        "resources", called: "resources", "Devices of this machine that a step uses while it runs.",
        blank: ResourcesSpec(),
        keys: [
            .key(
                "gpu", \.gpu, .integer(0...1024),
                "Number of GPUs. The step waits until that many are free, and `CUDA_VISIBLE_DEVICES` lists only those.")
        ])
}

/// A model trained by a program, as written in a spec.
struct ProgramTrainedModel: SpecEntity {
    var train: TrainerSpec

    static let table = KeyTable(
        "program-trained-model", called: "a model trained by a program",
        "A model trained by a program, epoch by epoch.", blank: ProgramTrainedModel(train: TrainerSpec.table.blank),
        canExtend: true, keys: [.required("train", \.train, .entity, "The program and its settings.")])
}

extension ValueType where Value == JSONValue {
    /// A map with arbitrary keys and values, kept as JSON.
    static let anyMap: ValueType = ValueType(
        expected: "a map", word: "map", schema: ["type": "object"],
        read: { node, reading in
            guard node.pairs != nil else {
                reading.wrongType(node, expected: "a map")
                return nil
            }
            return reading.json(node)
        },
        write: { $0 })
}

extension Reading {
    /// A node as JSON with typed scalars and expanded environment variables; `nil` after an error.
    fileprivate func json(_ node: YAMLNode) -> JSONValue? {
        switch node.content {
        case .scalar(let scalar):
            guard let value = value(scalar, at: node.position) else { return nil }
            if case .double(let number) = value, !number.isFinite {
                report(.badFormat(scalar.text, expected: "a finite number"), at: node.position)
                return nil
            }
            // Only digits, but not an integer: the nearest double is another number, such as another seed.
            let digits = scalar.text.utf8.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
            if case .double = value, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
                report(
                    .badFormat(scalar.text, expected: "a whole number of at most 64 bits, or a text in quotes"),
                    at: node.position)
                return nil
            }
            return value.json
        case .list(let items):
            var values: [JSONValue] = []
            for item in items {
                guard let value = json(item) else { return nil }
                values.append(value)
            }
            return .array(values)
        case .map(let pairs):
            var members: [String: JSONValue] = [:]
            for pair in pairs {
                guard let value = json(pair.value) else { return nil }
                members[pair.key] = value
            }
            return .object(members)
        }
    }
}
