// What holds for every step of a kind, in one value.

/// The properties of a step kind. A new kind states all of them here; no other switch decides them.
package struct StepDefinition: Sendable, Hashable {
    /// What the main work of a step needs while it runs.
    package enum Lane: String, Sendable, Hashable, CaseIterable {
        /// The vision worker, which uses all cores by itself: one step at a time.
        case vision
        /// Local programs and file work: as many at once as `--jobs` allows.
        case local
        /// Uploads and downloads.
        case transfer
        /// A remote job or request in flight: no limit, nothing is held.
        case remote
    }

    /// The section of a spec's `executor:` that says what a job of a cluster requests for such a step.
    package enum ClusterRole: String, Sendable, Hashable { case train, predict, command }

    /// The version of the implementation. It is part of the key and is raised when a step would give another result for
    /// the same inputs, so that a corrected step runs again and `explain` says why.
    package var implementation: Int
    /// Whether a provider bills for it. `StepWork.billed` names the account.
    package var isPaid: Bool
    /// The lane of the main work; `nil` for work that is too short to need one.
    package var lane: Lane?
    /// Whether its result is written through to the disk before it counts: results that were paid for or trained.
    package var isDurable: Bool
    /// What a node of a cluster does it as; `nil` for work that needs the ledger or a provider and stays with the coordinator.
    package var cluster: ClusterRole?
    /// Whether a program of the user's does it, so that its output is kept.
    package var runsProgram: Bool
    /// Whether it makes examples from files: free work that a cost forecast may run before the user agrees to the cost.
    package var makesExamples: Bool

    private init(
        implementation: Int = 1, isPaid: Bool = false, lane: Lane? = nil, isDurable: Bool = false,
        cluster: ClusterRole? = nil, runsProgram: Bool = false, makesExamples: Bool = false
    ) {
        self.implementation = implementation
        self.isPaid = isPaid
        self.lane = lane
        self.isDurable = isDurable
        self.cluster = cluster
        self.runsProgram = runsProgram
        self.makesExamples = makesExamples
    }

    /// The definition of a kind.
    package init(_ kind: StepKind) {
        self = switch kind {
        case .fetchArchive: .init(lane: .transfer, makesExamples: true)
        // 2: links of archives, more formats, nested folders are refused; the overview of what was read and skipped; the
        // size and hash of an image are those of the upright one.
        case .indexDataset: .init(implementation: 2, lane: .vision, makesExamples: true)
        case .splitDataset: .init(makesExamples: true)
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
        case .runCommand: .init(lane: .local, cluster: .command, runsProgram: true)
        // 2: fenced JSON, reasoning before the answer and refusals are read as what they are.
        case .score: .init(implementation: 2)
        }
    }
}

extension StepKind {
    /// What holds for every step of the kind.
    package var definition: StepDefinition { StepDefinition(self) }
}

/// A step's work that a provider bills for.
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

    /// The provider's name in the spec.
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
    /// The work as one that a provider bills for; `nil` for free work.
    package var billed: BilledWork? {
        switch self {
        case .runBatch(let work): .batch(work)
        case .fineTune(let work): .fineTune(work)
        case .askOnline(let work): .online(work)
        case .fetchArchive, .indexDataset, .splitDataset, .checkLeaks, .writeRequests, .writeTrainingData, .trainEpoch,
            .selectCheckpoint, .predict, .trainerEpoch, .trainerPredict, .runCommand, .score:
            nil
        }
    }

    /// The provider whose paid or remote work it is.
    package var provider: String? { billed?.provider }
}

extension Step {
    /// Whether a node of a cluster may do the step: its kind allows it, and it measures no latency, whose key names this
    /// machine.
    package var runsOnCluster: Bool { kind.definition.cluster != nil && !work.measuresLatency }
}

extension StepWork {
    /// Whether its answers are timed.
    package var measuresLatency: Bool {
        switch self {
        case .askOnline(let work): work.identity.latency != nil
        case .predict(let work): work.identity.latency != nil
        case .trainerPredict(let work): work.identity.latency != nil
        case .runCommand(let work): work.identity.latency != nil
        case .fetchArchive, .indexDataset, .splitDataset, .checkLeaks, .writeRequests, .writeTrainingData, .runBatch,
            .fineTune, .trainEpoch, .trainerEpoch, .selectCheckpoint, .score:
            false
        }
    }
}

extension Plan {
    /// The billed accounts of the plan's steps, with the names of their providers in the spec.
    package var accounts: [(account: ProviderAccount, provider: String)] {
        var seen: Set<ProviderAccount> = []
        return steps.indices.compactMap { index in
            guard let billed = steps[index].work.billed, seen.insert(billed.account).inserted else { return nil }
            return (billed.account, billed.provider)
        }
    }
}
