// Plans a variant's evaluations: the steps that query a model, and its score.

import Artifacts
import Basics
import Foundation
import Specification
import TaskKit
import VisionProtocol

extension VariantPlanner {
    mutating func plan(
        _ asked: ModelEvaluationSpec, of model: String, repetition: Int, in evaluation: EvaluationSpec,
        named evaluationName: String
    ) throws {
        let reference = asked.split ?? evaluation.split
        guard let examples = try examples(reference), let modelSpec = spec.models[model] else { return }
        try plan(asked, of: model, modelSpec, checkpoint: nil, examples, reference, repetition, evaluation, evaluationName)
        guard case .fineTuned(let tuned) = modelSpec, tuned.fineTune.evaluateCheckpoints, repetition == 0,
            !evaluation.measuresLatency, let epochs = passes(tuned)
        else { return }
        for epoch in loaded.keys(ofProvider: tuned.provider)?.keptCheckpoints(epochs) ?? [] {
            let checkpoint = (before: epochs - epoch, epoch: epoch)
            try plan(
                asked, of: model, modelSpec, checkpoint: checkpoint, examples, reference, repetition, evaluation,
                evaluationName)
        }
    }

    /// Plans the answers and the score of a model, or of one of its checkpoints.
    mutating func plan(
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
            let question = PreparedRequest(request, prompt: prompt, task: askedTask)
            answers = try askHosted(
                model, modelSpec, ask: ask, question: question, checkpoint: checkpoint?.before, examples: examples,
                reference: reference, measured: measured, repetition: repetition, evaluation: evaluation, named: evaluationName)
        case .trained(let train):
            // Tags and counts come as JSON, so that no name is mistaken for two.
            if spec.task != nil { format = .json(property: Predict.property, name: "Answer") }
            answers = try predict(
                model, train, examples: examples, reference: reference, repetition: repetition,
                evaluation: evaluation, named: evaluationName)
        case .programTrained(let train):
            answers = try predict(
                model, train, examples: examples, reference: reference, repetition: repetition,
                evaluation: evaluation, named: evaluationName)
        case .probe(let probe):
            answers = try predict(model, probe, examples: examples, reference: reference)
        case .command(let command):
            let run = try runModel(
                model, command, reference: reference, evaluation: evaluation, named: evaluationName)
            answers = run?.step
            output = run?.output ?? output
        case .recorded(let recorded):
            answers = try readAnswers(
                model, recorded, examples: examples, reference: reference, evaluation: evaluation, named: evaluationName)
        }
        guard let answers else { return }
        // No request declares a convention for the boxes of programs and recorded answers: they are in pixels of the file.
        if modelSpec.provider == nil, loaded.task.map({ type(of: $0).view == .boxes }) == true {
            format = .plainBoxes(convention: AnswerForm.pixelBoxes)
        }
        let suffix = repetition == 0 ? "" : "#\(repetition + 1)"
        let judged = try judge(
            measured, StepInput("answers", from: answers, output: output), format, examples: examples, reference: reference,
            repetition: repetition, evaluation: evaluation, named: evaluationName)
        let score = try add(
            StepID("score:\(evaluationName):\(measured)\(suffix)"),
            .score(
                Score(
                    match: evaluation.match, answer: format, allowMissing: evaluation.allowMissing,
                    onRefused: evaluation.onRefused, task: spec.task, judging: judged?.judging, labels: judged?.labels)),
            inputs: [StepInput("answers", from: answers, output: output), examples] + (judged?.inputs ?? []),
            places: [
                "match": "evaluations.\(evaluationName).match",
                "match.ignore_punctuation": "evaluations.\(evaluationName).match.ignore",
                "match.ignore_markdown": "evaluations.\(evaluationName).match.ignore",
                "match.ignore_quotes": "evaluations.\(evaluationName).match.ignore",
                "allow_missing": "evaluations.\(evaluationName).allow_missing",
                "on_refused": "evaluations.\(evaluationName).on_refused",
                "task": "task", "judging": "judges",
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

    mutating func askHosted(
        _ name: String, _ model: ModelSpec, ask: ModelEvaluationSpec.Ask, question: PreparedRequest,
        checkpoint: Int?, examples: StepInput, reference: SplitReference, measured: String, repetition: Int,
        evaluation: EvaluationSpec,
        named evaluationName: String, writing written: String? = nil
    ) throws -> StepID? {
        guard let providerName = model.provider, let account = account(of: providerName) else { return nil }
        let provider = providerKey(providerName)
        let keys = loaded.keys(ofProvider: providerName)
        let deploys = keys?.deploysModels ?? true
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
                StepID("write-requests:\(written ?? name):\(ask.request):\(reference)"),
                .writeRequests(
                    WriteRequests(
                        request: question, deployment: deployment,
                        url: keys?.batchPath, maxShardTokens: hosted.enqueuedTokens,
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
                            deployment: text(hosted.deployment, at: "models.\(name).deployment"),
                            deploy: deploys ? hosted.deploy : nil,
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
                            provider: provider, deployment: nil, deploy: deploys ? tuned.deploy : nil,
                            attempts: evaluation.attempts,
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
    func requestPlaces(_ name: String, question: RequestSpec?) -> [String: String] {
        [
            "request": "requests.\(name)", "request.task": "task",
            "request.prompt": question.map { "prompts.\($0.prompt)" } ?? "requests.\(name).prompt",
        ]
    }
}
