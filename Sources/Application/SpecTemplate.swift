// Generates the spec that `assay init` writes.

import Basics
import Foundation
import Planning
package import ProviderKit
import Providers
import Specification
import Statistics

/// The provider of the vision-language model in a new spec.
package enum Answerer: Sendable {
    case emulator, none
    /// A kind of provider with its part of the spec.
    case provider(String, StarterSpec)

    /// The names of all choices: the emulator, the kinds of providers that plug-ins offer, and none.
    package static var names: [String] { ["emulator"] + kinds + ["none"] }
    /// The kinds of providers that plug-ins offer for a new spec.
    static var kinds: [String] { builtInProviders.plugins.filter { $0.starter != nil }.map(\.kind) }

    /// - Returns: `nil` for a name that is not in `names`.
    package init?(_ name: String) {
        switch name {
        case "emulator": self = .emulator
        case "none": self = .none
        default:
            guard let starter = builtInProviders.plugins.first(where: { $0.kind == name })?.starter else { return nil }
            self = .provider(name, starter)
        }
    }

    fileprivate var isEmulator: Bool { if case .emulator = self { true } else { false } }
    var asksModel: Bool { if case .none = self { false } else { true } }
}

/// A spec for images that were found: small, complete, and with a comment at each value that users are likely to
/// change.
package struct SpecTemplate {
    /// The spec as YAML.
    package let text: String
    /// Notes for the user about the choices made, one line each.
    package let remarks: [String]

    /// - Parameters:
    ///   - reference: the path of the images or their table, as the spec refers to it.
    ///   - root: the folder that a table's paths are relative to, as the spec refers to it.
    /// - Throws: `Refusal` if there are too few images.
    package init(
        name: String, dataset: FoundDataset, reference: String, root: String?, answers: Answerer,
        trainer: TrainerTemplate? = nil
    ) throws {
        let division = try Division(dataset)
        var remarks = dataset.remarks
        if dataset.unreadable > 0 {
            remarks.append(
                "\(dataset.unreadable) \(dataset.unreadable == 1 ? "file has" : "files have") an image extension but "
                    + "cannot be decoded; the spec skips them (skip_unreadable)")
        }
        if !dataset.doubtful.isEmpty {
            let count = dataset.doubtful.count
            remarks.append(
                "\(count) \(count == 1 ? "image" : "images") may be truncated: "
                    + dataset.doubtful.prefix(5).joined(separator: "; ")
                    + (count > 5 ? "; and \(count - 5) more" : "")
                    + ". The parts are sized without such images, and images that do not decode are skipped (skip_unreadable)")
        }
        if !division.single.isEmpty {
            let names =
                division.single.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
                + (division.single.count > 5 ? " and \(division.single.count - 5) more" : "")
            remarks.append("labels with a single image are excluded, because one image cannot both train and test: \(names)")
        }
        if division.unassigned > 0 {
            remarks.append("\(division.unassigned) images belong to no part and are excluded")
        }
        if division.measured == .validation {
            remarks.append(
                "there is no test part; the models are measured on the validation part, which is not used for selection")
        }
        let power = SpecTemplate.power(of: division)
        if division.isSmall { remarks.append(power) }
        self.remarks = remarks

        let tunes = division.train >= 10
        var sections = [
            """
            # The experiment: models, images and measurements. docs/spec.md explains every key;
            # 'assay validate' checks this file, and 'assay plan' shows what a run would do.
            assay: 1
            name: \(name)
            """,
            SpecTemplate.section(of: dataset, reference: reference, root: root, division),
            division.text + "\n" + SpecTemplate.comment(power, indent: "  "),
        ]
        if answers.asksModel { sections += SpecTemplate.asking(answers, labels: Array(dataset.counts.keys)) }
        sections.append(
            ([SpecTemplate.models(answers, division, tunes: tunes)]
                + (trainer?.model(selectsLast: division.validation == 0) ?? [])).joined(separator: "\n"))
        sections.append(
            SpecTemplate.evaluations(answers, division, tunes: tunes && answers.isEmulator, trainer: trainer))
        text = sections.joined(separator: "\n\n") + "\n"
    }

    /// A name for the experiment, derived from the path of its images.
    package static func name(from path: String) -> String {
        let last = path.split(separator: "/").last.map(String.init) ?? "experiment"
        let base = last.split(separator: ".").first.map(String.init) ?? last
        let name = String(base.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") ? $0 : "-" })
        return name.first.map { $0.isLetter || $0.isNumber } ?? false ? name : "experiment"
    }

    /// A text within a comment. A label or a path may contain line breaks, after which it would be part of the spec, and a
    /// spec runs programs.
    fileprivate static func oneLine(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { $0.properties.isWhitespace || TerminalText.isControl($0) ? " " : $0 }))
    }

    /// A comment of several lines.
    private static func comment(_ text: String, indent: String = "") -> String {
        var lines: [String] = [indent + "#"]
        for word in oneLine(text).split(separator: " ") {
            if lines[lines.count - 1].count + word.count >= 110 { lines.append(indent + "#") }
            lines[lines.count - 1] += " " + word
        }
        return lines.joined(separator: "\n")
    }

    /// The smallest difference that the test images can show. The rate at which two models disagree is unknown before
    /// they are compared; one fifth of the images is typical for models of moderate accuracy.
    private static func power(of division: Division) -> String {
        let images = "\(division.test) test images (\(division.minTested) for the label with the fewest)"
        guard let smallest = Detectable.paired(n: division.test, disagreement: 0.2) else {
            return "\(images) are too few to detect any difference between two models"
        }
        let points = String(format: "%.1f", 100 * smallest)
        return division.isSmall
            ? "\(images) are few: with 80% power, they only show differences in accuracy of \(points) points or more, if two "
                + "models disagree on 20% of the images; more images would show smaller ones"
            : "\(images) show differences in accuracy of \(points) points or more with 80% power, if two models disagree "
                + "on 20% of the images"
    }

    private static func section(
        of dataset: FoundDataset, reference: String, root: String?, _ division: Division
    ) -> String {
        let meaning =
            switch dataset.form {
            case .table: "The table names each image and its label; 'label:' can rewrite labels."
            case .folder, .archive: "An image's folder is its label; 'label:' can rewrite folder names."
            }
        var lines = ["# \(oneLine(dataset.summary)). \(meaning)"]
        lines += dataset.remarks.map { comment($0) }
        lines += ["dataset:", "  \(dataset.form.rawValue): \(scalar(reference.replacing("${", with: "$${")))"]
        if dataset.layout != .folderPerLabel {
            if !dataset.remarks.isEmpty {
                let split = dataset.layout.hasParts ? "split-" : ""
                lines.append("  # Or: \(split)top-folder, \(split)nearest-folder, \(split)folder-path.")
            }
            lines.append("  layout: \(dataset.layout.rawValue)")
        }
        if let columns = dataset.columns {
            let named = [("path", columns.path), ("label", columns.label), ("split", columns.split)]
            lines.append(
                "  columns: { "
                    + named.compactMap { key, name in name.map { "\(key): \(scalar($0))" } }.joined(separator: ", ") + " }")
        }
        if let root {
            lines += [
                "  # The folder that the table's paths are relative to.", "  root: \(scalar(root.replacing("${", with: "$${")))",
            ]
        }
        if dataset.unreadable > 0 {
            lines += ["  # \(dataset.unreadable) cannot be read; a run lists them.", "  skip_unreadable: true"]
        } else if !dataset.doubtful.isEmpty {
            lines += ["  # \(dataset.doubtful.count) may be truncated; a run lists those that are.", "  skip_unreadable: true"]
        }
        if !division.single.isEmpty {
            lines += ["  # A label with one image cannot be used for both training and test.", "  labels: { min_images: 2 }"]
        }
        if let rule = labelRule(dataset) { lines.append(rule) }
        return lines.joined(separator: "\n")
    }

    /// A text as a YAML scalar, quoted if necessary.
    static func scalar(_ text: String) -> String {
        let isPlain =
            text.wholeMatch(of: #/[A-Za-z0-9._][A-Za-z0-9._/-]*/#) != nil
            && YAMLScalar.coreValue(text) == .string(text)
        if isPlain || text.wholeMatch(of: #/\/[A-Za-z0-9._\/-]*/#) != nil { return text }
        // YAML has three line breaks that JSON does not escape.
        return JSONValue.string(text).canonical.replacing("\u{85}", with: "\\u0085").replacing("\u{2028}", with: "\\u2028")
            .replacing("\u{2029}", with: "\\u2029")
    }

    /// The rule that strips numeric prefixes from folder names, as in ImageNet's `n02085620-Chihuahua`; `nil` if not
    /// needed.
    private static func labelRule(_ dataset: FoundDataset) -> String? {
        guard dataset.form != .table else { return nil }
        let labels = dataset.counts.keys
        for separator in ["-", "_"] {
            let names = labels.compactMap { label -> String? in
                guard let number = label.prefixMatch(of: #/[A-Za-z]?[0-9]+/#) else { return nil }
                let rest = label[number.range.upperBound...]
                return rest.hasPrefix(separator) && rest.count > 1 ? String(rest.dropFirst()) : nil
            }
            guard names.count == labels.count, Set(names.map { $0.replacing("_", with: " ") }).count == names.count else {
                continue
            }
            let replace = names.contains { $0.contains("_") } ? ", replace: { \"_\": \" \" }" : ""
            return "  # Remove the numbers before the names.\n  label: { after: \"\(separator)\"\(replace) }"
        }
        return nil
    }

    /// The prompt, with its labels in the simplest form that keeps them distinct.
    private static func system(_ labels: [String]) -> String {
        let task = "Classify the image into one of the following categories:"
        let forms: [(form: PromptSpec.LabelForm, text: String)] = [
            (.commas, "[{{ labels }}]."), (.list, "\\n{{ labels | list }}"),
        ]
        let clear = forms.first { form in !labels.contains(where: form.form.isAmbiguous) }
        return "\"\(task) \(clear?.text ?? "{{ labels | json }}")\"".replacing(": \\n", with: ":\\n")
    }

    private static func asking(_ answers: Answerer, labels: [String]) -> [String] {
        let settings =
            switch answers {
            case .provider(_, let starter): starter.requestSettings.joined(separator: ", ")
            case .emulator, .none: "max_tokens: 20, temperature: 0, seed: 42"
            }
        return [
            """
            prompts:
              classify:
                system: \(system(labels))
                user: [image]
            """,
            """
            # The form of answers: JSON with a schema, or plain text.
            requests:
              json: { prompt: classify, detail: low, answer: { json: label, name: Classification } }
              plain: { prompt: classify, detail: low, answer: text, \(settings) }
            """,
            providers(answers, rehearsal: "a small model that does not know your labels until it is fine-tuned"),
        ]
    }

    /// - Parameter rehearsal: the emulator's model, in a comment.
    static func providers(_ answers: Answerer, rehearsal: String) -> String {
        switch answers {
        case .emulator, .none:
            comment(
                "A free rehearsal: an emulated provider on this machine, with \(rehearsal). For a real provider: assay init "
                    + "--answers KIND (\(Answerer.kinds.joined(separator: ", "))).") + """

                    providers:
                      provider: { kind: emulator, account: rehearsal }
                    """
        case .provider(_, let starter):
            (starter.introduction.map { "# " + $0 } + ["providers:", "  provider:"] + starter.provider.map { "    " + $0 } + [
                "# The maximum cost of all runs together, in dollars; 'assay prices' lists the prices.", "budget: { usd: 50 }",
            ]).joined(separator: "\n")
        }
    }

    private static func models(_ answers: Answerer, _ division: Division, tunes: Bool) -> String {
        var lines = ["models:"]
        func tuned(_ tuned: StarterSpec.TunedModel) -> [String] {
            [
                "tuned:", "  provider: provider", "  fine_tune:", "    model: \(tuned.model)",
                "    data: { split: main, prompt: classify, detail: low, answer: text"
                    + (division.validation > 0 ? " }" : ", validation: false }"),
            ] + tuned.settings.map { "    " + $0 } + tuned.keys.map { "  " + $0 }
        }
        switch answers {
        case .none: break
        case .emulator:
            lines += base("shapes-base", ["deployment: base", "batch_deployment: base-batch"])
            guard tunes else { break }
            lines.append("  # The same model, fine-tuned on the training images.")
            lines += tuned(
                .init(
                    model: "shapes-base", settings: ["hyperparameters: { n_epochs: 2 }", "seed: 42"],
                    keys: ["deploy: { sku: Standard, capacity: 50 }"])
            ).map { "  " + $0 }
        case .provider(_, let starter):
            lines += base(starter.model, starter.modelKeys, note: starter.modelNote)
            switch starter.tuning {
            case .unavailable(let reason): lines += reason.map { "  # " + $0 }
            case .example(let model, let introduction):
                if tunes { lines += (introduction + tuned(model)).map { "  # " + $0 } }
            }
        }
        return (lines + network(training: division.train, validates: division.validation > 0)).joined(separator: "\n")
    }

    /// The entry of the base model, with its comment.
    static func base(_ model: String, _ keys: [String], note: String = "") -> [String] {
        [
            "  # The base model" + (note.isEmpty ? "." : "; \(note)."),
            "  base: { \((["provider: provider", "model: \(model)"] + keys).joined(separator: ", ")) }",
        ]
    }

    /// The entry of a network that is trained locally.
    /// - Parameters:
    ///   - training: the number of training images.
    ///   - validates: whether there are validation images that select an epoch.
    static func network(training: Int, validates: Bool) -> [String] {
        // A network learns nothing in a few steps: small datasets get small batches and more epochs.
        let batch = [32, 16, 8, 4, 2].first { $0 * 5 <= training } ?? 1
        let epochs = min(24, max(8, 160 / max(1, training / batch)))
        return [
            "  # A small network, trained on this machine. Adding epochs later continues from the existing ones.", "  cnn:",
            "    train:",
            "      architecture: small_cnn", "      data: { split: main }", "      epochs: \(epochs)",
            "      batch_size: \(batch)", "      optimizer: { adamw: { learning_rate: 1.0e-3 } }",
            "      augment: [random_horizontal_flip]",
        ] + (validates ? [] : ["      select: last"]) + ["      seed: 42"]
    }

    private static func evaluations(
        _ answers: Answerer, _ division: Division, tunes: Bool, trainer: TrainerTemplate?
    ) -> String {
        let local = ["cnn: {}"] + (trainer.map { ["\($0.rawValue): {}"] } ?? [])
        var accuracy = local, latency = local
        if answers.asksModel {
            if tunes {
                accuracy.insert("tuned: { online: plain }", at: 0)
                latency.insert("tuned: { online: plain }", at: 0)
            }
            accuracy.insert("base: { batch: json }", at: 0)
            latency.insert("base: { online: plain }", at: 0)
        }
        let part = "main.\(division.measured.rawValue)"
        return """
            # The measurements: images, models and requests. A batch costs half.
            evaluations:
              accuracy:
                split: \(part)
                models: { \(accuracy.joined(separator: ", ")) }
              # Latency: one request at a time, for every image of the part.
              latency:
                split: \(part)
                concurrency: 1
                models: { \(latency.joined(separator: ", ")) }

            # The model that the others are compared with.
            baseline: \(answers.asksModel ? "base" : "cnn")
            """
    }
}

extension SpecTemplate {
    /// The division of the images into training, validation and test images.
    struct Division {
        /// Labels with fewer test images are reported as statistically weak.
        static let enough = 20

        /// The section `splits` of the spec.
        let text: String
        let train: Int
        /// The number of images for selecting networks and checkpoints; 0 if these are selected on the test images.
        let validation: Int
        let test: Int
        let measured: SplitPart
        /// The number of test images of the label with the fewest.
        let minTested: Int
        /// Labels with a single image, which no division can use.
        var single: [String] = []
        /// The number of images that the dataset assigns to no part.
        var unassigned = 0

        var isSmall: Bool { minTested < Division.enough }

        /// - Throws: `Refusal` if there are too few images.
        init(_ dataset: FoundDataset) throws {
            let all = dataset.counts
            guard all.count >= 2 else {
                throw Refusal(
                    "all images have the label '\(all.keys.first ?? "")'; two labels are needed", code: .invalid)
            }
            if let measured = dataset.measuredPart {
                let tested = dataset.images.filter { $0.part == measured }
                let byLabel = tested.reduce(into: [:]) { $0[$1.label, default: 0] += 1 }
                text = """
                    # The dataset defines the parts.
                    splits:
                      main: { from: dataset }
                    """
                (self.measured, train, test) = (measured, dataset.count(of: .train), tested.count)
                validation = measured == .validation ? 0 : dataset.count(of: .validation)
                minTested = all.keys.map { byLabel[$0] ?? 0 }.min() ?? 0
                unassigned = dataset.images.count { $0.part == nil }
                return
            }
            let counts = all.filter { $0.value >= 2 }
            single = all.filter { $0.value == 1 }.keys.sortedByBytes()
            guard counts.count >= 2, let (rarest, fewest) = counts.min(by: { ($0.value, $0.key) < ($1.value, $1.key) })
            else {
                throw Refusal(
                    "fewer than two labels have two images: one is needed to train on and one to test on", code: .invalid)
            }
            // Each label gets at least `enough` test images if it has twice as many; with few labels more, up to 400
            // in total, while at least three quarters remain for training.
            let wanted = max(Division.enough, (400 + counts.count - 1) / counts.count)
            let test = max(1, min(wanted, max(min(Division.enough, fewest / 2), fewest / 4)))
            let validation = fewest < 3 ? 0 : max(1, (fewest - test) / 9)
            let train = fewest - test - validation
            let used = fewest * counts.count
            var lines = [
                "# Images per label, in the order of their names; the label '\(SpecTemplate.oneLine(rarest))' has the fewest, "
                    + "\(fewest)."
            ]
            if used < dataset.images.count {
                lines.append(
                    "# Every label contributes equally: \(used) of \(dataset.images.count) images are used."
                        + " 'labels: { min_images: \(fewest + 1) }' would exclude it.")
            }
            lines += ["splits:", "  main: { train: \(train), validation: \(validation), test: \(test), order: name }"]
            text = lines.joined(separator: "\n")
            (self.train, self.validation, self.test) = (train * counts.count, validation * counts.count, test * counts.count)
            minTested = test
            measured = .test
        }
    }
}
