// The text of the spec that `assay init` writes.

import Basics
import Planning
import Specification

/// A spec for images that were found: small, whole, and with a comment at each place that is likely to be changed.
struct SpecTemplate {
    let name: String
    let dataset: FoundDataset
    /// The images' path as the spec names it.
    let reference: String
    let answers: Init.Answers

    /// A name for the experiment from the path of its images.
    static func name(from path: String) -> String {
        let last = path.split(separator: "/").last.map(String.init) ?? "experiment"
        let base = last.split(separator: ".").first.map(String.init) ?? last
        let name = String(base.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") ? $0 : "-" })
        return name.first.map { $0.isLetter || $0.isNumber } ?? false ? name : "experiment"
    }

    /// - Throws: `Refusal` when there are too few images.
    func text() throws -> String {
        let counts = dataset.counts
        guard counts.count >= 2 else {
            throw Refusal("all images have the label '\(counts.keys.first ?? "")'; two labels are needed", code: .invalid)
        }
        var sections = [
            """
            # What Assay compares, and on which images. Every key is explained in docs/spec.md;
            # 'assay validate' checks the file, 'assay plan' shows what a run would do.
            assay: 1
            name: \(name)
            """,
            """
            # \(dataset.summary). An image's folder is its label; 'label:' can rewrite folder names.
            dataset:
              \(source): \(SpecTemplate.scalar(reference))
            """ + (dataset.layout == .splitFolders ? "\n  layout: split-folders" : "") + (labelRule ?? ""),
        ]
        let split = try splitText()
        sections.append(split.text)
        let hasValidation = split.validation > 0
        let tunes = split.train >= 10
        if answers != .none { sections += asking }
        sections.append(models(tunes: tunes, hasValidation: hasValidation, train: split.train))
        sections.append(evaluations(tunes: tunes))
        return sections.joined(separator: "\n\n") + "\n"
    }

    /// A text as YAML, in quotes where it needs them.
    private static func scalar(_ text: String) -> String {
        let isPlain = text.wholeMatch(of: #/[A-Za-z0-9._][A-Za-z0-9._/-]*/#) != nil
            && YAMLScalar.coreValue(text) == .string(text)
        return isPlain || text.wholeMatch(of: #/\/[A-Za-z0-9._\/-]*/#) != nil ? text : JSONValue.string(text).canonical
    }

    /// The rule that leaves out numbers before the names of folders, as ImageNet's have: `n02085620-Chihuahua`.
    private var labelRule: String? {
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
            return "\n  # Names without the numbers before them.\n  label: { after: \"\(separator)\"\(replace) }"
        }
        return nil
    }

    private var source: String {
        switch dataset.form {
        case .folder: "folder"
        case .archive: "archive"
        case .table: "table"
        }
    }

    /// The split, with how many images train and how many are held back.
    private func splitText() throws -> (text: String, train: Int, validation: Int) {
        if dataset.hasParts {
            guard dataset.count(of: .train) > 0, dataset.count(of: .test) > 0 else {
                throw Refusal("the images have no part 'train' or no part 'test'", code: .invalid)
            }
            return (
                """
                # The dataset says itself which images train and which test.
                splits:
                  main: { from: dataset }
                """, dataset.count(of: .train), dataset.count(of: .validation)
            )
        }
        let counts = dataset.counts
        let (rarest, fewest) = counts.min { ($0.value, $0.key) < ($1.value, $1.key) } ?? ("", 0)
        guard fewest >= 2 else {
            throw Refusal(
                "the label '\(rarest)' has one image; two are needed, one to train on and one to test", code: .invalid)
        }
        let held = fewest < 3 ? 0 : max(1, fewest / 10)
        let test = max(1, held)
        let train = fewest - held - test
        return (
            """
            # Images of each label, in the order of their names; the label '\(rarest)' has the fewest, \(fewest).
            splits:
              main: { train: \(train), validation: \(held), test: \(test), order: name }
            """, train * counts.count, held * counts.count
        )
    }

    private var asking: [String] {
        [
            """
            prompts:
              classify:
                system: "Classify the image into one of the following categories: [{{ labels }}]."
                user: [image]
            """,
            """
            # How a prompt is asked: as JSON by a schema, or as plain text.
            requests:
              json: { prompt: classify, detail: low, answer: { json: label, name: Classification } }
              plain: { prompt: classify, detail: low, answer: text, max_tokens: 20, temperature: 0, seed: 42 }
            """,
            providers,
        ]
    }

    private var providers: String {
        switch answers {
        case .emulator, .none:
            """
            # A rehearsal that costs nothing: the provider on this machine, with a small model that does not know your
            # labels until it is fine-tuned. For a real one: assay init --answers azure-openai (or openai).
            providers:
              provider: { kind: emulator, account: rehearsal }
            """
        case .azureOpenAI:
            """
            # Set these variables in the shell or in a .env file beside this one; 'assay doctor' tries them.
            providers:
              provider:
                kind: azure-openai
                endpoint: ${AZURE_OPENAI_ENDPOINT}
                api_key: ${AZURE_OPENAI_API_KEY}
                # Where the fine-tuned model is deployed for the run, and deleted after it.
                control_plane:
                  subscription: ${AZURE_SUBSCRIPTION_ID}
                  resource_group: ${AZURE_RESOURCE_GROUP}
                  account: ${AZURE_ACCOUNT}
            prices: prices.yaml
            # The most that all runs together may cost, in dollars.
            budget: { usd: 50 }
            """
        case .openai:
            """
            # Set OPENAI_API_KEY in the shell or in a .env file beside this one; 'assay doctor' tries it.
            providers:
              provider: { kind: openai, api_key: "${OPENAI_API_KEY}" }
            prices: prices.yaml
            # The most that all runs together may cost, in dollars.
            budget: { usd: 50 }
            """
        }
    }

    private var model: String { answers == .emulator ? "shapes-base" : "gpt-4o-2024-08-06" }

    private func models(tunes: Bool, hasValidation: Bool, train: Int) -> String {
        // Every training step needs a whole batch, and a few of them make an epoch.
        let batch = [32, 16, 8, 4, 2].first { $0 * 2 <= train } ?? 1
        var lines = ["models:"]
        if answers != .none {
            lines.append("  # The model as it comes" + (answers == .openai ? "." : "; name your own deployments of it."))
            let deployments = answers == .openai ? "" : ", deployment: base, batch_deployment: base-batch"
            lines.append("  base: { provider: provider, model: \(model)\(deployments) }")
        }
        if answers != .none, tunes {
            lines += [
                "  # The same model, fine-tuned on the training images.", "  tuned:", "    provider: provider",
                "    fine_tune:", "      model: \(model)",
                "      data: { split: main, prompt: classify, detail: low, answer: text"
                    + (hasValidation ? " }" : ", validation: false }"),
                "      hyperparameters: { n_epochs: 2 }", "      seed: 42",
            ]
            if answers != .openai { lines.append("    deploy: { sku: Standard, capacity: 50 }") }
        }
        lines += [
            "  # A small network, trained here. More epochs go on from those that are there.", "  cnn:", "    train:",
            "      architecture: small_cnn", "      data: { split: main }", "      epochs: 8",
            "      batch_size: \(batch)", "      optimizer: { adamw: { learning_rate: 1.0e-3 } }",
            "      augment: [random_horizontal_flip]",
        ]
        if !hasValidation { lines.append("      select: last") }
        lines.append("      seed: 42")
        return lines.joined(separator: "\n")
    }

    private func evaluations(tunes: Bool) -> String {
        var accuracy = ["cnn: {}"], latency = ["cnn: {}"]
        if answers != .none {
            if tunes {
                accuracy.insert("tuned: { online: plain }", at: 0)
                latency.insert("tuned: { online: plain }", at: 0)
            }
            accuracy.insert("base: { batch: json }", at: 0)
            latency.insert("base: { online: plain }", at: 0)
        }
        return """
            # What is measured, on which images, and how each model is asked. A batch costs half.
            evaluations:
              accuracy:
                split: main.test
                models: { \(accuracy.joined(separator: ", ")) }
              latency:
                split: main.test
                concurrency: 1
                models: { \(latency.joined(separator: ", ")) }

            # The model that the others are compared with.
            baseline: \(answers == .none ? "cnn" : "base")
            """
    }

    /// A price table for the model above, in dollars a million tokens.
    static let prices = """
        # Dollars for a million tokens, as published on the date. Check them against your contract.
        assay-prices: 1
        date: 2025-09-01
        batch_discount: 0.5
        hosting_per_hour: { Standard: 1.70 }
        models:
          gpt-4o-2024-08-06:
            input: 2.50
            output: 10.00
            training: { standard: 27.50 }
            image_tokens: { low: 85, base: 85, tile: 170 }

        """
}
