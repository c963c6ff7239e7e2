// Fine-tunes a hosted model: one job for the same data, model, method, hyperparameters and seed.

import Artifacts
import Basics
import Execution
import Foundation
import Ledger
import Planning
import Platform
import ProviderKit
import Specification

extension TunedModel {
    /// The same model, with the checkpoint from `before` epochs before the last instead of the final model.
    func asked(_ before: Int?) throws(StepFailure) -> TunedModel {
        guard let before else { return self }
        guard let checkpoints else { throw .unreadCheckpoints(job: job) }
        let kept = checkpoints.sorted { $0.step < $1.step }
        var asked = self
        let epochs = kept.compactMap(\.epoch)
        if !kept.isEmpty, epochs.count == kept.count {
            // A provider may skip an epoch, so positions do not identify the models.
            let wanted = (epochs.max() ?? 0) - before
            guard let found = kept.last(where: { $0.epoch == wanted }) else {
                throw .noCheckpoint(before: before, kept: kept.count)
            }
            asked.model = found.model
            return asked
        }
        // The last checkpoint in the list is the final model.
        guard before < kept.count else { throw .noCheckpoint(before: before, kept: kept.count) }
        asked.model = kept[kept.count - 1 - before].model
        return asked
    }
}

struct FineTuneRunner: StepRunner {
    /// The ledger's kind of the step's paid job.
    static let jobKind = "fine-tune"
    /// The purpose of the uploaded data, in the ledger and in file names.
    static let purpose = StoragePurpose.tuning.rawValue

    let work: FineTune
    let services: StepServices

    func run(_ context: StepContext) async throws -> StepOutcome {
        let identity = work.identity
        let account = identity.account.name
        if try services.jobs.paidOpenParts(kind: FineTuneRunner.jobKind, account: account, key: context.key).isEmpty {
            // Before connecting to the provider, because that may already send something.
            try await services.requireConsent(context)
        }
        let provider = try await services.providers.provider(work.settings.provider)
        let training = try context.input(SplitPart.train.rawValue)
        let validation = context.inputs[SplitPart.validation.rawValue]
        let lines = try LineFile(path: training.path).count()
        if let validation, let share = try services.catalog.dialect(identity.account.dialect).limits.validationShare {
            let count = try LineFile(path: validation.path).count()
            // Both files have lines of the same kind, so the ratio of their line counts estimates that of their sizes.
            guard Double(count) <= Double(lines) * share else {
                throw StepFailure.trainingData(
                    reason: "its \(count) validation examples are more than \(Int((share * 100).rounded()))% of the \(lines) "
                        + "training examples. Make the validation part smaller, or write 'validation: false'")
            }
        }
        let fingerprint = Digest(
            of: [
                try JSONValue(encoding: identity).canonical, training.digest.hex, validation?.digest.hex ?? "",
            ].joined(separator: " "))
        let tuning = try provider.tuning.required("fine-tuning", of: work.settings.provider)
        let redact = await provider.redactor()
        let service = await tuning.job(
            TuningRequest(
                recipe: TuningRecipe(identity), prefix: work.settings.suffix,
                trainingName: RemoteFiles.name(digest: training.digest, purpose: FineTuneRunner.purpose),
                validationName: validation.map { RemoteFiles.name(digest: $0.digest, purpose: FineTuneRunner.purpose) },
                files: {
                    let trainingID = try await upload(training, provider, account, context)
                    guard let validation else { return (trainingID, nil) }
                    return (trainingID, try await upload(validation, provider, account, context))
                }))
        let kept = context.journal(Digest(of: "fine-tune \(context.key)"))
        // A model that no longer exists is tuned again.
        let isLost = try services.jobs.isLost(kind: FineTuneRunner.jobKind, account: account, key: context.key)
        var known: TuningResult?
        if !(isLost && services.jobs.settings.retry) {
            known = try kept.lines().last.flatMap { try? tuning.result(in: JSONValue(parsing: $0)) }
        }
        let (job, done) = try await finished(
            known: known, service: service, tuning: tuning, fingerprint: fingerprint, provider: provider, context)
        guard let model = done.model else {
            throw RemoteJobError.ended(
                remoteID: done.id,
                reason: "it succeeded but names no model; the next run checks again at no cost")
        }
        if known == nil { try kept.append(Data(done.detail.canonical.utf8), durable: true) }
        // The model is paid for, so unreadable by-products of the job must not fail the step.
        var unread = UnreadByproducts()
        let checkpoints = try await unread.read("checkpoints") {
            try await tuning.checkpoints(of: done.id)
        }
        let results = try await unread.read("metrics") { try await tuning.curve(of: done) }
        let curve = results.flatMap(\.self)
        let events = try await unread.read("events") { try await tuning.events(of: done.id) } ?? []
        for problem in unread.problems { context.note(problem) }
        let warnings = events.filter(\.isWarning).map { ProviderText.line(redact($0.message)) }
        let screened = events.filter { $0.screening != nil }
        for event in events where event.isWarning && !screened.contains(event) {
            context.note(ProviderText.line(redact(event.message)))
        }
        let skipped = TrainingCount.skipped(
            of: lines, events: events, job: done, steps: curve?.lastStep)
        if skipped > 0, warnings.isEmpty {
            context.note("the job's steps cannot have held all \(lines) examples: at least \(skipped) were skipped")
        }
        let screenings = try [SplitPart.train, .validation].compactMap { part -> ImageScreening? in
            guard !screened.isEmpty || skipped > 0, let file = part == .train ? training : validation else { return nil }
            return ImageScreening(
                part, labels: try ImageScreening.labels(inFileAt: file.path, answer: ImageScreening.label), events: events,
                unexplained: part == .train ? skipped : 0)
        }
        for screening in screenings where screening.accepted < screening.submitted {
            context.note("image screening: \(screening.text)")
            if !screening.possiblyLostLabels.isEmpty {
                context.note(
                    "these labels may have lost all their images: \(screening.possiblyLostLabels.prefix(20).joined(separator: ", "))"
                )
            }
        }
        let seconds = trainingSeconds(done, events)
        let bill = bill(done, seconds: seconds, context)
        if bill.isEstimated { context.note("the job does not report billed tokens; its cost is estimated from the forecast") }
        await services.settleConsent(bill.cost, context)
        let spend = services.spending.spend(
            bill.cost, what: "training", receipt: "fine-tune:\(done.id)", account: account, emulated: provider.isEmulated,
            context: context,
            detail: ["trained_tokens": .int(Int64(bill.tokens ?? 0)), "estimated": .bool(bill.isEstimated)])
        let lost = screenings.first?.lostLabels ?? []
        if !lost.isEmpty, !work.settings.allowLostLabels {
            // The job is paid for and unchanged; it can be collected by its key without a second job.
            try services.spending.settle(spend, context: context)
            throw StepFailure.lostLabels(lost, afterJob: true)
        }
        if let job { try services.jobs.collected(job, spend: spend) }
        let tuned = TunedModel(
            model: model, base: identity.model, job: done.id,
            checkpoints: checkpoints)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var facts = FineTuneFacts()
        facts.model = identity.model
        facts.fineTunedModel = model
        facts.job = done.id
        facts.trainedTokens = bill.tokens
        facts.examples = lines
        facts.skipped = skipped
        facts.method = identity.method.rawValue
        facts.trainingType = identity.trainingType?.rawValue
        facts.jobSeconds = seconds
        facts.billedHours = bill.hours
        facts.isEstimated = bill.isEstimated
        facts.warnings = warnings
        if screenings.contains(where: { $0.accepted < $0.submitted }) {
            for screening in screenings { facts.screenings[screening.part.rawValue] = screening.facts }
        }
        facts.unread = unread.names
        facts.common.problems = unread.problems
        return StepOutcome(
            [
                FineTune.model: .data(try encoder.encode(tuned)),
                FineTune.curve: .data(try encoder.encode(curve ?? TuningCurve(points: []))),
            ],
            facts: facts)
    }

    /// The cost of a job and the quantities that it is computed from.
    private struct Bill {
        var cost: Money?
        var tokens: Int?
        /// The hours of a reinforcement job, which is billed by the hour.
        var hours: Double?
        /// Whether the job does not report the amount, so that the forecast is used.
        var isEstimated = false
    }

    private func bill(_ job: TuningResult, seconds: Double?, _ context: StepContext) -> Bill {
        let pricing = services.prices.of(work.settings.provider)
        let model = work.identity.model
        let reported = job.trainedTokens.flatMap { $0 > 0 ? $0 : nil }
        if work.identity.method == .reinforcement {
            let known = seconds.flatMap { $0 > 0 ? $0 / 3600 : nil }
            let hours = known ?? PriceTable.likelyReinforcementHours
            return Bill(
                cost: pricing.trainingCost(hours: hours, model: model), tokens: reported, hours: hours,
                isEstimated: known == nil)
        }
        let tokens =
            reported
            ?? services.forecast(context.step)?.load.map {
                FineTuneRunner.estimatedTokens(ofOnePass: $0.input.expected, reported: job.epochs, set: work.settings.passes)
            }
        return Bill(
            cost: tokens.flatMap {
                pricing.trainingCost(tokens: $0, model: model, type: work.identity.trainingType ?? .standard)
            }, tokens: tokens, isEstimated: reported == nil)
    }

    /// The largest number of passes that a job can plausibly have made.
    private static let maxEpochs = 1000

    /// The estimated tokens of a job that does not report them.
    /// - Parameters:
    ///   - reported: the number of passes in the provider's reply; an implausible one is ignored.
    ///   - set: the number that the spec sets.
    static func estimatedTokens(ofOnePass tokens: Int, reported: Int?, set: Int?) -> Int {
        let plausible = reported.flatMap { (1...maxEpochs).contains($0) ? $0 : nil }
        return tokens.saturatingMultiplied(by: plausible ?? set ?? PriceTable.likelyEpochs)
    }

    /// Waits until the job has finished.
    /// - Parameter known: the finished job as an earlier run recorded it. It is used if the provider no longer shows
    ///   the job: no second job is paid for to fetch by-products.
    /// - Returns: the job in the ledger, if it is to be closed, and the provider's last response.
    private func finished(
        known: TuningResult?, service: any RemoteJobService, tuning: any Tuning, fingerprint: Digest, provider: ConnectedProvider,
        _ context: StepContext
    ) async throws -> (job: RemoteJob?, done: TuningResult) {
        if let known {
            do {
                _ = try await tuning.taggedJob(known.id)
            } catch let error as ProviderError {
                context.note("\(known.id) is finished and its model is known, but the provider no longer lists it: \(error)")
                return (nil, known)
            }
        }
        let (job, snapshot) = try await context.lanes.run(in: .remote, isLocal: provider.isEmulated) {
            try await services.jobs.complete(
                RemoteJobRequest(
                    kind: FineTuneRunner.jobKind, account: work.identity.account.name, emulated: provider.isEmulated,
                    key: context.key, step: context.step.id, part: "", fingerprint: fingerprint,
                    reserve: services.jobReservation(context.step), readsListTwice: provider.hasLaggingLists,
                    consent: { try await services.requireConsent(context) }),
                service: service, pace: provider.pace(.fineTune), clock: provider.clock, note: { context.note($0) },
                progress: { context.progress($0.fraction, "fine-tuning \($0.text)") })
        }
        return (job, try tuning.result(in: snapshot.detail))
    }

    /// Seconds from the start of training (or the job's creation if no event reports it) to its end.
    private func trainingSeconds(_ job: TuningResult, _ events: [TuningEvent]) -> Double? {
        let start = events.first(where: \.startsTraining)?.time ?? job.created
        guard let start, let end = job.finished else { return nil }
        return end - start
    }

    private func upload(
        _ input: InputArtifact, _ provider: ConnectedProvider, _ account: String, _ context: StepContext
    ) async throws -> String {
        try await context.lanes.run(in: .transfer, isLocal: false) {
            try await services.files.ensure(
                path: input.path, digest: input.digest, purpose: FineTuneRunner.purpose, account: account,
                emulated: provider.isEmulated,
                service: provider.storage.required("file storage", of: work.settings.provider).files(
                    for: .tuning, progressPath: try context.persistentPath("upload", input.digest),
                    note: { context.note($0) }),
                note: { context.note($0) },
                progress: { context.progress($0, "uploading \(Int(saturating: $0 * 100))%") })
        }
    }
}

/// Collects the by-products of a finished job that could not be read.
struct UnreadByproducts {
    private(set) var names: [String] = []
    private(set) var problems: [String] = []

    /// Reads a by-product.
    /// - Returns: `nil` if it could not be read.
    mutating func read<Value>(_ name: String, _ read: () async throws -> Value) async throws -> Value? {
        do {
            return try await read()
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            names.append(name)
            problems.append(
                "the job's \(name) could not be read: \(explanation(of: error)). The model is kept; "
                    + "'assay run --retry' downloads them again")
            return nil
        }
    }
}

extension TuningRecipe {
    /// The step's tuning settings, independent of any provider's format.
    init(_ identity: FineTune.Identity) {
        self.init(
            model: identity.model, method: identity.method, hyperparameters: identity.hyperparameters.values,
            seed: identity.seed, tier: identity.trainingType?.rawValue, grader: identity.grader, graded: identity.answer)
    }
}
