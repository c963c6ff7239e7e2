// Asks a hosted model image by image, and measures how long the answers take where that is wanted.

import Artifacts
package import AzureOpenAI
package import AzureWire
package import Basics
package import Execution
import Foundation
import Ledger
package import Planning
import Specification

struct AskOnlineRunner: StepRunner {
    let work: AskOnline
    let services: StepServices

    /// Requests under way at once where only the answers count.
    private static let usualConcurrency = 8
    /// Seconds for which a new deployment may say that it is not ready although the control plane says it is.
    private static let settling = 600.0

    /// What stays the same while the step runs.
    private struct Asking: Sendable {
        var context: StepContext
        var provider: ConnectedProvider
        var deployment: String
        var template: RequestTemplate
        var part: SplitExamples
        var requests: [Digest]
        var images: [ImageFile]
        var journal: AnswerJournal
    }

    func run(_ context: StepContext) async throws -> StepOutcome {
        let identity = work.identity
        let part = try context.examples()
        let sent = try await SentImages(
            part.examples + context.shotExamples(of: identity.request.prompt), folder: work.settings.imageFolder,
            context, vision: services.vision)
        let template = try identity.request.template(part, context) { try sent.image($0) }
        let images = try part.examples.map { try sent.image($0) }
        let refused = try ImageCheck.refused(part.examples, images)
        guard refused.isEmpty else { throw StepFailure.refusedImages(refused) }
        let requests = images.map { template.fingerprint(image: $0) }
        let tuned = try context.inputs[FineTune.model].map { _ in
            try TunedModel(json: context.data(FineTune.model)).asked(identity.checkpoint)
        }
        let journal = AnswerJournal(context.journal(try journalName(context, tuned)))
        let before = try journal.answers()
        // A measurement is whole or begun anew; one that was killed after its last answer is whole.
        let isWhole = requests.allSatisfy { before[$0] != nil }
        let known = identity.latency == nil || isWhole ? before : [:]
        if requests.contains(where: { known[$0] == nil }) {
            let provider = try await services.providers.provider(work.settings.provider)
            let account = identity.account.name
            try services.spending.reserve(
                services.forecast(context.step)?.expected ?? .zero, emulated: provider.isEmulated, context: context)
            do {
                let deployment = try await deployment(tuned, provider, account, context)
                let asking = Asking(
                    context: context, provider: provider, deployment: deployment, template: template, part: part,
                    requests: requests, images: images, journal: journal)
                try await ask(asking, known: known)
            } catch {
                try settle(journal, account, provider, context)
                throw error
            }
            try settle(journal, account, provider, context)
        } else if try owed(journal) != nil {
            // A run that was killed after the last answer has not counted what it cost.
            do {
                let provider = try await services.providers.provider(work.settings.provider)
                try settle(journal, identity.account.name, provider, context)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                context.note("what the answers of an earlier run cost cannot be counted: \(error)")
            }
        }
        let answered = try journal.answers()
        let answers = zip(part.examples, requests).map { example, request in
            answered[request]?.answer(for: example.id, withLatency: identity.latency != nil)
                ?? Answer(example: example.id, status: .missing)
        }
        var facts = AnswerFacts(requests.compactMap { answered[$0] }).json
        facts.merge(sent.facts) { _, new in new }
        facts["route"] = "online"
        facts["model"] = .string(identity.model)
        if let latency = identity.latency {
            facts["concurrency"] = .int(Int64(latency.concurrency))
            facts["warmup"] = .int(Int64(latency.warmup))
            facts["machine"] = .string(latency.machine)
            facts["measured_at"] = .double(await context.clock.now().timeIntervalSince1970)
        }
        return StepOutcome([AskOnline.answers: .data(AnswerSet(answers).encoded)], facts: .object(facts))
    }

    /// Answers belong to the model and the way of asking; a latency measurement has a journal of its own, begun anew.
    private func journalName(_ context: StepContext, _ tuned: TunedModel?) throws -> Digest {
        if work.identity.latency != nil { return Digest(of: "latency \(context.key)") }
        return Digest(of: "online " + (try JSONValue(encoding: work.identity).canonical) + (tuned?.model ?? ""))
    }

    private func deployment(
        _ tuned: TunedModel?, _ provider: ConnectedProvider, _ account: String, _ context: StepContext
    ) async throws -> String {
        if let deployment = work.settings.deployment { return deployment }
        guard let deploy = work.settings.deploy, let control = provider.client.deployments else {
            // Without a control plane, as at OpenAI, a model is asked by its own name.
            if !provider.client.endpoint.isAzure { return tuned?.model ?? work.identity.model }
            throw StepFailure.noDeployment(model: tuned?.model ?? work.identity.model)
        }
        let keep: Double? = switch deploy.keep {
        case .no: nil
        case .yes: .infinity
        case .duration(let duration): Double(duration.components.seconds)
        }
        do {
            return try await services.deployments.acquire(
                DeploymentRequest(
                    group: AskOnlineGroup.of(context.step), account: account, emulated: provider.isEmulated,
                    model: tuned?.model ?? work.identity.model, sku: deploy.sku.rawValue, capacity: deploy.capacity,
                    hourly: tuned == nil ? .zero : services.prices.hosting(hours: 1, sku: deploy.sku),
                    keepSeconds: keep),
                for: context.step.id,
                service: LeasedDeploymentService(client: control, clock: provider.clock))
        } catch let error as ProviderError where tuned != nil && error.isNotFound {
            throw StepFailure.modelGone(tuned?.model ?? "", reason: "\(error)")
        }
    }

    private func ask(_ asking: Asking, known: [Digest: JournalledAnswer]) async throws {
        guard let latency = work.identity.latency else {
            // The same question is asked once, however often it stands in the split.
            var seen = Set(known.keys)
            let open = asking.requests.indices.filter { seen.insert(asking.requests[$0]).inserted }
            try await asking.context.lanes.run(in: .remote, isLocal: asking.provider.isEmulated) {
                try await askAll(open, asking, concurrency: AskOnlineRunner.usualConcurrency, isMeasured: false)
            }
            return
        }
        let all = Array(asking.requests.indices)
        let measure: @Sendable () async throws -> Void = {
            // A measurement that was interrupted is not mixed with a new one; what it cost is.
            try settle(
                asking.journal, work.identity.account.name, asking.provider, asking.context)
            try asking.journal.clear()
            for index in all.prefix(latency.warmup) {
                var answer = try await completion(index, asking)
                answer.isWarmup = true
                try asking.journal.append([answer])
            }
            try await askAll(all, asking, concurrency: latency.concurrency, isMeasured: true)
        }
        if asking.provider.isEmulated {
            try await asking.context.lanes.measure(measure)
        } else {
            try await measure()
        }
    }

    private func askAll(_ indices: [Int], _ asking: Asking, concurrency: Int, isMeasured: Bool) async throws {
        let total = asking.requests.count
        var done = total - indices.count
        try await withThrowingTaskGroup(of: Void.self) { group in
            var next = indices.makeIterator()
            func launch() {
                guard let index = next.next() else { return }
                group.addTask {
                    let answer = try await completion(index, asking)
                    try asking.journal.append([answer])
                }
            }
            for _ in 0..<max(1, concurrency) { launch() }
            while try await group.next() != nil {
                done += 1
                asking.context.progress(Double(done) / Double(total), "\(done) of \(total) answers")
                launch()
            }
        }
    }

    private func completion(_ index: Int, _ asking: Asking) async throws -> JournalledAnswer {
        let body = try asking.template.body(model: asking.deployment, image: asking.images[index]).rendered()
        let request = try ChatCompletionRequest(json: body)
        let answer = try await asking.provider.client.chat.complete(
            request, deployment: asking.deployment, settling: AskOnlineRunner.settling)
        switch answer.result {
        case .completed(let completion):
            return JournalledAnswer(request: asking.requests[index], completion: completion, seconds: answer.seconds)
        case .filtered: return JournalledAnswer(filtered: asking.requests[index], seconds: answer.seconds)
        }
    }

    /// Records what the journal's answers cost and is not recorded yet: those of a run that was killed, too. A journal
    /// that was begun anew has another first line.
    private func settle(
        _ journal: AnswerJournal, _ account: String, _ provider: ConnectedProvider, _ context: StepContext
    ) throws {
        let owed = try owed(journal)
        let spend = owed.map { owed in
            services.spending.spend(
                owed.cost, what: "online", receipt: owed.receipt, account: account, emulated: provider.isEmulated,
                context: context, detail: .object(owed.facts.json))
        } ?? []
        try services.spending.settle(spend, context: context)
    }
}

extension AskOnlineRunner {
    /// What the journal's answers cost and is not recorded yet; `nil` for nothing.
    private func owed(_ journal: AnswerJournal) throws -> (cost: Money, receipt: String, facts: AnswerFacts)? {
        let answers = try journal.lines()
        guard let first = answers.first else { return nil }
        let facts = AnswerFacts(answers)
        let prefix = "online:" + Digest(of: try JSONValue(encoding: first).canonical).short + ":"
        guard let cost = services.prices.cost(of: facts.usage, model: work.identity.model, by: .online) else { return nil }
        let open = cost - (try services.spending.spent(receipts: prefix))
        return open > .zero ? (open, prefix + String(answers.count), facts) : nil
    }
}

/// Which steps will want the same deployment, as far as the plan knows.
package enum AskOnlineGroup {
    /// Names the steps of one fine-tuned model or checkpoint, or of one hosted model. Groups that turn out to want one
    /// deployment share it (`Deployments`).
    package static func of(_ step: Step) -> String {
        let source = step.inputs.first { $0.name == FineTune.model }?.from.text
        guard case .askOnline(let work) = step.work else { return step.id.text }
        let checkpoint = work.identity.checkpoint.map { " -\($0)" } ?? ""
        return "\(work.settings.provider) \(source ?? work.identity.model)\(checkpoint)"
    }
}

/// Deployments through the provider's control plane.
package struct LeasedDeploymentService: DeploymentService {
    let client: DeploymentsClient
    package let clock: any WallClock

    package init(client: DeploymentsClient, clock: any WallClock) {
        self.client = client
        self.clock = clock
    }

    package func create(_ wanted: DeploymentRequest, name: String) async throws {
        // A PUT would change what is there: a deployment that serves another model is left alone.
        if let found = try await existing(name)?.properties.model?.name,
            found.lowercased() != DeploymentModel(wanted.model).name.lowercased()
        {
            throw DeploymentMismatch(name: name, found: found, wanted: wanted.model)
        }
        _ = try await client.create(
            name,
            Deployment(
                sku: AzureWire.DeploymentSKU(name: SKUName(rawValue: wanted.sku), capacity: wanted.capacity),
                properties: DeploymentProperties(model: DeploymentModel(wanted.model))))
    }

    package func delete(name: String) async throws { try await client.delete(name) }

    private func existing(_ name: String) async throws -> Deployment? {
        do {
            return try await client.get(name)
        } catch let error as ProviderError where error.isNotFound {
            return nil
        }
    }
}

extension DeploymentModel {
    /// A model by the name that specs use: a base model carries its version at its end (`gpt-4o-2024-08-06`), a
    /// fine-tuned one is version 1 of itself.
    package init(_ name: String) {
        if !name.contains(".ft-"), let match = name.firstMatch(of: #/-(\d{4}-\d{2}-\d{2})$/#) {
            self.init(name: String(name[..<match.range.lowerBound]), version: String(match.output.1))
        } else {
            self.init(name: name, version: "1")
        }
    }
}
