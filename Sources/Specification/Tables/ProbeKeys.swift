// The keys of probes.

import Basics

/// A probe, as written in a spec.
struct ProbeModel: SpecEntity {
    var probe: ProbeSpec

    static let table = KeyTable(
        "probe-model", called: "a probe", "A classifier on the features of a frozen network.",
        blank: ProbeModel(probe: ProbeSpec.table.blank), canExtend: true,
        keys: [.required("probe", \.probe, .entity, "The network and the classifier.")])
}

extension ProbeSpec: SpecEntity {
    static let table = KeyTable(
        "probe", called: "a probe",
        "A classifier on frozen features. The features of an image are computed once per backbone and shared by all probes "
            + "on it. Features are standardized with the mean and standard deviation of the train part.",
        blank: ProbeSpec(backbone: .network(NetworkBackbone.table.blank), data: TrainDataSpec(split: "")),
        example: """
            probe:
              backbone:
                architecture: efficientnet_lite0
                weights: { file: efficientnet_lite0.safetensors }
              head: logistic
              data: { split: main }
            """,
        keys: [
            .required("backbone", \.backbone, .backbone, "The source of the features."),
            .key("head", \.head, .head, "The classifier."),
            .required(
                "data", \.data, .entity, "The split: its train part fits the classifier, its validation part selects the setting."
            ),
        ])
}

extension ValueType where Value == BackboneSpec {
    /// A map: a program if it has the key `program`, otherwise a built-in network.
    fileprivate static let backbone: ValueType = {
        let network = ValueType<NetworkBackbone>.entity
        let program = ValueType<ProgramBackbone>.entity
        return ValueType(
            expected: "a map", word: "\(network.word) or \(program.word)",
            schema: ["if": ["required": ["program"]], "then": program.schema, "else": network.schema],
            entities: { network.entities($0) + program.entities($0) },
            merging: { .oneOf([network.merging($0), program.merging($0)]) },
            read: { node, reading in
                if (node.pairs ?? []).contains(where: { $0.key == "program" }) {
                    return program.read(node, reading).map { .program($0) }
                }
                return network.read(node, reading).map { .network($0) }
            },
            write: { _ in .null })
    }()
}

extension NetworkBackbone: SpecEntity {
    static let table = KeyTable(
        "network-backbone", called: "a built-in network as a backbone", "A built-in network without its last layer.",
        blank: NetworkBackbone(architecture: .smallCNN),
        keys: [
            .required("architecture", \.architecture, .word("an architecture"), "The network."),
            .key(
                "weights", \.weights, .weights,
                "Its weights. Default: random weights. The last layer is not used."),
            .key("evaluate", \.evaluate, .list(of: .evaluate), "Operations on an image, in order."),
            .optional(
                "normalize", \.normalize, .normalize,
                "Mean and standard deviation of the channels. Default: those of the architecture's weights."),
            .optional(
                "threads", \.threads, .integer(1...1024),
                "The number of threads, which affects the last bits of the features. Default: the number of cores."),
        ])
}

extension ProgramBackbone: SpecEntity {
    static let table = KeyTable(
        "program-backbone", called: "a program as a backbone",
        "A program that computes the features of images (docs/trainers.md).",
        blank: ProgramBackbone(program: .shell("")),
        keys: [
            .required(
                "program", \.program, .commandLine,
                "The program with its arguments, or a command line for `/bin/sh -c`. `features` and the path of the request are "
                    + "appended."),
            .key(
                "inputs", \.inputs, .list(of: .commandInput),
                "Files and folders next to the spec, and outputs of commands. Their content is part of the key."),
            .key(
                "hyperparameters", \.hyperparameters, .anyMap,
                "Values passed to the program as written. They are part of the key."),
            .key("seed", \.seed, .seed, "Passed to the program."),
            .key(
                "environment", \.environment, .list(of: .variableName),
                "Names of environment variables passed to the program. Their values are part of the key."),
            .optional(
                "versions", \.versions, .commandLine,
                "A command whose output is part of the key, such as one that prints the versions of libraries.",
                examples: [["python3", "-c", "import torch; print(torch.__version__)"]]),
            .optional(
                "python", \.python, .file("folder"),
                "The folder of a Python virtual environment, whose version and packages are part of the key.",
                examples: [".venv"]),
            .optional("time_limit", \.timeLimit, .duration, "Time limit for one call."),
            .key("resources", \.resources, .entity, "Devices that a call occupies on this machine."),
        ])
}

extension ValueType where Value == HeadSpec {
    fileprivate static let head = choice(
        "a classifier",
        [
            .word("logistic", .logistic(c: ProbeSpec.defaultC)),
            .key(
                "logistic", ValueType<LogisticHead>.entity, from: { .logistic(c: $0.c) },
                back: { if case .logistic(let c) = $0 { LogisticHead(c: c) } else { nil } }),
            .word("knn", .knn(k: ProbeSpec.defaultK)),
            .key(
                "knn", ValueType<NeighboursHead>.entity, from: { .knn(k: $0.k) },
                back: { if case .knn(let k) = $0 { NeighboursHead(k: k) } else { nil } }),
        ])
}

struct LogisticHead: SpecEntity {
    var c: [Double]

    static let table = KeyTable(
        "logistic-head", called: "logistic regression",
        "Multinomial logistic regression with an L2 penalty, as scikit-learn's `LogisticRegression`.",
        blank: LogisticHead(c: ProbeSpec.defaultC),
        keys: [
            .key(
                "c", \.c, .list(of: .number(.positive(upTo: 1_000_000)), atLeast: 1),
                "Inverse strengths of the penalty. The one with the highest validation accuracy is used; on a tie, the "
                    + "strongest penalty.")
        ])
}

struct NeighboursHead: SpecEntity {
    var k: [Int]

    static let table = KeyTable(
        "knn-head", called: "nearest neighbours",
        "The most frequent label among the nearest training images by Euclidean distance, as scikit-learn's "
            + "`KNeighborsClassifier`. On a tie, the first label in order.",
        blank: NeighboursHead(k: ProbeSpec.defaultK),
        keys: [
            .key(
                "k", \.k, .list(of: .count(upTo: 100_000), atLeast: 1),
                "Numbers of neighbours. The one with the highest validation accuracy is used; on a tie, the smallest.")
        ])
}
