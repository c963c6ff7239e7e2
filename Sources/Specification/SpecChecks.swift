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
        }
        for (name, provider) in spec.providers { check(provider, name) }
        for (name, model) in spec.models { check(model, name) }
        for (name, evaluation) in spec.evaluations { check(evaluation, name) }
        checkCommands()
        if let baseline = spec.baseline { requireReference(to: "model", baseline, at: "baseline") }
        // By node, so that one unreadable claim does not prevent checks of the others.
        for (index, claim) in (root["claims"]?.items ?? []).enumerated() {
            if case .string(let metric)? = claim["metric"]?.scalar?.resolved { check(metric: metric, index) }
        }
        for pair in root["variants"]?.pairs ?? [] where SpecChecks.reservedVariants.contains(pair.key) {
            reading.report(.reservedVariant(pair.key), at: pair.keyPosition)
        }
        checkPrices()
    }

    /// Names that variants cannot have: `--variant all` selects all variants, and reports call the unchanged spec
    /// `default`.
    private static let reservedVariants: Set<String> = ["all", VariantName.unchanged.text]

    // MARK: Providers

    private func check(_ provider: ProviderSpec, _ name: String) {
        switch provider {
        case .azureOpenAI(let azure):
            check(azure.endpoint, of: name, azure.allowInsecure, at: ["providers", name, "endpoint"])
            if let plane = azure.controlPlane {
                check(plane.endpoint, of: name, azure.allowInsecure, at: ["providers", name, "control_plane", "endpoint"])
                for (key, text) in [
                    ("subscription", plane.subscription), ("resource_group", plane.resourceGroup), ("account", plane.account),
                ] {
                    checkSegment(text, at: ["providers", name, "control_plane", key])
                }
            }
        case .openAI(let openAI):
            check(openAI.endpoint, of: name, openAI.allowInsecure, at: ["providers", name, "endpoint"])
        case .other(let other):
            if let endpoint = other.endpoint {
                check(endpoint, of: name, other.allowInsecure, at: ["providers", name, "endpoint"])
            }
        case .emulator: break
        }
    }

    /// Checks an address whose variables are all set; any other is checked when it is used.
    private func check(_ endpoint: EnvironmentText, of provider: String, _ allowsInsecure: Bool, at path: [String]) {
        guard let address = try? endpoint.resolved(in: reading.environment), !address.isEmpty else { return }
        do throws(BadServerAddress) {
            let server = try ServerAddress(base: address)
            guard server.isSecure || server.isLoopback || allowsInsecure else {
                return reading.report(.insecureAddress(provider: provider), at: place(path))
            }
        } catch {
            reading.report(.badAddress(reason: error.explanation), at: place(path))
        }
    }

    /// Checks a text that becomes one path segment of an address, if its variables are set: `..` would lead to
    /// another account.
    private func checkSegment(_ text: EnvironmentText, at path: [String]) {
        guard let resolved = try? text.resolved(in: reading.environment), !resolved.isEmpty else { return }
        let slashes = [UInt8(ascii: "/"), UInt8(ascii: "\\")]
        let parts = resolved.utf8.split(omittingEmptySubsequences: false, whereSeparator: slashes.contains)
        guard parts.allSatisfy({ !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8) }) else {
            return reading.report(
                .badFormat(text.template, expected: "a name, which becomes one part of an address"), at: place(path))
        }
    }

    // MARK: Places

    /// The position of the node at a path, or of its nearest existing ancestor.
    private func place(_ path: [String]) -> YAMLPosition {
        var node = root
        for (index, key) in path.enumerated() {
            guard let inner = node[key] else { return node.position.start }
            node = inner
            if index == path.count - 1 { return node.scalar == nil ? node.position.start : node.position }
        }
        return node.position.start
    }

    private func keyPlace(_ path: String...) -> YAMLPosition? {
        let parent = path.dropLast().reduce(root as YAMLNode?) { $0?[$1] }
        return parent?.pairs?.first { $0.key == path.last }?.keyPosition
    }

    private func report(_ problem: SpecProblem, at path: String..., notes: [Finding.Note] = []) {
        reading.report(problem, at: place(path), notes: notes)
    }

    private static let sections = [
        "split": "splits", "prompt": "prompts", "request": "requests", "provider": "providers", "model": "models",
        "command": "commands", "evaluation": "evaluations",
    ]

    /// The names in a section, including entries that failed to parse.
    private func names(of kind: String) -> [String] {
        SpecChecks.sections[kind].flatMap { root[$0]?.pairs }?.map(\.key) ?? []
    }

    /// The probable intended name; for `main.train` where a whole split is expected, `main`.
    private func nearest(to name: String, _ known: [String]) -> String? {
        known.nearest(to: name) ?? known.first { name.hasPrefix($0 + ".") }
    }

    @discardableResult
    private func requireReference(to kind: String, _ name: String, at path: String...) -> Bool {
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

    // MARK: Data

    /// The number of images per label; `nil` when the spec does not state it.
    private var imagesPerLabel: Int? {
        guard let dataset = spec.dataset else { return nil }
        if case .generate(let generate) = dataset.source { return generate.perLabel }
        return dataset.expect?.perLabel
    }

    /// The number of labels; `nil` when the spec does not state it.
    private var labelCount: Int? {
        if case .generate(let generate)? = spec.dataset?.source { return generate.labels }
        return labels?.count
    }

    private func checkDataset() {
        guard root["dataset"] == nil, root["models"] != nil || root["evaluations"] != nil else { return }
        reading.report(.needsDataset, at: keyPlace(root["models"] == nil ? "evaluations" : "models"))
    }

    private func check(_ split: SplitSpec, _ name: String) {
        guard split.source == .counts else {
            switch spec.dataset?.source {
            case .table, nil: break
            case .generate: report(.partlessDataset(split: name), at: "splits", name, "from")
            case .archive, .folder:
                if spec.dataset?.layout.hasParts != true {
                    report(.partlessDataset(split: name), at: "splits", name, "from")
                }
            }
            return
        }
        if let shares = split.shares {
            if split.train + split.validation + split.test > 0 { return report(.mixedSplit, at: "splits", name) }
            let sum = shares.train + shares.validation + shares.test
            if sum == 0 { report(.emptySplit(name), at: "splits", name) }
            if sum > 1 + 1e-9 { report(.splitAboveWhole(percent: 100 * sum), at: "splits", name) }
            if split.order == .pythonShuffle, split.seed == nil { report(.missingSeed, at: "splits", name, "order") }
            return
        }
        let sum = split.train.saturatingAdding(split.validation).saturatingAdding(split.test)
        if sum == 0 { report(.emptySplit(name), at: "splits", name) }
        if let first = split.first, sum > first {
            report(.splitTooLarge(needed: sum, available: first, of: "'first' keeps only"), at: "splits", name, "first")
        } else if let images = imagesPerLabel, sum > images {
            report(.splitTooLarge(needed: sum, available: images, of: "there are only"), at: "splits", name)
        }
        if split.order == .pythonShuffle, split.seed == nil { report(.missingSeed, at: "splits", name, "order") }
    }

    /// The number of images per label in a part; `nil` when it depends on the data.
    private func size(_ part: SplitReference) -> Int? {
        guard let split = spec.splits[part.split], split.source == .counts else { return nil }
        if let shares = split.shares {
            let share =
                switch part.part {
                case .train: shares.train
                case .validation: shares.validation
                case .test: shares.test
                }
            // The number depends on the data, except that a share of 0 is always empty.
            return share == 0 ? 0 : nil
        }
        return switch part.part {
        case .train: split.train
        case .validation: split.validation
        case .test: split.test
        }
    }

    private func requirePart(_ part: SplitReference, at path: [String]) {
        let known = names(of: "split")
        guard known.contains(part.split) else {
            reading.report(
                .unknownReference(
                    kind: "split", name: part.split, nearest: nearest(to: part.split, known), known: known),
                at: place(path))
            return
        }
        guard size(part) == 0 else { return }
        reading.report(
            .emptyPart(part), at: place(path),
            notes: keyPlace("splits", part.split).map { [.init(.definedHere(part.split), at: $0)] } ?? [])
    }

    // MARK: Task

    private var features: Set<TaskFeature> { task.map { type(of: $0).features } ?? Set(TaskFeature.allCases) }

    /// The variables with a different value for each item.
    private var itemVariables: [String] {
        task.map { type(of: $0).columns.filter(\.isVariable).map(\.role) } ?? []
    }

    /// Reports every setting that the task cannot use; nothing is silently ignored.
    private func checkTask() {
        guard let task, let name = spec.task?.name else {
            for role in spec.dataset?.columns?.rolesOfTasks ?? [] {
                reading.report(
                    .unsupportedByTask(
                        "the column '\(role)'", task: TaskChoice.classification, hint: "add 'task:' for what the column is for"),
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
            for key in ["layout", "label", "labels", "expect"] {
                unsupported("'\(key)' of a dataset", at: ["dataset", key], "it is for labels; remove it")
            }
            if !columns.contains("label") {
                unsupported(
                    "the column 'label'", at: ["dataset", "columns", "label"],
                    "its columns are \(columns.joined(separator: ", "))")
            }
        }
        for (model, value) in spec.models {
            switch value {
            case .trained, .programTrained:
                unsupported(
                    "'train:'", at: ["models", model, "train"],
                    "a network trained here classifies; use a hosted model, fine-tuning, or a program ('command:')")
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
                "'match:'", at: ["evaluations", evaluation, "match"], "the task's metrics say how answers are compared; remove it"
            )
        }
    }

    // MARK: Asking

    /// The `{{ … }}` placeholders of a text, and `labels` in other braces. Regular expressions are avoided because a
    /// sweep checks its prompts thousands of times.
    private static func placeholders(in text: String) -> [(whole: String, name: String, isDouble: Bool)] {
        guard text.utf8.contains(UInt8(ascii: "{")) else { return [] }
        var found: [(whole: String, name: String, isDouble: Bool)] = []
        var rest = text[...]
        while let start = rest.firstIndex(of: "{") {
            let opened = rest[start...].prefix { $0 == "{" }
            let inside = rest[opened.endIndex...].prefix { $0 != "{" && $0 != "}" }
            let closed = rest[inside.endIndex...].prefix { $0 == "}" }
            rest = rest[closed.endIndex...]
            guard !closed.isEmpty else { continue }
            let isDouble = opened.count > 1 && closed.count > 1
            let name = inside.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            if isDouble || PromptSpec.LabelForm(placeholder: name) != nil {
                found.append(("\(opened)\(inside)\(closed)", name, isDouble))
            }
        }
        return found
    }

    private func check(_ prompt: PromptSpec, _ name: String) {
        let images = prompt.user.filter { $0 == .image }.count
        if images != 1 { report(.imageParts(images), at: "prompts", name, "user") }
        var texts: [(String, [String])] = prompt.system.map { [($0, ["system"])] } ?? []
        for (index, part) in prompt.user.enumerated() {
            if case .text(let text) = part { texts.append((text, ["user", String(index), "text"])) }
        }
        for (text, path) in texts {
            for placeholder in SpecChecks.placeholders(in: text)
            where !placeholder.isDouble || PromptSpec.LabelForm(placeholder: placeholder.name) == nil {
                let isOfItem = itemVariables.contains(placeholder.name)
                if placeholder.isDouble, isOfItem || task?.variableNames.contains(placeholder.name) == true {
                    if isOfItem, path.first == "system" {
                        reading.report(
                            .itemVariableInSystem(placeholder.name),
                            at: place(["prompts", name] + path).finding(placeholder.whole))
                    }
                    continue
                }
                reading.report(
                    placeholder.isDouble
                        ? .unknownPlaceholder(placeholder.name, known: itemVariables + (task?.variableNames ?? []))
                        : .singleBraces(placeholder.whole),
                    at: place(["prompts", name] + path).finding(placeholder.whole))
            }
        }
        if let examples = prompt.examples {
            for (index, label) in (examples.labels ?? []).enumerated() {
                guard let labels, !labels.contains(label) else { continue }
                reading.report(
                    .unknownReference(
                        kind: "label", name: label, nearest: labels.nearest(to: label), known: labels),
                    at: place(["prompts", name, "examples", "labels", String(index)]))
            }
            requirePart(examples.split, at: ["prompts", name, "examples", "split"])
            if let labels = examples.labels?.count ?? labelCount {
                let images = labels.saturatingMultiplied(by: examples.perLabel).saturatingAdding(1)
                if images > ProviderLimits.imagesPerRequest {
                    report(
                        .tooManyImages(images, limit: ProviderLimits.imagesPerRequest), at: "prompts", name, "examples")
                }
            }
        }
    }

    private func check(_ model: ModelSpec, _ name: String) {
        if let provider = model.provider { requireReference(to: "provider", provider, at: "models", name, "provider") }
        switch model {
        case .hosted: break
        case .fineTuned(let tuned): check(tuned, name)
        case .trained(let recipe): check(recipe, name)
        case .programTrained(let trainer):
            requirePart(
                SplitReference(split: trainer.data.split, part: .train), at: ["models", name, "train", "data", "split"])
            checkInputs(trainer.command, at: ["models", name, "train"])
        case .command(let command):
            if let data = command.data {
                requirePart(SplitReference(split: data.split, part: .train), at: ["models", name, "data", "split"])
            }
            checkInputs(command.command, at: ["models", name, "command"])
        }
        if let sku = model.deploy?.sku, sku.isBatch, case .fineTuned = model {
            report(.batchSKUForOnline(sku: sku.rawValue), at: "models", name, "deploy", "sku")
        }
    }

    private func check(_ model: FineTunedModelSpec, _ name: String) {
        let job = model.fineTune
        let path = ["models", name, "fine_tune"]
        requirePart(SplitReference(split: job.data.split, part: .train), at: path + ["data", "split"])
        requireReference(to: "prompt", job.data.prompt, at: "models", name, "fine_tune", "data", "prompt")
        if let size = size(SplitReference(split: job.data.split, part: .train)), let count = labelCount, size > 0,
            size * count < ProviderLimits.fewestExamples
        {
            reading.report(
                .tooFewExamples(size * count, limit: ProviderLimits.fewestExamples),
                at: place(path + ["data", "split"]))
        }
        func belongs(_ key: String, in place: [String], to method: FineTuneSpec.Method, if given: Bool) {
            guard given, job.method != method else { return }
            reading.report(
                .wrongMethod(key: key, method: job.method.rawValue, belongsTo: "'method: \(method.rawValue)'"),
                at: self.place(path + place + [key]))
        }
        let given = job.hyperparameters
        let hyperparameters = ["hyperparameters"]
        belongs("beta", in: hyperparameters, to: .dpo, if: given.beta != nil)
        belongs("l2_multiplier", in: hyperparameters, to: .dpo, if: given.l2Multiplier != nil)
        belongs("reasoning_effort", in: hyperparameters, to: .reinforcement, if: given.reasoningEffort != nil)
        belongs("compute_multiplier", in: hyperparameters, to: .reinforcement, if: given.computeMultiplier != nil)
        belongs("eval_interval", in: hyperparameters, to: .reinforcement, if: given.evalInterval != nil)
        belongs("eval_samples", in: hyperparameters, to: .reinforcement, if: given.evalSamples != nil)
        belongs(
            "rejected", in: ["data"], to: .dpo,
            if: root.node(at: (path + ["data", "rejected"]).joined(separator: ".")) != nil)
        belongs("grader", in: [], to: .reinforcement, if: job.grader != nil)
        if job.method == .reinforcement, job.grader == nil {
            reading.report(.missingGrader, at: place(path + ["method"]))
        }
        let provider = model.provider
        if case .azureOpenAI(let azure)? = spec.providers[provider], !azure.knowsTrainingTypes {
            for (key, isGiven) in [
                ("training_type", job.trainingType != nil), ("method", job.method != .supervised),
            ] where isGiven {
                reading.report(
                    .needsPreview(key: key, provider: provider, version: azure.apiVersion), at: place(path + [key]))
            }
        }
        if case .openAI? = spec.providers[provider], job.trainingType != nil {
            reading.report(.azureOnly(key: "training_type"), at: place(path + ["training_type"]))
        }
        if job.evaluateCheckpoints, given.nEpochs?.value == nil {
            reading.report(.checkpointsWithoutEpochs, at: place(path + ["evaluate_checkpoints"]))
        }
    }

    private func check(_ recipe: TrainSpec, _ name: String) {
        let path = ["models", name, "train"]
        requirePart(SplitReference(split: recipe.data.split, part: .train), at: path + ["data", "split"])
        if case .sgd(let sgd) = recipe.optimizer, sgd.nesterov, sgd.momentum == 0 {
            reading.report(
                .inconsistentRecipe("'nesterov' needs a 'momentum' above 0"),
                at: place(path + ["optimizer", "sgd", "nesterov"]))
        }
        if let each = size(SplitReference(split: recipe.data.split, part: .train)), let labels = labelCount, each > 0,
            recipe.batchSize > each * labels
        {
            let train = each * labels
            reading.report(
                .inconsistentRecipe("a batch of \(recipe.batchSize) is more than the \(train) images that train"),
                at: place(path + ["batch_size"]))
        }
        if recipe.select == .bestValidationAccuracy,
            size(SplitReference(split: recipe.data.split, part: .validation)) == 0
        {
            reading.report(
                .inconsistentRecipe("'select: best-validation-accuracy' needs validation images; write 'select: last'"),
                at: place(path + ["select"]))
        }
    }

    private func check(_ evaluation: EvaluationSpec, _ name: String) {
        let path = ["evaluations", name]
        requirePart(evaluation.split, at: path + ["split"])
        var learners: [[String]: (part: SplitReference, models: [String])] = [:]
        var others: [(model: String, split: SplitReference)] = []
        for (model, asked) in evaluation.models {
            let place = path + ["models", model]
            if let split = asked.split {
                requirePart(split, at: place + ["split"])
                if split != evaluation.split { others.append((model, split)) }
            }
            guard let position = keyPlace("evaluations", name, "models", model) else { continue }
            let known = names(of: "model")
            guard known.contains(model) else {
                reading.report(
                    .unknownReference(kind: "model", name: model, nearest: known.nearest(to: model), known: known),
                    at: position)
                continue
            }
            if let request = asked.ask?.request {
                let key = if case .batch? = asked.ask { "batch" } else { "online" }
                requireReference(to: "request", request, at: "evaluations", name, "models", model, key)
            }
            guard let model = spec.models[model].map({ (model, $0) }) else { continue }
            check(asked.ask, of: model.1, model.0, at: place, position)
            let part = asked.split ?? evaluation.split
            if mayHaveLearned(model.1, from: part) {
                learners[asked.split == nil ? path + ["split"] : place + ["split"], default: (part, [])].1
                    .append(model.0)
            }
        }
        for (path, learner) in learners {
            reading.report(.testedOnTraining(learner.part, models: learner.models), at: self.place(path))
        }
        if let other = others.first, evaluation.models.count > 1 {
            let names = evaluation.models.names
            let rest = names.first { name in !others.contains { $0.model == name } } ?? names[0]
            if others.count < names.count || Set(others.map(\.split)).count > 1 {
                reading.report(
                    .differentImages([rest == other.model ? names[names.count - 1] : rest, other.model]),
                    at: self.place(path + ["models", other.model, "split"]),
                    notes: [.init(.usedHere(evaluation.split.description), at: self.place(path + ["split"]))])
            }
        }
    }

    /// Checks whether a model supports a request mode.
    private func check(
        _ ask: ModelEvaluationSpec.Ask?, of model: ModelSpec, _ name: String, at path: [String],
        _ position: YAMLPosition
    ) {
        let defined = keyPlace("models", name).map { [Finding.Note(.definedHere(name), at: $0)] } ?? []
        let provider = model.provider.flatMap { spec.providers[$0] }
        switch (model, ask) {
        case (.trained, nil), (.programTrained, nil), (.command, nil): break
        case (.trained, _?), (.programTrained, _?), (.command, _?):
            reading.report(.localModelAsked(model: name), at: position, notes: defined)
        case (.hosted, nil), (.fineTuned, nil):
            reading.report(.missingAsk(model: name), at: position, notes: defined)
        case (.fineTuned, .batch(let request)?):
            reading.report(
                .fineTunedInBatch(model: name, request: request), at: place(path + ["batch"]), notes: defined)
        case (.fineTuned(let tuned), .online?):
            if case .azureOpenAI(let azure)? = provider, azure.controlPlane == nil {
                reading.report(
                    .missingControlPlane(model: name, provider: tuned.provider), at: position, notes: defined)
            }
        case (.hosted(let hosted), let ask?):
            // Without deployments, a model is addressed by its own name.
            if provider?.deploysModels == false { break }
            let isBatch = if case .batch = ask { true } else { false }
            if let deploy = hosted.deploy, deploy.sku.isBatch == isBatch {
                if case .azureOpenAI(let azure)? = provider, azure.controlPlane == nil {
                    reading.report(
                        .missingControlPlane(model: name, provider: hosted.provider), at: position, notes: defined)
                }
            } else if isBatch ? hosted.batchDeployment == nil : hosted.deployment == nil {
                reading.report(
                    .missingDeployment(model: name, key: isBatch ? "batch_deployment" : "deployment"),
                    at: place(path + [isBatch ? "batch" : "online"]), notes: defined)
            }
        }
    }

    /// Whether a part may contain images that a model was trained on.
    private func mayHaveLearned(_ model: ModelSpec, from part: SplitReference) -> Bool {
        let learned: String? =
            switch model {
            case .hosted: nil
            case .fineTuned(let tuned): tuned.fineTune.data.split
            case .trained(let recipe): recipe.data.split
            case .programTrained(let trainer): trainer.data.split
            case .command(let command): command.data?.split
            }
        guard let learned, let ours = spec.splits[learned], let theirs = spec.splits[part.split] else { return false }
        // The parts of one split are disjoint; so are those of two splits with the same images for train and
        // validation.
        var same = ours
        same.test = theirs.test
        return part.part == .train || same != theirs
    }

    // MARK: Commands

    private func checkInputs(_ command: CommandSpec, at path: [String]) {
        for (index, input) in command.inputs.enumerated() {
            guard case .output(let other, let output) = input else { continue }
            let place = path + ["inputs", String(index)]
            guard let source = spec.commands[other] else {
                let known = names(of: "command")
                if !known.contains(other) {
                    reading.report(
                        .unknownReference(
                            kind: "command", name: other, nearest: known.nearest(to: other), known: known),
                        at: self.place(place + ["from"]))
                }
                continue
            }
            if let output, !source.outputs.contains(output) {
                reading.report(
                    .unknownReference(
                        kind: "output", name: output, nearest: source.outputs.nearest(to: output), known: source.outputs
                    ),
                    at: self.place(place + ["output"]))
            }
        }
    }

    private func checkCommands() {
        guard !spec.commands.isEmpty else { return }
        for (name, command) in spec.commands where !command.inputs.isEmpty {
            // Only commands that read outputs of others need this check; a spec may have ten thousand commands.
            if command.inputs.contains(where: { if case .output = $0 { true } else { false } }) {
                checkInputs(command, at: ["commands", name])
            }
        }
        if let cycle = commandCycle() { report(.commandCycle(cycle), at: "commands", cycle[0], "inputs") }
    }

    /// A cycle of commands that read each other's outputs; `nil` when there is none. Iterative, because chains may be
    /// long.
    private func commandCycle() -> [String]? {
        enum State { case open, done }
        func sources(_ name: String) -> [String] {
            (spec.commands[name]?.inputs ?? []).compactMap { if case .output(let other, _) = $0 { other } else { nil } }
        }
        var states: [String: State] = [:]
        for start in spec.commands.names where states[start] == nil {
            var path: [(name: String, rest: ArraySlice<String>)] = [(start, sources(start)[...])]
            states[start] = .open
            while let last = path.indices.last {
                guard let next = path[last].rest.popFirst() else {
                    states[path.removeLast().name] = .done
                    continue
                }
                switch states[next] {
                case .open: return path.map(\.name).drop { $0 != next } + [next]
                case .done: continue
                case nil:
                    states[next] = .open
                    path.append((next, sources(next)[...]))
                }
            }
        }
        return nil
    }

    // MARK: Claims

    private func check(metric: String, _ index: Int) {
        guard !metric.contains("${") else { return }
        let parts = metric.split(separator: ".").map(String.init)
        let position = place(["claims", String(index), "metric"])
        func require(_ part: Int, _ known: [String]) -> Bool {
            guard part < parts.count else {
                reading.report(.metricGoesOn(metric, known: known), at: position)
                return false
            }
            if known.contains(parts[part]) { return true }
            reading.report(
                .unknownMetric(metric, component: parts[part], nearest: known.nearest(to: parts[part]), known: known),
                at: position)
            return false
        }
        /// Checks that the path leads from this component to a number.
        func follow(_ tree: MetricTree, from part: Int) {
            switch tree {
            case .number: if part < parts.count { _ = require(part, []) }
            case .list(let item):
                guard part < parts.count, Int(parts[part]).map({ $0 >= 0 }) == true else {
                    _ = require(part, ["0", "1"])
                    return
                }
                follow(item, from: part + 1)
            case .members(let members):
                guard require(part, members.map(\.name)) else { return }
                if let member = members.first(where: { $0.name == parts[part] }) { follow(member.tree, from: part + 1) }
            }
        }
        guard require(0, ["evaluations", "training", "comparisons"]) else { return }
        switch parts[0] {
        case "evaluations":
            guard require(1, names(of: "evaluation")), require(2, rows(of: parts[1], asked: parts)) else { return }
            // An evaluation that failed to parse may measure anything.
            let evaluation = spec.evaluations[parts[1]]
            let measuresLatency = evaluation?.measuresLatency ?? true
            if !measuresLatency, parts.count > 3, ["latency_ms", "images_per_second"].contains(parts[3]) {
                reading.report(.metricWithoutLatency(metric, evaluation: parts[1]), at: position)
                return
            }
            follow(
                .model(
                    metrics: metricNames(asked: parts), measuresLatency: measuresLatency,
                    isRepeated: evaluation.map { $0.repeats > 1 } ?? true), from: 3)
        case "comparisons":
            guard require(1, names(of: "evaluation")), require(2, comparedNames + ["latency_ms_mean"]) else { return }
            if parts[2] == "latency_ms_mean", spec.evaluations[parts[1]]?.measuresLatency == false {
                reading.report(.metricWithoutLatency(metric, evaluation: parts[1]), at: position)
                return
            }
            let rows = rows(of: parts[1], asked: parts)
            if require(3, rows), require(4, rows.filter { $0 != parts[3] }) { follow(.comparison, from: 5) }
        default:
            let trained = names(of: "model").filter {
                switch spec.models[$0] {
                case .fineTuned, .trained, .programTrained, nil: true
                case .hosted, .command: false
                }
            }
            guard require(1, trained) else { return }
            switch spec.models[parts[1]] {
            case .fineTuned: follow(.fineTuning, from: 2)
            case .trained, .programTrained: follow(.training, from: 2)
            default: break
            }
        }
    }

    /// The names of the task's metrics, including the per-name metric that the path asks for; `nil` for
    /// classification.
    private func metricNames(asked parts: [String]) -> [String]? {
        guard let task else { return nil }
        let vocabulary = (labels ?? []) + parts.dropFirst(4).prefix(1)
        return task.metrics(TaskContext(vocabulary: vocabulary)).all.map(\.name)
    }

    /// The metrics by which models are compared.
    private var comparedNames: [String] {
        guard let task else { return ["accuracy"] }
        return task.metrics(TaskContext()).all.filter { $0.test != .none }.map(\.name)
    }

    /// The rows of an evaluation: its models, and the checkpoints that the path asks for.
    private func rows(of evaluation: String, asked parts: [String]) -> [String] {
        let models = root["evaluations"]?[evaluation]?["models"]?.pairs?.map(\.key) ?? []
        let checkpoints = parts.filter { part in
            let pieces = part.split(separator: "@", maxSplits: 1).map(String.init)
            guard pieces.count == 2, models.contains(pieces[0]), pieces[1].wholeMatch(of: #/epoch-[0-9]+/#) != nil,
                case .fineTuned(let tuned)? = spec.models[pieces[0]]
            else { return false }
            return tuned.fineTune.evaluateCheckpoints
        }
        return models + checkpoints
    }

    // MARK: Money

    private func checkPrices() {
        for (name, model) in spec.models {
            guard let asked = model.providerModel, let provider = model.provider.flatMap({ spec.providers[$0] }),
                !provider.isEmulated
            else { continue }
            var path = ["models", name, "model"]
            if case .fineTuned = model { path = ["models", name, "fine_tune", "model"] }
            let builtIn = prices == nil ? BuiltInPrices.entry(for: provider) : nil
            guard let table = prices ?? builtIn?.table else { continue }
            let price = table.models[asked]
            if let price { checkRetirement(of: asked, model, price.retires, at: place(path)) }
            if provider.price == .free || model.price == .free { continue }
            func missing(_ use: SpecProblem.PricedUse, nearest: String?) {
                let source =
                    builtIn.map { "the built-in prices of \($0.provider) (\($0.table.date))" }
                    ?? root["prices"]?.scalar?.text ?? "the price table"
                reading.report(
                    .missingPrice(
                        model: asked, use: use, table: source, nearest: nearest, isBuiltIn: builtIn != nil,
                        hasBudget: spec.budget != nil), at: place(path))
            }
            guard let price else {
                missing(.requests, nearest: table.models.names.nearest(to: asked))
                continue
            }
            if case .fineTuned(let tuned) = model, !price.hasTraining(tuned.fineTune) { missing(.training, nearest: nil) }
        }
    }

    private func checkRetirement(of name: String, _ model: ModelSpec, _ retires: Retirement, at position: YAMLPosition) {
        func warn(_ use: String, _ day: String?) {
            guard let day, day <= today else { return }
            reading.report(.retired(model: name, use: use, since: day), at: position)
        }
        switch model {
        case .hosted(let hosted):
            // The spec does not state whether an existing deployment is a Standard one, so the later date applies.
            if hosted.deploy?.sku == .standard {
                warn("Standard deployments", retires.standard)
            } else {
                warn("deployments", retires.others)
            }
        case .fineTuned:
            warn("new fine-tuning", retires.training)
            warn("deployments of fine-tuned models", retires.fineTuned)
        case .trained, .programTrained, .command: break
        }
    }
}

/// Limits of the provider that a spec can violate (Azure OpenAI quotas and limits, 2026-02, and the page on vision
/// fine-tuning).
package enum ProviderLimits {
    /// The minimum number of training examples of a fine-tuning job.
    package static let fewestExamples = 10
    /// The maximum number of training examples with images of a fine-tuning job.
    package static let mostImageExamples = 50_000
    static let imagesPerRequest = 10
}

extension ModelSpec {
    fileprivate var deploy: DeploySpec? {
        switch self {
        case .hosted(let hosted): hosted.deploy
        case .fineTuned(let tuned): tuned.deploy
        case .trained, .programTrained, .command: nil
        }
    }
}

extension ModelPrice {
    /// Whether the table has a price for a training job.
    fileprivate func hasTraining(_ job: FineTuneSpec) -> Bool {
        job.method == .reinforcement ? trainingPerHour != nil : training[job.trainingType ?? .standard] != nil
    }
}
