// Chat completions, models and the bill.

import AzureWire
import Basics
import EmulatorCore
import Foundation
import VisionProtocol

extension EmulatedAccount {
    /// `POST …/chat/completions`: classic paths contain the deployment; in v1 the model field names it.
    func chat(_ call: Call) async throws -> Reply {
        let body: JSONValue = try await call.json(limit: Call.maxChatBytes)
        try ChatRequestCheck.check(body)
        let request = try call.value(body, as: ChatCompletionRequest.self)
        let now = await clock.now()
        guard let name = call.route.ids.first ?? request.model, !name.isEmpty else {
            throw ServiceError(
                400, "invalid_request_error", "you must provide a model parameter", parameter: "model")
        }
        let isOpenAI = call.route.surface == .openAI
        let asked = isOpenAI ? try implicitDeployment(of: name, at: now) : deployment(name, at: now)
        guard let record = asked, record.state(at: now) == .succeeded, let network = network(record.modelName) else {
            throw isOpenAI ? ServiceError.noSuchModel(name) : ServiceError.noSuchDeployment
        }
        guard now >= record.answersAt else { throw ServiceError.deploymentNotReady }
        guard !record.sku.isBatch else { throw ServiceError.wrongKindOfDeployment(record.modelName) }
        var question = try ChatQuestion(request, limits: settings.limits)
        question.stops = try ChatRequestCheck.stops(body)
        let rateStatus = try admit(question, to: record, version: call.apiVersion, at: now)
        let served = ServedModel(model: network, name: record.modelName)
        let answers = try await ChatAnswerer(vision: vision).answers(to: [question], by: served, at: now)
        guard let answer = answers.first else { throw ServiceError(500, "500", "The model gave no answer.") }
        let completion = try answer.get()
        if let latency = settings.latency {
            var random = SeededRandom(seed: UInt64(truncatingIfNeeded: record.requests))
            try await Task.sleep(
                for: .waiting(seconds: latency.mean + latency.spread * (2 * random.unit() - 1)))
        }
        if var current = deployments[record.uid], let usage = completion.usage {
            // The record may belong to an untrusted project and contain any numbers.
            current.requests = current.requests.saturatingAdding(1)
            current.askedAt = now
            current.promptTokens = current.promptTokens.saturatingAdding(usage.promptTokens)
            current.completionTokens = current.completionTokens.saturatingAdding(usage.completionTokens)
            try save(current)
        }
        guard request.stream == true else { return try Reply(200, completion, headers: rateStatus.fields) }
        var reply = Reply(200, headers: rateStatus.fields)
        reply.body = .events(
            try ChatStream.events(
                of: completion, hasUsage: body["stream_options"]?["include_usage"]?.bool == true, isAzure: !isOpenAI))
        return reply
    }

    /// Counts a question against its deployment's tokens and requests per minute. Throws the service's 429 with the
    /// time to wait.
    private func admit(
        _ question: ChatQuestion, to record: DeploymentRecord, version: String, at now: Date
    ) throws(ServiceError) -> RateMeter.Status {
        var meter = meters[record.uid] ?? RateMeter()
        let (rateStatus, refusedFor) = meter.admit(
            tokens: question.promptTokens + (question.maxTokens ?? 0), capacity: record.object.sku?.capacity ?? 1,
            at: now)
        meters[record.uid] = meter
        guard let refusedFor else { return rateStatus }
        let seconds = Int(saturating: refusedFor.rounded(.up))
        var error = ServiceError(
            429, "429",
            "Requests to the ChatCompletions_Create Operation under Azure OpenAI API version \(version) have exceeded "
                + "token rate limit of your current pricing tier. Please retry after \(seconds) seconds.")
        error.headers = rateStatus.fields
        error.headers["retry-after"] = String(seconds)
        error.headers["retry-after-ms"] = String(Int(saturating: (refusedFor * 1000).rounded(.up)))
        throw error
    }

    // MARK: Models

    private func listedModels() -> [ModelObject] {
        let capabilities = ModelCapabilities(
            fineTune: true, inference: true, completion: false, chatCompletion: true, embeddings: false)
        // The service states a retirement date for each model; emulated models get the last date of a 32-bit clock.
        let end = UnixTime(seconds: Int(Int32.max))
        let listed = settings.models.map { model in
            ModelObject(
                id: model.name, createdAt: 1_704_067_200, capabilities: capabilities,
                lifecycleStatus: "generally-available", deprecation: ModelDeprecation(fineTune: end, inference: end))
        }
        let tuned = jobs.values.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }.compactMap { job in
            job.object.fineTunedModel.map { name in
                ModelObject(
                    id: name, createdAt: job.object.finishedAt, model: job.object.model, fineTune: job.id,
                    capabilities: capabilities, lifecycleStatus: "generally-available",
                    deprecation: ModelDeprecation(fineTune: end, inference: end))
            }
        }
        return listed + tuned
    }

    /// `GET /models`.
    func listModels(_ call: Call) throws -> Reply {
        let rendered = try listedModels().map { try call.rendered($0) }
        return try Reply(200, ListPage(data: rendered))
    }

    /// `GET /models/{id}`.
    func getModel(_ call: Call) throws -> Reply {
        let id = call.route.ids[0]
        guard let model = listedModels().first(where: { $0.id == id }) else { throw ServiceError.notFound("model", id) }
        return try Reply(200, call.rendered(model))
    }

    // MARK: The bill

    /// All usage so far at the prices of the settings. Batches pay half; in the developer tier training pays half and
    /// hosting is free; failed jobs and waiting are free.
    func bill(at now: Date) -> EmulatorBill {
        let million = 1_000_000.0
        func tokens(_ input: Int, _ output: Int, _ model: String) -> Money {
            let prices = settings.prices.of(baseName(model))
            return Money(dollars: (Double(input) * prices.input + Double(output) * prices.output) / million)
        }
        var bill = EmulatorBill(account: settings.account.text, now: now.timeIntervalSince1970)
        for record in deployments.values.sorted(by: { ($0.createdAt, $0.uid) < ($1.createdAt, $1.uid) }) {
            let cost = tokens(record.promptTokens, record.completionTokens, record.modelName)
            bill.online.append(
                EmulatorBill.Usage(
                    id: record.name, model: record.modelName, requests: record.requests,
                    promptTokens: record.promptTokens, completionTokens: record.completionTokens, usd: cost))
            if record.isFineTuned {
                let hours = record.hostedHours(at: now)
                let price = settings.prices.of(baseName(record.modelName)).hosting
                bill.hosting.append(
                    EmulatorBill.Hosting(
                        id: record.name, model: record.modelName, hours: hours, usd: Money(dollars: hours * price)))
            }
        }
        for record in batches.values.sorted(by: { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }) {
            let model = record.model ?? ""
            bill.batches.append(
                EmulatorBill.Usage(
                    id: record.id, model: model, requests: record.object.requestCounts?.completed ?? 0,
                    promptTokens: record.promptTokens, completionTokens: record.completionTokens,
                    usd: tokens(record.promptTokens, record.completionTokens, model) * 0.5))
        }
        for record in jobs.values.sorted(by: { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }) {
            let prices = settings.prices.of(baseName(record.object.model))
            let share = record.object.trainingType == .developerTier ? 0.5 : 1
            let price =
                record.method == .reinforcement
                ? record.trainingHours(at: now) * prices.trainingPerHour
                : Double(record.tokensSoFar) / million * prices.training
            bill.fineTuning.append(
                EmulatorBill.Training(
                    id: record.id, model: record.object.model, trainedTokens: record.tokensSoFar,
                    usd: Money(dollars: price * share)))
        }
        bill.total =
            (bill.online.map(\.usd) + bill.batches.map(\.usd) + bill.fineTuning.map(\.usd)
            + bill.hosting.map(\.usd)).reduce(.zero, +)
        return bill
    }
}
