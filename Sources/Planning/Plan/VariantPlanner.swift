// Plans one variant, from its dataset to the score of each model.

import Artifacts
import Basics
import Foundation
import Specification
import TaskKit
import VisionProtocol

struct VariantPlanner {
    var planner: Planner
    let variant: VariantName
    /// The variant's index among the planned variants.
    private let number: Int
    let loaded: LoadedSpec
    private var manifest: StepID?
    var imageFolder: String?
    private var commandSteps: [String: StepID] = [:]
    private var programs: [String: ProgramRun] = [:]
    private var fineTunes: [String: StepID] = [:]
    var networks: [String: StepID] = [:]

    var spec: ExperimentSpec { loaded.spec }

    /// The task with the options that affect what is read and asked.
    private var askedTask: TaskChoice? {
        spec.task?.asked(by: loaded.task.map { type(of: $0) })
    }

    init(planner: Planner, variant: VariantName, number: Int, loaded: LoadedSpec) {
        self.planner = planner
        self.variant = variant
        self.number = number
        self.loaded = loaded
    }

    mutating func plan() throws {
        for name in spec.commands.names { _ = try command(name) }
        try planDataset()
        for name in spec.splits.names { try planLeakCheck(name) }
        for (evaluationName, evaluation) in spec.evaluations {
            for (modelName, asked) in evaluation.models {
                for repetition in 0..<max(1, evaluation.repeats) {
                    try plan(asked, of: modelName, repetition: repetition, in: evaluation, named: evaluationName)
                }
            }
        }
        for name in spec.models.names {
            switch spec.models[name] {
            case .trained(let train): _ = try network(name, train, repetition: 0)
            case .programTrained(let train): _ = try trainer(name, train, repetition: 0)
            case .fineTuned(let tuned): _ = try fineTune(name, tuned)
            default: break
            }
        }
    }

    // MARK: Data

    private mutating func planDataset() throws {
        guard let dataset = spec.dataset else { return }
        var inputs: [StepInput] = []
        let source: IndexDataset.Source
        var path: String?
        var root: String?
        switch dataset.source {
        case .generate(let generate): source = .generate(generate)
        case .archive(let reference):
            switch locate(reference, at: "dataset.archive") {
            case .url(let url)?:
                let fetch = try add(
                    "fetch-archive:dataset",
                    .fetchArchive(
                        FetchArchive(
                            url: url.absoluteString, sha256: dataset.sha256.flatMap(Digest.init(hex:)),
                            shownURL: reference.text.template)),
                    places: ["url": "dataset.archive", "sha256": "dataset.sha256"])
                inputs = [StepInput(FetchArchive.archive, from: fetch, output: FetchArchive.archive)]
                source = .fetched
            case .path(let local)?:
                path = local
                let digest = content(local, at: "dataset.archive", pinned: dataset.sha256)
                source = .archive(digest ?? Digest(of: ""))
            case nil: source = .archive(Digest(of: ""))
            }
        case .folder(let reference):
            path = localPath(reference, at: "dataset.folder")
            imageFolder = path
            source = .folder(path.flatMap { content($0, at: "dataset.folder") } ?? Digest(of: ""))
        case .table(let reference):
            path = localPath(reference, at: "dataset.table")
            root = dataset.root.flatMap { localPath($0, at: "dataset.root") }
            imageFolder =
                root
                ?? path.map { $0.contains("/") ? String($0[..<($0.lastIndex(of: "/") ?? $0.startIndex)]) : "." }
            source = .table(
                path.flatMap { path in
                    content(
                        path, at: "dataset.table",
                        named: Observations.name(ofTable: path, columns: dataset.columns, root: root))
                } ?? Digest(of: ""))
        }
        // Converted images are in the store, not in the image folder.
        if dataset.convert != nil { imageFolder = nil }
        manifest = try add(
            "index-dataset",
            .indexDataset(
                IndexDataset(
                    source: source, layout: dataset.layout, label: dataset.label,
                    skipUnreadable: dataset.skipUnreadable, convert: dataset.convert, columns: dataset.columns,
                    labels: dataset.labels, task: askedTask, path: path, root: root)),
            inputs: inputs,
            places: [
                "": "dataset", "task": "task", "source.archive": "dataset.archive", "source.folder": "dataset.folder",
                "source.table": "dataset.table", "source.generate": "dataset.generate",
            ])
    }

    /// Plans the step that creates a split.
    private mutating func split(_ name: String) throws -> StepID? {
        guard let manifest, var split = spec.splits[name] else { return nil }
        // Without shuffling, the seed has no effect.
        if split.order == .name { split.seed = nil }
        return try add(
            StepID("split-dataset:\(name)"),
            .splitDataset(SplitDataset(rule: split, limit: planner.options.limit)),
            inputs: [StepInput(IndexDataset.manifest, from: manifest, output: IndexDataset.manifest)],
            places: ["rule": "splits.\(name)"])
    }

    private mutating func planLeakCheck(_ name: String) throws {
        guard let manifest, let split = try split(name) else { return }
        _ = try add(
            StepID("check-leaks:\(name)"), .checkLeaks(CheckLeaks(nearDistance: 4)),
            inputs: [StepInput(IndexDataset.manifest, from: manifest, output: IndexDataset.manifest)]
                + SplitPart.allCases.map {
                    StepInput($0.rawValue, from: split, output: SplitDataset.output($0))
                },
            places: ["": "splits.\(name)"])
    }

    mutating func examples(
        _ reference: SplitReference, as name: String = "examples", role: StepInput.Role = .content
    ) throws -> StepInput? {
        guard let split = try split(reference.split) else { return nil }
        return StepInput(name, from: split, output: SplitDataset.output(reference.part), role: role)
    }

    /// The examples that a prompt contains before the question.
    private mutating func shots(of prompt: PromptSpec) throws -> [StepInput] {
        guard let examples = prompt.examples else { return [] }
        return try self.examples(examples.split, as: "shots").map { [$0] } ?? []
    }

    // MARK: Evaluations

    private mutating func plan(
        _ asked: ModelEvaluationSpec, of model: String, repetition: Int, in evaluation: EvaluationSpec,
        named evaluationName: String
    ) throws {
        let reference = asked.split ?? evaluation.split
        guard let examples = try examples(reference), let modelSpec = spec.models[model] else { return }
        try plan(asked, of: model, modelSpec, checkpoint: nil, examples, reference, repetition, evaluation, evaluationName)
        guard case .fineTuned(let tuned) = modelSpec, tuned.fineTune.evaluateCheckpoints, repetition == 0,
            !evaluation.measuresLatency, let epochs = tuned.fineTune.hyperparameters.nEpochs?.value
        else { return }
        for before in (1..<FineTune.checkpointsKept).reversed() where before < epochs {
            let checkpoint = (before: before, epoch: epochs - before)
            try plan(
                asked, of: model, modelSpec, checkpoint: checkpoint, examples, reference, repetition, evaluation,
                evaluationName)
        }
    }

    /// Plans the answers and the score of a model, or of one of its checkpoints.
    private mutating func plan(
        _ asked: ModelEvaluationSpec, of model: String, _ modelSpec: ModelSpec,
        checkpoint: (before: Int, epoch: Int)?, _ examples: StepInput, _ reference: SplitReference, _ repetition: Int,
        _ evaluation: EvaluationSpec, _ evaluationName: String
    ) throws {
        let measured = model + (checkpoint.map { "@epoch-\($0.epoch)" } ?? "")
        let answers: StepID?
        var output = RunBatch.answers
        var format = AnswerFormat.text
        switch modelSpec {
        case .hosted, .fineTuned:
            guard let ask = asked.ask, let request = spec.requests[ask.request],
                let prompt = spec.prompts[request.prompt]
            else { return }
            format = request.answer
            let question = AskedRequest(request, prompt: prompt, task: askedTask)
            answers = try askHosted(
                model, modelSpec, ask: ask, question: question, checkpoint: checkpoint?.before, examples: examples,
                reference: reference, measured: measured, repetition: repetition, evaluation: evaluation, named: evaluationName)
        case .trained(let train):
            answers = try predict(
                model, train, examples: examples, reference: reference, repetition: repetition,
                evaluation: evaluation, named: evaluationName)
        case .programTrained(let train):
            answers = try predict(
                model, train, examples: examples, reference: reference, repetition: repetition,
                evaluation: evaluation, named: evaluationName)
        case .command(let command):
            let run = try runModel(
                model, command, reference: reference, evaluation: evaluation, named: evaluationName)
            answers = run?.step
            output = run?.output ?? output
        }
        guard let answers else { return }
        let suffix = repetition == 0 ? "" : "#\(repetition + 1)"
        let score = try add(
            StepID("score:\(evaluationName):\(measured)\(suffix)"),
            .score(
                Score(
                    match: evaluation.match, answer: format, allowMissing: evaluation.allowMissing,
                    onRefused: evaluation.onRefused, task: spec.task)),
            inputs: [StepInput("answers", from: answers, output: output), examples],
            places: [
                "match": "evaluations.\(evaluationName).match",
                "match.ignore_punctuation": "evaluations.\(evaluationName).match.ignore",
                "match.ignore_markdown": "evaluations.\(evaluationName).match.ignore",
                "match.ignore_quotes": "evaluations.\(evaluationName).match.ignore",
                "allow_missing": "evaluations.\(evaluationName).allow_missing",
                "on_refused": "evaluations.\(evaluationName).on_refused",
                "task": "task",
            ], model: model)
        planner.mark(score, model: model, variant: variant)
        planner.mark(answers, match: evaluation.match, at: loaded.range(of: "evaluations.\(evaluationName).match"))
        planner.measures.append(
            Plan.Measure(
                variant: variant, evaluation: evaluationName, model: measured, repetition: repetition, score: score,
                answers: answers, split: reference, examples: examples.from, imageFolder: imageFolder))
    }

    func latency(_ evaluation: EvaluationSpec) -> AskOnline.Latency? {
        evaluation.concurrency.map {
            AskOnline.Latency(
                concurrency: $0, warmup: evaluation.warmup, machine: planner.observations.machine,
                measurement: planner.options.measurement)
        }
    }

    private mutating func askHosted(
        _ name: String, _ model: ModelSpec, ask: ModelEvaluationSpec.Ask, question: AskedRequest,
        checkpoint: Int?, examples: StepInput, reference: SplitReference, measured: String, repetition: Int,
        evaluation: EvaluationSpec,
        named evaluationName: String
    ) throws -> StepID? {
        guard let providerName = model.provider, let account = account(of: providerName) else { return nil }
        let provider = providerKey(providerName)
        let latency = latency(evaluation)
        let requestPlaces = requestPlaces(ask.request, question: spec.requests[ask.request])
        let suffix = repetition == 0 ? "" : "#\(repetition + 1)"
        let shots = try shots(of: question.prompt)
        let identifier = "\(measured):\(ask.request):\(reference)\(suffix)"
        switch (ask, model) {
        case (.batch, .hosted(let hosted)):
            let deployment =
                text(hosted.batchDeployment ?? hosted.deployment, at: "models.\(name).batch_deployment")
                ?? hosted.model
            let written = try add(
                StepID("write-requests:\(name):\(ask.request):\(reference)"),
                .writeRequests(
                    WriteRequests(
                        request: question, deployment: deployment,
                        url: account.isOpenAI ? "/v1/chat/completions" : nil, maxShardTokens: hosted.enqueuedTokens,
                        dialect: account.dialect, imageFolder: imageFolder)),
                inputs: [examples] + shots,
                places: requestPlaces.merging([
                    "deployment": "models.\(name).batch_deployment",
                    "max_shard_tokens": "models.\(name).enqueued_tokens",
                ]) { $1 }, model: name)
            let attempts = evaluation.attempts
            return try add(
                StepID("run-batch:\(identifier)"),
                .runBatch(
                    RunBatch(
                        identity: .init(
                            account: account, model: hosted.model, request: question, repetition: repetition),
                        settings: .init(
                            provider: provider, deployment: deployment, attempts: attempts,
                            onlineDeployment: hosted.batchDeployment == nil
                                ? nil : text(hosted.deployment, at: "models.\(name).deployment"),
                            inTurn: hosted.enqueuedTokens != nil))),
                inputs: [examples] + shots + [
                    StepInput(WriteRequests.shards, from: written, output: WriteRequests.shards, role: .onDemand)
                ],
                places: requestPlaces.merging(
                    ["account": "providers.\(providerName)", "model": "models.\(name).model"]) { $1 },
                model: name)
        case (.online, .hosted(let hosted)):
            let id = latency == nil ? "ask-online:\(identifier)" : "ask-online:\(name):\(evaluationName)\(suffix)"
            return try add(
                StepID(id),
                .askOnline(
                    AskOnline(
                        identity: .init(
                            account: account, model: hosted.model, request: question, repetition: repetition,
                            latency: latency),
                        settings: .init(
                            provider: provider,
                            deployment: text(hosted.deployment, at: "models.\(name).deployment"), deploy: hosted.deploy,
                            attempts: evaluation.attempts, imageFolder: imageFolder,
                            allowsMissing: evaluation.allowMissing))),
                inputs: [examples] + shots,
                places: requestPlaces.merging([
                    "account": "providers.\(providerName)", "model": "models.\(name).model",
                    "latency.concurrency": "evaluations.\(evaluationName).concurrency",
                    "latency.warmup": "evaluations.\(evaluationName).warmup",
                ]) { $1 },
                model: name)
        case (.online, .fineTuned(let tuned)):
            guard let job = try fineTune(name, tuned) else { return nil }
            let id = latency == nil ? "ask-online:\(identifier)" : "ask-online:\(name):\(evaluationName)\(suffix)"
            return try add(
                StepID(id),
                .askOnline(
                    AskOnline(
                        identity: .init(
                            account: account, model: tuned.fineTune.model, request: question, repetition: repetition,
                            latency: latency, checkpoint: checkpoint),
                        settings: .init(
                            provider: provider, deployment: nil, deploy: tuned.deploy, attempts: evaluation.attempts,
                            imageFolder: imageFolder, allowsMissing: evaluation.allowMissing))),
                inputs: [examples] + shots + [StepInput(FineTune.model, from: job, output: FineTune.model)],
                places: requestPlaces.merging([
                    "account": "providers.\(providerName)", "model": "models.\(name).fine_tune.model",
                    "latency.concurrency": "evaluations.\(evaluationName).concurrency",
                    "latency.warmup": "evaluations.\(evaluationName).warmup",
                    "checkpoint": "models.\(name).fine_tune.evaluate_checkpoints",
                ]) { $1 },
                model: name)
        default: return nil
        }
    }

    /// The spec paths of the parts of a request: the request's own keys, and those of its prompt.
    private func requestPlaces(_ name: String, question: RequestSpec?) -> [String: String] {
        [
            "request": "requests.\(name)", "request.task": "task",
            "request.prompt": question.map { "prompts.\($0.prompt)" } ?? "requests.\(name).prompt",
        ]
    }

    // MARK: Fine-tuning

    private mutating func fineTune(_ name: String, _ model: FineTunedModelSpec) throws -> StepID? {
        if let known = fineTunes[name] { return known }
        let tune = model.fineTune
        guard let account = account(of: model.provider), let prompt = spec.prompts[tune.data.prompt] else { return nil }
        let base = "models.\(name).fine_tune"
        var inputs: [StepInput] = []
        var rejected: WriteTrainingData.Rejected?
        var rejectedTable: String?
        if tune.method == .dpo {
            switch tune.data.rejected {
            case .randomLabel(let seed): rejected = .randomLabel(seed: seed)
            case .table(let reference):
                rejectedTable = localPath(reference, at: "\(base).data.rejected")
                rejected = rejectedTable.flatMap { content($0, at: "\(base).data.rejected") }.map { .table($0) }
            }
        }
        for part in [SplitPart.train, .validation] where part == .train || tune.data.validation {
            guard let examples = try examples(SplitReference(split: tune.data.split, part: part)) else { return nil }
            let data = try add(
                StepID("write-training-data:\(name):\(part.rawValue)"),
                .writeTrainingData(
                    WriteTrainingData(
                        identity: .init(
                            prompt: prompt, detail: tune.data.detail, answer: tune.data.answer, method: tune.method,
                            rejected: rejected, dialect: account.dialect, task: askedTask),
                        settings: .init(
                            imageFolder: imageFolder, rejectedTable: rejectedTable,
                            allowLostLabels: tune.data.allowLostLabels))),
                inputs: [examples] + (try shots(of: prompt)),
                places: [
                    "prompt": "prompts.\(tune.data.prompt)", "task": "task", "": "\(base).data", "method": "\(base).method",
                ], model: name)
            inputs.append(StepInput(part.rawValue, from: data, output: WriteTrainingData.data))
        }
        let job = try add(
            StepID("fine-tune:\(name)"),
            .fineTune(
                FineTune(
                    identity: .init(
                        account: account, model: tune.model, method: tune.method, hyperparameters: tune.hyperparameters.sent,
                        seed: tune.seed, trainingType: tune.trainingType, grader: tune.grader,
                        answer: tune.method == .reinforcement ? tune.data.answer : nil,
                        screening: screening(of: model.provider)),
                    settings: .init(
                        provider: providerKey(model.provider), suffix: tune.suffix,
                        allowLostLabels: tune.data.allowLostLabels))),
            inputs: inputs,
            places: [
                "": base, "account": "providers.\(model.provider)",
                "screening": "providers.\(model.provider).screening",
            ], model: name)
        fineTunes[name] = job
        planner.trainings.append(
            Plan.Training(
                variant: variant, model: name, repetition: 0, steps: [job], selection: nil))
        return job
    }

    // MARK: Networks

    private mutating func network(_ name: String, _ train: TrainSpec, repetition: Int) throws -> StepID? {
        let memo = "\(name)#\(repetition)"
        if let known = networks[memo] { return known }
        guard let numerics = numerics(threads: train.threads) else { return nil }
        let base = "models.\(name).train"
        guard let training = try examples(SplitReference(split: train.data.split, part: .train), as: "train"),
            let validation = try examples(SplitReference(split: train.data.split, part: .validation), as: "validation")
        else { return nil }
        var settings = TrainEpoch.Settings(weightsPath: nil, imageFolder: imageFolder)
        var weights = TrainEpoch.Weights.none
        var weightsKey: String?
        var start: [StepInput] = []
        switch train.weights {
        case .none: break
        case .file(let reference, let sha256, let key):
            weightsKey = key
            switch locate(reference, at: "\(base).weights") {
            case .path(let path)?:
                settings.weightsPath = path
                weights = .file(content(path, at: "\(base).weights", pinned: sha256) ?? Digest(of: ""))
            case .url(let url)?:
                let fetch = try add(
                    StepID("fetch-archive:\(name)-weights"),
                    .fetchArchive(
                        FetchArchive(
                            url: url.absoluteString, sha256: sha256.flatMap(Digest.init(hex:)),
                            shownURL: reference.text.template)),
                    places: ["url": "\(base).weights.url", "sha256": "\(base).weights.sha256"], model: name)
                start = [StepInput("weights", from: fetch, output: FetchArchive.archive)]
                weights = .fetched
            case nil: break
            }
        }
        var recipe = TrainingRecipe(train)
        recipe.seed &+= UInt64(repetition)
        let suffix = repetition == 0 ? "" : "#\(repetition + 1)"
        var epochs: [StepID] = []
        for epoch in 1...max(1, train.epochs) {
            var inputs = [training, validation]
            if let last = epochs.last {
                inputs.append(StepInput(TrainEpoch.checkpoint, from: last, output: TrainEpoch.checkpoint))
            } else {
                inputs += start
            }
            epochs.append(
                try add(
                    StepID("train-epoch:\(name)\(suffix):\(epoch)"),
                    .trainEpoch(
                        TrainEpoch(
                            identity: .init(
                                recipe: recipe, epoch: epoch, weights: epoch == 1 ? weights : nil,
                                weightsKey: epoch == 1 ? weightsKey : nil, numerics: numerics),
                            settings: settings)),
                    inputs: inputs,
                    places: [
                        "recipe": base, "recipe.images": base, "recipe.images.input_size": "\(base).augment",
                        "recipe.freeze_epochs": "\(base).freeze",
                        "recipe.learning_layers": "\(base).freeze.except", "recipe.warm_up": "\(base).warmup",
                        "weights": "\(base).weights", "weights_key": "\(base).weights.key", "epoch": "\(base).epochs",
                        "numerics.threads": "\(base).threads",
                    ], model: name))
        }
        let choice = try add(
            StepID("select-checkpoint:\(name)\(suffix)"),
            .selectCheckpoint(SelectCheckpoint(rule: train.select, epochs: epochs.count)),
            inputs: epochs.enumerated().flatMap { index, id in
                [
                    StepInput("metrics-\(index + 1)", from: id, output: TrainEpoch.metrics),
                    StepInput("checkpoint-\(index + 1)", from: id, output: TrainEpoch.checkpoint),
                ]
            },
            places: ["rule": "\(base).select", "epochs": "\(base).epochs"], model: name)
        networks[memo] = choice
        planner.trainings.append(
            Plan.Training(
                variant: variant, model: name, repetition: repetition, steps: epochs, selection: choice))
        return choice
    }

    private mutating func predict(
        _ name: String, _ train: TrainSpec, examples: StepInput, reference: SplitReference, repetition: Int,
        evaluation: EvaluationSpec, named evaluationName: String
    ) throws -> StepID? {
        guard let choice = try network(name, train, repetition: repetition),
            let numerics = numerics(threads: train.threads)
        else { return nil }
        let latency = latency(evaluation)
        let suffix = repetition == 0 ? "" : "#\(repetition + 1)"
        let recipe = TrainingRecipe(train)
        return try add(
            StepID(latency == nil ? "predict:\(name)\(suffix):\(reference)" : "predict:\(name)\(suffix):\(evaluationName)"),
            .predict(
                Predict(
                    identity: .init(
                        architecture: recipe.architecture, images: recipe.images.forPrediction, numerics: numerics,
                        latency: latency),
                    settings: .init(imageFolder: imageFolder))),
            inputs: [examples, StepInput(SelectCheckpoint.checkpoint, from: choice, output: SelectCheckpoint.checkpoint)],
            places: [
                "images": "models.\(name).train", "architecture": "models.\(name).train.architecture",
                "latency.concurrency": "evaluations.\(evaluationName).concurrency",
                "numerics.threads": "models.\(name).train.threads",
            ], model: name)
    }

    private mutating func numerics(threads: Int?) -> Numerics? {
        guard let library = planner.observations.numerics else {
            report(
                Diagnostic(
                    code: "vision-worker-missing", "the vision worker cannot be asked what it computes with",
                    hint: "build assay-vision beside assay and see what 'assay-vision describe' says"))
            return nil
        }
        return Numerics(library, threads: threads)
    }

    // MARK: Programs

    private mutating func command(_ name: String) throws -> StepID? {
        if let known = commandSteps[name] { return known }
        guard let spec = spec.commands[name] else { return nil }
        let (work, inputs) = try runCommand(spec, at: "commands.\(name)", predictions: nil)
        let step = try add(
            StepID("run-command:\(name)"), .runCommand(work), inputs: inputs,
            places: commandPlaces("commands.\(name)"))
        commandSteps[name] = step
        return step
    }

    /// The run of a program as a model, with the parts of splits that it answers, in order.
    private struct ProgramRun {
        var step: StepID
        var parts: [SplitReference]
    }

    /// Plans the run of a program that trains and answers. One run serves all evaluations of a model; only different
    /// latency conditions need separate runs.
    private mutating func runModel(
        _ name: String, _ model: CommandModelSpec, reference: SplitReference, evaluation: EvaluationSpec,
        named evaluationName: String
    ) throws -> (step: StepID, output: String)? {
        let users = spec.evaluations.compactMap { entry -> (name: String, value: EvaluationSpec, part: SplitReference)? in
            entry.value.models[name].map { (entry.name, entry.value, $0.split ?? entry.value.split) }
        }
        let measured = users.first { $0.value.measuresLatency }
        let latency = latency(evaluation) ?? measured.flatMap { self.latency($0.value) }
        let memo = "\(name) \(latency.map { "\($0.concurrency) \($0.warmup)" } ?? "")"
        if programs[memo] == nil {
            let sharing = users.filter { (self.latency($0.value) ?? measured.flatMap { self.latency($0.value) }) == latency }
            var parts: [SplitReference] = []
            for user in sharing where !parts.contains(user.part) { parts.append(user.part) }
            let path = "models.\(name).command"
            var (work, inputs) = try runCommand(model.command, at: path, predictions: model.predictions)
            work.settings.imageFolder = imageFolder
            work.settings.machine = planner.observations.machine
            work.settings.allowsMissing = sharing.contains { $0.value.allowMissing }
            work.identity.latency = latency
            if let split = model.data?.split {
                for part in [SplitPart.train, .validation] {
                    if let input = try examples(SplitReference(split: split, part: part), as: part.rawValue) {
                        inputs.append(input)
                    }
                }
            }
            for (number, part) in parts.enumerated() {
                guard let input = try examples(part, as: RunCommand.examples(number)) else { return nil }
                inputs.append(input)
            }
            let asked = parts.map(\.description).joined(separator: "+")
            let timed = sharing.first { $0.value.measuresLatency }?.name ?? evaluationName
            let step = try add(
                StepID("run-command:\(name):\(latency == nil ? asked : timed)"), .runCommand(work), inputs: inputs,
                places: commandPlaces(path).merging(["predictions": "models.\(name).predictions"]) { $1 }, model: name)
            programs[memo] = ProgramRun(step: step, parts: parts)
        }
        guard let run = programs[memo], let number = run.parts.firstIndex(of: reference) else { return nil }
        return (run.step, RunCommand.answers(number))
    }

    func commandPlaces(_ path: String) -> [String: String] {
        ["": path, "command": "\(path).run", "files": "\(path).inputs", "python": "\(path).python"]
    }

    mutating func runCommand(
        _ spec: CommandSpec, at path: String, predictions: String?
    ) throws -> (RunCommand, [StepInput]) {
        var files: [String: Digest] = [:]
        var sources: [String: String] = [:]
        var inputs: [StepInput] = []
        for input in spec.inputs {
            switch input {
            case .file(let reference):
                guard let local = localPath(reference, at: "\(path).inputs") else { continue }
                let name = workingPath(of: reference, at: local)
                sources[name] = local
                let below = planner.observations.folders[local] ?? []
                // Every file of a folder is a separate part, so that an explanation can name it.
                for file in below { files[name + file.dropFirst(local.count)] = planner.observations.contents[file] }
                if below.isEmpty { files[name] = content(local, at: "\(path).inputs") ?? Digest(of: "") }
            case .output(let other, let output):
                guard let step = try command(other), let declared = self.spec.commands[other] else { continue }
                for name in output.map({ [$0] }) ?? declared.outputs {
                    inputs.append(StepInput("file:" + name, from: step, output: name))
                }
            }
        }
        var environment: [String: Digest] = [:]
        for name in spec.environment {
            environment[name] = planner.observations.environment[name].map { Digest(of: $0) }
        }
        var python: Digest?
        var pythonFolder: String?
        if let reference = spec.python, let folder = localPath(reference, at: "\(path).python") {
            python = planner.observations.pythons[folder]
            pythonFolder = folder
            if python == nil {
                report(
                    Diagnostic(
                        code: "missing-python", "'\(folder)' is not a Python environment: it has no bin/python and pyvenv.cfg",
                        at: loaded.range(of: "\(path).python"),
                        hint: "make it with 'python3 -m venv \(folder)' and install what the program imports; the path is "
                            + "relative to the file that names it"))
            }
        }
        let work = RunCommand(
            identity: .init(
                command: spec.run, files: files, outputs: spec.outputs, version: spec.version,
                environment: environment, predictions: predictions, python: python),
            settings: .init(
                sources: sources, timeLimitSeconds: spec.timeLimit.map { Double($0.components.seconds) },
                pythonFolder: pythonFolder))
        return (work, inputs)
    }

    /// The path of a file in the program's folder: its path relative to the spec, or its file name where that path
    /// leads elsewhere.
    private func workingPath(of reference: FileReference, at local: String) -> String {
        let written = reference.text.template
        let parts = written.split(separator: "/").filter { $0 != "." }
        let isBelow = !written.hasPrefix("/") && !written.hasPrefix("~") && !parts.contains("..")
        if isBelow, reference.text.names.isEmpty, !parts.isEmpty { return parts.joined(separator: "/") }
        return local.split(separator: "/").last.map(String.init) ?? local
    }

    // MARK: What is outside

    private mutating func account(of name: String) -> ProviderAccount? {
        switch spec.providers[name] {
        case .azureOpenAI(let azure):
            .azureOpenAI(endpoint: endpoint(azure.endpoint, endings: ["/openai/v1", "/openai"]))
        case .openAI(let openAI):
            .openAI(endpoint: endpoint(openAI.endpoint))
        case .emulator(let emulator):
            .emulator(
                account: emulator.account.text,
                weights: emulator.weights.flatMap { reference in
                    localPath(reference, at: "providers.\(name).weights").flatMap {
                        content($0, at: "providers.\(name).weights")
                    }
                },
                classes: emulator.classes.flatMap { reference in
                    localPath(reference, at: "providers.\(name).classes").flatMap {
                        content($0, at: "providers.\(name).classes")
                    }
                })
        case .other(let other):
            .other(
                kind: other.kind,
                account: Dictionary(
                    uniqueKeysWithValues: other.settings.map { ($0, $0 == "endpoint" ? endpoint($1) : text($1)) }))
        case nil: nil
        }
    }

    /// The address in the form that keys use: requests to one server share a key, however the spec writes the
    /// address.
    private func endpoint(_ address: EnvironmentText, endings: [String] = []) -> String {
        let written = text(address)
        return (try? ServerAddress(written))?.canonical(written, withoutEndings: endings) ?? written
    }

    private func text(_ text: EnvironmentText) -> String {
        (try? text.resolved(in: planner.observations.environment)) ?? text.template
    }

    private func screening(of name: String) -> ScreeningSpec? {
        if case .emulator(let emulator)? = spec.providers[name] { emulator.screening } else { nil }
    }

    /// The name by which steps refer to a provider: its own name, unless another variant uses that name for a
    /// different provider.
    private mutating func providerKey(_ name: String) -> String {
        guard let provider = spec.providers[name] else { return name }
        let key = planner.providers[name].map { $0 == provider } ?? true ? name : "\(name)@\(variant)"
        planner.providers[key] = provider
        return key
    }

    private mutating func locate(_ reference: FileReference, at path: String) -> FileReference.Location? {
        do {
            return try reference.location(in: planner.observations.environment)
        } catch {
            missing(error.names, at: path)
            return nil
        }
    }

    private mutating func localPath(_ reference: FileReference, at path: String) -> String? {
        guard case .path(let local) = locate(reference, at: path) else { return nil }
        return local
    }

    private mutating func text(_ text: EnvironmentText?, at path: String) -> String? {
        guard let text else { return nil }
        do {
            return try text.resolved(in: planner.observations.environment)
        } catch {
            missing(error.names, at: path)
            return text.template
        }
    }

    private mutating func missing(_ names: [String], at path: String) {
        for name in names {
            report(
                Diagnostic(
                    .warning, code: "missing-environment", "the environment variable \(name) is not set",
                    at: loaded.range(of: path), hint: "set it, or write it to a .env file beside the spec"))
        }
    }

    /// The digest of a local file or folder that was observed.
    private mutating func content(
        _ path: String, at place: String, named name: String? = nil, pinned: String? = nil
    ) -> Digest? {
        guard let digest = planner.observations.contents[name ?? path] else {
            report(
                Diagnostic(
                    code: "missing-file", "'\(path)' does not exist or cannot be read", at: loaded.range(of: place),
                    hint: path.hasPrefix("/") ? nil : "paths are relative to the file that names them"))
            return nil
        }
        if let pinned, pinned.lowercased() != digest.hex {
            report(
                Diagnostic(
                    code: "digest-differs", "'\(path)' has other bytes than sha256 pins: \(digest.hex)",
                    at: loaded.range(of: place), hint: "fetch the file again, or pin what it has now"))
        }
        return digest
    }

    mutating func report(_ diagnostic: Diagnostic) {
        if !planner.diagnostics.contains(diagnostic) { planner.diagnostics.append(diagnostic) }
    }

    mutating func add(
        _ id: StepID, _ work: StepWork, inputs: [StepInput] = [], places: [String: String], model: String? = nil
    ) throws -> StepID {
        var places = places
        if let provider = places["account"] {
            // The parts of an account are named after its kind, which is a value in the spec.
            for kind in ProviderAccount.partNames { places["account.\(kind)"] = provider }
        }
        return try planner.add(
            id, work, inputs: inputs, places: SpecPlaces(places), variant: variant, number: number, model: model)
    }
}
