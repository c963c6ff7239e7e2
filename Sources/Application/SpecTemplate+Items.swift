// Generates the spec that `assay init` writes for a table of items of a task other than classification.

import Basics
import Planning
import ProviderKit
import Specification
import TaskKit

extension SpecTemplate {
    /// The fewest groups of items for which a network is part of the spec: fewer teach it nothing, and leave parts empty.
    private static let enoughToTrain = 20

    /// - Parameters:
    ///   - reference: the path of the table, as the spec refers to it.
    ///   - root: the folder that the table's paths are relative to, as the spec refers to it.
    /// - Throws: `Refusal` if the spec would have no model.
    package init(name: String, items: FoundItems, reference: String, root: String?, answers: Answerer) throws {
        let trains = items.learnedOutput != nil && items.groups >= SpecTemplate.enoughToTrain
        guard answers.asksModel || trains else {
            throw Refusal(
                "no built-in network can be trained on \(items.summary); choose a provider with --answers", code: .invalid)
        }
        let starter = items.starter
        remarks = [starter.alternative].compactMap { $0 }
        var task = "task: \(items.task)"
        if let options = starter.options { task = "task: { \(items.task): \(SpecTemplate.flow(options)) }" }
        var dataset = [
            "# \(items.summary). docs/tasks.md describes the columns.", "dataset:",
            "  table: \(SpecTemplate.scalar(reference.replacing("${", with: "$${")))",
        ]
        if let root {
            dataset += [
                "  # The folder that the table's paths are relative to.",
                "  root: \(SpecTemplate.scalar(root.replacing("${", with: "$${")))",
            ]
        }
        let part = items.measuredPart
        let training = part == nil ? items.items.count * 6 / 10 : items.count(of: .train)
        let isTrained = trains && training > 0
        var sections = [
            """
            # The experiment: models, images and measurements. docs/spec.md explains every key;
            # 'assay validate' checks this file, and 'assay plan' shows what a run would do.
            assay: 1
            name: \(name)
            \(task)
            """,
            dataset.joined(separator: "\n"),
            SpecTemplate.splits(part, trains: isTrained),
        ]
        if answers.asksModel {
            sections += [
                SpecTemplate.prompts(starter), SpecTemplate.requests(starter, answers),
                SpecTemplate.providers(answers, rehearsal: "a small model that reads printed text and knows nothing else"),
            ]
        }
        let validates = part == nil || items.count(of: .validation) > 0 && part != .validation
        sections.append(SpecTemplate.models(answers, network: isTrained ? (training, validates) : nil))
        sections.append(SpecTemplate.measurements(answers, part ?? .test, trains: isTrained))
        text = sections.joined(separator: "\n\n") + "\n"
    }

    private static func splits(_ part: SplitPart?, trains: Bool) -> String {
        if part != nil { return "# The table defines the parts.\nsplits:\n  main: { from: dataset }" }
        return trains
            ? "# Shares of the images, in an order that only the seed determines.\nsplits:\n"
                + "  main: { train: 60%, validation: 10%, test: 30%, order: python-shuffle, seed: 1 }"
            : "# All items measure the models. A fine-tuned model needs a share to train on.\nsplits:\n"
                + "  main: { test: 100%, order: name }"
    }

    private static func prompts(_ starter: TaskStarter) -> String {
        var lines = ["prompts:", "  ask:"]
        if let note = starter.promptNote { lines.append("    # \(note)") }
        if let system = starter.system { lines.append("    system: \(JSONValue.string(system).canonical)") }
        let text = starter.text.map { ", { text: \(JSONValue.string($0).canonical) }" } ?? ""
        lines.append("    user: [image\(text)]")
        return lines.joined(separator: "\n")
    }

    private static func requests(_ starter: TaskStarter, _ answers: Answerer) -> String {
        var settings = ["max_tokens: \(starter.maxTokens)", "temperature: 0", "seed: 42"]
        if case .provider(_, let provider) = answers {
            settings = provider.requestSettings.map { setting in
                // The provider's limit is that of a label, with the model's thoughts.
                guard let limit = setting.wholeMatch(of: #/(max_tokens|max_completion_tokens): (\d+)/#), let tokens = Int(limit.2)
                else { return setting }
                return "\(limit.1): \(tokens + starter.maxTokens)"
            }
        }
        return """
            # 'detail: low' costs less, and shows the model a smaller image.
            requests:
              ask: { prompt: ask, detail: high, answer: \(starter.answer), \(settings.joined(separator: ", ")) }
            """
    }

    private static func models(_ answers: Answerer, network: (training: Int, validates: Bool)?) -> String {
        var lines = ["models:"]
        switch answers {
        case .none: break
        case .emulator:
            lines += [
                "  # The base model.",
                "  base: { provider: provider, model: text-reader, deployment: base, batch_deployment: base-batch }",
            ]
        case .provider(_, let starter): lines += base(starter.model, starter.modelKeys, note: starter.modelNote)
        }
        if let network { lines += SpecTemplate.network(training: network.training, validates: network.validates) }
        return lines.joined(separator: "\n")
    }

    private static func measurements(_ answers: Answerer, _ part: SplitPart, trains: Bool) -> String {
        func models(_ form: String) -> String {
            ((answers.asksModel ? ["base: { \(form): ask }"] : []) + (trains ? ["cnn: {}"] : [])).joined(separator: ", ")
        }
        return """
            # The measurements: images, models and requests. A batch costs half.
            evaluations:
              quality:
                split: main.\(part.rawValue)
                models: { \(models("batch")) }
              # Latency: one request at a time, for every item of the part.
              latency:
                split: main.\(part.rawValue)
                concurrency: 1
                models: { \(models("online")) }

            # The model that the others are compared with.
            baseline: \(answers.asksModel ? "base" : "cnn")
            """
    }

    /// A JSON value as a YAML flow value.
    private static func flow(_ value: JSONValue) -> String {
        switch value {
        case .object(let members):
            "{ " + members.sorted { $0.key < $1.key }.map { "\(scalar($0.key)): \(flow($0.value))" }.joined(separator: ", ")
                + " }"
        case .array(let items): "[" + items.map(flow).joined(separator: ", ") + "]"
        case .string(let text): scalar(text)
        default: value.canonical
        }
    }
}
