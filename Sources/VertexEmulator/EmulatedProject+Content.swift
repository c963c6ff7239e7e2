// Questions to base models and tuned endpoints, and the bill.

import Basics
import EmulatorCore
import Foundation
import VertexWire
import VisionProtocol

extension EmulatedProject {
    /// The model or endpoint that answers a question.
    private struct Answering {
        /// The model's name or the endpoint's id.
        var name: String
        var base: String
        var isTuned: Bool
        var network: EmulatedModel
    }

    func noSuchModel(_ name: String, _ location: String) -> GoogleError {
        .notFound(
            "Publisher Model `projects/\(Self.number)/locations/\(location)/publishers/google/models/\(name)` was not found "
                + "or your project does not have access to it. Please ensure you are using a valid model version.")
    }

    /// `GET /v1/publishers/google/models/{model}`.
    func publisherModel(_ call: GoogleCall) throws -> Reply {
        let name = ModelFamily(call.route.ids[0]).name
        guard models.contains(where: { $0.name == name }) else { throw noSuchModel(name, "global") }
        let described: JSONValue = [
            "name": .string("publishers/google/models/\(name)"), "versionId": "default", "launchStage": "GA",
        ]
        return try Reply(200, described)
    }

    /// The base model of a name used in a batch, which is a catalogue model or `tuned:ID`.
    func baseName(of model: String) -> String {
        guard model.hasPrefix("tuned:") else { return model }
        return tunedModels[String(model.dropFirst(6))]?.base ?? model
    }

    /// The network of a name used in a batch.
    func network(of model: String) -> EmulatedModel? {
        if let listed = models.first(where: { $0.name == model }) { return listed.model }
        guard model.hasPrefix("tuned:"), let record = tunedModels[String(model.dropFirst(6))],
            var network = models.first(where: { $0.name == record.base })?.model,
            let checkpoint = record.checkpoints.first(where: { $0.id == record.defaultCheckpoint })
        else { return nil }
        network.checkpoint = try? weights(of: record.job, epoch: checkpoint.epoch)
        return network
    }

    /// The reader of requests for a model.
    func reader(_ family: ModelFamily) -> GeminiReader {
        GeminiReader(family: family, limits: settings.limits, stored: stored)
    }

    /// Looks up images in the emulated Cloud Storage.
    nonisolated var stored: @Sendable (String) async -> StoredImage? {
        { uri in await self.image(uri) }
    }

    private func image(_ uri: String) -> StoredImage? {
        guard let object = object(at: uri), let content = try? content(of: object) else { return nil }
        return StoredImage(size: object.size, content: content)
    }

    private func answering(_ call: GoogleCall, at now: Date) throws(GoogleError) -> Answering {
        let id = call.route.ids[0]
        guard call.route.isTunedEndpoint else {
            let family = ModelFamily(id)
            guard let listed = models.first(where: { $0.name == family.name }) else {
                throw noSuchModel(id, call.route.location)
            }
            return Answering(name: family.name, base: family.name, isTuned: false, network: listed.model)
        }
        // A tuned model of the third generation is queried in a different location from the one that manages it.
        guard let record = endpoints[id], !record.isDeleted, record.deployedID != nil, now >= record.answersAt,
            ModelFamily(record.base).serves(tunedIn: call.route.location, home: record.location),
            var network = models.first(where: { $0.name == record.base })?.model
        else { throw noSuchEndpoint(call) }
        network.checkpoint = record.weights
        return Answering(name: id, base: record.base, isTuned: true, network: network)
    }

    /// `POST …:generateContent` and `…:streamGenerateContent`.
    func generate(_ call: GoogleCall, fault: Fault?) async throws -> Reply {
        let request = try await call.json("GenerateContentRequest", limit: settings.limits.requestBytes)
        let now = await clock.now()
        let answering = try answering(call, at: now)
        let question = try await reader(ModelFamily(answering.base)).question(request)
        let answer: GeminiAnswer
        if let reason = fault?.blocks {
            answer = GeminiAnswerer.blocked(question, reason, version: answering.base, at: now)
        } else if let reason = fault?.finishes {
            answer = GeminiAnswerer.finished(question, reason, version: answering.base, at: now)
        } else {
            let answers = try await GeminiAnswerer(vision: vision, model: answering.network).answers(to: [question], at: now)
            guard let first = answers.first else { throw GoogleError(500, "INTERNAL", "The model gave no answer.") }
            answer = try first.get()
        }
        var record =
            usage[answering.name] ?? UsageRecord(name: answering.name, base: answering.base, isTuned: answering.isTuned)
        if let latency = settings.latency {
            var random = SeededRandom(seed: UInt64(truncatingIfNeeded: record.requests))
            let deviation: Double = latency.spread * (2 * random.unit() - 1)
            try await Task.sleep(for: .waiting(seconds: latency.mean + deviation))
            record = usage[answering.name] ?? record
        }
        // The record may belong to an untrusted project and contain any numbers.
        record.requests = record.requests.saturatingAdding(1)
        record.promptTokens = record.promptTokens.saturatingAdding(answer.promptTokens)
        record.completionTokens = record.completionTokens.saturatingAdding(answer.completionTokens)
        try folder.save(record, .usage, SafeName(record.name))
        usage[record.name] = record
        guard call.route.operation == .streamGenerate else { return try Reply(200, answer.response) }
        // The whole answer is one event, which is a valid stream.
        guard call.query["alt"] == "sse" else { return try Reply(200, [answer.response]) }
        var reply = Reply(200)
        reply.body = .events(Data("data: \(answer.response.canonical)\r\n\r\n".utf8))
        return reply
    }

    /// `POST …:countTokens`.
    func count(_ call: GoogleCall) async throws -> Reply {
        let request = try await call.json("CountTokensRequest", limit: settings.limits.requestBytes)
        let answering = try answering(call, at: await clock.now())
        guard case .object(var members) = request else { throw GoogleError.invalid("The request body is not an object.") }
        members["model"] = nil
        let question = try await reader(ModelFamily(answering.base)).question(.object(members))
        let counted: JSONValue = [
            "totalTokens": .int(Int64(question.promptTokens)), "promptTokensDetails": GeminiAnswerer.details(of: question),
        ]
        return try Reply(200, counted)
    }

    // MARK: The bill

    /// Batches pay half; tuned models of the third generation pay half as much again; idle endpoints are free.
    func bill(at now: Date) -> EmulatorBill {
        let million = 1_000_000.0
        func tokens(_ input: Int, _ output: Int, _ base: String, isTuned: Bool) -> Money {
            let prices = settings.prices.of(base)
            let factor = isTuned ? ModelFamily(base).tunedPriceFactor : 1
            let plain: Double = Double(input) * prices.input + Double(output) * prices.output
            return Money(dollars: plain * factor / million)
        }
        var bill = EmulatorBill(account: settings.account.text, now: now.timeIntervalSince1970)
        for record in usage.values.sorted(by: { $0.name < $1.name }) {
            bill.online.append(
                EmulatorBill.Usage(
                    id: record.name, model: record.base, requests: record.requests, promptTokens: record.promptTokens,
                    completionTokens: record.completionTokens,
                    usd: tokens(record.promptTokens, record.completionTokens, record.base, isTuned: record.isTuned)))
        }
        for record in batches.values.sorted(by: { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }) {
            let progress = record.progress
            let cost = tokens(
                progress.promptTokens, progress.completionTokens, baseName(of: record.model),
                isTuned: record.model.hasPrefix("tuned:"))
            bill.batches.append(
                EmulatorBill.Usage(
                    id: record.id, model: baseName(of: record.model), requests: progress.successful,
                    promptTokens: progress.promptTokens, completionTokens: progress.completionTokens, usd: cost * 0.5))
        }
        for record in jobs.values.sorted(by: { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }) {
            let price = settings.prices.of(record.base).training
            bill.fineTuning.append(
                EmulatorBill.Training(
                    id: record.id, model: record.base, trainedTokens: record.tokens,
                    usd: Money(dollars: Double(record.tokens) / million * price)))
        }
        for entry in bill.online { bill.total = bill.total + entry.usd }
        for entry in bill.batches { bill.total = bill.total + entry.usd }
        for entry in bill.fineTuning { bill.total = bill.total + entry.usd }
        return bill
    }
}
