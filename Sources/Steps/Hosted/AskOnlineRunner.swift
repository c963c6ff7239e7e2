// Sends a hosted model one online request per image, and measures latency if requested.

import Artifacts
import Basics
import Execution
import Foundation
import Ledger
package import Planning
import ProviderKit
import Specification

struct AskOnlineRunner: StepRunner {
    let work: AskOnline
    let services: StepServices

    /// The number of concurrent requests if latency is not measured.
    private static let defaultConcurrency = 8
    /// Grace period, in seconds, for a new deployment whose data plane lags behind its control plane.
    static let settling = 600.0

    /// The values that stay constant while the step runs.
    private struct OnlineRequests: Sendable {
        var context: StepContext
        var provider: ConnectedProvider
        var deployment: String
        /// The fine-tuned model, if it is asked by its own name.
        var tuned: TunedModel?
        var template: RequestTemplate
        var part: SplitExamples
        var requests: [Digest]
        var images: [[ImageFile]]
        var journal: AnswerJournal
        /// The fraction of the step's forecast that the open requests are.
        var share: Double
    }

    func run(_ context: StepContext) async throws -> StepOutcome {
        let identity = work.identity
        let part = try context.examples()
        let sent = try await SentImages(
            part.examples + context.shotExamples(of: identity.request.prompt), folder: work.settings.imageFolder,
            context, vision: services.vision)
        let dialect = try services.catalog.dialect(identity.account.dialect)
        let template = try identity.request.template(part, context, dialect: dialect, services.tasks) { try sent.images($0) }
        let images = try part.examples.map { try sent.images($0) }
        try context.checkRequestImages(part.examples, images, identity.request.prompt, dialect.limits) {
            try sent.images($0)
        }
        let requests = zip(images, part.examples).map { template.fingerprint(images: $0, item: $1.item) }
        let tuned = try context.inputs[FineTune.model].map { _ in
            try TunedModel(json: context.data(FineTune.model)).asked(identity.checkpoint)
        }
        let journal = AnswerJournal(context.journal(try journalName(context, tuned)))
        if services.jobs.settings.retry {
            let count = try journal.withdrawEmpty(requests)
            if count > 0 { context.note("repeating \(count) requests without an answer") }
        }
        let before = try journal.answers()
        // An incomplete measurement is started over; one that was killed after its last answer is complete.
        let isWhole = requests.allSatisfy { before[$0] != nil }
        let known = identity.latency == nil || isWhole ? before : [:]
        var failed: [Digest: String] = [:]
        let distinct = Set(requests)
        let open = distinct.count { known[$0] == nil }
        if open > 0 {
            let share = Double(open) / Double(distinct.count)
            // Before connecting to the provider, because that may already send something.
            try await services.requireConsent(context, share: share)
            let provider = try await services.providers.provider(work.settings.provider)
            let account = identity.account.name
            // Answers of a killed run are paid for, and count against the budget before anything else does.
            _ = try settle(journal, account, provider, context)
            try services.spending.reserve(
                services.reservation(context.step, share: share), emulated: provider.isEmulated, context: context)
            do {
                let deployment = try await deployment(tuned, provider, account, context)
                let online = OnlineRequests(
                    context: context, provider: provider, deployment: deployment,
                    tuned: tuned?.model == deployment ? tuned : nil, template: template, part: part, requests: requests,
                    images: images, journal: journal, share: share)
                failed = try await ask(online, known: known)
            } catch {
                await services.settleConsent(try settle(journal, account, provider, context), context)
                throw error
            }
            await services.settleConsent(try settle(journal, account, provider, context), context)
        } else if try owed(journal, context) != nil {
            // A run that was killed after the last answer has not recorded its cost.
            do {
                let provider = try await services.providers.provider(work.settings.provider)
                _ = try settle(journal, identity.account.name, provider, context)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                context.note("the cost of an earlier run's answers cannot be determined: \(error)")
            }
        }
        let answered = try journal.answers()
        let answers = zip(part.examples, requests).map { example, request in
            answered[request]?.answer(for: example.id, withLatency: identity.latency != nil)
                ?? Answer(example: example.id, status: .missing, problem: failed[request])
        }
        guard failed.isEmpty || work.settings.allowsMissing else {
            let problems = zip(part.examples, requests).compactMap { example, request in
                failed[request].map { RequestProblem(path: example.path, reason: $0) }
            }
            throw StepFailure.failedRequests(problems, of: requests.count)
        }
        let problems = answers.problems(of: part.examples)
        for problem in problems { context.note(problem) }
        let counts = AnswerFacts(
            requests.compactMap { answered[$0] }, estimate: services.estimatedUsage(context.step))
        counts.noteEstimates(context)
        var facts = AnsweringFacts(route: .online, model: identity.model, counts: counts)
        facts.common = CommonFacts(problems: problems, sentAsPNG: sent.sentAsPNG)
        if let latency = identity.latency {
            facts.latency = .init(
                concurrency: latency.concurrency, warmUp: latency.warmup, machine: latency.machine,
                measuredAt: await context.clock.now().timeIntervalSince1970)
        }
        return StepOutcome([AskOnline.answers: .data(AnswerSet(answers).encoded)], facts: facts)
    }

    /// Answers are journaled per model and request; a latency measurement uses its own journal and starts it over.
    private func journalName(_ context: StepContext, _ tuned: TunedModel?) throws -> Digest {
        if work.identity.latency != nil { return Digest(of: "latency \(context.key)") }
        return Digest(of: "online " + (try JSONValue(encoding: work.identity).canonical) + (tuned?.model ?? ""))
    }

    private func deployment(
        _ tuned: TunedModel?, _ provider: ConnectedProvider, _ account: String, _ context: StepContext
    ) async throws -> String {
        if let deployment = work.settings.deployment { return deployment }
        guard let deploy = work.settings.deploy, let hosting = provider.hosting else {
            if !provider.needsDeployment { return tuned?.model ?? work.identity.model }
            throw StepFailure.noDeployment(model: tuned?.model ?? work.identity.model)
        }
        let keep: Double? =
            switch deploy.keep {
            case .no: nil
            case .yes: .infinity
            case .duration(let duration): Double(duration.components.seconds)
            }
        do {
            return try await services.deployments.acquire(
                DeploymentRequest(
                    group: AskOnlineGroup.of(context.step), account: account, emulated: provider.isEmulated,
                    model: tuned?.model ?? work.identity.model, sku: deploy.sku.rawValue, capacity: deploy.capacity,
                    hourly: tuned == nil ? .zero : try hourlyPrice(deploy.sku, context),
                    keepSeconds: keep),
                for: context.step.id,
                service: hosting.leases(store: services.store))
        } catch let error as ProviderError where tuned != nil && error.isNotFound {
            throw StepFailure.modelGone(tuned?.model ?? "", reason: "\(error)")
        }
    }

    /// The hourly price of a fine-tuned model's deployment.
    private func hourlyPrice(_ sku: Specification.DeploymentSKU, _ context: StepContext) throws -> Money {
        let pricing = services.prices.of(work.settings.provider)
        if let hourly = pricing.hosting(hours: 1, model: work.identity.model, sku: sku) { return hourly }
        context.note("the hourly cost of the deployment is unknown: no price for \(sku.rawValue)")
        return .zero
    }

    /// - Returns: the reasons of requests that failed after all attempts, by request.
    private func ask(_ online: OnlineRequests, known: [Digest: JournalledAnswer]) async throws -> [Digest: String] {
        guard let latency = work.identity.latency else {
            // Equal requests are sent once, however often they occur in the split.
            var seen = Set(known.keys)
            let open = online.requests.indices.filter { seen.insert(online.requests[$0]).inserted }
            return try await online.context.lanes.run(in: .remote, isLocal: online.provider.isEmulated) {
                var running = try runningCost(online)
                var failed = try await askAll(open, online, concurrency: AskOnlineRunner.defaultConcurrency, &running)
                // Requests that failed are repeated after all others, because the server may fail only occasionally.
                for _ in 1..<max(1, work.settings.attempts) where !failed.isEmpty {
                    online.context.note("repeating \(failed.count) requests that failed")
                    let left = open.filter { failed[online.requests[$0]] != nil }
                    failed = try await askAll(left, online, concurrency: AskOnlineRunner.defaultConcurrency, &running)
                }
                return failed
            }
        }
        let all = Array(online.requests.indices)
        let measure: @Sendable () async throws -> [Digest: String] = {
            // An interrupted measurement is not mixed with a new one; its cost is recorded.
            try online.journal.clear()
            var running = try runningCost(online)
            for index in all.prefix(latency.warmup) {
                do {
                    var answer = try await completion(index, online)
                    answer.isWarmup = true
                    try online.journal.append([answer])
                    try await running.add(answer, pending: 1)
                } catch let error as ProviderError where error.isRejection {
                    // The measurement itself reports the image.
                }
            }
            return try await askAll(all, online, concurrency: latency.concurrency, &running)
        }
        return online.provider.isEmulated ? try await online.context.lanes.measure(measure) : try await measure()
    }

    /// The end of one request.
    private enum RequestEnd: Sendable {
        case answered(JournalledAnswer)
        /// The provider rejects this request for good.
        case rejected
        /// The request failed after all attempts; others may succeed.
        case failed(ProviderError)
        /// An error that concerns all requests.
        case stopped(any Error)
    }

    /// Sends some requests. A request that the provider rejects, or that fails after all attempts, does not stop the
    /// others; consecutive failures, or errors that concern all requests, do. Responses in progress are then still
    /// received, because they are paid for.
    /// - Parameter running: the cost of the step's answers so far, in earlier rounds too.
    /// - Returns: the reasons of failed requests, by request. Rejected requests are in the journal.
    private func askAll(
        _ indices: [Int], _ online: OnlineRequests, concurrency: Int, _ running: inout RunningCost
    ) async throws -> [Digest: String] {
        let total = online.requests.count
        var done = total - indices.count
        var failed: [Digest: String] = [:]
        var inARow = 0
        var stopped: (any Error)?
        try await withThrowingTaskGroup(of: (Int, RequestEnd).self) { group in
            var next = indices.makeIterator()
            func launch() {
                guard stopped == nil, let index = next.next() else { return }
                group.addTask { (index, try await end(of: index, online)) }
            }
            for _ in 0..<max(1, concurrency) { launch() }
            while let (index, end) = try await group.next() {
                done += 1
                switch end {
                case .answered(let answer):
                    inARow = 0
                    if stopped == nil {
                        let pending = min(concurrency, total - done)
                        do { try await running.add(answer, pending: pending) } catch { stopped = error }
                    }
                case .rejected: inARow = 0
                case .failed(let error):
                    inARow += 1
                    failed[online.requests[index]] = explanation(of: error)
                    if stopped == nil, inARow >= max(3, concurrency) { stopped = error }
                case .stopped(let error): if stopped == nil { stopped = error }
                }
                online.context.progress(Double(done) / Double(total), "\(done) of \(total) answers")
                launch()
            }
        }
        if let stopped { throw stopped }
        return failed
    }

    /// Sends one request; what arrives is in the journal afterwards.
    /// - Throws: `CancellationError`.
    private func end(of index: Int, _ online: OnlineRequests) async throws -> RequestEnd {
        do {
            let answer = try await completion(index, online)
            try online.journal.append([answer])
            return .answered(answer)
        } catch let error as ProviderError where error.isRejection {
            let rejected = JournalledAnswer(rejected: online.requests[index], problem: explanation(of: error))
            do { try online.journal.append([rejected]) } catch { return .stopped(error) }
            return .rejected
        } catch let error as ProviderError where error.concernsOneRequest {
            return .failed(error)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            return .stopped(error)
        }
    }

    private func runningCost(_ online: OnlineRequests) throws -> RunningCost {
        try RunningCost(
            services, online.context, price(online.context), share: online.share, isEmulated: online.provider.isEmulated)
    }

    private func price(_ context: StepContext) -> OnlinePrice {
        OnlinePrice(
            model: work.identity.model, isTuned: context.inputs[FineTune.model] != nil, provider: work.settings.provider)
    }

    private func completion(_ index: Int, _ online: OnlineRequests) async throws -> JournalledAnswer {
        let question = online.template.question(about: online.images[index], online.part.examples[index].item)
        let answer = try await reply(to: question, online)
        return try JournalledAnswer.answered(online.requests[index], answer, seconds: answer.seconds)
    }

    /// Asks one question. A fine-tuned model that is not found is asked again for a while only if it is new.
    private func reply(to question: Question, _ online: OnlineRequests) async throws -> TimedReply {
        let answering = online.provider.answering
        guard let tuned = online.tuned, let keeping = online.provider.keeping else {
            return try await answering.ask(question, of: online.deployment, settling: AskOnlineRunner.settling)
        }
        do {
            return try await answering.ask(question, of: online.deployment, settling: 0)
        } catch let error as ProviderError where error.isNotFound {
            switch try await keeping.state(ofModelFrom: tuned.job) {
            case .new: return try await answering.ask(question, of: online.deployment, settling: AskOnlineRunner.settling)
            case .kept: throw StepFailure.modelGone(tuned.model, reason: "\(error)")
            case .deleted:
                let isRecorded = try services.jobs.modelGone(
                    ofJob: tuned.job, kind: FineTuneRunner.jobKind, account: work.identity.account.name,
                    reason: "the model was deleted at the provider")
                throw StepFailure.modelDeleted(tuned.model, isRecorded: isRecorded)
            }
        }
    }

    /// Records the unrecorded cost of the journal's answers, including those of a killed run.
    /// - Returns: the amount recorded.
    private func settle(
        _ journal: AnswerJournal, _ account: String, _ provider: ConnectedProvider, _ context: StepContext
    ) throws -> Money? {
        let owed = try owed(journal, context)
        let spend =
            owed.map { owed in
                services.spending.spend(
                    owed.cost, what: "online", receipt: owed.receipt, account: account, emulated: provider.isEmulated,
                    context: context, detail: .object(owed.facts.json))
            } ?? []
        try services.spending.settle(spend, context: context)
        return owed?.cost
    }
}

extension AskOnlineRunner {
    private func owed(_ journal: AnswerJournal, _ context: StepContext) throws -> OwedAnswers? {
        try services.owed(journal.lines(), price(context), way: "online", context)
    }
}

/// Predicts which steps share a deployment, as far as the plan shows.
package enum AskOnlineGroup {
    /// A name shared by the steps of one fine-tuned model or checkpoint, or of one hosted model. Groups that turn out
    /// to need the same deployment share it (`Deployments`).
    package static func of(_ step: Step) -> String {
        let source = step.inputs.first { $0.name == FineTune.model }?.from.text
        guard case .askOnline(let work) = step.work else { return step.id.text }
        let checkpoint = work.identity.checkpoint.map { " -\($0)" } ?? ""
        return "\(work.settings.provider) \(source ?? work.identity.model)\(checkpoint)"
    }
}
