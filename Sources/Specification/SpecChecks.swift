// Semantic checks beyond keys and types: references, parts of splits, and provider limits.

import Basics
import TaskKit

/// Checks the meaning of a spec after its keys were parsed. Values that failed to parse are skipped, because they are
/// already reported.
struct SpecChecks {
    let spec: ExperimentSpec
    /// The configured task; `nil` for classification without a `task` key.
    let task: (any TaskDefinition)?
    let root: YAMLNode
    let prices: PriceTable?
    /// The labels that the spec lists as expected; `nil` when it lists none.
    let labels: [String]?
    let today: String
    let reading: Reading

    func run() {
        checkDataset()
        checkTask()
        for (name, split) in spec.splits { check(split, name) }
        for (name, prompt) in spec.prompts { check(prompt, name) }
        for (name, request) in spec.requests {
            requireReference(to: "prompt", request.prompt, at: "requests", name, "prompt")
            checkSchema(of: request, name)
        }
        for (name, provider) in spec.providers { check(provider, name) }
        for (name, model) in spec.models { check(model, name) }
        for (name, evaluation) in spec.evaluations { check(evaluation, name) }
        checkJudges()
        checkCommands()
        if let baseline = spec.baseline { requireReference(to: "model", baseline, at: "baseline") }
        // By node, so that one unreadable claim does not prevent checks of the others.
        for (index, claim) in (root["claims"]?.items ?? []).enumerated() {
            if case .string(let metric)? = claim["metric"]?.scalar?.resolved {
                check(metric: metric, index)
                checkNumbers(of: claim, metric, index)
            }
        }
        checkPublished()
        for pair in root["variants"]?.pairs ?? [] where SpecChecks.reservedVariants.contains(pair.key) {
            reading.report(.reservedVariant(pair.key), at: pair.keyPosition)
        }
        checkPrices()
    }

    /// Names that variants cannot have: `--variant all` selects all variants, and reports call the unchanged spec
    /// `default`.
    static let reservedVariants: Set<String> = ["all", VariantName.unchanged.text]

    // MARK: Places

    /// The position of the node at a path, or of its nearest existing ancestor.
    func place(_ path: [String]) -> YAMLPosition {
        var node = root
        for (index, key) in path.enumerated() {
            guard let inner = node[key] else { return node.position.start }
            node = inner
            if index == path.count - 1 { return node.scalar == nil ? node.position.start : node.position }
        }
        return node.position.start
    }

    func keyPlace(_ path: String...) -> YAMLPosition? {
        let parent = path.dropLast().reduce(root as YAMLNode?) { $0?[$1] }
        return parent?.pairs?.first { $0.key == path.last }?.keyPosition
    }

    func report(_ problem: SpecProblem, at path: String..., notes: [Finding.Note] = []) {
        reading.report(problem, at: place(path), notes: notes)
    }

    static let sections = [
        "split": "splits", "prompt": "prompts", "request": "requests", "provider": "providers", "model": "models",
        "command": "commands", "evaluation": "evaluations", "judge": "judges",
    ]

    /// The names in a section, including entries that failed to parse.
    func names(of kind: String) -> [String] {
        SpecChecks.sections[kind].flatMap { root[$0]?.pairs }?.map(\.key) ?? []
    }

    /// The probable intended name; for `main.train` where a whole split is expected, `main`.
    func nearest(to name: String, _ known: [String]) -> String? {
        known.nearest(to: name) ?? known.first { name.hasPrefix($0 + ".") }
    }

    @discardableResult
    func requireReference(to kind: String, _ name: String, at path: String...) -> Bool {
        let known = names(of: kind)
        if known.contains(name) { return true }
        // A section that is missing because its key is misspelt has already been reported.
        let section = SpecChecks.sections[kind] ?? kind
        let isMistyped = reading.findings.contains { finding in
            if case .unknownKey(_, _, nearest: section, _) = finding.problem { true } else { false }
        }
        if !isMistyped {
            reading.report(
                .unknownReference(kind: kind, name: name, nearest: nearest(to: name, known), known: known),
                at: place(path))
        }
        return false
    }

    // MARK: Task

    var features: Set<TaskFeature> { task.map { type(of: $0).features } ?? Set(TaskFeature.allCases) }

    /// The variables with a different value for each item.
    var itemVariables: [String] {
        task.map { type(of: $0).columns.filter(\.isVariable).map(\.role) } ?? []
    }

    /// The names of the tasks for which built-in networks are trained, as text.
    private var tasksOfNetworks: String {
        let kinds = reading.tasks.kinds.filter { $0.features.contains(.networkTraining) || $0.learnedOutput != nil }
        let names = kinds.map { "'\($0.name)'" }
        return names.isEmpty ? "'\(TaskChoice.classification)'" : names.joined(separator: ", ")
    }

    /// The name of the first task whose predictions are boxes; `nil` if there is none.
    var taskOfBoxes: String? { reading.tasks.kinds.first { $0.view == .boxes }?.name }

    /// Checks whether a file of annotations has the columns that the task requires.
    private func checkAnnotations(_ key: String, _ roles: [String], _ task: any TaskDefinition, _ name: String) {
        guard let missing = type(of: task).columns.first(where: { $0.isRequired && !roles.contains($0.role) }) else { return }
        reading.report(
            .unsupportedByTask(
                "'\(key)'", task: name,
                hint: "such files have no column '\(missing.role)'; list the items in a table: 'table: items.csv'"),
            at: place(["dataset", key]))
    }

    /// Reports every setting that the task cannot use; nothing is silently ignored.
    func checkTask() {
        guard let task, let name = spec.task?.name else {
            for key in ["coco", "voc"] where root.node(at: "dataset.\(key)") != nil {
                reading.report(
                    .unsupportedByTask(
                        "'\(key)'", task: TaskChoice.classification,
                        hint: "add the task" + (taskOfBoxes.map { ", such as 'task: \($0)'" } ?? "")),
                    at: place(["dataset", key]))
            }
            for role in spec.dataset?.columns?.rolesOfTasks ?? [] {
                reading.report(
                    .unsupportedByTask(
                        "the column '\(role)'", task: TaskChoice.classification, hint: "add the 'task:' that uses the column"),
                    at: place(["dataset", "columns", role]))
            }
            return
        }
        func unsupported(_ part: String, at path: [String], _ hint: String) {
            guard root.node(at: path.joined(separator: ".")) != nil else { return }
            reading.report(.unsupportedByTask(part, task: name, hint: hint), at: place(path))
        }
        let columns = type(of: task).columns.map(\.role)
        for role in (spec.dataset?.columns?.roles ?? [:]).keys.sorted() where !columns.contains(role) {
            unsupported(
                "the column '\(role)'", at: ["dataset", "columns", role], "its columns are \(columns.joined(separator: ", "))")
        }
        if !features.contains(.labelledFolders) {
            for source in ["folder", "archive", "generate"] {
                unsupported(
                    "'\(source)'", at: ["dataset", source], "list the images and references in a table: 'table: items.csv'")
            }
            if case .coco = spec.dataset?.source {
                checkAnnotations("coco", ["boxes", "tags", "number", "captions"], task, name)
            }
            if case .voc = spec.dataset?.source { checkAnnotations("voc", ["boxes", "tags", "number"], task, name) }
            for key in ["layout", "label", "labels", "expect"] {
                unsupported("'\(key)' of a dataset", at: ["dataset", key], "it is only for labels; remove it")
            }
            if !columns.contains("label") {
                unsupported(
                    "the column 'label'", at: ["dataset", "columns", "label"],
                    "its columns are \(columns.joined(separator: ", "))")
            }
        }
        for (model, value) in spec.models {
            switch value {
            case .trained where !features.contains(.networkTraining) && type(of: task).learnedOutput == nil:
                unsupported(
                    "'train:' with an architecture", at: ["models", model, "train"],
                    "built-in networks are trained for \(tasksOfNetworks); use a hosted model, fine-tuning, or your own training "
                        + "program ('train: { program: … }')")
            case .trained where type(of: task).learnedOutput != nil:
                unsupported(
                    "'label_smoothing'", at: ["models", model, "train", "label_smoothing"], "it is only for labels; remove it")
            case .probe:
                unsupported(
                    "'probe:'", at: ["models", model, "probe"],
                    "a probe classifies; use a hosted model, fine-tuning, or a program ('command:')")
            case .fineTuned(let tuned) where tuned.fineTune.method == .dpo && !features.contains(.randomRejection):
                let isRandom = if case .randomLabel = tuned.fineTune.data.rejected { true } else { false }
                guard isRandom else { break }
                reading.report(
                    .unsupportedByTask(
                        "'rejected: random-label'", task: name, hint: "name a table: 'rejected: { table: rejected.csv }'"),
                    at: place(["models", model, "fine_tune", "data", "rejected"]))
            default: break
            }
        }
        guard !features.contains(.labelMatching) else { return }
        for evaluation in spec.evaluations.names {
            unsupported(
                "'match:'", at: ["evaluations", evaluation, "match"],
                "the task's metrics define how answers are compared; remove it"
            )
        }
    }
}

extension ModelSpec {
    var deploy: DeploySpec? {
        switch self {
        case .hosted(let hosted): hosted.deploy
        case .fineTuned(let tuned): tuned.deploy
        case .trained, .programTrained, .probe, .command, .recorded: nil
        }
    }
}

extension ModelPrice {
    /// Whether the table has a price for a training job.
    func hasTraining(_ job: FineTuneSpec) -> Bool {
        job.method == .reinforcement ? trainingPerHour != nil : training[job.trainingType ?? .standard] != nil
    }
}
