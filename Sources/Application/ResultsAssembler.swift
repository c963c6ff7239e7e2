// Assembles a run's results from the store into the single value that tables and reports are made from.

import Artifacts
import Basics
import Execution
import Foundation
import Ledger
import Planning
import ProviderKit
import Reporting
import Specification
import Statistics
import Steps
import TaskKit
import VisionProtocol

/// Builds `ExperimentResults` from a plan, the final states of its steps, and the store.
struct ResultsAssembler {
    let prepared: PreparedPlan
    let workspace: Workspace
    let ends: [StepID: RunSummary.StepEnd]
    let forecasts: [StepID: CostRange]

    var plan: Plan { prepared.plan }

    func results(
        run: RunID, state: ExperimentResults.State, startedAt: Date, finishedAt: Date, command: String, tool: String
    ) throws -> ExperimentResults {
        let base = prepared.specs.base
        let spending = try workspace.ledger.spending(of: run)
        let worth = try worth()
        var variants: [VariantResults] = []
        var labels: [String] = []
        var pictures: [String: String] = [:]
        for (name, loaded) in prepared.specs.variants {
            variants.append(try variant(name, loaded, &labels, &pictures))
        }
        func total(emulated: Bool) -> Money {
            spending.filter { $0.emulated == emulated }.reduce(.zero) { $0 + $1.amount }
        }
        let emulatedSteps = Set(plan.steps.filter(isEmulated).map(\.id))
        return ExperimentResults(
            experiment: plan.experiment, run: run, state: state, startedAt: startedAt, finishedAt: finishedAt,
            machine: prepared.observations.machine, version: tool, specPath: base.path,
            specText: isReported ? specText(base) : "", command: command, labels: labels, pictures: pictures,
            variants: variants, steps: isReported ? records(spending, worth: worth) : [],
            spending: .init(
                real: total(emulated: false), emulated: total(emulated: true), allResults: worth.values.reduce(.zero, +),
                emulatedResults: worth.filter { emulatedSteps.contains($0.key) }.values.reduce(.zero, +)),
            leasesLeft: try workspace.ledger.leases().map {
                .init(id: $0.name, since: $0.upAt ?? $0.openedAt, hourly: $0.hourly)
            },
            warnings: (prepared.diagnostics + base.warnings).map(\.message) + leaks() + skippedImages() + problems()
                + (try unselected())
                + datasetWarnings(labels) + sentAsPNG(),
            dataset: dataset(), data: data(), task: base.spec.task, published: publications(base.spec))
    }

    /// Published counts for the report; `nil` without any.
    private func publications(_ spec: ExperimentSpec) -> [Publication]? {
        guard !spec.published.isEmpty else { return nil }
        return spec.published.map { name, publication in
            Publication(
                name: name,
                counts: publication.counts.map { .init(model: $0.name, right: $0.value.right, items: $0.value.items) },
                screening: publication.screening.map { .init(submitted: $0.submitted, accepted: $0.accepted) },
                source: publication.source)
        }
    }

    /// Whether there is anything to report: not if nothing is measured and nothing ran.
    var isReported: Bool {
        !prepared.specs.base.spec.published.isEmpty || !plan.measures.isEmpty || !plan.trainings.isEmpty
            || ends.values.contains { $0.state == .ran }
    }

    /// The spec's text, followed by the files it extends.
    private func specText(_ loaded: LoadedSpec) -> String {
        loaded.documents.enumerated().map { at, path in
            let text = KeyMask.masked(loaded.sources[path] ?? "")
            return at == 0 ? text : "\n# ---- \(path), which it extends ----\n\(text)"
        }.joined()
    }

    /// The cost of producing every result from scratch, by step: variants share steps, which count once.
    private func worth() throws -> [StepID: Money] {
        let specs = Dictionary(prepared.specs.variants.map { ($0.name, $0.loaded) }, uniquingKeysWith: { first, _ in first })
        var costs: [StepID: Money] = [:]
        for measure in plan.measures where costs[measure.answers] == nil {
            guard let loaded = specs[measure.variant], let facts = try answering(measure.answers) else { continue }
            costs[measure.answers] = cost(facts, of: measure.model, loaded)
        }
        for training in plan.trainings {
            guard let job = training.steps.first, costs[job] == nil, let loaded = specs[training.variant] else { continue }
            costs[job] = try self.training(training, loaded)?.cost
        }
        return costs
    }

    /// The usage behind the results' costs, for repricing.
    func usage() throws -> UsageRecord {
        var record = UsageRecord()
        for (name, loaded) in prepared.specs.variants {
            for measure in plan.measures where measure.variant == name && measure.repetition == 0 {
                guard let facts = try answering(measure.answers), let model = facts.model, let asked = loaded.asked(measure.model)
                else { continue }
                record.answers.append(
                    .init(
                        variant: name, evaluation: measure.evaluation, model: measure.model,
                        priced: asked.pricing.name(of: model, isTuned: asked.isTuned),
                        route: facts.route == .batch ? .batch : .online, usage: facts.usage ?? TokenUsage()))
            }
            for training in plan.trainings where training.variant == name && training.repetition == 0 {
                guard case .fineTuned(let tuned)? = loaded.spec.models[training.model], let job = training.steps.first,
                    let facts = try manifest(job).map({ FineTuneFacts($0.facts) }), let asked = loaded.asked(training.model)
                else { continue }
                record.trainings.append(
                    .init(
                        variant: name, model: training.model, priced: asked.pricing.name(of: tuned.fineTune.model),
                        method: tuned.fineTune.method, type: tuned.fineTune.trainingType ?? .standard,
                        tokens: facts.trainedTokens ?? 0, seconds: facts.jobSeconds ?? 0,
                        sku: tuned.deploy.sku))
            }
        }
        return record
    }

    /// The failed steps, in the plan's order.
    private var failed: [Step] {
        let names = Set(ends.lazy.filter { $0.value.state == .failed }.map(\.key))
        return names.isEmpty ? [] : plan.steps.filter { names.contains($0.id) }
    }

    // MARK: Variants

    private func variant(
        _ name: VariantName, _ loaded: LoadedSpec, _ labels: inout [String], _ pictures: inout [String: String]
    ) throws -> VariantResults {
        var evaluations: [EvaluationResults] = []
        for (evaluationName, evaluation) in loaded.spec.evaluations {
            var models: [ModelResult] = []
            for model in measured(evaluation.models.names, name, evaluationName) {
                let measures = plan.measures.filter {
                    $0.variant == name && $0.evaluation == evaluationName && $0.model == model
                }
                let scored = try measures.compactMap { try self.scored($0) }
                guard let first = measures.first, let set = scored.first, scored.count == measures.count else { continue }
                if labels.isEmpty { labels = set.labels }
                try addPictures(of: first, to: &pictures)
                models.append(try result(first, set, repeats: scored.map(\.answers), loaded))
            }
            if !models.isEmpty {
                evaluations.append(
                    EvaluationResults(
                        name: evaluationName, measuresLatency: evaluation.measuresLatency, models: models))
            }
        }
        let trainings = try plan.trainings.filter { $0.variant == name && $0.repetition == 0 }
            .compactMap { try training($0, loaded) }
        let failures = failed.filter { $0.variants.contains(name) }.map { step in
            "\(step.id): \(ends[step.id]?.message ?? "failed")"
        }
        return VariantResults(
            name: name, changes: changes(of: loaded), baseline: loaded.spec.baseline, evaluations: evaluations,
            trainings: trainings, claims: loaded.spec.claims.compactMap(Claim.init), failures: failures)
    }

    /// The models of an evaluation, each preceded by its checkpoints in epoch order.
    private func measured(_ models: [String], _ variant: VariantName, _ evaluation: String) -> [String] {
        var names: [String] = []
        for measure in plan.measures where measure.variant == variant && measure.evaluation == evaluation {
            if !names.contains(measure.model) { names.append(measure.model) }
        }
        return models.flatMap { model in names.filter { $0.hasPrefix(model + "@") } + names.filter { $0 == model } }
    }

    /// The values in which a variant differs from the unchanged spec.
    private func changes(of loaded: LoadedSpec) -> [String: String] {
        loaded.changes.mapValues { KeyMask.masked($0.string ?? $0.canonical) }
    }

    private func manifest(_ step: StepID) throws -> ResultManifest? {
        try ends[step]?.key.flatMap { try workspace.store.result(for: $0) }
    }

    private func answering(_ step: StepID) throws -> AnsweringFacts? {
        try manifest(step).map { AnsweringFacts($0.facts) }
    }

    private func scored(_ measure: Plan.Measure) throws -> ScoredSet? {
        guard let digest = ends[measure.score]?.outputs[Score.scored] else { return nil }
        return try ScoredSet(json: workspace.store.bytes(of: digest))
    }

    private func addPictures(of measure: Plan.Measure, to pictures: inout [String: String]) throws {
        guard let digest = ends[measure.examples]?.outputs[SplitDataset.output(measure.split.part)] else { return }
        for example in try SplitExamples(decoding: workspace.store.bytes(of: digest)).examples {
            for (place, image) in example.perImage.enumerated() {
                pictures[ExperimentResults.pictureName(example.name, place + 1)] =
                    try measure.imageFolder.map { $0.appending(try SafePath(image.path)) }
                    ?? workspace.store.path(of: image.digest)
            }
        }
    }

    private func result(
        _ measure: Plan.Measure, _ set: ScoredSet, repeats: [[ScoredAnswer]], _ loaded: LoadedSpec
    ) throws -> ModelResult {
        let facts = try answering(measure.answers) ?? AnsweringFacts(.null)
        let usage = facts.usage ?? TokenUsage()
        var latency = facts.latency.map { latency in
            ModelResult.LatencyContext(
                measuredAt: Date(timeIntervalSince1970: latency.measuredAt), machine: latency.machine,
                concurrency: latency.concurrency, warmUp: latency.warmUp, throughput: facts.imagesPerSecond)
        }
        if facts.route == .recorded, set.answers.contains(where: { $0.latencyMilliseconds != nil }) {
            latency = ModelResult.LatencyContext(measuredAt: nil, machine: nil, concurrency: nil, warmUp: nil)
        }
        var result = ModelResult(
            model: measure.model, split: measure.split.description,
            mode: mode(facts.route?.rawValue ?? "", loaded, measure.model),
            answers: set.answers, repeats: repeats.count > 1 ? repeats : [], latency: latency,
            tokens: facts.model == nil || facts.isUncounted
                ? nil
                : .init(
                    input: TokenCount(usage.prompt), output: TokenCount(usage.completion),
                    estimatedAnswers: facts.estimatedAnswers),
            resultCost: facts.recordedCost.map { Money(dollars: $0) } ?? cost(facts, of: measure.model, loaded),
            emulation: facts.emulation.map {
                .init(network: $0.network, labelsKnown: $0.labelsKnown, labelsAsked: $0.labelsAsked)
            },
            isCached: ends[measure.answers]?.state == .cached,
            notes: chance(facts) + drift(facts) + estimates(facts))
        result.answerLimit = answerLimit(measure, loaded)
        return result
    }

    /// The token limit of a model's answers.
    private func answerLimit(_ measure: Plan.Measure, _ loaded: LoadedSpec) -> AnswerLimit? {
        let model = measure.model.split(separator: "@").first.map(String.init) ?? measure.model
        guard let name = loaded.spec.evaluations[measure.evaluation]?.models[model]?.ask?.request,
            let request = loaded.spec.requests[name]
        else { return nil }
        if let tokens = request.maxCompletionTokens {
            return AnswerLimit(request: name, setting: "max_completion_tokens", tokens: tokens)
        }
        return AnswerLimit(request: name, setting: "max_tokens", tokens: request.maxTokens)
    }

    /// The cost of the answers described by these facts; `nil` for a model without a price.
    private func cost(_ facts: AnsweringFacts, of model: String, _ loaded: LoadedSpec) -> Money? {
        guard let name = facts.model, !facts.isUncounted, let asked = loaded.asked(model) else { return nil }
        let usage = facts.usage ?? TokenUsage()
        return asked.pricing.cost(
            input: usage.prompt, cachedInput: usage.cached, output: usage.completion, model: name,
            isTuned: asked.isTuned, by: facts.route == .batch ? .batch : .online)
    }

    private func mode(_ route: String, _ loaded: LoadedSpec, _ model: String) -> String {
        switch loaded.spec.models[model] {
        case .trained: "cnn"
        case .programTrained: "trainer"
        case .probe: "probe"
        case .command: "command"
        default: route
        }
    }

    /// A note that an emulator without a model for the task, or for some of its questions, answered at random.
    private func chance(_ facts: AnsweringFacts) -> [String] {
        let chance = facts.answersAtChance
        guard chance > 0 else { return [] }
        let all = facts.backends.values.reduce(0, +)
        return [
            chance == all
                ? "emulated: no model for this task; every answer is random but in the requested form"
                : "emulated: no model for \(chance) of \(all) questions; their answers are random but in the requested form"
        ]
    }

    private func estimates(_ facts: AnsweringFacts) -> [String] {
        guard let count = facts.estimatedAnswers, count > 0 else { return [] }
        return ["tokens and cost are estimates: \(count) \(count == 1 ? "answer" : "answers") had no token count"]
    }

    /// A note if the provider's backend changed during the measurement, which makes a comparison doubtful.
    private func drift(_ facts: AnsweringFacts) -> [String] {
        // The answers that an emulator gives at random have their own fingerprint and their own note.
        let chance = facts.answersAtChance > 0 ? 1 : 0
        guard facts.backends.count - chance > 1 else { return [] }
        return ["answered by \(facts.backends.count) backends (system_fingerprint)"]
    }

    // MARK: Training

    private func training(
        _ training: Plan.Training, _ loaded: LoadedSpec
    ) throws -> TrainingHistory? {
        if case .fineTuned(let tuned)? = loaded.spec.models[training.model] {
            guard let job = training.steps.first, let manifest = try manifest(job),
                let curve = ends[job]?.outputs[FineTune.curve]
            else { return nil }
            let points = try TuningCurve(json: workspace.store.bytes(of: curve)).points
            let facts = FineTuneFacts(manifest.facts)
            let seconds = facts.jobSeconds
            let provider = loaded.spec.providers[tuned.provider]
            let pricing = loaded.asked(training.model)?.pricing
            return TrainingHistory(
                model: training.model, kind: .fineTune,
                steps: points.compactMap { point in
                    point.trainLoss.map {
                        .init(
                            step: point.step, trainLoss: $0, trainAccuracy: point.trainMeanTokenAccuracy,
                            validationLoss: point.fullValidLoss ?? point.validLoss,
                            validationAccuracy: point.fullValidMeanTokenAccuracy ?? point.validMeanTokenAccuracy)
                    }
                },
                cost: tuned.fineTune.method == .reinforcement
                    ? (facts.billedHours ?? seconds.map { $0 / 3600 }).flatMap {
                        pricing?.trainingCost(hours: $0, model: tuned.fineTune.model)
                    }
                    : facts.trainedTokens.flatMap {
                        pricing?.trainingCost(
                            tokens: $0, model: tuned.fineTune.model, type: tuned.fineTune.trainingType ?? .standard)
                    },
                hostingHourly: provider.flatMap { loaded.keys(of: $0) }?.deploysModels ?? false
                    ? pricing?.hosting(hours: 1, model: tuned.fineTune.model, sku: tuned.deploy.sku) : nil,
                seconds: seconds ?? manifest.seconds, trainedTokens: facts.trainedTokens.map { TokenCount($0) },
                isEmulated: provider?.isEmulated ?? false)
        }
        var epochs: [TrainingHistory.Epoch] = []
        var seconds = 0.0
        for step in training.steps {
            guard let digest = ends[step]?.outputs[TrainEpoch.metrics], let manifest = try manifest(step) else { continue }
            let metrics = try EpochMetrics(json: workspace.store.bytes(of: digest))
            let took = TrainEpochFacts(manifest.facts).seconds
            seconds += took ?? 0
            epochs.append(
                .init(
                    epoch: metrics.epoch, trainLoss: metrics.trainLoss, trainAccuracy: metrics.trainAccuracy,
                    validationLoss: metrics.validationLoss, validationAccuracy: metrics.validationAccuracy, seconds: took))
        }
        guard !epochs.isEmpty else { return nil }
        return TrainingHistory(
            model: training.model, kind: .epochs, epochs: epochs,
            selectedEpoch: try training.selection.flatMap { try manifest($0).flatMap { SelectCheckpointFacts($0.facts).epoch } },
            cost: .zero,
            seconds: seconds)
    }

    // MARK: Steps

    /// Whether an emulator serves the step, so that its cost is not real.
    private func isEmulated(_ step: Step) -> Bool {
        step.work.provider.flatMap { plan.providers[$0] }?.isEmulated ?? false
    }

    /// - Parameter worth: the original cost of cached results; the cost of executed steps is in the ledger.
    private func records(_ spending: [Spend], worth: [StepID: Money]) -> [StepRecord] {
        var costs = worth.filter { ends[$0.key]?.state == .cached }
        var emulated: Set<StepID> = []
        for spend in spending {
            costs[spend.step, default: .zero] += spend.amount
            if spend.emulated { emulated.insert(spend.step) }
        }
        return plan.steps.compactMap { step in
            guard let end = ends[step.id] else { return nil }
            let state: StepRecord.State
            switch end.state {
            case .cached: state = .cached
            case .ran: state = .ran
            case .failed: state = .failed
            case .blocked: state = .blocked
            case .waiting: state = .waiting
            case .running, .notNeeded: return nil
            }
            let forecast = forecasts[step.id].map {
                StepRecord.Forecast(low: $0.low, expected: $0.expected, high: $0.high)
            }
            return StepRecord(
                id: step.id, kind: step.kind.rawValue, state: state, seconds: end.seconds ?? 0, forecast: forecast,
                cost: costs[step.id],
                isEmulated: emulated.contains(step.id) || isEmulated(step),
                after: step.inputs.map(\.from), message: end.message)
        }
    }

    /// Warnings about images skipped in fine-tuning, from the file headers and from the job's events.
    private func skippedImages() -> [String] {
        plan.steps.indices.flatMap { index -> [String] in
            let kind = plan.steps[index].kind
            guard kind == .writeTrainingData || kind == .fineTune else { return [] }
            let step = plan.steps[index]
            guard let facts = try? manifest(step.id)?.facts else { return [] }
            if kind == .writeTrainingData {
                let data = TrainingDataFacts(facts)
                let images = data.skipped
                guard !images.isEmpty else { return [] }
                return [
                    "\(step.id): the provider silently skips \(images.count) of \(data.examples.map(String.init) ?? "?") images in "
                        + "fine-tuning: " + images.prefix(3).joined(separator: ", ")
                        + (images.count > 3 ? " and \(images.count - 3) more" : "")
                ]
            } else {
                let job = FineTuneFacts(facts)
                let screenings = screenings(step.id, job)
                guard screenings.isEmpty else { return screenings }
                let warnings = job.warnings
                let count = job.skipped ?? 0
                let estimate =
                    job.isEstimated
                    ? ["\(step.id): its cost is an estimate: the job reported no billed tokens"] : []
                let skipped =
                    warnings.isEmpty && count > 0
                    ? ["\(step.id): at least \(count) of \(job.examples.map(String.init) ?? "?") examples were skipped"] : []
                return estimate + skipped + warnings.map { "\(step.id): \($0)" }
            }
        }
    }

    /// Problems of steps that nevertheless succeeded, such as images that the provider rejected.
    private func problems() -> [String] {
        plan.steps.flatMap { step -> [String] in
            guard ends[step.id] != nil, let facts = try? manifest(step.id)?.facts else { return [] }
            return CommonFacts(facts).problems.map { "\(step.id): \($0)" }
        }
    }

    /// Warnings about models whose best epoch is unknown: no epoch reports a validation accuracy, so the last one is used.
    private func unselected() throws -> [String] {
        try plan.trainings.compactMap { training -> String? in
            guard let selection = training.selection, let step = plan.steps.first(where: { $0.id == selection }),
                case .selectCheckpoint(let work) = step.work, work.identity.rule == .bestValidationAccuracy,
                training.steps.count > 1
            else { return nil }
            for epoch in training.steps {
                guard let digest = ends[epoch]?.outputs[TrainEpoch.metrics] else { return nil }
                guard try EpochMetrics(json: workspace.store.bytes(of: digest)).validationAccuracy == nil else { return nil }
            }
            let suffix = training.repetition == 0 ? "" : " (repetition \(training.repetition + 1))"
            return
                "\(training.model)\(suffix): no epoch has a validation accuracy, so the last of \(training.steps.count) epochs is "
                + "used; report validation_accuracy, or write 'select: last'"
        }.uniquedInOrder
    }

    /// The overviews of the run's datasets, the base spec's first.
    private var overviews: [DatasetOverview] {
        plan.steps.indices.filter { plan.steps[$0].kind == .indexDataset }.compactMap { index in
            guard let digest = ends[plan.steps[index].id]?.outputs[IndexDataset.overview] else { return nil }
            return try? DatasetOverview(json: workspace.store.bytes(of: digest))
        }
    }

    /// The overview of the base spec's dataset, with the images per label in the parts of its first split with a result.
    private func dataset() -> DatasetOverview? {
        guard var overview = overviews.first, !overview.labels.isEmpty,
            let name = prepared.specs.base.spec.splits.names.first(where: { examples($0, .train) != nil })
        else { return overviews.first }
        for part in SplitPart.allCases {
            // The images of the split itself: its sizes may count groups.
            guard let list = examples(name, part)?.examples else { continue }
            let counts = list.reduce(into: [ExactText: Int]()) { $0[ExactText($1.label), default: 0] += 1 }
            for at in overview.labels.indices {
                overview.labels[at].parts[part.rawValue] = counts[ExactText(overview.labels[at].name)] ?? 0
            }
        }
        return overview
    }

    /// The examples of a part of a split; `nil` if the split has no readable result.
    private func examples(_ split: String, _ part: SplitPart) -> SplitExamples? {
        guard let digest = ends[StepID("split-dataset:\(split)")]?.outputs[SplitDataset.output(part)] else { return nil }
        return try? SplitExamples(decoding: workspace.store.bytes(of: digest))
    }

    /// Digests of the parts of all splits, by `SPLIT.PART`; `nil` if a split has no readable result, because a record of
    /// some parts would pass for one of all.
    private func data() -> [String: DataRecord]? {
        var records: [String: DataRecord] = [:]
        for index in plan.steps.indices where plan.steps[index].kind == .splitDataset {
            let id = plan.steps[index].id
            guard let outputs = ends[id]?.outputs, !outputs.isEmpty else { return nil }
            for part in SplitPart.allCases {
                guard let digest = outputs[SplitDataset.output(part)] else { continue }
                guard let list = try? SplitExamples(decoding: workspace.store.bytes(of: digest)) else { return nil }
                guard !list.examples.isEmpty else { continue }
                let rows = list.examples.map { example in
                    DataRecord.Row(
                        name: example.name, images: example.perImage.map(\.digest),
                        reference: .array([.string(example.label), example.item?.reference ?? .null]),
                        variables: example.item?.variables ?? [:])
                }
                records["\(id.text.dropFirst("split-dataset:".count)).\(part.rawValue)"] = DataRecord(rows)
            }
        }
        return records
    }

    /// Warnings about questionable data, and about labels that a prompt does not distinguish.
    private func datasetWarnings(_ labels: [String]) -> [String] {
        let prompts = prepared.specs.base.spec.askedPrompts
        let spec = prepared.specs.base.spec
        let absent = spec.splits.names.flatMap { split in
            Set(spec.partsRead(of: split).map(\.part)).sorted { $0.rawValue < $1.rawValue }.compactMap { part in
                examples(split, part).flatMap { DatasetFindings.absentLabels(in: "\(split).\(part.rawValue)", $0) }
            }
        }
        let roles = prepared.specs.base.optionalVariables(in: prompts)
        let items: [ItemEntry] =
            roles.isEmpty
            ? []
            : spec.splits.names.flatMap { split in
                SplitPart.allCases.flatMap { examples(split, $0)?.examples.compactMap(\.item) ?? [] }
            }
        let variables = DatasetFindings.variableWarnings(items.isEmpty ? [] : roles, given: items, prompts: prompts)
        let all =
            overviews.flatMap(\.warnings) + absent + DatasetFindings.separatorWarnings(labels, prompts: prompts) + variables
        return all.map { warning in warning.message + (warning.hint.map { " (\($0))" } ?? "") }.uniquedInOrder
    }

    /// Image counts accepted by the provider's screening, by file and by label.
    private func screenings(_ step: StepID, _ facts: FineTuneFacts) -> [String] {
        facts.screenings.sorted { $0.key < $1.key }.compactMap { part, counts -> String? in
            guard counts.accepted < counts.submitted else { return nil }
            let labels = counts.labels.sorted { $0.key < $1.key }.map { label, counts -> String in
                "\(label) " + (counts.accepted.map { String($0) } ?? "?") + " of \(counts.submitted)"
            }
            return "\(step): the provider's image screening accepted \(counts.accepted) of \(counts.submitted) "
                + "\(part == SplitPart.validation.rawValue ? "validation" : "training") images"
                // Items of other tasks than classification have no label.
                + (counts.labels.keys.allSatisfy(\.isEmpty)
                    ? ""
                    : ". Accepted by label: " + labels.prefix(40).joined(separator: ", ")
                        + (labels.count > 40 ? " and \(labels.count - 40) more labels" : ""))
        }
    }

    /// A warning about images that were converted before they were sent to providers.
    private func sentAsPNG() -> [String] {
        plan.steps.indices.compactMap { index in
            let kind = plan.steps[index].kind
            guard kind == .writeTrainingData || kind == .writeRequests || kind == .askOnline else { return nil }
            let step = plan.steps[index]
            let images = (try? manifest(step.id)?.facts).map { CommonFacts($0).sentAsPNG } ?? []
            guard !images.isEmpty else { return nil }
            return "\(step.id): \(images.count) \(images.count == 1 ? "image was" : "images were") sent as upright PNG "
                + "instead of their own bytes: " + images.prefix(3).joined(separator: ", ")
                + (images.count > 3 ? " and \(images.count - 3) more" : "")
        }
    }

    /// Warnings of the leak checks.
    private func leaks() -> [String] {
        plan.steps.indices.filter { plan.steps[$0].kind == .checkLeaks }.compactMap { index in
            let step = plan.steps[index]
            guard let facts = (try? manifest(step.id)?.facts).map({ LeakFacts($0) }) else { return nil }
            let (identical, similar) = (facts.identical, facts.similar)
            guard identical + similar > 0 else { return nil }
            let counts = [(identical, "identical"), (similar, "nearly identical")].filter { $0.0 > 0 }.map { count, word in
                "\(count) \(count == 1 ? "pair" : "pairs") of \(word) images"
            }
            return "split '\(step.id.text.dropFirst("check-leaks:".count))': "
                + "\(counts.joined(separator: " and ")) in different parts of it"
        }
    }
}

extension LoadedSpec {
    /// The prices of the provider of a hosted or fine-tuned model, and whether the answering model is fine-tuned.
    /// - Parameter model: its name in the spec, or that of one of its checkpoints, `MODEL@epoch-N`.
    fileprivate func asked(_ model: String) -> (pricing: Pricing, isTuned: Bool)? {
        let name = model.split(separator: "@").first.map(String.init) ?? model
        guard let model = spec.models[name], let provider = model.provider.flatMap({ spec.providers[$0] }) else {
            return nil
        }
        let isTuned = if case .fineTuned = model { true } else { false }
        return (pricing(of: provider), isTuned)
    }
}

extension PriceBook {
    /// The prices of a plan's providers by a spec's price table.
    init(_ plan: Plan, by loaded: LoadedSpec) { self.init(plan.providers.mapValues { loaded.pricing(of: $0) }) }
}

extension Claim {
    init?(_ spec: ClaimSpec) {
        switch (spec.subject, spec.check) {
        case (.stated(let text), _):
            self.init(.stated(text), published: spec.published, n: spec.n, source: spec.source)
        case (.metric(let path), let check):
            let tolerance: Tolerance
            switch check {
            case .within(.sampling): tolerance = .sampling
            case .within(.noise): tolerance = .noise
            case .within(.relative(let share)): tolerance = .relative(share)
            case .within(.absolute(let value)): tolerance = .absolute(value)
            case .atMost(let value): tolerance = .atMost(value)
            case .atLeast(let value): tolerance = .atLeast(value)
            case nil: return nil
            }
            self.init(.metric(path, tolerance), published: spec.published, n: spec.n, source: spec.source)
        }
    }
}
