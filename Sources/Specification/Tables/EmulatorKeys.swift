// The keys of emulators.

import Basics

extension EmulatorSpec {
    /// - Parameter apis: the words of `api`, the usual one first.
    static func table(apis: [String]) -> KeyTable<EmulatorSpec> {
        KeyTable(
            "emulator", called: "an emulator",
            "A provider's API on loopback, started automatically, with a small real model or any program behind it. Its account, "
                + "weights, classes and program affect the answers; its port and folder do not.",
            blank: EmulatorSpec(account: SafeName(Digest(of: ""))), canExtend: true,
            rules: [
                .atMostOne(["program", "weights"]), .atMostOne(["program", "classes"]), .needs("inputs", oneOf: ["program"]),
                .needs("version", oneOf: ["program"]), .needs("long_lived", oneOf: ["program"]),
                .needs("time_limit", oneOf: ["program"]),
            ],
            example: """
                providers:
                  local: { kind: emulator, account: quickstart }
                """,
            keys: [
                .kind(EmulatorSpec.kind),
                .required(
                    "account", \.account, .fileName,
                    "The name of the emulated account. Accounts do not share jobs, files or answers."),
                .key("api", \.api, .oneOf(apis, "an API"), "The emulated API, by the name of its cloud."),
                .optional(
                    "weights", \.weights, .file(),
                    "EfficientNet-Lite0 weights in safetensors, for photographs. Default: a network for generated pictures."
                ),
                .optional("classes", \.classes, .file(), "The class names of those weights: a TSV with index, id and names."),
                .optional("latency", \.latency, .entity, "Time added to every answer."),
                .optional("faults", \.faults, .file(), "A fault script."),
                .optional(
                    "price_as", \.priceAs, .text,
                    "The model in the price table whose prices apply. Default: the name of each model."),
                .optional(
                    "screening", \.screening, .entity,
                    "The images of fine-tuning files that the image screening rejects, besides those with an unsupported format, size or "
                        + "colour mode. Default: none."),
                .optional(
                    "program", \.program, .commandLine,
                    "A program that answers instead of the model ([tasks](tasks.md)): a list of the program and its arguments, or a "
                        + "command line for `/bin/sh -c`. `ASSAY_IMAGE` is the path of the picture, `ASSAY_QUESTION` the question; the "
                        + "output is the answer.",
                    examples: ["tesseract \"$ASSAY_IMAGE\" - --psm 7"]),
                .key(
                    "inputs", \.inputs, .list(of: .file()),
                    "Files and folders next to the spec that the program reads. Their content is part of the key."),
                .optional(
                    "version", \.version, .text,
                    "Part of the key. Change it when the program behaves differently although its files are the same."),
                .key(
                    "long_lived", \.isLongLived, .flag,
                    "Whether one process answers all questions, with one line of JSON for each question and each answer."),
                .optional(
                    "time_limit", \.timeLimit, .duration, "Time limit for one answer of the program. Default: one minute."),
            ])
    }
}

extension ScreeningSpec: SpecEntity {
    static let table = KeyTable(
        "screening", called: "a screening",
        "The image screening of an emulator: fine-tuning trains without the rejected examples, as the real service does "
            + "with images of people, faces and CAPTCHAs.",
        blank: ScreeningSpec(), rules: [.atMostOne(["share", "training"]), .atMostOne(["share", "validation"])],
        example: """
            providers:
              local: { kind: emulator, account: rehearsal, screening: { training: [3, 7, 8], validation: [2] } }
            """,
        keys: [
            .optional("share", \.share, .number(.fraction), "The fraction of each file's examples that is rejected."),
            .key("seed", \.seed, .seed, "Seed of the choice of rejected examples."),
            .key(
                "training", \.training, .list(of: .count(upTo: 1_000_000_000)),
                "Rejected lines of the training file, starting at 1."),
            .key(
                "validation", \.validation, .list(of: .count(upTo: 1_000_000_000)),
                "Rejected lines of the validation file, starting at 1."),
        ])
}

extension LatencySpec: SpecEntity {
    static let table = KeyTable(
        "latency", called: "a latency",
        "Time that an emulator adds to its answers: a normal distribution, cut at zero.",
        blank: LatencySpec(meanMilliseconds: 0),
        keys: [
            .required("mean_ms", \.meanMilliseconds, .number(.natural(upTo: 3_600_000)), "Mean, in milliseconds."),
            .key(
                "std_ms", \.standardDeviationMilliseconds, .number(.natural(upTo: 3_600_000)),
                "Standard deviation, in milliseconds."),
            .key("seed", \.seed, .seed, "Seed of the random draws."),
        ])
}
