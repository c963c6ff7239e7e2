// The properties of each step kind, in one value.

/// The properties of a step kind. A new kind declares all of them here; no other switch decides them.
package struct StepDefinition: Sendable, Hashable {
    /// The resource that a step's main work needs while it runs.
    package enum Lane: String, Sendable, Hashable, CaseIterable {
        /// The vision worker, which uses all cores itself: one step at a time.
        case vision
        /// Local programs and file work: at most `--jobs` at once.
        case local
        /// Uploads and downloads.
        case transfer
        /// A remote job or request in flight: no limit, no local resource is held.
        case remote
    }

    /// The section of a spec's `executor:` with the resources that a cluster job requests for the step.
    package enum ClusterRole: String, Sendable, Hashable { case train, predict, command }

    /// The version of the implementation, part of the key. Increase it when a step would produce another result for the
    /// same inputs, so that a corrected step runs again and `explain` shows the reason.
    package var implementation: Int
    /// Whether a provider bills for the work. `StepWork.billed` names the account.
    package var isPaid: Bool
    /// The lane of the main work; `nil` for work that is too short to need one.
    package var lane: Lane?
    /// Whether the result is synced to disk before it counts: paid or trained results.
    package var isDurable: Bool
    /// The role in which a cluster node runs the step; `nil` for work that needs the ledger or a provider and runs on
    /// the coordinator.
    package var cluster: ClusterRole?
    /// Whether the step runs a user's program, so that its output is kept.
    package var runsProgram: Bool
    /// Whether the step produces examples from files: free work that a cost forecast may run before the user agrees
    /// to the cost.
    package var producesExamples: Bool

    private init(
        implementation: Int = 1, isPaid: Bool = false, lane: Lane? = nil, isDurable: Bool = false,
        cluster: ClusterRole? = nil, runsProgram: Bool = false, producesExamples: Bool = false
    ) {
        self.implementation = implementation
        self.isPaid = isPaid
        self.lane = lane
        self.isDurable = isDurable
        self.cluster = cluster
        self.runsProgram = runsProgram
        self.producesExamples = producesExamples
    }

    /// The definition of a kind.
    package init(_ kind: StepKind) {
        self =
            switch kind {
            case .fetchArchive: .init(lane: .transfer, producesExamples: true)
            // 2: Links in archives and more formats are read, and nested folders are refused; the overview lists read and
            // skipped files; size and hash of an image are those of the upright image.
            case .indexDataset: .init(implementation: 3, lane: .vision, producesExamples: true)
            case .splitDataset: .init(producesExamples: true)
            case .checkLeaks: .init(lane: .local)
            case .writeRequests: .init(lane: .local)
            case .writeTrainingData: .init(lane: .local)
            case .runBatch: .init(isPaid: true, lane: .remote, isDurable: true)
            case .fineTune: .init(isPaid: true, lane: .remote, isDurable: true)
            case .askOnline: .init(isPaid: true, lane: .remote, isDurable: true)
            case .trainEpoch: .init(lane: .vision, isDurable: true, cluster: .train)
            case .selectCheckpoint: .init()
            case .predict: .init(lane: .vision, cluster: .predict)
            case .trainerEpoch: .init(lane: .local, isDurable: true, cluster: .train, runsProgram: true)
            case .trainerPredict: .init(lane: .local, cluster: .predict, runsProgram: true)
            // The runner of a program's features takes the lane of local programs itself.
            case .extractFeatures: .init(lane: .vision, runsProgram: true)
            case .fitProbe: .init(lane: .vision)
            case .predictProbe: .init(lane: .vision)
            case .runCommand: .init(lane: .local, cluster: .command, runsProgram: true)
            case .readAnswers: .init(lane: .local)
            // 2: Recognizes fenced JSON, reasoning before the answer, and refusals.
            case .score: .init(implementation: 5)
            }
    }
}

extension StepKind {
    /// The properties of the kind, such as lane and implementation version.
    package var definition: StepDefinition { StepDefinition(self) }
}

/// The work of a step that a provider bills for.
package enum BilledWork: Sendable {
    case batch(RunBatch)
    case fineTune(FineTune)
    case online(AskOnline)

    /// The account that is billed.
    package var account: ProviderAccount {
        switch self {
        case .batch(let work): work.identity.account
        case .fineTune(let work): work.identity.account
        case .online(let work): work.identity.account
        }
    }

    /// The provider's name in the plan, a key of ``Plan/providers``.
    package var provider: String {
        switch self {
        case .batch(let work): work.settings.provider
        case .fineTune(let work): work.settings.provider
        case .online(let work): work.settings.provider
        }
    }

    /// The provider's model, or the base model of a fine-tuned one.
    package var model: String {
        switch self {
        case .batch(let work): work.identity.model
        case .fineTune(let work): work.identity.model
        case .online(let work): work.identity.model
        }
    }
}

extension StepWork {
    /// The work as billed work; `nil` for free work.
    package var billed: BilledWork? {
        switch self {
        case .runBatch(let work): .batch(work)
        case .fineTune(let work): .fineTune(work)
        case .askOnline(let work): .online(work)
        case .fetchArchive, .indexDataset, .splitDataset, .checkLeaks, .writeRequests, .writeTrainingData, .trainEpoch,
            .selectCheckpoint, .predict, .trainerEpoch, .trainerPredict, .extractFeatures, .fitProbe, .predictProbe, .runCommand,
            .readAnswers, .score:
            nil
        }
    }

    /// The provider that is billed for the work; `nil` for free work.
    package var provider: String? { billed?.provider }
}

extension Step {
    /// Whether a cluster node may run the step: its kind allows it, and it measures no latency, because a latency's
    /// key contains this machine's name.
    /// machine.
    package var runsOnCluster: Bool { kind.definition.cluster != nil && !work.measuresLatency }
}

extension StepWork {
    /// Whether the latency of the answers is measured.
    package var measuresLatency: Bool {
        switch self {
        case .askOnline(let work): work.identity.latency != nil
        case .predict(let work): work.identity.latency != nil
        case .trainerPredict(let work): work.identity.latency != nil
        case .runCommand(let work): work.identity.latency != nil
        case .fetchArchive, .indexDataset, .splitDataset, .checkLeaks, .writeRequests, .writeTrainingData, .runBatch,
            .fineTune, .trainEpoch, .trainerEpoch, .selectCheckpoint, .extractFeatures, .fitProbe, .predictProbe, .readAnswers,
            .score:
            false
        }
    }
}

extension Plan {
    /// The billed accounts of the plan's steps, with the names of their providers in the plan.
    package var accounts: [(account: ProviderAccount, provider: String)] {
        var seen: Set<ProviderAccount> = []
        return steps.indices.compactMap { index in
            guard let billed = steps[index].work.billed, seen.insert(billed.account).inserted else { return nil }
            return (billed.account, billed.provider)
        }
    }
}
